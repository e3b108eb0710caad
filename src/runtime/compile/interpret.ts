/**
 * Expressions evaluated one row at a time over JavaScript values: constants at compile time, and the plain reading
 * that generated code is tested against. Not for rows on the hot path.
 */
import { EngineError, assertNever } from '../../errors.ts';
import { castFunction, tryCastFunction } from '../../functions/cast/cast.ts';
import type { Evaluate, FunctionContext } from '../../functions/function.ts';
import { equalValues } from '../../types/compare.ts';
import { type DataType, typeToString } from '../../types/data-type.ts';
import type { Value } from '../../types/vector.ts';
import type { Expr } from '../../plan/expr.ts';
import { definitionOf } from './definition.ts';
import { desugar } from './desugar.ts';

type CallExpr = Extract<Expr, { kind: 'call' }>;
type CastExpr = Extract<Expr, { kind: 'cast' }>;

/** The value of an expression over a row. */
export function interpret(expr: Expr, row: readonly Value[], context: FunctionContext): Value {
  const inner = (child: Expr): Value => interpret(child, row, context);
  switch (expr.kind) {
    case 'column':
      return row[expr.index] as Value;
    case 'literal':
      return expr.value;
    case 'and':
      return decide(expr.args, inner, false);
    case 'or':
      return decide(expr.args, inner, true);
    case 'not': {
      const value = inner(expr.arg);
      return value === null ? null : value !== true;
    }
    case 'case': {
      const branch = expr.branches.find((candidate) => holds(candidate.when, row, context));
      return inner(branch === undefined ? expr.otherwise : branch.then);
    }
    case 'call':
      return interpretCall(expr, inner, context);
    case 'cast': {
      const value = inner(expr.arg);
      return value === null ? null : castOf(expr, context)(value);
    }
    case 'field': {
      const value = inner(expr.arg);
      return value === null ? null : ((value as readonly Value[])[expr.index] as Value);
    }
    case 'in':
      return isIn(inner(expr.arg), expr.items.map(inner));
    case 'construct':
      return constructValue(expr.type, expr.args.map(inner));
    default:
      return assertNever(expr);
  }
}

/** Whether a condition is TRUE, where that is all that counts: AND stops at the first part that is not. */
export function holds(expr: Expr, row: readonly Value[], context: FunctionContext): boolean {
  if (expr.kind === 'and') return expr.args.every((arg) => holds(arg, row, context));
  if (expr.kind === 'or') return expr.args.some((arg) => holds(arg, row, context));
  return interpret(expr, row, context) === true;
}

/** AND (`decisive` false) and OR (`decisive` true) in three values, left to right. */
function decide(args: readonly Expr[], inner: (expr: Expr) => Value, decisive: boolean): Value {
  let unknown = false;
  for (const arg of args) {
    const value = inner(arg);
    if (value === decisive) return decisive;
    if (value === null) unknown = true;
  }
  return unknown ? null : !decisive;
}

function isIn(value: Value, items: readonly Value[]): Value {
  if (value === null) return null;
  if (items.some((item) => item !== null && equalValues(value, item))) return true;
  return items.includes(null) ? null : false;
}

function interpretCall(expr: CallExpr, inner: (expr: Expr) => Value, context: FunctionContext): Value {
  const plain = desugar(expr);
  if (plain !== expr) return inner(plain);
  const definition = definitionOf(expr, context);
  const args = expr.args.map(inner);
  if (definition.nulls === 'strict' && args.includes(null)) return null;
  const evaluate = definition.evaluate({
    argTypes: expr.args.map((arg) => arg.type),
    type: expr.type,
    literals: expr.args.map((arg) => (arg.kind === 'literal' ? arg.value : undefined)),
    context,
  });
  return evaluate(...args);
}

/** The conversion of a cast expression; fails when CAST does not allow the pair. */
export function castOf(expr: CastExpr, context: FunctionContext): Evaluate {
  const from = expr.arg.type;
  const found = (expr.try ? tryCastFunction : castFunction)(from, expr.type, context);
  if (found !== undefined) return found;
  throw new EngineError('cannot_coerce', `cannot cast ${typeToString(from)} to ${typeToString(expr.type)}`);
}

/** ROW, ARRAY or MAP out of the values of its parts; of a repeated key the last value stays. */
export function constructValue(type: DataType, parts: readonly Value[]): Value {
  if (type.kind !== 'MAP') return parts;
  const entries: [Value, Value][] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [key, value] = [parts[i] as Value, parts[i + 1] as Value];
    const known = entries.find(([other]) => (other === null || key === null ? other === key : equalValues(other, key)));
    if (known === undefined) entries.push([key, value]);
    else known[1] = value;
  }
  return entries;
}
