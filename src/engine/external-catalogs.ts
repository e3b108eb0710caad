/**
 * What external catalogs hold of the names in a statement, looked up before it is planned, since planning itself asks
 * nobody. Names inside views count too. A catalog is opened for a statement and closed behind it; a table's definition is
 * believed for a minute, so that DESCRIBE and the query after it speak of the same columns.
 */
import type { Catalog, CatalogInfo, ExternalDatabase } from '../catalog/catalog.ts';
import type { CatalogTable, ObjectPath } from '../catalog/table.ts';
import type { ExternalCatalog, ExternalTable } from '../connectors/catalog-type.ts';
import { type SourceSpan, toEngineError } from '../errors.ts';
import type { ExplicitTable, LikeClause, ObjectName, Statement, TableName } from '../parser/ast.ts';
import { parseStatement } from '../parser/parser.ts';
import type { Clock } from '../platform/platform.ts';

const BELIEVED_MS = 60_000;

/** What is asked of one catalog. */
interface Questions {
  readonly tables: Map<string, { readonly path: ObjectPath; readonly span: SourceSpan }>;
  /** Databases whose tables are listed. */
  readonly listings: Set<string>;
}

interface Believed {
  readonly info: CatalogInfo;
  readonly table: CatalogTable;
  readonly untilMs: number;
}

export class ExternalCatalogs {
  readonly #catalog: Catalog;
  readonly #clock: Clock;
  readonly #open: (info: CatalogInfo) => ExternalCatalog;
  readonly #believed = new Map<string, Believed>();

  constructor(catalog: Catalog, clock: Clock, open: (info: CatalogInfo) => ExternalCatalog) {
    this.#catalog = catalog;
    this.#clock = clock;
    this.#open = open;
  }

  /** Brings the session's catalog up to date with what the statement names. */
  async lookUp(statement: Statement): Promise<void> {
    if (!this.#catalog.hasExternal()) return;
    const questions = questionsOf(statement, this.#catalog);
    await Promise.all([...questions].map(([name, asked]) => this.#ask(this.#catalog.catalogInfo(name), asked)));
  }

  async #ask(info: CatalogInfo, { tables, listings }: Questions): Promise<void> {
    const external = this.#open(info);
    try {
      const databases = await external.databases();
      const seen = databases.map(async (name): Promise<ExternalDatabase> => {
        const wanted = [...tables.values()].filter(({ path }) => path[1] === name);
        const found = await Promise.all(wanted.map(({ path, span }) => this.#table(external, info, path, span)));
        const relations = found.filter((table) => table !== null);
        const missing = wanted.filter((_, i) => found[i] === null).map(({ path }) => path[2]);
        const lists = listings.has(name) || missing.length > 0;
        return { name, relations, missing, tables: lists ? await external.tables(name) : null };
      });
      this.#catalog.setExternal(info.name, await Promise.all(seen));
    } finally {
      await external.close();
    }
  }

  async #table(
    external: ExternalCatalog,
    info: CatalogInfo,
    path: ObjectPath,
    span: SourceSpan,
  ): Promise<CatalogTable | null> {
    const id = JSON.stringify(path);
    const believed = this.#believed.get(id);
    if (believed?.info === info && this.#clock.monotonic() < believed.untilMs) return believed.table;
    try {
      const found = await external.table(path[1], path[2]);
      if (found === null) return null;
      const table = catalogTable(path, found);
      this.#believed.set(id, { info, table, untilMs: this.#clock.monotonic() + BELIEVED_MS });
      return table;
    } catch (error) {
      throw toEngineError(error).at(span);
    }
  }
}

/** The table as CREATE TABLE would have made it. */
export function catalogTable(path: ObjectPath, { columns, primaryKey, options, comment }: ExternalTable): CatalogTable {
  return {
    kind: 'table',
    path,
    temporary: false,
    columns: columns.map((column) =>
      column.kind === 'physical' ? { ...column, comment: null } : { ...column, virtual: true, comment: null },
    ),
    watermark: null,
    primaryKey: primaryKey.length === 0 ? null : { name: null, columns: primaryKey },
    partitionKeys: [],
    options,
    comment,
  };
}

/** The questions for each external catalog. */
function questionsOf(statement: Statement, catalog: Catalog): ReadonlyMap<string, Questions> {
  const all = new Map<string, Questions>();
  const of = (name: string): Questions => {
    const known = all.get(name);
    if (known !== undefined) return known;
    const asked = { tables: new Map(), listings: new Set<string>() };
    all.set(name, asked);
    return asked;
  };
  const views = new Set<string>();
  const visit = (root: unknown, inCatalog: string, inDatabase: string): void => {
    for (const { parts, span } of tableNames(root)) {
      if (parts.length > 3) continue;
      const path = catalog.path(
        parts.map((part) => part.name),
        inCatalog,
        inDatabase,
      );
      const id = JSON.stringify(path);
      const found = catalog.find(path);
      if (found?.kind === 'view' && !views.has(id)) {
        views.add(id);
        visit(parseStatement(found.text), found.catalog, found.database);
      } else if (found?.temporary !== true && catalog.isExternal(path[0])) of(path[0]).tables.set(id, { path, span });
    }
  };
  visit(statement, catalog.currentCatalog, catalog.currentDatabase);
  const listed = listing(statement, catalog);
  if (listed !== null && catalog.isExternal(listed[0])) of(listed[0]).listings.add(listed[1]);
  return all;
}

const LISTS: ReadonlySet<string> = new Set(['tables', 'views']);

/** The catalog and database that the statement asks about as a whole. */
function listing(statement: Statement, catalog: Catalog): readonly [catalog: string, database: string] | null {
  const partsOf = (name: ObjectName | null): string[] => name?.parts.map((part) => part.name) ?? [];
  switch (statement.kind) {
    case 'show': {
      const from = partsOf(statement.from);
      if (statement.subject === 'databases') return [from[0] ?? catalog.currentCatalog, ''];
      return LISTS.has(statement.subject) && from.length <= 2 ? catalog.listedDatabase(from) : null;
    }
    case 'useDatabase':
      return databaseOf(partsOf(statement.name), catalog);
    case 'describe':
      return statement.object === 'database' ? databaseOf(partsOf(statement.name), catalog) : null;
    default:
      return null;
  }
}

const databaseOf = (parts: readonly string[], catalog: Catalog): readonly [string, string] | null =>
  parts.length > 2 ? null : [catalog.listedDatabase(parts)[0], ''];

/** The names at places where tables and views are named. */
function tableNames(root: unknown): ObjectName[] {
  const found: ObjectName[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (typeof node === 'object' && node !== null) {
      const name = namedTable(node);
      if (name !== null) found.push(name);
      Object.values(node).forEach(visit);
    }
  };
  visit(root);
  return found;
}

function namedTable(node: { readonly kind?: unknown }): ObjectName | null {
  const of = node as Statement | TableName | ExplicitTable | LikeClause;
  switch (of.kind) {
    case 'tableName':
    case 'explicitTable':
    case 'alterTable':
    case 'alterView':
      return of.name;
    case 'likeClause':
      return of.source;
    case 'insert':
      return of.target;
    case 'show':
      return of.subject === 'columns' ? of.from : null;
    case 'describe':
      return of.object === 'table' ? of.name : null;
    case 'showCreate':
      return of.object === 'table' || of.object === 'view' ? of.name : null;
    default:
      return null;
  }
}
