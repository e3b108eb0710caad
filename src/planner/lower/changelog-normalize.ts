/**
 * Tables whose changes come by key (upserts), or may come more than once: their rows go, dealt by the primary key, through
 * an operator that keeps the last one of each key. What is computed of them is computed behind it, since of a row that is
 * deleted there may be no more than the key.
 *
 * Conditions on the key alone are decided before it, others in it: a row that fails is not kept, and takes away the one
 * that was. Only what may give another answer for the same row is left to behind it.
 */
import { columnsOf, conjunction, conjuncts, type Expr, sameExpr, substitute } from '../../plan/expr.ts';
import { identity, type LogicalOf } from '../../plan/logical.ts';
import { isUpsert, type PhysicalNode, type PhysicalOf, type ScanColumn } from '../../plan/physical.ts';
import type { Field, Schema } from '../../types/schema.ts';
import { isDeterministic } from '../determinism.ts';
import { uniqueNames } from '../unique-names.ts';
import type { Lowering } from './lowering.ts';
import { scanOf } from './scan.ts';

type Scan = LogicalOf<'scan'> & { readonly normalizeBy: readonly number[] };
type Select = Pick<LogicalOf<'calc'>, 'condition' | 'projections' | 'schema'>;

export const isNormalized = (scan: LogicalOf<'scan'>): scan is Scan => scan.normalizeBy !== null;

/** `select` over the table's rows, each complete. */
export function lowerNormalized(node: Scan, select: Select, lowering: Lowering): PhysicalNode {
  const stored = storedRow(node);
  const keys = node.normalizeBy.map((column) => (node.outputs[column] as Expr & { kind: 'column' }).index);
  const ofKey: Expr[] = [];
  const ofRow: Expr[] = [];
  const above: Expr[] = [];
  for (const part of conjuncts(select.condition)) {
    const over = substitute(part, stored.outputs);
    if (!isDeterministic(over)) above.push(part);
    else if (columnsOf(over).every((column) => keys.includes(column))) ofKey.push(over);
    else ofRow.push(over);
  }
  const scanned = changesByKey(stored.scan, lowering);
  const input = lowering.calc(scanned, {
    condition: conjunction(ofKey),
    projections: identity(scanned.schema),
    schema: scanned.schema,
  });
  const condition = conjunction(ofRow);
  const rows = lowering.add({
    kind: 'changelog-normalize',
    input: lowering.exchange(input, keys),
    keys,
    condition,
    emitUpdateBefore: true,
    stateTtlMs: lowering.stateTtlMs,
    schema: scanned.schema,
    changelog: { updateBefore: true, updateAfter: true, delete: scanned.changelog.delete || condition !== null },
  });
  const table = lowering.calc(rows, { condition: null, projections: stored.outputs, schema: node.schema });
  return lowering.calc(table, { ...select, condition: conjunction(above) });
}

/** -U says nothing that the row which is kept does not say. */
function changesByKey(scan: LogicalOf<'scan'>, lowering: Lowering): PhysicalNode {
  const input = scanOf(scan, lowering);
  if (!input.changelog.updateBefore) return input;
  const changelog = { ...input.changelog, updateBefore: false };
  return lowering.add({ kind: 'drop-update-before', input, schema: input.schema, changelog });
}

/** The scan of what is decoded, with the rowtime if that is computed, and the table's columns over its row. */
function storedRow(node: Scan): { readonly scan: LogicalOf<'scan'>; readonly outputs: readonly Expr[] } {
  const row = node.columns.map(({ type }, index): Expr => ({ kind: 'column', index, type }));
  const names = node.columns.map((column, index) => {
    const output = node.outputs.findIndex((expr) => expr.kind === 'column' && expr.index === index);
    return node.schema[output]?.name ?? columnName(column);
  });
  const schema: Field[] = node.columns.map(({ type }, i) => ({ name: names[i] as string, type }));
  if (node.watermark === null) {
    return { scan: { ...node, outputs: row, schema: uniqueNames(schema) }, outputs: node.outputs };
  }
  const time = node.outputs[node.watermark.column] as Expr;
  const field = node.schema[node.watermark.column] as Field;
  if (time.kind === 'column') schema[time.index] = field;
  const column = time.kind === 'column' ? time.index : row.push(time) - 1;
  if (time.kind !== 'column') schema.push(field);
  const place: Expr = { kind: 'column', index: column, type: field.type };
  const outputs = node.outputs.map((expr) => (sameExpr(expr, time) ? { ...place, type: expr.type } : expr));
  const watermark = { column, expr: substitute(node.watermark.expr, outputs) };
  return { scan: { ...node, outputs: row, watermark, schema: uniqueNames(schema) }, outputs };
}

const columnName = (column: ScanColumn): string => (column.kind === 'physical' ? column.path.join('.') : column.key);

/**
 * The changes by key as the table gives them, for a consumer that keys its rows in the same way; null where they must be
 * made whole first. What is computed must not meet a NULL where the type says that there is none.
 */
export function upsertsOf(node: PhysicalNode): PhysicalNode | null {
  switch (node.kind) {
    case 'changelog-normalize': {
      const { input } = node.input as PhysicalOf<'exchange'>;
      return node.condition === null && isUpsertSource(input) ? { ...input, schema: node.schema } : null;
    }
    case 'calc': {
      const input = node.condition === null ? upsertsOf(node.input) : null;
      if (input === null || !node.projections.every((expr) => toleratesNulls(expr, node.input))) return null;
      return { ...node, input, changelog: input.changelog };
    }
    default:
      return null;
  }
}

function isUpsertSource(node: PhysicalNode): boolean {
  return node.kind === 'calc' ? isUpsertSource(node.input) : node.kind === 'scan' && isUpsert(node.changelog);
}

function toleratesNulls(expr: Expr, input: PhysicalNode): boolean {
  return expr.kind === 'column' || columnsOf(expr).every((column) => nullable(input.schema, column));
}

const nullable = (schema: Schema, column: number): boolean => schema[column]?.type.nullable === true;
