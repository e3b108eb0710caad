/** Joins: interval joins where the condition bounds the rowtimes of both sides, else regular ones. */
import { unsupported } from '../../errors.ts';
import { conjunction, type Expr, shiftColumns, substitute } from '../../plan/expr.ts';
import { identity, type LogicalOf } from '../../plan/logical.ts';
import { ALL_CHANGES, INSERT_ONLY, type PhysicalNode } from '../../plan/physical.ts';
import type { Field, Schema } from '../../types/schema.ts';
import { analyzeCondition, type EquiKey } from '../join-condition.ts';
import { uniqueNames } from '../unique-names.ts';
import { windowColumns } from '../window-columns.ts';
import { requireInsertOnly, unionModes } from './changelog.ts';
import type { Lowering } from './lowering.ts';

export function lowerJoin(node: LogicalOf<'join'>, lowering: Lowering): PhysicalNode {
  const condition = analyzeCondition(node.condition, node.left.schema, node.right.schema);
  if (isWindowJoin(node, condition.keys)) {
    throw unsupported(
      'a window join (equal window_start and window_end)',
      'Join the tables on a time range of their event-time columns first, and aggregate by window then.',
    );
  }
  const interval = condition.interval;
  const plain = interval === null ? condition.keys : condition.keys.filter((key) => !key.nullSafe);
  const left = keyedSide(
    lowering.lower(node.left),
    plain.map((key) => key.left),
    lowering,
  );
  const right = keyedSide(
    lowering.lower(node.right),
    plain.map((key) => key.right),
    lowering,
  );
  const widths = { left: node.left.schema.length, right: node.right.schema.length };
  /** From the row of the two inputs to the row of the two keyed inputs. */
  const places = [
    ...identity(node.left.schema),
    ...identity(node.right.schema).map((expr) => shiftColumns(expr, left.input.schema.length)),
  ];
  const nullSafe =
    interval === null ? [] : condition.keys.filter((key) => key.nullSafe).map((key) => isSame(key, widths.left));
  const rest = conjunction([...condition.rest, ...nullSafe].map((part) => substitute(part, places)));
  const sideSchema = (schema: Schema, from: number): Schema =>
    schema.map((field, i): Field =>
      i < (from === 0 ? widths.left : widths.right) ? (node.schema[from + i] as Field) : field,
    );
  const schema = uniqueNames([...sideSchema(left.input.schema, 0), ...sideSchema(right.input.schema, widths.left)]);
  const shared = {
    left: left.input,
    right: right.input,
    type: node.type,
    leftKeys: left.keys,
    rightKeys: right.keys,
    condition: rest,
    schema,
  };
  let joined: PhysicalNode;
  if (interval === null) {
    const inputs = unionModes([left.input.changelog, right.input.changelog]);
    joined = lowering.add({
      ...shared,
      kind: 'join',
      nullSafe: plain.map((key) => key.nullSafe),
      leftStateTtlMs: lowering.stateTtlMs,
      rightStateTtlMs: lowering.stateTtlMs,
      changelog: node.type === 'inner' ? inputs : ALL_CHANGES,
    });
  } else {
    requireInsertOnly('IntervalJoin', left.input);
    requireInsertOnly('IntervalJoin', right.input);
    const { leftTime, rightTime, lowerMs, upperMs } = interval;
    joined = lowering.add({
      ...shared,
      kind: 'interval-join',
      leftTime,
      rightTime,
      lowerMs,
      upperMs,
      changelog: INSERT_ONLY,
    });
  }
  const projections = places.map((place, i): Expr => ({ ...place, type: (node.schema[i] as Field).type }));
  return lowering.calc(joined, { condition: null, projections, schema: uniqueNames(node.schema) });
}

/** The side with its keys as columns, dealt by them. */
function keyedSide(
  input: PhysicalNode,
  keys: readonly Expr[],
  lowering: Lowering,
): { input: PhysicalNode; keys: number[] } {
  const added: Expr[] = [];
  const columns = keys.map((key) => (key.kind === 'column' ? key.index : input.schema.length + added.push(key) - 1));
  const schema = [...input.schema, ...added.map((expr, i): Field => ({ name: `$key${i}`, type: expr.type }))];
  const keyed =
    added.length === 0
      ? input
      : lowering.calc(input, { condition: null, projections: [...identity(input.schema), ...added], schema });
  return { input: lowering.exchange(keyed, columns), keys: columns };
}

const isSame = (key: EquiKey, leftWidth: number): Expr => ({
  kind: 'call',
  name: 'IS NOT DISTINCT FROM',
  args: [key.left, shiftColumns(key.right, leftWidth)],
  type: { kind: 'BOOLEAN', nullable: false },
});

function isWindowJoin(node: LogicalOf<'join'>, keys: readonly EquiKey[]): boolean {
  const [left, right] = [windowColumns(node.left), windowColumns(node.right)];
  const equal = (leftColumn: number | null, rightColumn: number | null): boolean =>
    keys.some(
      (key) =>
        key.left.kind === 'column' &&
        key.right.kind === 'column' &&
        key.left.index === leftColumn &&
        key.right.index === rightColumn,
    );
  return equal(left.start, right.start) && equal(left.end, right.end);
}
