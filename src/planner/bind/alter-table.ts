/** ALTER TABLE: the definition after the change, bound anew. */
import type { CatalogTable } from '../../catalog/table.ts';
import { EngineError, type SourceSpan, unsupported } from '../../errors.ts';
import type { AlterTableAction, ColumnDefinition, Identifier, ObjectName, TableElements } from '../../parser/ast.ts';
import { columnsOf } from '../../plan/expr.ts';
import type { PlannerContext } from '../context.ts';
import {
  bindColumns,
  bindWatermark,
  boundKey,
  type ColumnDraft,
  columnDraft,
  draftsOf,
  primaryKeyOf,
  unknownColumn,
  watermarkDraft,
  watermarkDraftOf,
  withKeyNotNull,
} from './columns.ts';
import { optionMap } from './create-table.ts';

export function alterTable(table: CatalogTable, action: AlterTableAction, ctx: PlannerContext): CatalogTable {
  switch (action.kind) {
    case 'addElements':
      return addElements(table, action.elements, ctx);
    case 'modifyElements':
      return modifyElements(table, action.elements, ctx);
    case 'dropColumns':
      return rebuilt(table, dropColumns(table, action.columns, ctx), ctx);
    case 'dropPrimaryKey':
      if (table.primaryKey === null) throw missing('a PRIMARY KEY', action.span);
      return { ...table, primaryKey: null };
    case 'dropConstraint':
      if (table.primaryKey?.name !== action.name.name)
        throw missing(`a constraint "${action.name.name}"`, action.name.span);
      return { ...table, primaryKey: null };
    case 'dropWatermark':
      if (table.watermark === null) throw missing('a watermark', action.span);
      return { ...table, watermark: null };
    case 'renameColumn':
      return renameColumn(table, action.from, action.to, ctx);
    case 'renameTo': {
      const parts = action.to.parts.map((part) => part.name);
      return { ...table, path: ctx.catalog.path(parts, table.path[0], table.path[1]) };
    }
    case 'setOptions':
      return { ...table, options: { ...table.options, ...optionMap(action.options) } };
    case 'resetOptions': {
      const keys = action.keys.map((key) => key.value);
      if (keys.length === 0 || keys.includes('connector')) {
        throw new EngineError(
          'invalid_definition',
          keys.length === 0 ? 'RESET needs keys' : 'option "connector" cannot be reset',
          {
            span: action.span,
          },
        );
      }
      return {
        ...table,
        options: Object.fromEntries(Object.entries(table.options).filter(([key]) => !keys.includes(key))),
      };
    }
    case 'addDistribution':
    case 'modifyDistribution':
    case 'dropDistribution':
      throw unsupported('ALTER TABLE … DISTRIBUTION', undefined, action.span);
    case 'addPartitions':
    case 'dropPartitions':
      throw unsupported('ALTER TABLE … PARTITION', 'Partitions come about by writing rows.', action.span);
  }
}

const missing = (what: string, span: SourceSpan): EngineError =>
  new EngineError('undefined_object', `the table does not have ${what}`, { span });

/** The table with other columns: computed ones and the watermark bound anew. */
function rebuilt(table: CatalogTable, drafts: readonly ColumnDraft[], ctx: PlannerContext): CatalogTable {
  const columns = bindColumns(drafts, ctx);
  return { ...table, columns, watermark: bindWatermark(watermarkDraftOf(table.watermark, ctx), columns, ctx) };
}

function addElements(table: CatalogTable, elements: TableElements, ctx: PlannerContext): CatalogTable {
  const key = primaryKeyOf(elements);
  if (key !== null && table.primaryKey !== null) {
    throw new EngineError('invalid_definition', 'the table has a PRIMARY KEY already', {
      hint: 'Use MODIFY instead of ADD.',
      span: key.span,
    });
  }
  const [watermark] = elements.watermarks;
  if (watermark !== undefined && table.watermark !== null) {
    throw new EngineError('invalid_definition', 'the table has a watermark already', {
      hint: 'Use MODIFY instead of ADD.',
      span: watermark.span,
    });
  }
  let drafts = draftsOf(table.columns, ctx);
  for (const definition of elements.columns) {
    const draft = columnDraft(definition);
    if (drafts.some((each) => each.name === draft.name)) {
      throw new EngineError('duplicate_column', `column "${draft.name}" exists already`, {
        hint: 'Use MODIFY instead of ADD.',
        span: definition.span,
      });
    }
    drafts = placed(drafts, draft, definition);
  }
  return withElements(table, drafts, elements, ctx);
}

function modifyElements(table: CatalogTable, elements: TableElements, ctx: PlannerContext): CatalogTable {
  let drafts = draftsOf(table.columns, ctx);
  for (const definition of elements.columns) {
    const draft = columnDraft(definition);
    const at = drafts.findIndex((each) => each.name === draft.name);
    if (at < 0) throw unknownColumn(draft.name, drafts, definition.span);
    const others = drafts.filter((_, i) => i !== at);
    const moves = 'position' in definition && definition.position !== null;
    drafts = moves ? placed(others, draft, definition) : drafts.with(at, draft);
  }
  if (elements.primaryKeys.length > 0 && table.primaryKey === null) throw missing('a PRIMARY KEY', elements.span);
  if (elements.watermarks.length > 0 && table.watermark === null) throw missing('a watermark', elements.span);
  return withElements(table, drafts, elements, ctx);
}

function withElements(
  table: CatalogTable,
  drafts: readonly ColumnDraft[],
  elements: TableElements,
  ctx: PlannerContext,
): CatalogTable {
  const key = primaryKeyOf(elements);
  const columns = bindColumns(withKeyNotNull(drafts, key), ctx);
  const [written] = elements.watermarks;
  const watermark = watermarkDraft(elements.watermarks) ?? watermarkDraftOf(table.watermark, ctx);
  return {
    ...table,
    columns,
    primaryKey: boundKey(key) ?? table.primaryKey,
    watermark: bindWatermark(watermark, columns, ctx, written?.column.span),
  };
}

/** The drafts with one more, where its FIRST or AFTER says. */
function placed(drafts: readonly ColumnDraft[], draft: ColumnDraft, definition: ColumnDefinition): ColumnDraft[] {
  const position = 'position' in definition ? definition.position : null;
  if (position === null) return [...drafts, draft];
  if (position.after === null) return [draft, ...drafts];
  const name = position.after.parts.map((part) => part.name).join('.');
  const at = drafts.findIndex((each) => each.name === name);
  if (at < 0) throw unknownColumn(name, drafts, position.span);
  return drafts.toSpliced(at + 1, 0, draft);
}

/** Refuses to take away or rename what something else in the table is made of. */
function checkUnused(table: CatalogTable, name: string, span: SourceSpan, ignored: readonly string[]): void {
  const at = table.columns.findIndex((column) => column.name === name);
  const readers = table.columns.flatMap((column) =>
    column.kind === 'computed' && !ignored.includes(column.name) && columnsOf(column.expr).includes(at)
      ? [`computed column "${column.name}"`]
      : [],
  );
  if (table.watermark !== null && (table.watermark.column === name || columnsOf(table.watermark.expr).includes(at))) {
    readers.push('the watermark');
  }
  if (table.primaryKey?.columns.includes(name) === true) readers.push('the PRIMARY KEY');
  if (table.partitionKeys.includes(name)) readers.push('PARTITIONED BY');
  if (readers.length > 0) {
    throw new EngineError('invalid_definition', `column "${name}" is used by ${readers.join(' and ')}`, { span });
  }
}

function dropColumns(table: CatalogTable, columns: readonly ObjectName[], ctx: PlannerContext): ColumnDraft[] {
  const names = columns.map((column) => column.parts.map((part) => part.name).join('.'));
  for (const [i, name] of names.entries()) {
    const { span } = columns[i] as ObjectName;
    if (!table.columns.some((column) => column.name === name)) throw unknownColumn(name, table.columns, span);
    checkUnused(table, name, span, names);
  }
  const kept = table.columns.filter((column) => !names.includes(column.name));
  if (kept.length === 0)
    throw new EngineError('invalid_definition', 'a table needs a column', { span: columns[0]?.span });
  return draftsOf(kept, ctx);
}

function renameColumn(table: CatalogTable, from: ObjectName, to: Identifier, ctx: PlannerContext): CatalogTable {
  const name = from.parts.map((part) => part.name).join('.');
  if (!table.columns.some((column) => column.name === name)) throw unknownColumn(name, table.columns, from.span);
  if (table.columns.some((column) => column.name === to.name)) {
    throw new EngineError('duplicate_column', `column "${to.name}" exists already`, { span: to.span });
  }
  const { primaryKey, partitionKeys } = table;
  checkUnused({ ...table, primaryKey: null, partitionKeys: [] }, name, from.span, []);
  const renamed = (column: string): string => (column === name ? to.name : column);
  const drafts = draftsOf(table.columns, ctx).map((draft): ColumnDraft =>
    draft.name === name ? { ...draft, name: to.name } : draft,
  );
  return {
    ...rebuilt(table, drafts, ctx),
    primaryKey: primaryKey && { ...primaryKey, columns: primaryKey.columns.map(renamed) },
    partitionKeys: partitionKeys.map(renamed),
  };
}
