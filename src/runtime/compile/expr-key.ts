/** A text that two expressions share exactly when they compute the same; and which ones may not be shared. */
import { volatilityOf } from '../../functions/registry.ts';
import { type Expr, exprChildren } from '../../plan/expr.ts';
import { typeToString } from '../../types/data-type.ts';
import type { Value } from '../../types/vector.ts';

const keys = new WeakMap<Expr, string>();

export function exprKey(expr: Expr): string {
  const known = keys.get(expr);
  if (known !== undefined) return known;
  const key = makeKey(expr);
  keys.set(expr, key);
  return key;
}

function makeKey(expr: Expr): string {
  const parts = exprChildren(expr).map(exprKey).join(',');
  const type = typeToString(expr.type);
  switch (expr.kind) {
    case 'column':
      return `$${expr.index}`;
    case 'literal':
      return `${valueKey(expr.value)}:${type}`;
    case 'call':
      return `${JSON.stringify(expr.name)}(${parts}):${type}`;
    case 'field':
      return `field ${expr.index}(${parts})`;
    case 'cast':
      return `cast ${expr.try}(${parts}):${type}`;
    default:
      return `${expr.kind}(${parts}):${type}`;
  }
}

function valueKey(value: Value): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return `${item}n`;
    return typeof item === 'number' && !(Number.isFinite(item) && !Object.is(item, -0)) ? `#${1 / item}${item}` : item;
  });
}

/** Whether evaluating twice may give two values (RAND, UUID). */
export function isVolatile(expr: Expr): boolean {
  if (expr.kind === 'call' && volatilityOf(expr) === 'volatile') return true;
  return exprChildren(expr).some(isVolatile);
}

/** Whether an expression is the same for every row: no column, and only immutable calls. */
export function isConstant(expr: Expr): boolean {
  if (expr.kind === 'column') return false;
  if (expr.kind === 'call' && volatilityOf(expr) !== 'immutable') return false;
  return exprChildren(expr).every(isConstant);
}
