/**
 * Catalogs → databases → tables, views and functions. All of it is plain data in memory; temporary objects shadow
 * permanent ones of the same path. Of an external catalog it is what was seen there when a statement asked for it.
 */
import { EngineError, similarNames, unsupported } from '../errors.ts';
import { type CatalogFunction, type CatalogRelation, functionId, type ObjectPath } from './table.ts';

const DEFAULT_CATALOG = 'default_catalog';
const DEFAULT_DATABASE = 'default_database';

export interface CatalogDatabase {
  readonly name: string;
  readonly comment: string | null;
  readonly options: Readonly<Record<string, string>>;
}

export interface CatalogInfo {
  readonly name: string;
  readonly comment: string | null;
  readonly options: Readonly<Record<string, string>>;
}

/** What was seen of a database of an external catalog. */
export interface ExternalDatabase {
  readonly name: string;
  /** Names of its tables; null when they were not listed. */
  readonly tables: readonly string[] | null;
  readonly relations: readonly CatalogRelation[];
  /** Names that were asked for and are not there. */
  readonly missing: readonly string[];
}

interface Database {
  info: CatalogDatabase;
  /** Of an external catalog: tables by name alone. */
  listed: readonly string[];
  readonly relations: Map<string, CatalogRelation>;
  readonly functions: Map<string, CatalogFunction>;
}

interface CatalogEntry {
  info: CatalogInfo;
  readonly external: boolean;
  readonly databases: Map<string, Database>;
}

const newDatabase = (info: CatalogDatabase): Database => ({
  info,
  listed: [],
  relations: new Map(),
  functions: new Map(),
});

export class Catalog {
  readonly #catalogs: Map<string, CatalogEntry>;
  readonly #temporary = new Map<string, CatalogRelation>();
  readonly #temporaryFunctions = new Map<string, CatalogFunction>();
  /** By name in lower case. */
  readonly #systemFunctions: Map<string, CatalogFunction>;
  #catalog = DEFAULT_CATALOG;
  #database = DEFAULT_DATABASE;

  /** A catalog that shares what is permanent with another one; temporary objects and the current database are its own. */
  constructor(shared?: Catalog) {
    this.#catalogs = shared === undefined ? new Map<string, CatalogEntry>() : shared.#catalogs;
    this.#systemFunctions = shared === undefined ? new Map<string, CatalogFunction>() : shared.#systemFunctions;
    if (shared !== undefined) return;
    this.createCatalog({ name: DEFAULT_CATALOG, comment: null, options: { type: 'generic_in_memory' } });
    this.createDatabase(DEFAULT_CATALOG, { name: DEFAULT_DATABASE, comment: null, options: {} }, false);
  }

  get currentCatalog(): string {
    return this.#catalog;
  }
  get currentDatabase(): string {
    return this.#database;
  }

  useCatalog(name: string): void {
    const entry = this.#entry(name);
    this.#catalog = name;
    if (!entry.databases.has(this.#database)) {
      this.#database = entry.databases.keys().next().value ?? DEFAULT_DATABASE;
    }
  }

  /** `db` or `catalog.db`. */
  useDatabase(parts: readonly string[]): void {
    const [catalog, database] = this.listedDatabase(parts);
    this.#databaseOf(catalog, database);
    this.#catalog = catalog;
    this.#database = database;
  }

  databasePath(parts: readonly string[]): [catalog: string, database: string] {
    if (parts.length > 2) {
      throw new EngineError('undefined_object', `database "${parts.join('.')}" does not exist`, {
        hint: 'A database is named "database" or "catalog.database".',
      });
    }
    return parts.length === 2 ? [parts[0] as string, parts[1] as string] : [this.#catalog, parts[0] ?? this.#database];
  }

  /** A database to look into: an external catalog with one database names that, where no database has its name. */
  listedDatabase(parts: readonly string[]): [catalog: string, database: string] {
    const path = this.databasePath(parts);
    const only = parts.length === 1 ? this.#onlyDatabase(parts[0] as string) : null;
    return only === null || this.#entry(path[0]).databases.has(path[1]) ? path : [parts[0] as string, only];
  }

  /**
   * The full path of `name`, `db.name` or `catalog.db.name`; relative names start at `catalog` and `database`. Of an
   * external catalog with one database `catalog.name` will do, where no database has that name.
   */
  path(parts: readonly string[], catalog = this.#catalog, database = this.#database): ObjectPath {
    if (parts.length > 3 || parts.length === 0) {
      throw new EngineError('undefined_object', `object "${parts.join('.')}" does not exist`, {
        hint: 'A name has at most three parts: "catalog.database.name".',
      });
    }
    const [first, name] = parts;
    if (parts.length === 2 && this.#catalogs.get(catalog)?.databases.has(first as string) !== true) {
      const only = this.#onlyDatabase(first as string);
      if (only !== null) return [first as string, only, name as string];
    }
    const full = [catalog, database].slice(0, 3 - parts.length).concat(parts);
    return full as unknown as ObjectPath;
  }

  // ---------------------------------------------------------------------------------------------- catalogs and databases

  catalogs(): CatalogInfo[] {
    return [...this.#catalogs.values()].map((entry) => entry.info);
  }
  catalogInfo(name: string): CatalogInfo {
    return this.#entry(name).info;
  }
  /** `external`: its tables exist elsewhere, and no statement changes them. */
  createCatalog(info: CatalogInfo, { ifNotExists = false, external = false } = {}): void {
    if (this.#catalogs.has(info.name)) {
      if (ifNotExists) return;
      throw new EngineError('duplicate_object', `catalog "${info.name}" already exists`);
    }
    const entry: CatalogEntry = { info, external, databases: new Map() };
    this.#catalogs.set(info.name, entry);
    if (info.name !== DEFAULT_CATALOG) {
      const first = info.options['default-database'] ?? 'default';
      entry.databases.set(first, newDatabase({ name: first, comment: null, options: {} }));
    }
  }
  isExternal(catalog: string): boolean {
    return this.#catalogs.get(catalog)?.external === true;
  }
  hasExternal(): boolean {
    return [...this.#catalogs.values()].some((entry) => entry.external);
  }
  /**
   * Takes in what was seen of an external catalog: all its databases, and of them what was asked for. The rest stays as
   * another session may have seen it, which looks again before it uses it.
   */
  setExternal(catalog: string, databases: readonly ExternalDatabase[]): void {
    const entry = this.#entry(catalog);
    for (const name of entry.databases.keys()) {
      if (!databases.some((database) => database.name === name)) entry.databases.delete(name);
    }
    for (const { name, tables, relations, missing } of databases) {
      const database = entry.databases.get(name) ?? newDatabase({ name, comment: null, options: {} });
      entry.databases.set(name, database);
      if (tables !== null) database.listed = tables;
      for (const relation of relations) database.relations.set(relation.path[2], relation);
      for (const table of missing) database.relations.delete(table);
    }
  }
  alterCatalog(info: CatalogInfo): void {
    this.#entry(info.name).info = info;
  }
  dropCatalog(name: string, ifExists: boolean): void {
    if (!this.#catalogs.has(name) && ifExists) return;
    this.#entry(name);
    if (name === this.#catalog) {
      throw new EngineError('invalid_definition', `cannot drop catalog "${name}": it is in use`, {
        hint: 'Change to another one first with USE CATALOG.',
      });
    }
    this.#catalogs.delete(name);
  }

  databases(catalog: string): CatalogDatabase[] {
    return [...this.#entry(catalog).databases.values()].map((database) => database.info);
  }
  databaseInfo(catalog: string, database: string): CatalogDatabase {
    return this.#databaseOf(catalog, database).info;
  }
  createDatabase(catalog: string, info: CatalogDatabase, ifNotExists: boolean): void {
    const entry = this.#changeable(catalog);
    if (entry.databases.has(info.name)) {
      if (ifNotExists) return;
      throw new EngineError('duplicate_object', `database "${catalog}.${info.name}" already exists`);
    }
    entry.databases.set(info.name, newDatabase(info));
  }
  alterDatabase(catalog: string, info: CatalogDatabase): void {
    this.#changeable(catalog);
    this.#databaseOf(catalog, info.name).info = info;
  }
  dropDatabase(path: readonly [catalog: string, database: string], ifExists: boolean, cascade: boolean): void {
    const [catalog, name] = path;
    if (this.isExternal(catalog)) this.#changeable(catalog);
    if (ifExists && !this.#catalogs.get(catalog)?.databases.has(name)) return;
    const database = this.#databaseOf(catalog, name);
    if (catalog === this.#catalog && name === this.#database) {
      throw new EngineError('invalid_definition', `cannot drop database "${name}": it is in use`, {
        hint: 'Change to another one first with USE.',
      });
    }
    if (!cascade && database.relations.size + database.functions.size > 0) {
      throw new EngineError('invalid_definition', `cannot drop database "${catalog}.${name}": it is not empty`, {
        hint: 'Drop its tables first, or add CASCADE.',
      });
    }
    this.#entry(catalog).databases.delete(name);
  }

  // --------------------------------------------------------------------------------------------------- tables and views

  /** The table or view at a path; a temporary one comes first. */
  find(path: ObjectPath): CatalogRelation | undefined {
    return (
      this.#temporary.get(key(path)) ?? this.#catalogs.get(path[0])?.databases.get(path[1])?.relations.get(path[2])
    );
  }

  /** As `find`, but an error that names what exists. */
  get(path: ObjectPath, what: 'table' | 'view' = 'table'): CatalogRelation {
    const found = this.find(path);
    if (found !== undefined) return found;
    throw this.#missing(path, what);
  }

  create(relation: CatalogRelation, ifNotExists: boolean): void {
    const [, , name] = relation.path;
    if (!relation.temporary) this.#changeable(relation.path[0]);
    const database = this.#databaseOf(relation.path[0], relation.path[1]);
    const target = relation.temporary ? this.#temporary : database.relations;
    const id = relation.temporary ? key(relation.path) : name;
    const existing = target.get(id);
    if (existing !== undefined) {
      if (ifNotExists) return;
      throw new EngineError('duplicate_object', `${existing.kind} "${relation.path.join('.')}" already exists`, {
        hint: 'Drop it first, or write IF NOT EXISTS.',
      });
    }
    target.set(id, relation);
  }

  /** Puts `relation` where `path` was, possibly under another name. */
  replace(path: ObjectPath, relation: CatalogRelation): void {
    const old = this.get(path);
    if (!old.temporary) this.#changeable(path[0]);
    if (!relation.temporary) this.#changeable(relation.path[0]);
    if (key(path) !== key(relation.path) && this.find(relation.path) !== undefined) {
      throw new EngineError('duplicate_object', `${old.kind} "${relation.path.join('.')}" already exists`);
    }
    if (old.temporary) {
      this.#temporary.delete(key(path));
      this.#temporary.set(key(relation.path), relation);
    } else {
      this.#databaseOf(path[0], path[1]).relations.delete(path[2]);
      this.#databaseOf(relation.path[0], relation.path[1]).relations.set(relation.path[2], relation);
    }
  }

  drop(
    path: ObjectPath,
    options: { readonly kind: CatalogRelation['kind']; readonly temporary: boolean; readonly ifExists: boolean },
  ): void {
    const { kind, temporary, ifExists } = options;
    if (!temporary && this.isExternal(path[0])) this.#changeable(path[0]);
    const shadow = this.#temporary.get(key(path));
    if (!temporary && shadow?.kind === kind) {
      throw new EngineError('invalid_definition', `temporary ${kind} "${path.join('.')}" exists`, {
        hint: `Drop it first with DROP TEMPORARY ${kind.toUpperCase()}.`,
      });
    }
    const found = temporary ? shadow : this.#catalogs.get(path[0])?.databases.get(path[1])?.relations.get(path[2]);
    if (found === undefined || found.kind !== kind) {
      if (ifExists && found === undefined) return;
      if (found !== undefined) {
        throw new EngineError('undefined_table', `"${path.join('.')}" is a ${found.kind}, not a ${kind}`, {
          hint: `Use DROP ${temporary ? 'TEMPORARY ' : ''}${found.kind.toUpperCase()}.`,
        });
      }
      throw this.#missing(path, kind);
    }
    if (temporary) this.#temporary.delete(key(path));
    else this.#databaseOf(path[0], path[1]).relations.delete(path[2]);
  }

  /** Names of the tables and views of a database: of an external one as it was last listed. */
  relationNames(catalog: string, database: string): string[] {
    const relations = this.relations(catalog, database);
    if (!this.isExternal(catalog)) return relations.map((relation) => relation.path[2]);
    const temporary = relations.filter((relation) => relation.temporary).map((relation) => relation.path[2]);
    return [...new Set([...temporary, ...this.#databaseOf(catalog, database).listed])].toSorted();
  }

  /** Tables and views of a database by name, temporary ones in front of those they shadow. */
  relations(catalog: string, database: string): CatalogRelation[] {
    const found = new Map(this.#databaseOf(catalog, database).relations);
    for (const relation of this.#temporary.values()) {
      if (relation.path[0] === catalog && relation.path[1] === database) found.set(relation.path[2], relation);
    }
    return [...found.values()].toSorted((a, b) => (a.path[2] < b.path[2] ? -1 : 1));
  }

  // ---------------------------------------------------------------------------------------------------------- functions

  /**
   * The function that a call means: a system function of that name, else the one at the path. `parts` are the written
   * name; names of functions are the same in any case.
   */
  findFunction(parts: readonly string[]): CatalogFunction | undefined {
    const system = parts.length === 1 ? this.#systemFunctions.get((parts[0] as string).toLowerCase()) : undefined;
    if (system !== undefined || parts.length > 3) return system;
    const path = this.path(parts);
    const name = path[2].toLowerCase();
    return (
      this.#temporaryFunctions.get(key([path[0], path[1], name])) ??
      this.#catalogs.get(path[0])?.databases.get(path[1])?.functions.get(name)
    );
  }
  /** The function that a plan calls by this name (see `functionId`). */
  functionById(id: string): CatalogFunction | undefined {
    const all = [
      ...this.#systemFunctions.values(),
      ...this.#temporaryFunctions.values(),
      ...[...this.#catalogs.values()].flatMap(({ databases }) =>
        [...databases.values()].flatMap(({ functions }) => [...functions.values()]),
      ),
    ];
    return all.find((fn) => functionId(fn) === id);
  }
  createFunction(fn: CatalogFunction, { ifNotExists = false, replace = false } = {}): void {
    const { functions, id } = this.#functionPlace(fn.path, fn.scope);
    if (functions.has(id) && !replace) {
      if (ifNotExists) return;
      throw new EngineError('duplicate_object', `function "${functionText(fn)}" already exists`);
    }
    functions.set(id, fn);
  }
  dropFunction(
    path: ObjectPath,
    options: { readonly scope: CatalogFunction['scope']; readonly ifExists: boolean },
  ): void {
    const { functions, id } = this.#functionPlace(path, options.scope);
    if (functions.delete(id) || options.ifExists) return;
    throw this.#missingFunction(path, options.scope);
  }
  /** The function to alter; an error when it does not exist. */
  getFunction(path: ObjectPath, scope: CatalogFunction['scope']): CatalogFunction | undefined {
    const { functions, id } = this.#functionPlace(path, scope);
    return functions.get(id);
  }
  /** Functions of a database and those of the system, by name. */
  functions(catalog: string, database: string): CatalogFunction[] {
    const found = new Map(this.#databaseOf(catalog, database).functions);
    for (const fn of this.#temporaryFunctions.values()) {
      if (fn.path[0] === catalog && fn.path[1] === database) found.set(fn.path[2].toLowerCase(), fn);
    }
    for (const [id, fn] of this.#systemFunctions) found.set(id, fn);
    return [...found.values()].toSorted((a, b) => (a.path[2] < b.path[2] ? -1 : 1));
  }

  #functionPlace(
    path: ObjectPath,
    scope: CatalogFunction['scope'],
  ): { readonly functions: Map<string, CatalogFunction>; readonly id: string } {
    const name = path[2].toLowerCase();
    if (scope === 'temporary system') return { functions: this.#systemFunctions, id: name };
    if (scope === 'temporary') return { functions: this.#temporaryFunctions, id: key([path[0], path[1], name]) };
    this.#changeable(path[0]);
    return { functions: this.#databaseOf(path[0], path[1]).functions, id: name };
  }

  #missingFunction(path: ObjectPath, scope: CatalogFunction['scope']): EngineError {
    const names = this.functions(path[0], path[1]).map((fn) => fn.path[2]);
    const near = similarNames(path[2], names);
    const text = functionText({ path, scope });
    return new EngineError('undefined_function', `function "${text}" does not exist`, {
      hint:
        near.length > 0 ? `Functions with similar names: ${near.map((name) => `"${name}"`).join(', ')}.` : undefined,
    });
  }

  // ------------------------------------------------------------------------------------------------------------- lookups

  #entry(name: string): CatalogEntry {
    const entry = this.#catalogs.get(name);
    if (entry !== undefined) return entry;
    throw new EngineError('undefined_object', `catalog "${name}" does not exist`, {
      hint: `There are: ${[...this.#catalogs.keys()].map((each) => `"${each}"`).join(', ')}.`,
    });
  }

  /** The database of an external catalog that has one. */
  #onlyDatabase(catalog: string): string | null {
    const entry = this.#catalogs.get(catalog);
    if (entry?.external !== true || entry.databases.size !== 1) return null;
    return entry.databases.keys().next().value ?? null;
  }

  #changeable(catalog: string): CatalogEntry {
    const entry = this.#entry(catalog);
    if (!entry.external) return entry;
    throw unsupported(
      `changing what catalog "${catalog}" holds`,
      `It is what exists outside. Make objects in another catalog, such as "${DEFAULT_CATALOG}", or TEMPORARY ones.`,
    );
  }

  #databaseOf(catalog: string, database: string): Database {
    const found = this.#entry(catalog).databases.get(database);
    if (found !== undefined) return found;
    throw new EngineError('undefined_object', `database "${catalog}.${database}" does not exist`, {
      hint: `Databases of "${catalog}": ${[...this.#entry(catalog).databases.keys()].map((each) => `"${each}"`).join(', ')}.`,
    });
  }

  #missing(path: ObjectPath, what: string): EngineError {
    const names = this.relationNames(path[0], path[1]);
    const near = similarNames(path[2], names);
    const owner = `"${path[0]}.${path[1]}"`;
    return new EngineError('undefined_table', `${what} "${path[2]}" does not exist`, {
      hint:
        near.length > 0
          ? `Tables of ${owner} with similar names: ${near.map((name) => `"${name}"`).join(', ')}.`
          : names.length === 0
            ? `${owner} has no tables yet.`
            : `Tables of ${owner}: ${names
                .slice(0, 20)
                .map((name) => `"${name}"`)
                .join(', ')}.`,
    });
  }
}

const key = (path: ObjectPath): string => JSON.stringify(path);

const functionText = ({ path, scope }: Pick<CatalogFunction, 'path' | 'scope'>): string =>
  scope === 'temporary system' ? path[2] : path.join('.');
