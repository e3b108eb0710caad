/** CREATE TABLE: columns, computed columns, watermark, keys and LIKE, checked and bound to what the catalog keeps. */
import type { CatalogColumn, CatalogTable, CatalogWatermark, ObjectPath } from '../../catalog/table.ts';
import { EngineError, similarNames, type SourceSpan, unsupported } from '../../errors.ts';
import type {
  ColumnDefinition,
  CreateTable,
  Expression,
  Identifier,
  LikeClause,
  ObjectName,
  Option,
  PrimaryKey,
  TableElements,
  Watermark,
} from '../../parser/ast.ts';
import { columnsOf, mapExpr } from '../../plan/expr.ts';
import { canImplicitCast } from '../../types/coercion.ts';
import { isTimestamp, sameType, typeToString, withNullable } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';
import type { PlannerContext } from '../context.ts';
import { located } from './call.ts';
import { castTo } from './cast.ts';
import { bindType } from './data-type.ts';
import { bindExpression } from './expression.ts';
import { relationOf } from './scope.ts';
import { projectedType } from './select.ts';

export function bindCreateTable(node: CreateTable, ctx: PlannerContext): CatalogTable {
  if (node.distribution !== null) {
    throw unsupported('DISTRIBUTED BY', 'Rows are dealt by key by the query; leave it out.', node.distribution.span);
  }
  const path = ctx.catalog.path(node.name.parts.map((part) => part.name));
  const like = node.like === null ? null : likeParts(node.like, ctx);
  const elements = node.elements ?? { columns: [], watermarks: [], primaryKeys: [] };
  const declared = bindColumns(elements.columns, like?.columns ?? [], ctx);
  const key = primaryKeyOf(elements);
  const inherited = like?.primaryKey ?? null;
  if (key !== null && inherited !== null) {
    throw new EngineError('invalid_definition', 'the table has a PRIMARY KEY already, from the table that it is LIKE', {
      hint: 'Write LIKE … (EXCLUDING CONSTRAINTS).',
      span: key.span,
    });
  }
  const columns = withKeyNotNull(declared, key?.columns ?? []);
  const watermark = bindWatermark(elements.watermarks, columns, ctx) ?? like?.watermark ?? null;
  if (elements.watermarks.length > 0 && like?.watermark != null && !like.overwritesWatermarks) {
    throw new EngineError('invalid_definition', 'the table has a watermark already, from the table that it is LIKE', {
      hint: 'Write LIKE … (OVERWRITING WATERMARKS).',
      span: elements.watermarks[0]?.span,
    });
  }
  const partitionKeys =
    node.partitionedBy.length > 0
      ? node.partitionedBy.map((column) => declaredName(column, columns))
      : (like?.partitionKeys ?? []);
  const options = { ...like?.options, ...optionMap(node.options) };
  return {
    kind: 'table',
    path,
    temporary: node.temporary,
    columns,
    watermark,
    primaryKey:
      key === null ? inherited : { name: key.name?.name ?? null, columns: key.columns.map((column) => column.name) },
    partitionKeys,
    options,
    comment: node.comment?.value ?? null,
  };
}

export function optionMap(options: readonly Option[]): Record<string, string> {
  return Object.fromEntries(options.map((option) => [option.key.value, option.value.value]));
}

// -------------------------------------------------------------------------------------------------------------- columns

const simpleName = (name: ObjectName): string => {
  if (name.parts.length === 1) return (name.parts[0] as Identifier).name;
  throw unsupported('a column with a dotted name', 'Declare the outer column as ROW<…>.', name.span);
};

/** Appends the definitions to `before`; computed columns see all physical and metadata columns, wherever they stand. */
export function bindColumns(
  definitions: readonly ColumnDefinition[],
  before: readonly CatalogColumn[],
  ctx: PlannerContext,
): CatalogColumn[] {
  const names = new Set(before.map((column) => column.name));
  const drafts = definitions.map((definition) => {
    if (definition.kind === 'columnName') {
      throw unsupported(
        'a column list without types',
        'Only CREATE TABLE … AS takes bare names: declare types.',
        definition.span,
      );
    }
    const name = simpleName(definition.name);
    if (names.has(name)) {
      throw new EngineError('duplicate_column', `column "${name}" is declared twice`, { span: definition.name.span });
    }
    names.add(name);
    return { name, definition };
  });
  const stored = [
    ...before.map((column) => (column.kind === 'computed' ? null : { name: column.name, type: column.type })),
    ...drafts.map(({ name, definition }) =>
      definition.kind === 'computedColumn' ? null : { name, type: bindType(definition.type) },
    ),
  ];
  const added = drafts.map(({ name, definition }, i): CatalogColumn => {
    const comment = definition.comment?.value ?? null;
    const type = stored[before.length + i]?.type;
    if (definition.kind === 'computedColumn') {
      return { kind: 'computed', name, comment, ...bindComputed(definition.expression, stored, ctx) };
    }
    const bound = type as NonNullable<typeof type>;
    if (definition.kind === 'physicalColumn') return { kind: 'physical', name, type: bound, comment };
    return {
      kind: 'metadata',
      name,
      type: bound,
      key: definition.key?.value ?? name,
      virtual: definition.virtual,
      comment,
    };
  });
  return [...before, ...added];
}

/** An expression over the columns that are stored; null stands where a column is computed itself. */
export function bindComputed(
  expression: Expression,
  stored: readonly (Schema[number] | null)[],
  ctx: PlannerContext,
): Pick<Extract<CatalogColumn, { kind: 'computed' }>, 'expr' | 'type' | 'text'> {
  // A column that is computed itself stays in the row, so that places are right, under a name that nobody can write.
  const schema = stored.map((field) => field ?? { name: '\u0000', type: { kind: 'NULL', nullable: true } as const });
  const scope = { relations: [relationOf(schema, null)], merged: [] };
  const expr = bindExpression(expression, { ctx, scope, clause: 'a computed column', calls: {} });
  return { expr, type: projectedType(expr), text: ctx.printSql(expression) };
}

export function withKeyNotNull(columns: readonly CatalogColumn[], key: readonly Identifier[]): CatalogColumn[] {
  const names = key.map((column) => {
    const found = columns.find((each) => each.name === column.name);
    if (found === undefined) throw unknownColumn(column, columns);
    if (found.kind !== 'physical') {
      throw new EngineError('invalid_definition', `column "${column.name}" cannot be part of a PRIMARY KEY`, {
        hint: 'Only physical columns can.',
        span: column.span,
      });
    }
    return column.name;
  });
  return columns.map((column) =>
    names.includes(column.name) ? { ...column, type: withNullable(column.type, false) } : column,
  );
}

function unknownColumn(column: Identifier, columns: readonly CatalogColumn[]): EngineError {
  const names = columns.map((each) => each.name);
  const near = similarNames(column.name, names);
  return new EngineError('undefined_column', `column "${column.name}" does not exist`, {
    hint:
      near.length > 0
        ? `Columns of the table with similar names: ${near.map((name) => `"${name}"`).join(', ')}.`
        : `Columns of the table: ${names.map((name) => `"${name}"`).join(', ')}.`,
    span: column.span,
  });
}

export function declaredName(column: Identifier, columns: readonly CatalogColumn[]): string {
  if (columns.some((each) => each.name === column.name)) return column.name;
  throw unknownColumn(column, columns);
}

export function primaryKeyOf(elements: Pick<TableElements, 'columns' | 'primaryKeys'>): PrimaryKey | null {
  const keys = [
    ...elements.columns.flatMap((column) =>
      column.kind === 'physicalColumn' && column.primaryKey !== null ? [column.primaryKey] : [],
    ),
    ...elements.primaryKeys,
  ];
  if (keys.length > 1) {
    throw new EngineError('invalid_definition', 'a table has one PRIMARY KEY', {
      hint: 'Write PRIMARY KEY (a, b) NOT ENFORCED for a key of several columns.',
      span: keys[1]?.span,
    });
  }
  return keys[0] ?? null;
}

// ------------------------------------------------------------------------------------------------------------ watermark

export function bindWatermark(
  watermarks: readonly Watermark[],
  columns: readonly CatalogColumn[],
  ctx: PlannerContext,
): CatalogWatermark | null {
  const [watermark, second] = watermarks;
  if (second !== undefined) {
    throw new EngineError('invalid_definition', 'a table has one watermark', { span: second.span });
  }
  if (watermark === undefined) return null;
  if (watermark.column.parts.length > 1) {
    throw unsupported(
      'WATERMARK FOR a nested field',
      'Declare a computed column for it: ts AS outer.ts.',
      watermark.column.span,
    );
  }
  const name = declaredName(watermark.column.parts[0] as Identifier, columns);
  const column = columns.find((each) => each.name === name) as CatalogColumn;
  const invalidType = (type: CatalogColumn['type'], span: SourceSpan, what: string): EngineError =>
    new EngineError(
      'invalid_definition',
      `${what} must be TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p up to 3, not ${typeToString(withNullable(type, true))}`,
      {
        hint: 'Declare it as TIMESTAMP(3), or compute it: ts AS TO_TIMESTAMP_LTZ(ms, 3).',
        span,
      },
    );
  if (!isTimestamp(column.type) || (column.type as { precision: number }).precision > 3) {
    throw invalidType(column.type, watermark.column.span, `the watermark's column "${name}"`);
  }
  const schema = columns.map((each) => ({ name: each.name, type: each.type }));
  const scope = { relations: [relationOf(schema, null)], merged: [] };
  if (
    watermark.expression.kind === 'call' &&
    watermark.expression.name.parts[0]?.name.toUpperCase() === 'SOURCE_WATERMARK'
  ) {
    throw unsupported(
      'SOURCE_WATERMARK()',
      'Give the watermark an expression over the row.',
      watermark.expression.span,
    );
  }
  const expr = bindExpression(watermark.expression, { ctx, scope, clause: 'WATERMARK', calls: {} });
  if (!isTimestamp(expr.type)) throw invalidType(expr.type, watermark.expression.span, 'the watermark');
  const target = withNullable(column.type, true);
  const typed = sameType(expr.type, target, true) || !canImplicitCast(expr.type, target) ? expr : castTo(expr, target);
  return { column: name, expr: typed, text: ctx.printSql(watermark.expression) };
}

// ----------------------------------------------------------------------------------------------------------------- LIKE

interface LikeParts {
  readonly columns: readonly CatalogColumn[];
  readonly watermark: CatalogWatermark | null;
  readonly overwritesWatermarks: boolean;
  readonly primaryKey: CatalogTable['primaryKey'];
  readonly partitionKeys: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

type Feature = LikeClause['options'][number]['feature'];
type Strategy = LikeClause['options'][number]['strategy'];

function likeParts(like: LikeClause, ctx: PlannerContext): LikeParts {
  const path: ObjectPath = ctx.catalog.path(like.source.parts.map((part) => part.name));
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
  const place = new Map(source.columns.map((column, i) => [i, kept.indexOf(column)]));
  const moved = <T extends { readonly expr: CatalogWatermark['expr'] }>(part: T, what: string): T => ({
    ...part,
    expr: movedExpr(part.expr, place, what, like.span),
  });
  return {
    columns: kept.map((column) => (column.kind === 'computed' ? moved(column, `column "${column.name}"`) : column)),
    watermark: source.watermark !== null && has('watermarks') ? moved(source.watermark, 'the watermark') : null,
    overwritesWatermarks: strategyOf('watermarks') === 'overwriting',
    primaryKey: has('constraints') ? source.primaryKey : null,
    partitionKeys: has('partitions') ? source.partitionKeys : [],
    options: has('options') ? source.options : {},
  };
}

/** The expression over the row with columns at other places (-1 = gone, which is an error if it is read). */
export function movedExpr(
  expr: CatalogWatermark['expr'],
  place: ReadonlyMap<number, number>,
  what: string,
  span: SourceSpan,
): CatalogWatermark['expr'] {
  if (columnsOf(expr).some((column) => (place.get(column) ?? -1) < 0)) {
    throw new EngineError('invalid_definition', `${what} needs a column that would not be there`, { span });
  }
  return replaceColumns(expr, place);
}

const replaceColumns = (expr: CatalogWatermark['expr'], place: ReadonlyMap<number, number>): CatalogWatermark['expr'] =>
  mapExpr(expr, (part) => (part.kind === 'column' ? { ...part, index: place.get(part.index) as number } : part));
