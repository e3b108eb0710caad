/**
 * What a join's condition says: equalities between the sides (keys), bounds between their rowtimes (an interval join),
 * and the rest.
 *
 * A bound is a comparison of `left.time + c1` and `right.time + c2`, both constant; it is kept as
 * `left.time − right.time` between `lowerMs` and `upperMs`. Rowtimes have milliseconds, so `<` is `<= … − 1`.
 */
import { columnsOf, conjuncts, type Expr, shiftColumns } from '../plan/expr.ts';
import { timeAttribute } from '../types/data-type.ts';
import type { Schema } from '../types/schema.ts';

export interface EquiKey {
  /** Over the left row. */
  readonly left: Expr;
  /** Over the right row. */
  readonly right: Expr;
  readonly nullSafe: boolean;
}

export interface TimeBounds {
  readonly leftTime: number;
  readonly rightTime: number;
  readonly lowerMs: number;
  readonly upperMs: number;
}

export interface JoinCondition {
  readonly keys: readonly EquiKey[];
  /** Present when both bounds are there. */
  readonly interval: TimeBounds | null;
  /** What keys and interval do not say, over the concatenated row. */
  readonly rest: readonly Expr[];
}

interface Bound {
  readonly leftTime: number;
  readonly rightTime: number;
  readonly lowerMs: number;
  readonly upperMs: number;
}

export function analyzeCondition(condition: Expr | null, left: Schema, right: Schema): JoinCondition {
  const parts = conjuncts(condition).filter((part) => part.kind !== 'literal' || part.value !== true);
  const bounds = parts.map((part) => timeBound(part, left, right));
  const first = bounds.find((bound) => bound !== null);
  const samePair = (bound: Bound | null): bound is Bound =>
    bound !== null && bound.leftTime === first?.leftTime && bound.rightTime === first.rightTime;
  const pair = bounds.filter(samePair);
  const lowerMs = Math.max(...pair.map((bound) => bound.lowerMs));
  const upperMs = Math.min(...pair.map((bound) => bound.upperMs));
  const interval =
    first !== undefined && Number.isFinite(lowerMs) && Number.isFinite(upperMs)
      ? { leftTime: first.leftTime, rightTime: first.rightTime, lowerMs, upperMs }
      : null;
  const keys: EquiKey[] = [];
  const rest: Expr[] = [];
  for (const [i, part] of parts.entries()) {
    if (interval !== null && samePair(bounds[i] ?? null)) continue;
    const key = equiKey(part, left.length);
    if (key === null) rest.push(part);
    else keys.push(key);
  }
  return { keys, interval, rest };
}

/** Which side an expression over the concatenated row reads; `none` for a constant. */
export function sideOf(expr: Expr, leftWidth: number): 'left' | 'right' | 'both' | 'none' {
  const columns = columnsOf(expr);
  if (columns.length === 0) return 'none';
  const onLeft = columns.some((column) => column < leftWidth);
  const onRight = columns.some((column) => column >= leftWidth);
  return onLeft && onRight ? 'both' : onLeft ? 'left' : 'right';
}

function equiKey(part: Expr, leftWidth: number): EquiKey | null {
  if (part.kind !== 'call' || (part.name !== '=' && part.name !== 'IS NOT DISTINCT FROM')) return null;
  const [a, b] = part.args as [Expr, Expr];
  const sides = [sideOf(a, leftWidth), sideOf(b, leftWidth)];
  const nullSafe = part.name !== '=';
  if (sides[0] === 'left' && sides[1] === 'right') return { left: a, right: shiftColumns(b, -leftWidth), nullSafe };
  if (sides[0] === 'right' && sides[1] === 'left') return { left: b, right: shiftColumns(a, -leftWidth), nullSafe };
  return null;
}

interface TimePoint {
  readonly column: number;
  readonly offsetMs: number;
}

/** A rowtime column of either side, plus or minus constants. */
function timePoint(expr: Expr, schema: Schema): TimePoint | null {
  if (expr.kind === 'column') {
    const type = schema[expr.index]?.type;
    return type !== undefined && timeAttribute(type) === 'rowtime' ? { column: expr.index, offsetMs: 0 } : null;
  }
  if (expr.kind === 'cast' && expr.type.kind === expr.arg.type.kind) {
    // Only a change to more digits keeps the instant.
    const from = expr.arg.type as { precision?: number };
    const to = expr.type as { precision?: number };
    return (to.precision ?? 0) >= (from.precision ?? 0) ? timePoint(expr.arg, schema) : null;
  }
  if (expr.kind !== 'call' || (expr.name !== '+' && expr.name !== '-')) return null;
  const [a, b] = expr.args as [Expr, Expr];
  const constant = intervalMs(b);
  if (constant !== null) {
    const point = timePoint(a, schema);
    return point && { column: point.column, offsetMs: point.offsetMs + (expr.name === '+' ? constant : -constant) };
  }
  const leading = expr.name === '+' ? intervalMs(a) : null;
  const point = leading === null ? null : timePoint(b, schema);
  return point && { column: point.column, offsetMs: point.offsetMs + (leading as number) };
}

function intervalMs(expr: Expr): number | null {
  return expr.kind === 'literal' && expr.type.kind === 'INTERVAL_DAY_TIME' && typeof expr.value === 'number'
    ? expr.value
    : null;
}

function timeBound(part: Expr, left: Schema, right: Schema): Bound | null {
  if (part.kind !== 'call' || !/^(=|<|<=|>|>=)$/.test(part.name)) return null;
  const schema = [...left, ...right];
  const [a, b] = part.args.map((arg) => timePoint(arg, schema)) as [TimePoint | null, TimePoint | null];
  if (a === null || b === null || a.column < left.length === b.column < left.length) return null;
  const flipped = a.column >= left.length;
  const [onLeft, onRight] = flipped ? [b, a] : [a, b];
  const operator = flipped ? FLIPPED[part.name] : part.name;
  // left.time + c1 op right.time + c2  ⇔  left.time − right.time op c2 − c1
  const difference = onRight.offsetMs - onLeft.offsetMs;
  const pair = { leftTime: onLeft.column, rightTime: onRight.column - left.length };
  switch (operator) {
    case '=':
      return { ...pair, lowerMs: difference, upperMs: difference };
    case '>=':
      return { ...pair, lowerMs: difference, upperMs: Infinity };
    case '>':
      return { ...pair, lowerMs: difference + 1, upperMs: Infinity };
    case '<=':
      return { ...pair, lowerMs: -Infinity, upperMs: difference };
    default:
      return { ...pair, lowerMs: -Infinity, upperMs: difference - 1 };
  }
}

const FLIPPED: Readonly<Record<string, string>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };
