/** The end of a plan: rows to a table, or to whoever asked. */
import { tableDefinition, writableColumns, type CatalogTable } from '../../catalog/table.ts';
import { EngineError, unsupported } from '../../errors.ts';
import { uniqueKeys } from '../../plan/keys.ts';
import { type PhysicalNode, isInsertOnly, isUpsert, type PhysicalOf } from '../../plan/physical.ts';
import { refusal, withoutUpdateBefore } from './changelog.ts';
import { upsertsOf } from './changelog-normalize.ts';
import type { Lowering } from './lowering.ts';

/** `input` has the sink's columns: physical ones, then writable metadata. */
export function lowerSink(input: PhysicalNode, table: CatalogTable, lowering: Lowering): PhysicalNode {
  const { ctx } = lowering;
  const spec = tableDefinition(table);
  const name = table.path.join('.');
  const accepts = ctx.connectors.sinkAccepts(spec);
  let rows = input;
  if (!isInsertOnly(input.changelog) && accepts !== 'all') {
    if (accepts === 'append') {
      throw new EngineError('unsupported', refusal(`Table sink '${name}'`, input), {
        hint: 'Write to a connector that takes changes, or use a window aggregate, whose results are final.',
      });
    }
    rows =
      accepts === 'unkeyed-upsert'
        ? (upsertsOf(input) ?? withoutUpdateBefore(input) ?? input)
        : upsertRows(input, table, lowering);
  }
  const notNull = sinkColumns(table).flatMap((column, i) => (column.type.nullable ? [] : [i]));
  return lowering.add({
    kind: 'sink',
    input: rows,
    table: spec,
    notNull,
    keyOnlyDeletes: isUpsert(rows.changelog) && upsertsOf(input) !== null,
    notNullPolicy: notNullPolicy(ctx),
    schema: rows.schema,
    changelog: rows.changelog,
  });
}

/** The columns that a sink gets, in its order. */
export function sinkColumns(table: CatalogTable): ReturnType<typeof writableColumns> {
  const columns = writableColumns(table);
  return [
    ...columns.filter((column) => column.kind === 'physical'),
    ...columns.filter((column) => column.kind !== 'physical'),
  ];
}

/** What the setting `table.exec.sink.not-null-enforcer` asks for. */
export function notNullPolicy(ctx: Lowering['ctx']): PhysicalOf<'sink'>['notNullPolicy'] {
  const value = ctx.config.get('table.exec.sink.not-null-enforcer');
  return value?.toUpperCase() === 'DROP' ? 'drop' : 'error';
}

/** An upsert sink keeps one row per primary key: that must hold what the query's changes are keyed by. */
function upsertRows(input: PhysicalNode, table: CatalogTable, lowering: Lowering): PhysicalNode {
  const name = table.path.join('.');
  const names = table.primaryKey?.columns ?? [];
  if (names.length === 0) {
    throw new EngineError('invalid_definition', `table "${name}" needs a PRIMARY KEY to take updates`, {
      hint: 'Add PRIMARY KEY (…) NOT ENFORCED to it.',
    });
  }
  const columns = names.map((column) => input.schema.findIndex((_, i) => sinkColumns(table)[i]?.name === column));
  const keys = uniqueKeys(input);
  const matches = keys.some((key) => key.length === columns.length && key.every((column) => columns.includes(column)));
  // Where fewer columns tell rows apart, one may move to another key: each -U takes the row of its own key away.
  const covers = keys.some((key) => key.every((column) => columns.includes(column)));
  if (!matches && covers && input.changelog.updateBefore) return input;
  if (!matches) {
    const found = keys[0]?.map((column) => input.schema[column]?.name).join(', ') ?? '';
    throw unsupported(
      `writing with an upsert key that differs from the primary key of the sink table '${name}'`,
      `Primary key: [${names.join(', ')}], upsert key: ${found === '' ? 'none' : `[${found}]`}. Make them the same.`,
    );
  }
  const upserts = upsertsOf(input) ?? withoutUpdateBefore(input);
  if (upserts !== null) return upserts;
  if (input.kind !== 'scan') return input;
  return lowering.add({
    kind: 'drop-update-before',
    input,
    schema: input.schema,
    changelog: { ...input.changelog, updateBefore: false },
  });
}
