/** Tables by name: queries of WITH, views (bound again from their text), tables of the catalog with OPTIONS hints. */
import { type CatalogTable, tableSchema, tableDefinition } from '../../catalog/table.ts';
import { parseTableOptions, type TableOptions, withSessionOptions } from '../../catalog/options.ts';
import { EngineError, unsupported } from '../../errors.ts';
import type { Hint, ObjectName } from '../../parser/ast.ts';
import type { Expr } from '../../plan/expr.ts';
import type { LogicalNode } from '../../plan/logical.ts';
import { isInsertOnly, isUpsert, type ScanColumn } from '../../plan/physical.ts';
import { replaceExpr } from '../../plan/expr.ts';
import { canCast } from '../../types/coercion.ts';
import { type DataType, typeToString } from '../../types/data-type.ts';
import type { Field } from '../../types/schema.ts';
import type { PlannerContext } from '../context.ts';
import { castTo } from './cast.ts';
import { located } from './call.ts';
import type { QueryEnv } from './query-env.ts';
import { renamed } from './renamed.ts';

export interface NamedTable {
  readonly node: LogicalNode;
  /** Empty for a query of WITH. */
  readonly path: readonly string[];
}

export function bindNamedTable(name: ObjectName, hints: readonly Hint[], env: QueryEnv): NamedTable {
  const parts = name.parts.map((part) => part.name);
  const named = parts.length === 1 ? env.named.get(parts[0] as string) : undefined;
  if (named !== undefined) {
    if (hints.length > 0) throw optionsOnQuery(name, hints);
    return { node: named, path: [] };
  }
  const { catalog } = env.ctx;
  const relation = located(name.span, () => catalog.get(catalog.path(parts, env.catalog, env.database)));
  if (relation.kind === 'table') {
    const node = located(name.span, () => scanNode(withHints(relation, hints, env.ctx), env.ctx));
    return { node, path: relation.path };
  }
  if (hints.length > 0) throw optionsOnQuery(name, hints);
  const id = relation.path.join('.');
  if (env.views.includes(id)) {
    throw new EngineError('invalid_definition', `view "${id}" contains itself`, { span: name.span });
  }
  const inner: QueryEnv = {
    ctx: env.ctx,
    named: new Map(),
    catalog: relation.catalog,
    database: relation.database,
    views: [...env.views, id],
    bindQuery: env.bindQuery,
  };
  const node = inView(id, name, () => env.bindQuery(env.ctx.parseQuery(relation.text), inner));
  const columns = relation.schema.map((field) => field.name);
  return { node: inView(id, name, () => renamed(node, columns, name.span)), path: relation.path };
}

/** What goes wrong inside a view is told at the place that uses it: its own text is not before the reader. */
function inView<T>(id: string, name: ObjectName, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(error.code, `view "${id}": ${error.message}`, {
      detail: error.detail,
      hint: error.hint,
      span: name.span,
      cause: error,
    });
  }
}

function optionsOnQuery(name: ObjectName, hints: readonly Hint[]): EngineError {
  return new EngineError(
    'invalid_option',
    `"${name.parts.map((part) => part.name).join('.')}" takes no hints: it is a query`,
    {
      hint: 'Put the hint behind the table in that query.',
      span: hints[0]?.span,
    },
  );
}

/** The table with the options of its hints. */
export function withHints(table: CatalogTable, hints: readonly Hint[], ctx: PlannerContext): CatalogTable {
  let result = withSessionOptions(table, ctx.config);
  for (const hint of hints) {
    if (hint.name.name.toUpperCase() !== 'OPTIONS') continue;
    if (ctx.config.get('table.dynamic-table-options.enabled')?.toLowerCase() === 'false') {
      throw new EngineError('invalid_option', 'the OPTIONS hint is switched off', {
        hint: "SET 'table.dynamic-table-options.enabled' = 'true'.",
        span: hint.span,
      });
    }
    const given = hint.arguments.map((argument): [string, string] => {
      if (argument.key !== null) return [argument.key, argument.value];
      throw new EngineError('syntax_error', 'the OPTIONS hint takes key = value', { span: argument.span });
    });
    result = { ...result, options: { ...result.options, ...Object.fromEntries(given) } };
  }
  return result;
}

/** A table as the query sees it: all of its columns; the rules take away what nobody reads. */
export function scanNode(table: CatalogTable, ctx: PlannerContext): LogicalNode {
  const spec = tableDefinition(table);
  const { connector } = parseTableOptions(spec, ctx.connectors, ctx.formats);
  if (connector.source === undefined) {
    throw unsupported(
      `reading from connector "${connector.name}" (table "${table.path.join('.')}")`,
      'It can only be written to.',
    );
  }
  const schema = tableSchema(table);
  const columns: ScanColumn[] = [];
  /** Where each declared column stands in the scan's row; a metadata column may first be converted. */
  const stored = table.columns.map((column): Expr | null => {
    if (column.kind === 'computed') return null;
    const index = columns.length;
    if (column.kind === 'physical') {
      columns.push({ kind: 'physical', path: [column.name], type: column.type });
      return { kind: 'column', index, type: column.type };
    }
    const type = metadataType(connector, column.key);
    if (!canCast(type, column.type)) throw badMetadata(column, column.key, type);
    columns.push({ kind: 'metadata', key: column.key, type });
    return castTo({ kind: 'column', index, type }, column.type);
  });
  const outputs = table.columns.map((column, i): Expr => {
    if (column.kind !== 'computed') return stored[i] as Expr;
    return replaceExpr(column.expr, (part) => (part.kind === 'column' ? (stored[part.index] ?? undefined) : undefined));
  });
  const watermark =
    table.watermark === null
      ? null
      : {
          column: schema.findIndex((field: Field) => field.name === table.watermark?.column),
          expr: table.watermark.expr,
        };
  return { kind: 'scan', table: spec, normalizeBy: normalizeBy(table, ctx), columns, outputs, watermark, schema };
}

const DUPLICATES = 'table.exec.source.cdc-events-duplicate';

/** The primary key, where the table's changes are by key, or may come more than once. */
function normalizeBy(table: CatalogTable, ctx: PlannerContext): readonly number[] | null {
  const duplicates = ctx.config.get(DUPLICATES)?.trim().toLowerCase() === 'true';
  if (table.primaryKey === null && !duplicates) return null;
  const changelog = ctx.connectors.sourceChangelog(tableDefinition(table));
  if (!isUpsert(changelog) && (isInsertOnly(changelog) || !duplicates)) return null;
  if (table.primaryKey === null) {
    throw new EngineError('invalid_definition', `table "${table.path.join('.')}" needs a PRIMARY KEY`, {
      detail: `'${DUPLICATES}' = 'true' completes changes by the primary key.`,
      hint: 'Add PRIMARY KEY (…) NOT ENFORCED to it.',
    });
  }
  return table.primaryKey.columns.map((name) => table.columns.findIndex((column) => column.name === name));
}

export function badMetadata(column: Field, key: string, type: DataType): EngineError {
  return new EngineError(
    'invalid_definition',
    `column "${column.name}" of type ${typeToString(column.type)} cannot hold metadata '${key}'`,
    { hint: `That is of type ${typeToString(type)}.` },
  );
}

type Connector = TableOptions['connector'];

function metadataType(connector: Connector, key: string): DataType {
  const found = connector.metadata.find((each) => each.key === key);
  if (found !== undefined) return found.type;
  const keys = connector.metadata.map((each) => `'${each.key}'`);
  throw new EngineError('invalid_definition', `connector "${connector.name}" has no metadata '${key}'`, {
    hint: keys.length === 0 ? 'It has none.' : `It has ${keys.join(', ')}.`,
  });
}
