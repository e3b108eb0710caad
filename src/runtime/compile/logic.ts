/**
 * AND, OR, NOT, IN in three values. Where only TRUE counts (WHERE, CASE WHEN, join conditions) `emitTest` needs no
 * third value; elsewhere NULL is carried along. Evaluation stops when the result is decided.
 */
import { type Expr, exprChildren } from '../../plan/expr.ts';
import { physicalKind } from '../../types/data-type.ts';
import { type Code, type PlainCode, allValid } from './code.ts';
import { comparisonText } from './comparison.ts';
import type { ExpressionEmitter } from './expression.ts';
import { toValue } from './load.ts';

type Connective = Extract<Expr, { kind: 'and' | 'or' }>;

const COMPARISONS = new Set(['=', '<>', '<', '<=', '>', '>=', 'IS NULL', 'IS NOT NULL']);

/** Whether evaluating needs no protection by what comes before: cheap, and it cannot fail. */
function isCheap(expr: Expr): boolean {
  switch (expr.kind) {
    case 'column':
    case 'literal':
      return true;
    case 'call':
      return COMPARISONS.has(expr.name) && expr.args.every(isPlainLeaf);
    case 'and':
    case 'or':
    case 'not':
      return exprChildren(expr).every(isCheap);
    default:
      return false;
  }
}

function isPlainLeaf(expr: Expr): boolean {
  return (
    (expr.kind === 'column' || expr.kind === 'literal') && !['row', 'array', 'map'].includes(physicalKind(expr.type))
  );
}

const isTrue = (code: PlainCode): string => (code.valid === null ? code.value : `(${code.valid} && ${code.value})`);

/** A JavaScript condition that holds where `expr` is TRUE. */
export function emitTest(compile: ExpressionEmitter, expr: Expr): string {
  if (expr.kind === 'and' || expr.kind === 'or') return testConnective(compile, expr);
  if (expr.kind === 'not') {
    const code = compile.emit(expr.arg) as PlainCode;
    return code.valid === null ? `!${code.value}` : `(${code.valid} && !${code.value})`;
  }
  return isTrue(compile.emit(expr) as PlainCode);
}

function testConnective(compile: ExpressionEmitter, expr: Connective): string {
  const { emitter } = compile;
  const conjunction = expr.kind === 'and';
  if (expr.args.every(isCheap)) {
    return `(${expr.args.map((arg) => emitTest(compile, arg)).join(conjunction ? ' && ' : ' || ')})`;
  }
  const result = emitter.let('b', String(!conjunction), 'let');
  const label = emitter.name('L');
  emitter.block(`${label}:`, () => {
    for (const arg of expr.args) {
      const test = emitTest(compile, arg);
      emitter.push(`if (${conjunction ? `!${test}` : test}) break ${label};`);
    }
    emitter.push(`${result} = ${conjunction};`);
  });
  return result;
}

/** AND or OR as a value. */
export function emitConnective(compile: ExpressionEmitter, expr: Connective): Code {
  const { emitter } = compile;
  const { type } = expr;
  if (expr.args.every(isCheap)) {
    const codes = expr.args.map((arg) => compile.emit(arg) as PlainCode);
    if (codes.every((code) => code.valid === null)) {
      const text = codes.map((code) => code.value).join(expr.kind === 'and' ? ' && ' : ' || ');
      return { form: 'plain', type, valid: null, value: emitter.let('x', text) };
    }
  }
  const decisive = expr.kind === 'or';
  const value = emitter.let('b', String(!decisive), 'let');
  const valid = emitter.let('k', 'true', 'let');
  const label = emitter.name('L');
  let mayBeNull = false;
  emitter.block(`${label}:`, () => {
    for (const arg of expr.args) {
      const code = compile.emit(arg) as PlainCode;
      if (code.valid !== null) mayBeNull = true;
      const decided = `{ ${value} = ${decisive}; ${valid} = true; break ${label}; }`;
      const test = decisive ? code.value : `!${code.value}`;
      emitter.push(
        code.valid === null
          ? `if (${test}) ${decided}`
          : `if (!${code.valid}) ${valid} = false; else if (${test}) ${decided}`,
      );
    }
  });
  return { form: 'plain', type, valid: mayBeNull ? valid : null, value };
}

export function emitNot(compile: ExpressionEmitter, expr: Extract<Expr, { kind: 'not' }>): Code {
  const code = compile.emit(expr.arg) as PlainCode;
  return { form: 'plain', type: expr.type, valid: code.valid, value: `(!${code.value})` };
}

/** Beyond this many constants a set is asked instead of one comparison each. */
const CHAIN_LIMIT = 12;

export function emitIn(compile: ExpressionEmitter, expr: Extract<Expr, { kind: 'in' }>): Code {
  const { emitter } = compile;
  const { type } = expr;
  const arg = compile.emit(expr.arg);
  const items = expr.items.map((item) => compile.emit(item));
  const found = emitter.let('b', 'false', 'let');
  emitter.block(arg.valid === null ? '' : `if (${arg.valid})`, () => {
    const set = constantSet(expr.items);
    if (set !== undefined) emitter.push(`${found} = ${emitter.constant(set)}.has(${toValue(emitter, arg)});`);
    else {
      for (const item of items) {
        if (item.valid === 'false') continue;
        emitter.block(`if (!${found}${item.valid === null ? '' : ` && ${item.valid}`})`, () => {
          emitter.push(`${found} = ${comparisonText(emitter, '=', arg, item)};`);
        });
      }
    }
  });
  const itemsValid = allValid(items);
  const known = itemsValid === null ? null : `(${found} || ${itemsValid})`;
  return { form: 'plain', type, valid: conjoined(arg.valid, known), value: found };
}

const conjoined = (a: string | null, b: string | null): string | null =>
  a === null ? b : b === null ? a : `(${a} && ${b})`;

/** The non-NULL items as a set, where all are constants that a set tells apart as SQL does. */
function constantSet(items: readonly Expr[]): ReadonlySet<unknown> | undefined {
  if (items.length <= CHAIN_LIMIT) return undefined;
  const values = items.map((item) => (item.kind === 'literal' ? item.value : undefined));
  if (values.some((value) => value === undefined || (typeof value === 'object' && value !== null))) return undefined;
  return new Set(values.filter((value) => value !== null));
}
