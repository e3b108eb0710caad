/**
 * Columns, keys and watermark of a table under definition. A draft holds computed columns as syntax; binding all of
 * them anew after every change keeps their types and places right.
 */
import type { CatalogColumn, CatalogTable, CatalogWatermark } from '../../catalog/table.ts';
import { EngineError, similarNames, type SourceSpan, unsupported } from '../../errors.ts';
import type {
  ColumnDefinition,
  Expression,
  Identifier,
  ObjectName,
  PrimaryKey,
  TableElements,
  Watermark,
} from '../../parser/ast.ts';
import { canImplicitCast } from '../../types/coercion.ts';
import { isTimestamp, sameType, typeToString, withNullable } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';
import type { PlannerContext } from '../context.ts';
import { castTo } from './cast.ts';
import { bindType } from './data-type.ts';
import { bindExpression } from './expression.ts';
import { relationOf } from './scope.ts';
import { projectedType } from './projected-type.ts';

type StoredColumn = Exclude<CatalogColumn, { kind: 'computed' }>;

export type ColumnDraft =
  | StoredColumn
  | {
      readonly kind: 'computed';
      readonly name: string;
      readonly expression: Expression;
      readonly comment: string | null;
    };

export interface WatermarkDraft {
  readonly column: string;
  readonly expression: Expression;
}

// --------------------------------------------------------------------------------------------------------------- drafts

const simpleName = (name: ObjectName): string => {
  if (name.parts.length === 1) return (name.parts[0] as Identifier).name;
  throw unsupported('a column with a dotted name', 'Declare the outer column as ROW<…>.', name.span);
};

export function columnDraft(definition: ColumnDefinition): ColumnDraft {
  if (definition.kind === 'columnName') {
    throw unsupported(
      'a column without a type',
      'Only CREATE TABLE … AS takes bare names: declare types.',
      definition.span,
    );
  }
  const name = simpleName(definition.name);
  const comment = definition.comment?.value ?? null;
  switch (definition.kind) {
    case 'computedColumn':
      return { kind: 'computed', name, expression: definition.expression, comment };
    case 'physicalColumn':
      return { kind: 'physical', name, type: bindType(definition.type), comment };
    case 'metadataColumn':
      return {
        kind: 'metadata',
        name,
        type: bindType(definition.type),
        key: definition.key?.value ?? name,
        virtual: definition.virtual,
        comment,
      };
  }
}

export function watermarkDraft(watermarks: readonly Watermark[]): WatermarkDraft | null {
  const [watermark, second] = watermarks;
  if (second !== undefined)
    throw new EngineError('invalid_definition', 'a table has one watermark', { span: second.span });
  if (watermark === undefined) return null;
  if (watermark.column.parts.length > 1) {
    throw unsupported(
      'WATERMARK FOR a nested field',
      'Declare a computed column for it: ts AS outer.ts.',
      watermark.column.span,
    );
  }
  const { expression } = watermark;
  if (expression.kind === 'call' && expression.name.parts[0]?.name.toUpperCase() === 'SOURCE_WATERMARK') {
    throw unsupported('SOURCE_WATERMARK()', 'Give the watermark an expression over the row.', expression.span);
  }
  return { column: simpleName(watermark.column), expression };
}

/** Columns of the catalog as drafts again. */
export function draftsOf(columns: readonly CatalogColumn[], ctx: PlannerContext): ColumnDraft[] {
  return columns.map((column) =>
    column.kind === 'computed'
      ? { kind: 'computed', name: column.name, expression: expressionOf(column.text, ctx), comment: column.comment }
      : column,
  );
}

export function watermarkDraftOf(watermark: CatalogWatermark | null, ctx: PlannerContext): WatermarkDraft | null {
  return watermark === null ? null : { column: watermark.column, expression: expressionOf(watermark.text, ctx) };
}

/** The expression behind its text. */
function expressionOf(text: string, ctx: PlannerContext): Expression {
  const { body } = ctx.parseQuery(`SELECT ${text}`);
  const item = body.kind === 'select' ? body.items[0] : undefined;
  if (item?.kind === 'selectExpression') return item.expression;
  throw new EngineError('internal_error', `"${text}" is no expression`);
}

// -------------------------------------------------------------------------------------------------------------- binding

/** Binds computed columns; they see all physical and metadata columns, wherever these stand, and no computed one. */
export function bindColumns(drafts: readonly ColumnDraft[], ctx: PlannerContext): CatalogColumn[] {
  const names = new Set<string>();
  for (const { name } of drafts) {
    if (names.has(name)) throw new EngineError('duplicate_column', `column "${name}" is declared twice`);
    names.add(name);
  }
  return drafts.map((draft): CatalogColumn => {
    if (draft.kind !== 'computed') return draft;
    // The others stay in the row, so that places are right, under a name that nobody can write.
    const schema = drafts.map((each): Schema[number] =>
      each.kind === 'computed'
        ? { name: '\u0000', type: { kind: 'NULL', nullable: true } }
        : { name: each.name, type: each.type },
    );
    const scope = { relations: [relationOf(schema, null)], merged: [] };
    const expr = bindExpression(draft.expression, { ctx, scope, clause: 'a computed column', calls: {} });
    const text = ctx.printSql(draft.expression);
    return { kind: 'computed', name: draft.name, type: projectedType(expr), expr, text, comment: draft.comment };
  });
}

export function bindWatermark(
  draft: WatermarkDraft | null,
  columns: readonly CatalogColumn[],
  ctx: PlannerContext,
  span?: SourceSpan,
): CatalogWatermark | null {
  if (draft === null) return null;
  const { column: name, expression } = draft;
  const column = columns.find((each) => each.name === name);
  if (column === undefined) throw unknownColumn(name, columns, span);
  const wrongType = (type: CatalogColumn['type'], what: string): EngineError =>
    new EngineError(
      'invalid_definition',
      `${what} must be TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p up to 3, not ${typeToString(withNullable(type, true))}`,
      { hint: 'Declare it as TIMESTAMP(3), or compute it: ts AS TO_TIMESTAMP_LTZ(ms, 3).', span },
    );
  if (!isTimestamp(column.type) || (column.type as { precision: number }).precision > 3) {
    throw wrongType(column.type, `the watermark's column "${name}"`);
  }
  const schema = columns.map((each) => ({ name: each.name, type: each.type }));
  const scope = { relations: [relationOf(schema, null)], merged: [] };
  const expr = bindExpression(expression, { ctx, scope, clause: 'WATERMARK', calls: {} });
  if (!isTimestamp(expr.type)) throw wrongType(expr.type, 'the watermark');
  const target = withNullable(column.type, true);
  const typed = sameType(expr.type, target, true) || !canImplicitCast(expr.type, target) ? expr : castTo(expr, target);
  return { column: name, expr: typed, text: ctx.printSql(expression) };
}

// ----------------------------------------------------------------------------------------------------------------- keys

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

export function boundKey(key: PrimaryKey | null): CatalogTable['primaryKey'] {
  return key === null ? null : { name: key.name?.name ?? null, columns: key.columns.map((column) => column.name) };
}

/** Columns of a key are NOT NULL, and must be physical. */
export function withKeyNotNull<C extends ColumnDraft>(columns: readonly C[], key: PrimaryKey | null): C[] {
  const names = (key?.columns ?? []).map((column) => {
    const found = columns.find((each) => each.name === column.name);
    if (found === undefined) throw unknownColumn(column.name, columns, column.span);
    if (found.kind === 'physical') return column.name;
    throw new EngineError('invalid_definition', `column "${column.name}" cannot be part of a PRIMARY KEY`, {
      hint: 'Only physical columns can.',
      span: column.span,
    });
  });
  return columns.map((column) =>
    column.kind === 'physical' && names.includes(column.name)
      ? { ...column, type: withNullable(column.type, false) }
      : column,
  );
}

export function declaredName(column: Identifier, columns: readonly { readonly name: string }[]): string {
  if (columns.some((each) => each.name === column.name)) return column.name;
  throw unknownColumn(column.name, columns, column.span);
}

export function unknownColumn(
  name: string,
  columns: readonly { readonly name: string }[],
  span?: SourceSpan,
): EngineError {
  const names = columns.map((each) => each.name);
  const near = similarNames(name, names);
  const list = (near.length > 0 ? near : names).map((each) => `"${each}"`).join(', ');
  return new EngineError('undefined_column', `column "${name}" does not exist`, {
    hint: `Columns of the table${near.length > 0 ? ' with similar names' : ''}: ${list}.`,
    span,
  });
}
