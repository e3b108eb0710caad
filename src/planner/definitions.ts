/**
 * Statements that change or show the catalog. What is accepted by the grammar and has no meaning here yet is refused by
 * name.
 */
import { parseCatalogOptions } from '../catalog/catalog-options.ts';
import { likePattern } from '../catalog/like-pattern.ts';
import type { CatalogFunction, CatalogRelation, ObjectPath } from '../catalog/table.ts';
import { EngineError, type SourceSpan, unsupported } from '../errors.ts';
import type {
  AlterCatalog,
  AlterFunction,
  AlterTable,
  AlterView,
  CreateFunction,
  ObjectName,
  Statement,
} from '../parser/ast.ts';
import { alterTable } from './bind/alter-table.ts';
import { located } from './bind/call.ts';
import { bindCreateTable, optionMap } from './bind/create-table.ts';
import { bindCreateView, withQuery } from './bind/create-view.ts';
import type { PlannerContext } from './context.ts';
import { describe, show, showCreate } from './show.ts';

/** What a statement shows: named columns of text; null for nothing. */
export type StatementOutput = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
} | null;

const partsOf = (name: ObjectName): string[] => name.parts.map((part) => part.name);

export function executeDefinition(statement: Statement, ctx: PlannerContext): StatementOutput {
  const { catalog } = ctx;
  const at = <T>(span: SourceSpan, action: () => T): T => located(span, action);
  switch (statement.kind) {
    case 'createTable': {
      const existing = catalog.find(catalog.path(partsOf(statement.name)));
      if (statement.ifNotExists && existing !== undefined && existing.temporary === statement.temporary) return null;
      const table = bindCreateTable(statement, ctx);
      at(statement.name.span, () => catalog.create(table, statement.ifNotExists));
      return null;
    }
    case 'createView': {
      const view = bindCreateView(statement, ctx);
      at(statement.name.span, () => catalog.create(view, statement.ifNotExists));
      return null;
    }
    case 'createDatabase': {
      const [owner, name] = catalog.databasePath(partsOf(statement.name));
      const info = { name, comment: statement.comment?.value ?? null, options: optionMap(statement.options) };
      at(statement.name.span, () => catalog.createDatabase(owner, info, statement.ifNotExists));
      return null;
    }
    case 'createCatalog': {
      const { ifNotExists } = statement;
      const options = optionMap(statement.options);
      const info = { name: statement.name.name, comment: statement.comment?.value ?? null, options };
      const { type } = at(statement.span, () => parseCatalogOptions(info, ctx.catalogTypes));
      at(statement.name.span, () => catalog.createCatalog(info, { ifNotExists, external: type.open !== undefined }));
      return null;
    }
    case 'createFunction': {
      const path = catalog.path(partsOf(statement.name));
      const existing = catalog.getFunction(path, statement.scope);
      if (statement.ifNotExists && existing !== undefined) return null;
      const fn = at(statement.span, () => loadedFunction(statement, path, ctx));
      at(statement.name.span, () => catalog.createFunction(fn, { ifNotExists: statement.ifNotExists }));
      return null;
    }
    case 'alterFunction': {
      const path = catalog.path(partsOf(statement.name));
      if (catalog.getFunction(path, statement.scope) === undefined) {
        at(statement.name.span, () =>
          catalog.dropFunction(path, { scope: statement.scope, ifExists: statement.ifExists }),
        );
        return null;
      }
      const fn = at(statement.span, () => loadedFunction(statement, path, ctx));
      catalog.createFunction(fn, { replace: true });
      return null;
    }
    case 'alterTable':
      return alterTableStatement(statement, ctx);
    case 'alterView':
      return alterViewStatement(statement, ctx);
    case 'alterDatabase': {
      const [owner, name] = catalog.databasePath(partsOf(statement.name));
      const info = at(statement.name.span, () => catalog.databaseInfo(owner, name));
      catalog.alterDatabase(owner, { ...info, options: { ...info.options, ...optionMap(statement.action.options) } });
      return null;
    }
    case 'alterCatalog': {
      const info = at(statement.name.span, () => catalog.catalogInfo(statement.name.name));
      const { action } = statement;
      if (action.kind === 'setComment') catalog.alterCatalog({ ...info, comment: action.comment.value });
      else {
        const options = at(action.span, () => alteredOptions(info.options, action));
        at(action.span, () => parseCatalogOptions({ ...info, options }, ctx.catalogTypes));
        catalog.alterCatalog({ ...info, options });
      }
      return null;
    }
    case 'dropTable':
    case 'dropView': {
      const kind = statement.kind === 'dropTable' ? 'table' : 'view';
      const { temporary, ifExists } = statement;
      at(statement.name.span, () => catalog.drop(catalog.path(partsOf(statement.name)), { kind, temporary, ifExists }));
      return null;
    }
    case 'dropFunction': {
      const options = { scope: statement.scope, ifExists: statement.ifExists };
      at(statement.name.span, () => catalog.dropFunction(catalog.path(partsOf(statement.name)), options));
      return null;
    }
    case 'dropDatabase':
      at(statement.name.span, () =>
        catalog.dropDatabase(catalog.databasePath(partsOf(statement.name)), statement.ifExists, statement.cascade),
      );
      return null;
    case 'dropCatalog':
      at(statement.name.span, () => catalog.dropCatalog(statement.name.name, statement.ifExists));
      return null;
    case 'useCatalog':
      at(statement.name.span, () => catalog.useCatalog(statement.name.name));
      return null;
    case 'useDatabase':
      at(statement.name.span, () => catalog.useDatabase(partsOf(statement.name)));
      return null;
    case 'describe':
      return at(statement.name.span, () => describe(statement, ctx));
    case 'show': {
      const { pattern } = statement;
      const listing = at(statement.from?.span ?? statement.span, () => show(statement, ctx));
      if (pattern === null) return listing;
      const matches = likePattern(pattern.pattern.value, pattern.caseInsensitive);
      return { ...listing, rows: listing.rows.filter((row) => matches(row[0] as string) !== pattern.negated) };
    }
    case 'showCurrent':
      return {
        columns: [`current ${statement.object} name`],
        rows: [[statement.object === 'catalog' ? catalog.currentCatalog : catalog.currentDatabase]],
      };
    case 'showCreate':
      return at(statement.name.span, () => showCreate(statement, ctx));
    default:
      throw unsupported(NAMES[statement.kind] ?? `statement ${statement.kind}`, HINTS[statement.kind], statement.span);
  }
}

/** The options of a catalog after SET or RESET. */
function alteredOptions(
  before: Readonly<Record<string, string>>,
  action: Exclude<AlterCatalog['action'], { kind: 'setComment' }>,
): Record<string, string> {
  const set = action.kind === 'setOptions' ? optionMap(action.options) : {};
  const reset = action.kind === 'setOptions' ? [] : action.keys.map((key) => key.value);
  if (reset.includes('type') || (set['type'] !== undefined && set['type'] !== before['type'])) {
    throw unsupported("changing the 'type' of a catalog", 'DROP the catalog, then CREATE it.');
  }
  return { ...Object.fromEntries(Object.entries(before).filter(([key]) => !reset.includes(key))), ...set };
}

const NAMES: Partial<Record<Statement['kind'], string>> = {
  createModel: 'CREATE MODEL',
  createMaterializedTable: 'CREATE MATERIALIZED TABLE',
  alterModel: 'ALTER MODEL',
  alterMaterializedTable: 'ALTER MATERIALIZED TABLE',
  dropMaterializedTable: 'DROP MATERIALIZED TABLE',
  dropModel: 'DROP MODEL',
  delete: 'DELETE in a stream',
  update: 'UPDATE in a stream',
  truncate: 'TRUNCATE TABLE in a stream',
  compilePlan: 'COMPILE PLAN',
  executePlan: 'EXECUTE PLAN',
  showPartitions: 'SHOW PARTITIONS',
  analyzeTable: 'ANALYZE TABLE',
  useModules: 'USE MODULES',
  loadModule: 'LOAD MODULE',
  unloadModule: 'UNLOAD MODULE',
  callProcedure: 'CALL',
  addJar: 'ADD JAR',
  removeJar: 'REMOVE JAR',
  clientCommand: 'a command of the SQL client',
};

const HINTS: Partial<Record<Statement['kind'], string>> = {
  createMaterializedTable: 'Create a table and INSERT INTO it.',
  delete: 'A stream takes rows away as -D of an updating query.',
  update: 'A stream changes rows as -U and +U of an updating query.',
  compilePlan: 'EXPLAIN shows the plan.',
};

/** The function of a CREATE or ALTER, whose module was loaded before. */
function loadedFunction(
  statement: CreateFunction | AlterFunction,
  path: ObjectPath,
  ctx: PlannerContext,
): CatalogFunction {
  const definition = ctx.loadedFunction?.(statement);
  const module = statement.className.value;
  if (definition !== undefined) return { path, scope: statement.scope, module, definition };
  throw unsupported(
    `a function in ${statement.language ?? 'JAVA'}`,
    "Write it in JavaScript or TypeScript: CREATE FUNCTION f AS './file.ts#f' LANGUAGE JAVASCRIPT.",
  );
}

function relationOfKind<K extends CatalogRelation['kind']>(
  name: ObjectName,
  kind: K,
  ctx: PlannerContext,
): Extract<CatalogRelation, { kind: K }> {
  const relation = located(name.span, () => ctx.catalog.get(ctx.catalog.path(partsOf(name)), kind));
  if (relation.kind === kind) return relation as Extract<CatalogRelation, { kind: K }>;
  throw new EngineError('undefined_table', `"${partsOf(name).join('.')}" is a ${relation.kind}, not a ${kind}`, {
    hint: `Use ALTER ${relation.kind.toUpperCase()}.`,
    span: name.span,
  });
}

function alterTableStatement(statement: AlterTable, ctx: PlannerContext): null {
  const path = ctx.catalog.path(partsOf(statement.name));
  if (statement.ifExists && ctx.catalog.find(path) === undefined) return null;
  const table = relationOfKind(statement.name, 'table', ctx);
  const altered = alterTable(table, statement.action, ctx);
  located(statement.action.span, () => ctx.catalog.replace(path, altered));
  return null;
}

function alterViewStatement(statement: AlterView, ctx: PlannerContext): null {
  const view = relationOfKind(statement.name, 'view', ctx);
  const { action } = statement;
  const altered =
    action.kind === 'renameTo'
      ? { ...view, path: ctx.catalog.path(partsOf(action.to), view.path[0], view.path[1]) }
      : withQuery(view, action.query, ctx);
  located(action.span, () => ctx.catalog.replace(view.path, altered));
  return null;
}
