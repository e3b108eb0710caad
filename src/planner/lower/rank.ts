/**
 * ROW_NUMBER with a bound: Top-N, or deduplication when one row is kept by a time attribute; ORDER BY and LIMIT.
 */
import { unsupported } from '../../errors.ts';
import { columnsOf, conjunction, conjuncts, type Expr, replaceExpr } from '../../plan/expr.ts';
import type { LogicalOf } from '../../plan/logical.ts';
import { ALL_CHANGES, INSERT_ONLY, isInsertOnly, type PhysicalNode, type SortKey } from '../../plan/physical.ts';
import { timeAttribute } from '../../types/data-type.ts';
import type { Field } from '../../types/schema.ts';
import { limitMode, requireInsertOnly, retracts } from './changelog.ts';
import { rankStrategy } from './rank-strategy.ts';
import { groupsByWindow, windowColumns } from '../window-columns.ts';
import type { Lowering } from './lowering.ts';

interface RankRange {
  from: number;
  to: number;
}

/** `calc` is all that stands above the row number, as one calc. */
export function lowerTopN(node: LogicalOf<'row-number'>, calc: LogicalOf<'calc'>, lowering: Lowering): PhysicalNode {
  const rank = node.schema.length - 1;
  const range: RankRange = { from: 1, to: Infinity };
  const rest = conjuncts(calc.condition).filter((part) => !narrowRange(part, rank, range));
  if (range.to === Infinity) {
    throw unsupported(
      'ROW_NUMBER() without a bound',
      'Keep the first rows only: WHERE rn <= 10 around it, or QUALIFY ROW_NUMBER() OVER (…) <= 10.',
    );
  }
  if (groupsByWindow(windowColumns(node.input), node.partition)) {
    throw unsupported(
      'a Top-N per window, whose rows come when the window closes',
      'PARTITION BY window_end without window_start gives the same rows, updated as they come.',
    );
  }
  const { from, to } = range;
  if (to < from) return lowering.nothing(calc.schema);
  const input = lowering.exchange(lowering.lower(node.input), node.partition);
  const single = from === 1 && to === 1;
  /** Of one row per partition the number is known. */
  const constant = (expr: Expr): Expr =>
    replaceExpr(expr, (part) =>
      single && part.kind === 'column' && part.index === rank
        ? { kind: 'literal', value: 1n, type: part.type }
        : undefined,
    );
  const condition = conjunction(rest.map(constant));
  const projections = calc.projections.map(constant);
  const outputRank = columnsOf(...projections, ...(condition === null ? [] : [condition])).includes(rank);
  const base = { stateTtlMs: lowering.stateTtlMs, schema: outputRank ? node.schema : node.input.schema };
  const ranked =
    single && isDeduplicate(node, input)
      ? deduplicate(node, { ...base, input }, lowering)
      : lowering.add({
          ...base,
          ...rankStrategy(input, node),
          kind: 'rank',
          partition: node.partition,
          order: node.order,
          from,
          to,
          outputRank,
          emitUpdateBefore: true,
          changelog: ALL_CHANGES,
        });
  return lowering.calc(ranked, { condition, projections, schema: calc.schema });
}

function isDeduplicate(node: LogicalOf<'row-number'>, input: PhysicalNode): boolean {
  const [key, ...more] = node.order;
  if (key === undefined || more.length > 0 || !isInsertOnly(input.changelog)) return false;
  return timeAttribute((input.schema[key.column] as Field).type) !== undefined;
}

function deduplicate(
  node: LogicalOf<'row-number'>,
  base: Pick<PhysicalNode, 'schema'> & { readonly input: PhysicalNode; readonly stateTtlMs: number },
  lowering: Lowering,
): PhysicalNode {
  const key = node.order[0] as SortKey;
  const time = timeAttribute((base.input.schema[key.column] as Field).type) as 'rowtime' | 'proctime';
  const keep = key.descending ? 'last' : 'first';
  return lowering.add({
    ...base,
    kind: 'deduplicate',
    keys: node.partition,
    time,
    timeColumn: key.column,
    keep,
    emitUpdateBefore: keep === 'last',
    changelog: keep === 'first' ? INSERT_ONLY : ALL_CHANGES,
  });
}

/** Takes what `part` says of the row number into `range`; false when it says something else. */
function narrowRange(part: Expr, rank: number, range: RankRange): boolean {
  if (part.kind !== 'call' || !(part.name in FLIPPED)) return false;
  const [a, b] = part.args as [Expr, Expr];
  const flipped = isRank(b, rank);
  const bound = rankBound(flipped ? a : b);
  if (bound === null || !(flipped || isRank(a, rank))) return false;
  switch (flipped ? FLIPPED[part.name] : part.name) {
    case '<=':
      range.to = Math.min(range.to, bound);
      return true;
    case '<':
      range.to = Math.min(range.to, bound - 1);
      return true;
    case '>=':
      range.from = Math.max(range.from, bound);
      return true;
    case '>':
      range.from = Math.max(range.from, bound + 1);
      return true;
    default:
      range.from = Math.max(range.from, bound);
      range.to = Math.min(range.to, bound);
      return true;
  }
}

const FLIPPED: Readonly<Record<string, string>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

const isRank = (expr: Expr, rank: number): boolean =>
  expr.kind === 'column' ? expr.index === rank : expr.kind === 'cast' && isRank(expr.arg, rank);

function rankBound(expr: Expr): number | null {
  if (expr.kind !== 'literal' || (typeof expr.value !== 'number' && typeof expr.value !== 'bigint')) return null;
  return expr.type.kind === 'DECIMAL' || !Number.isInteger(Number(expr.value)) ? null : Number(expr.value);
}

export function lowerSort(node: LogicalOf<'sort'>, lowering: Lowering): PhysicalNode {
  if (node.limit === 0) return lowering.nothing(node.schema);
  const [first] = node.order;
  if (first === undefined) {
    const input = lowering.exchange(lowering.lower(node.input), []);
    return lowering.add({
      kind: 'limit',
      input,
      offset: node.offset,
      limit: node.limit as number,
      inputRetracts: retracts(input.changelog),
      schema: node.schema,
      changelog: limitMode(input.changelog),
    });
  }
  if (node.limit === null) return temporalSort(node, first, lowering);
  const input = lowering.exchange(lowering.lower(node.input), []);
  return lowering.add({
    kind: 'rank',
    ...rankStrategy(input, { partition: [], order: node.order }),
    partition: [],
    order: node.order,
    from: node.offset + 1,
    to: node.offset + node.limit,
    outputRank: false,
    emitUpdateBefore: true,
    stateTtlMs: lowering.stateTtlMs,
    schema: node.schema,
    changelog: ALL_CHANGES,
  });
}

function temporalSort(node: LogicalOf<'sort'>, first: SortKey, lowering: Lowering): PhysicalNode {
  const input = lowering.exchange(lowering.lower(node.input), []);
  requireInsertOnly('TemporalSort', input);
  return lowering.add({
    kind: 'temporal-sort',
    input,
    timeColumn: first.column,
    order: node.order,
    schema: node.schema,
    changelog: INSERT_ONLY,
  });
}
