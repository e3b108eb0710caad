/**
 * Aggregates: by group, by window.
 *
 * A GROUP BY window_start, window_end over a window table function is one operator that assigns windows and aggregates
 * (`window-aggregate`), provided that nothing between them computes on the window's bounds; what stands between them
 * moves below. A second GROUP BY of the same bounds aggregates per window that is already attached.
 */
import { columnsOf, type Expr, sameExpr } from '../../plan/expr.ts';
import { identity, type LogicalNode, type LogicalOf } from '../../plan/logical.ts';
import { type AggregateCall, INSERT_ONLY, type PhysicalNode, type WindowProperty } from '../../plan/physical.ts';
import type { Field } from '../../types/schema.ts';
import { flattenCalc } from '../merge-calcs.ts';
import { groupsByWindow, windowColumns, type WindowColumns } from '../window-columns.ts';
import { retracts } from './changelog.ts';
import type { Lowering } from './lowering.ts';
import { collectsLateRows } from '../keep-late-rows.ts';
import { lateRowsOf } from './scan.ts';

export function lowerAggregate(node: LogicalOf<'aggregate'>, lowering: Lowering): PhysicalNode {
  const columns = windowColumns(node.input);
  if (!groupsByWindow(columns, node.keys)) return lowering.groupAggregate(lowering.lower(node.input), node);
  return lowerFused(node, lowering) ?? lowerAttached(node, columns, lowering);
}

type WindowTable = LogicalOf<'window-table-function'>;

/** What stands between the aggregate and the window function, over the function's output. */
function overWindowTable(
  node: LogicalNode,
): { table: WindowTable; condition: Expr | null; projections: readonly Expr[] } | null {
  if (node.kind === 'window-table-function')
    return { table: node, condition: null, projections: identity(node.schema) };
  if (node.kind !== 'calc') return null;
  const calc = flattenCalc(node);
  if (calc.input.kind !== 'window-table-function') return null;
  return { table: calc.input, condition: calc.condition, projections: calc.projections };
}

const PROPERTIES: readonly WindowProperty[] = ['start', 'end', 'time'];

function lowerFused(node: LogicalOf<'aggregate'>, lowering: Lowering): PhysicalNode | null {
  const found = overWindowTable(node.input);
  if (found === null) return null;
  const { table, condition, projections } = found;
  const width = table.input.schema.length;
  const readsWindow = (expr: Expr): boolean => columnsOf(expr).some((column) => column >= width);
  if (condition !== null && readsWindow(condition)) return null;

  const below: Expr[] = [];
  const schema: Field[] = [];
  const columnOf = (column: number): number => {
    const expr = projections[column] as Expr;
    const existing = below.findIndex((other) => sameExpr(other, expr));
    if (existing >= 0) return existing;
    schema.push(node.input.schema[column] as Field);
    return below.push(expr) - 1;
  };
  const dataKeys: number[] = [];
  const properties: WindowProperty[] = [];
  /** Where each key of the query comes from: a data key, or a property of the window. */
  const origins: { readonly kind: 'key' | 'property'; readonly at: number }[] = [];
  for (const key of node.keys) {
    const expr = projections[key] as Expr;
    if (!readsWindow(expr)) {
      origins.push({ kind: 'key', at: dataKeys.push(columnOf(key)) - 1 });
    } else {
      if (expr.kind !== 'column') return null;
      const property = PROPERTIES[expr.index - width] as WindowProperty;
      if (!properties.includes(property)) properties.push(property);
      origins.push({ kind: 'property', at: properties.indexOf(property) });
    }
  }
  const read = node.aggregates.flatMap((call) => [...call.args, ...(call.filter === null ? [] : [call.filter])]);
  if (read.some((column) => readsWindow(projections[column] as Expr))) return null;
  if (
    table.window.kind === 'session' &&
    !samePartition(
      table,
      dataKeys.map((key) => below[key] as Expr),
    )
  )
    return null;

  const aggregates = node.aggregates.map((call): AggregateCall => ({
    ...call,
    args: call.args.map(columnOf),
    filter: call.filter === null ? null : columnOf(call.filter),
  }));
  const timeExpr: Expr = {
    kind: 'column',
    index: table.timeColumn,
    type: (table.input.schema[table.timeColumn] as Field).type,
  };
  const timeField = table.input.schema[table.timeColumn] as Field;
  let timeColumn = below.findIndex((other) => sameExpr(other, timeExpr));
  if (timeColumn < 0) {
    timeColumn = below.push(timeExpr) - 1;
    schema.push(timeField);
  } else schema[timeColumn] = timeField;
  if (collectsLateRows(table)) {
    table.input.schema.forEach((field, index) => {
      const column: Expr = { kind: 'column', index, type: field.type };
      if (!below.some((other) => sameExpr(other, column))) schema[below.push(column) - 1] = field;
    });
  }
  const input = lowering.calc(lowering.lower(table.input), { condition, projections: below, schema });
  const keyFields = dataKeys.map((key) => schema[key] as Field);
  const aggregateFields = node.schema.slice(node.keys.length);
  const propertyFields = properties.map((property) => table.schema[width + PROPERTIES.indexOf(property)] as Field);
  const aggregate = lowering.add({
    kind: 'window-aggregate',
    input: lowering.exchange(input, dataKeys),
    window: table.window,
    timeColumn,
    keys: dataKeys,
    aggregates,
    properties,
    style: 'table-function',
    inputRetracts: retracts(input.changelog),
    lateRows: lateRowsOf(input),
    schema: [...keyFields, ...aggregateFields, ...propertyFields],
    changelog: INSERT_ONLY,
  });
  const places = [
    ...origins.map(({ kind, at }) => (kind === 'key' ? at : dataKeys.length + aggregates.length + at)),
    ...aggregates.map((_, i) => dataKeys.length + i),
  ];
  const ordered = places.map((index, i): Expr => ({ kind: 'column', index, type: (node.schema[i] as Field).type }));
  return lowering.calc(aggregate, { condition: null, projections: ordered, schema: node.schema });
}

/** Sessions are per partition key: they can only be grouped by just these keys at once. */
function samePartition(table: WindowTable, keys: readonly Expr[]): boolean {
  const columns = keys.map((key) => (key.kind === 'column' ? key.index : -1));
  return (
    table.partition.length === new Set(columns).size && table.partition.every((column) => columns.includes(column))
  );
}

function lowerAttached(node: LogicalOf<'aggregate'>, columns: WindowColumns, lowering: Lowering): PhysicalNode {
  const input = lowering.lower(node.input);
  return lowering.add({
    kind: 'attached-window-aggregate',
    input: lowering.exchange(input, node.keys),
    startColumn: columns.start,
    endColumn: columns.end as number,
    onLocalTime: columns.onLocalTime,
    keys: node.keys,
    aggregates: node.aggregates,
    inputRetracts: retracts(input.changelog),
    schema: node.schema,
    changelog: INSERT_ONLY,
  });
}

export function lowerGroupWindow(node: LogicalOf<'group-window-aggregate'>, lowering: Lowering): PhysicalNode {
  const input = lowering.lower(node.input);
  return lowering.add({
    kind: 'window-aggregate',
    input: lowering.exchange(input, node.keys),
    window: node.window,
    timeColumn: node.timeColumn,
    keys: node.keys,
    aggregates: node.aggregates,
    properties: node.properties,
    style: 'group',
    inputRetracts: retracts(input.changelog),
    lateRows: lateRowsOf(input),
    schema: node.schema,
    changelog: INSERT_ONLY,
  });
}

export function lowerWindowTable(node: WindowTable, lowering: Lowering): PhysicalNode {
  const input = lowering.lower(node.input);
  return lowering.add({
    kind: 'window-table-function',
    input: node.window.kind === 'session' ? lowering.exchange(input, node.partition) : input,
    window: node.window,
    timeColumn: node.timeColumn,
    partition: node.partition,
    schema: node.schema,
    changelog: input.changelog,
  });
}
