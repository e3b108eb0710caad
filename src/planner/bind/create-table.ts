/** CREATE TABLE: elements, LIKE and options, checked and bound to what the catalog keeps. */
import type { CatalogTable } from '../../catalog/table.ts';
import { EngineError, unsupported } from '../../errors.ts';
import type { CreateTable, LikeClause, Option } from '../../parser/ast.ts';
import type { PlannerContext } from '../context.ts';
import { located } from './call.ts';
import {
  bindColumns,
  bindWatermark,
  boundKey,
  type ColumnDraft,
  columnDraft,
  declaredName,
  draftsOf,
  primaryKeyOf,
  watermarkDraft,
  type WatermarkDraft,
  watermarkDraftOf,
  withKeyNotNull,
} from './columns.ts';

export function bindCreateTable(node: CreateTable, ctx: PlannerContext): CatalogTable {
  if (node.distribution !== null) {
    throw unsupported('DISTRIBUTED BY', 'Rows are dealt by key by the query; leave it out.', node.distribution.span);
  }
  if (node.query !== null) {
    throw unsupported('CREATE TABLE … AS', 'Create the table, then INSERT INTO it.', node.query.span);
  }
  if (node.mode !== 'create')
    throw unsupported('CREATE OR REPLACE TABLE', 'DROP the table, then CREATE it.', node.span);
  const like = node.like === null ? null : likeParts(node.like, ctx);
  const elements = node.elements ?? { columns: [], watermarks: [], primaryKeys: [] };
  const key = primaryKeyOf(elements);
  if (key !== null && like !== null && like.primaryKey !== null) {
    throw new EngineError('invalid_definition', 'the table has a PRIMARY KEY already, from the table that it is LIKE', {
      hint: 'Write LIKE … (EXCLUDING CONSTRAINTS).',
      span: key.span,
    });
  }
  const declared = elements.columns.map((definition) => ({ draft: columnDraft(definition), span: definition.span }));
  const names = new Set((like?.columns ?? []).map((column) => column.name));
  for (const { draft, span } of declared) {
    if (names.has(draft.name))
      throw new EngineError('duplicate_column', `column "${draft.name}" is declared twice`, { span });
    names.add(draft.name);
  }
  const drafts = [...(like?.columns ?? []), ...declared.map(({ draft }) => draft)];
  const columns = bindColumns(withKeyNotNull(drafts, key), ctx);
  const [written] = elements.watermarks;
  if (written !== undefined && like !== null && like.watermark !== null && !like.overwritesWatermarks) {
    throw new EngineError('invalid_definition', 'the table has a watermark already, from the table that it is LIKE', {
      hint: 'Write LIKE … (OVERWRITING WATERMARKS).',
      span: written.span,
    });
  }
  const watermark = watermarkDraft(elements.watermarks) ?? like?.watermark ?? null;
  const options = optionMap(node.options);
  return {
    kind: 'table',
    path: ctx.catalog.path(node.name.parts.map((part) => part.name)),
    temporary: node.temporary,
    columns,
    watermark: bindWatermark(watermark, columns, ctx, written?.column.span),
    primaryKey: boundKey(key) ?? like?.primaryKey ?? null,
    partitionKeys:
      node.partitionedBy.length > 0
        ? node.partitionedBy.map((column) => declaredName(column, columns))
        : (like?.partitionKeys ?? []),
    options: { ...likeOptions(node, like, options), ...options },
    comment: node.comment?.value ?? null,
  };
}

export function optionMap(options: readonly Option[]): Record<string, string> {
  return Object.fromEntries(options.map((option) => [option.key.value, option.value.value]));
}

interface LikeParts {
  readonly columns: readonly ColumnDraft[];
  readonly watermark: WatermarkDraft | null;
  readonly overwritesWatermarks: boolean;
  readonly primaryKey: CatalogTable['primaryKey'];
  readonly partitionKeys: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly overwritesOptions: boolean;
}

type Feature = LikeClause['options'][number]['feature'];
type Strategy = LikeClause['options'][number]['strategy'];

/** What LIKE takes over: everything, options may be overwritten, unless the clause says otherwise. */
function likeParts(like: LikeClause, ctx: PlannerContext): LikeParts {
  const path = ctx.catalog.path(like.source.parts.map((part) => part.name));
  const source = located(like.source.span, () => ctx.catalog.get(path));
  if (source.kind === 'view') {
    throw new EngineError('invalid_definition', `LIKE takes a table, and "${path[2]}" is a view`, {
      span: like.source.span,
    });
  }
  const all = like.options.find((option) => option.feature === 'all')?.strategy;
  const strategyOf = (feature: Feature): Strategy =>
    like.options.find((option) => option.feature === feature)?.strategy ??
    all ??
    (feature === 'options' ? 'overwriting' : 'including');
  const has = (feature: Feature): boolean => strategyOf(feature) !== 'excluding';
  const kept = source.columns.filter(
    (column) => column.kind === 'physical' || has(column.kind === 'computed' ? 'generated' : 'metadata'),
  );
  return {
    columns: draftsOf(kept, ctx),
    watermark: has('watermarks') ? watermarkDraftOf(source.watermark, ctx) : null,
    overwritesWatermarks: strategyOf('watermarks') === 'overwriting',
    primaryKey: has('constraints') ? source.primaryKey : null,
    partitionKeys: has('partitions') ? source.partitionKeys : [],
    options: has('options') ? source.options : {},
    overwritesOptions: strategyOf('options') === 'overwriting',
  };
}

function likeOptions(
  node: CreateTable,
  like: LikeParts | null,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (like === null) return {};
  const twice = Object.keys(own).find((key) => like.options[key] !== undefined);
  if (twice === undefined || like.overwritesOptions) return like.options;
  throw new EngineError('invalid_definition', `option "${twice}" is there already, from the table that it is LIKE`, {
    hint: 'Write LIKE … (OVERWRITING OPTIONS).',
    span: node.options.find((option) => option.key.value === twice)?.span,
  });
}
