/** A planner context over connectors that exist only by name, and the ways in which tests look at plans. */
import { Catalog } from '../../../src/catalog/catalog.ts';
import { catalogTypeNames, findCatalogType } from '../../../src/connectors/catalog-types.ts';
import type { Connector } from '../../../src/connectors/connector.ts';
import { EngineError } from '../../../src/errors.ts';
import type { Format } from '../../../src/formats/format.ts';
import { parseScript, parseStatement } from '../../../src/parser/parser.ts';
import { printSql } from '../../../src/parser/print.ts';
import type { Statement } from '../../../src/parser/ast.ts';
import { explainPhysical } from '../../../src/plan/explain.ts';
import { ALL_CHANGES, INSERT_ONLY, type PhysicalNode } from '../../../src/plan/physical.ts';
import type { PlannerContext } from '../../../src/planner/context.ts';
import { executeDefinition, type StatementOutput } from '../../../src/planner/definitions.ts';
import { planInsert, planQuery } from '../../../src/planner/planner.ts';
import type { ChangelogMode } from '../../../src/types/table-definition.ts';
import { typeToString } from '../../../src/types/data-type.ts';

const never = (): never => {
  throw new Error('planning opens nothing');
};

function connector(name: string, parts: Partial<Connector>): Connector {
  return {
    name,
    doc: '',
    options: { path: { type: 'string', doc: 'A path.' }, password: { type: 'string', secret: true, doc: 'A secret.' } },
    format: 'none',
    metadata: [
      { key: 'offset', type: { kind: 'BIGINT', nullable: false }, writable: false },
      { key: 'stamp', type: { kind: 'BIGINT', nullable: true }, writable: true },
    ],
    source: never,
    sink: never,
    ...parts,
  };
}

/**
 * `all` takes every change, `append` none, `upsert` keyed ones, `any-upsert` any without -U; `cdc` gives changes, `upserts`
 * gives them by key; `only-sink` cannot be read.
 */
const { source: _, ...onlySink } = connector('only-sink', {});
const CONNECTORS = new Map<string, Connector>([
  ['all', connector('all', { sinkAccepts: 'all' })],
  ['append', connector('append', {})],
  ['upsert', connector('upsert', { sinkAccepts: 'upsert' })],
  ['any-upsert', connector('any-upsert', { sinkAccepts: 'unkeyed-upsert' })],
  ['cdc', connector('cdc', { sinkAccepts: 'all' })],
  ['upserts', connector('upserts', { sinkAccepts: 'upsert' })],
  ['only-sink', onlySink],
  ['files', connector('files', { format: 'required' })],
]);

const CHANGELOGS: Readonly<Record<string, ChangelogMode>> = {
  cdc: ALL_CHANGES,
  upserts: { updateBefore: false, updateAfter: true, delete: true },
};

const JSON_FORMAT: Format = {
  name: 'json',
  doc: '',
  options: { 'ignore-parse-errors': { type: 'boolean', default: 'false', doc: 'Whether bad fields are NULL.' } },
};

export interface Harness {
  readonly ctx: PlannerContext;
  readonly settings: Map<string, string>;
  /** Runs definitions; gives the output of the last one. */
  define(sql: string): StatementOutput;
  /** The physical plan of one query or INSERT. */
  plan(sql: string): PhysicalNode;
  /** The plan as text, from below the root of a query. */
  text(sql: string, options?: { readonly changelog?: boolean; readonly state?: boolean }): string;
  /** `name TYPE` of every result column. */
  types(sql: string): string[];
}

export function harness(definitions = '', disabledRules: readonly string[] = []): Harness {
  const settings = new Map<string, string>();
  const ctx: PlannerContext = {
    catalog: new Catalog(),
    config: { get: (key) => settings.get(key) },
    connectors: {
      get: (name) => CONNECTORS.get(name),
      names: () => [...CONNECTORS.keys()],
      sourceChangelog: (table) => CHANGELOGS[table.options['connector'] ?? ''] ?? INSERT_ONLY,
      guarantee: (table, use) =>
        CONNECTORS.get(table.options['connector'] ?? '')?.[use] === undefined
          ? null
          : use === 'source'
            ? 'at-least-once'
            : 'exactly-once',
      sinkAccepts: (table) => {
        const accepts = CONNECTORS.get(table.options['connector'] ?? '')?.sinkAccepts ?? 'append';
        if (typeof accepts === 'function') throw new Error('not by options here');
        return accepts;
      },
    },
    catalogTypes: { get: findCatalogType, names: catalogTypeNames },
    formats: { get: (name) => (name === 'json' ? JSON_FORMAT : undefined), names: () => ['json'] },
    parseQuery: (sql) => {
      const statement = parseStatement(sql);
      if (statement.kind !== 'query') throw new Error('not a query');
      return statement;
    },
    printSql,
    inferFileTable: (path) => ({
      kind: 'table',
      path: ['default_catalog', 'default_database', path],
      temporary: true,
      columns: [{ kind: 'physical', name: 'a', type: { kind: 'BIGINT', nullable: true }, comment: null }],
      watermark: null,
      primaryKey: null,
      partitionKeys: [],
      options: { connector: 'all', path },
      comment: null,
    }),
    disabledRules: new Set(disabledRules),
  };
  const statements = (sql: string): Statement[] => {
    const { statements: parsed, errors } = parseScript(sql);
    const [error] = errors;
    if (error !== undefined) throw error;
    return parsed.map(({ statement }) => statement);
  };
  const self: Harness = {
    ctx,
    settings,
    define: (sql) =>
      statements(sql).reduce<StatementOutput>((_output, statement) => executeDefinition(statement, ctx), null),
    plan: (sql) => {
      const [statement] = statements(sql);
      if (statement?.kind === 'query') return planQuery(statement, ctx).plan;
      if (statement?.kind === 'insert') return planInsert(statement, ctx);
      throw new Error('neither a query nor an INSERT');
    },
    text: (sql, { changelog = false, state = false } = {}) => {
      const plan = self.plan(sql);
      return explainPhysical(plan.kind === 'collect' ? plan.input : plan, { changelog, state });
    },
    types: (sql) => self.plan(sql).schema.map(({ name, type }) => `${name} ${typeToString(type)}`),
  };
  if (definitions !== '') self.define(definitions);
  return self;
}

/** The error of `action`, and the text that it points at in `sql`. */
export function errorOf(
  sql: string,
  action: () => unknown,
): { code: string; message: string; hint?: string; at?: string } {
  try {
    action();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.span === undefined ? {} : { at: sql.slice(error.span.start, error.span.end) }),
    };
  }
  throw new Error('no error');
}

/** The tables that most tests read. */
export const TABLES = `
  CREATE TABLE orders (id BIGINT, amount INT, price DECIMAL(10, 2), item STRING, ts TIMESTAMP(3),
    WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'all');
  CREATE TABLE items (item STRING, name STRING, listed TIMESTAMP(3),
    WATERMARK FOR listed AS listed) WITH ('connector' = 'all');
  CREATE TABLE nested (kind INT, bid ROW<price BIGINT, channel STRING, place ROW<d DATE, n INT>>, tags ARRAY<STRING>)
    WITH ('connector' = 'all');
  CREATE TABLE plain (a INT, b STRING, c DOUBLE, d TIMESTAMP(3)) WITH ('connector' = 'all');
  CREATE TABLE changes (k STRING, v INT) WITH ('connector' = 'cdc');
`;
