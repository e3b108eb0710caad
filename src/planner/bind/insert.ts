/** INSERT: the query's columns brought into the order and types of the target. */
import type { CatalogColumn, CatalogTable } from '../../catalog/table.ts';
import { parseTableOptions } from '../../catalog/options.ts';
import { writableColumns } from '../../catalog/table.ts';
import { EngineError, similarNames, unsupported } from '../../errors.ts';
import type { Insert, PartitionItem } from '../../parser/ast.ts';
import type { Expr } from '../../plan/expr.ts';
import type { LogicalNode } from '../../plan/logical.ts';
import { canCast, canImplicitCast } from '../../types/coercion.ts';
import { sameType, typeToString, withNullable } from '../../types/data-type.ts';
import type { Field } from '../../types/schema.ts';
import { sinkColumns } from '../lower/sink.ts';
import type { PlannerContext } from '../context.ts';
import { located } from './call.ts';
import { uniqueNames } from '../unique-names.ts';
import { castTo } from './cast.ts';
import { bindExpression } from './expression.ts';
import { literal } from './literal.ts';
import { bindRootQuery } from './query.ts';
import { EMPTY_SCOPE } from './scope.ts';
import { badMetadata, withHints } from './table.ts';

export interface BoundInsert {
  readonly table: CatalogTable;
  /** Its rows are those of the sink. */
  readonly query: LogicalNode;
}

export function bindInsert(insert: Insert, ctx: PlannerContext): BoundInsert {
  if (insert.mode !== 'into') {
    throw unsupported(`INSERT ${insert.mode.toUpperCase()}`, 'Use INSERT INTO.', insert.span);
  }
  if (insert.onConflict !== null) {
    throw unsupported('ON CONFLICT', 'Make the query unique by the primary key of the table.', insert.span);
  }
  const parts = insert.target.parts.map((part) => part.name);
  const relation = located(insert.target.span, () => ctx.catalog.get(ctx.catalog.path(parts)));
  if (relation.kind === 'view') {
    throw new EngineError('invalid_definition', `cannot write to view "${parts.join('.')}"`, {
      hint: 'INSERT INTO takes a table.',
      span: insert.target.span,
    });
  }
  const table = withHints(relation, insert.hints, ctx);
  const written = located(insert.target.span, () => writtenTable(table, ctx));
  const fixed = staticPartition(insert.partition, table, ctx);
  const targets = targetColumns(insert, table, fixed);
  const query = bindRootQuery(insert.query, ctx);
  const named = { ...query, schema: uniqueNames(query.schema) };
  located(insert.query.span, () => checkTypes(table, named, targets));
  const sinkTypes = sinkColumns(written);
  const projections = sinkColumns(table).map((column, i): Expr => {
    const type = column.type;
    const constant = fixed.get(column.name);
    if (constant !== undefined) return constant;
    const at = targets.indexOf(column);
    if (at < 0) return literal(null, withNullable(type, true));
    const field = named.schema[at] as Field;
    const value = castTo({ kind: 'column', index: at, type: field.type }, type);
    return castTo(value, (sinkTypes[i] as CatalogColumn).type);
  });
  const schema = sinkTypes.map(({ name }, i): Field => ({ name, type: (projections[i] as Expr).type }));
  return { table: written, query: { kind: 'calc', input: named, condition: null, projections, schema } };
}

/** The table as it is written to: metadata columns have the types of the metadata, which theirs are converted to. */
function writtenTable(table: CatalogTable, ctx: PlannerContext): CatalogTable {
  const { connector } = parseTableOptions(table, ctx.connectors, ctx.formats);
  if (connector.sink === undefined) {
    throw unsupported(
      `writing to connector "${connector.name}" (table "${table.path.join('.')}")`,
      'It can only be read.',
    );
  }
  const columns = table.columns.map((column): CatalogColumn => {
    if (column.kind !== 'metadata' || column.virtual) return column;
    const found = connector.metadata.find((each) => each.key === column.key);
    if (found?.writable !== true) {
      throw new EngineError(
        'invalid_definition',
        `connector "${connector.name}" cannot write metadata '${column.key}'`,
        {
          hint: `Declare column "${column.name}" METADATA … VIRTUAL, which leaves it out of INSERT.`,
        },
      );
    }
    const type = withNullable(found.type, column.type.nullable);
    if (!canCast(column.type, type)) throw badMetadata(column, column.key, found.type);
    return { ...column, type };
  });
  return { ...table, columns };
}

/** PARTITION (k = value): constants for partition columns. */
function staticPartition(
  items: readonly PartitionItem[],
  table: CatalogTable,
  ctx: PlannerContext,
): ReadonlyMap<string, Expr> {
  const fixed = new Map<string, Expr>();
  for (const item of items) {
    const column = writableColumns(table).find((each) => each.name === item.column.name);
    if (column === undefined || !table.partitionKeys.includes(item.column.name)) {
      throw new EngineError(
        'undefined_column',
        `"${item.column.name}" is no partition column of "${table.path.join('.')}"`,
        {
          hint: `Its partition columns: ${table.partitionKeys.map((key) => `"${key}"`).join(', ') || 'none'}.`,
          span: item.column.span,
        },
      );
    }
    if (item.value === null) continue;
    const value = bindExpression(item.value, { ctx, scope: EMPTY_SCOPE, clause: 'PARTITION', calls: {} });
    fixed.set(column.name, castTo(value, column.type));
  }
  return fixed;
}

/** The columns that the query's columns go to, in their order. */
function targetColumns(
  insert: Insert,
  table: CatalogTable,
  fixed: ReadonlyMap<string, Expr>,
): readonly CatalogColumn[] {
  const writable = writableColumns(table).filter((column) => !fixed.has(column.name));
  if (insert.columns.length === 0) return writable;
  const names = new Set<string>();
  const targets = insert.columns.map((column) => {
    const name = column.parts.map((part) => part.name).join('.');
    const found = writable.find((each) => each.name === name);
    if (found === undefined) {
      const near = similarNames(
        name,
        writable.map((each) => each.name),
      );
      const computed = table.columns.some((each) => each.name === name);
      throw new EngineError(
        'undefined_column',
        computed
          ? `column "${name}" of "${table.path.join('.')}" cannot be written to`
          : `column "${name}" does not exist`,
        {
          hint:
            near.length > 0
              ? `Columns of "${table.path[2]}" with similar names: ${near.map((each) => `"${each}"`).join(', ')}.`
              : `Columns of "${table.path[2]}" that can be written: ${writable.map((each) => `"${each.name}"`).join(', ')}.`,
          span: column.span,
        },
      );
    }
    if (names.has(name))
      throw new EngineError('duplicate_column', `column "${name}" is named twice`, { span: column.span });
    names.add(name);
    return found;
  });
  const missing = writable.find((column) => !names.has(column.name) && !column.type.nullable);
  if (missing !== undefined) {
    throw new EngineError(
      'not_null_violation',
      `Column '${missing.name}' has no default value and does not allow NULLs`,
      {
        hint: 'Name it in the column list and give it a value.',
        span: insert.span,
      },
    );
  }
  return targets;
}

function checkTypes(table: CatalogTable, query: LogicalNode, targets: readonly CatalogColumn[]): void {
  const mismatch = (cause: string): EngineError => {
    const show = (columns: readonly { readonly name: string; readonly type: Field['type'] }[]): string =>
      columns.map(({ name, type }) => `${name}: ${typeToString(type)}`).join(', ');
    return new EngineError(
      'datatype_mismatch',
      [
        `Column types of query result and sink for '${table.path.join('.')}' do not match.`,
        `Cause: ${cause}`,
        `Query schema: [${show(query.schema)}]`,
        `Sink schema:  [${show(targets)}]`,
      ].join('\n'),
    );
  };
  if (query.schema.length !== targets.length) throw mismatch('Different number of columns.');
  for (const [i, { type }] of query.schema.entries()) {
    const target = targets[i] as CatalogColumn;
    if (!sameType(type, target.type, true) && !canImplicitCast(type, target.type)) {
      throw mismatch(`Incompatible types for sink column '${target.name}' at position ${i + 1}.`);
    }
  }
}
