/** DESCRIBE, SHOW and SHOW CREATE. */
import { maskedCatalogOptions } from '../catalog/catalog-options.ts';
import {
  createCatalogText,
  createTableText,
  createViewText,
  describeTable,
  type Listing,
} from '../catalog/describe.ts';
import { parseTableOptions } from '../catalog/options.ts';
import { type CatalogRelation, tableDefinition } from '../catalog/table.ts';
import { EngineError, unsupported } from '../errors.ts';
import { aggregateInfos } from '../functions/aggregates/registry.ts';
import { functionInfos } from '../functions/registry.ts';
import { signatureText } from '../functions/user/signature.ts';
import type { Describe, Show, ShowCreate } from '../parser/ast.ts';
import type { PlannerContext } from './context.ts';

const oneColumn = (name: string, values: readonly string[]): Listing => ({
  columns: [name],
  rows: values.map((value) => [value]),
});

export function show(statement: Show, ctx: PlannerContext): Listing {
  const { catalog } = ctx;
  const from = statement.from?.parts.map((part) => part.name) ?? [];
  const database = (): readonly [string, string] => catalog.listedDatabase(from);
  switch (statement.subject) {
    case 'catalogs':
      return oneColumn(
        'catalog name',
        catalog
          .catalogs()
          .map((each) => each.name)
          .toSorted(),
      );
    case 'databases':
      return oneColumn(
        'database name',
        catalog
          .databases(from[0] ?? catalog.currentCatalog)
          .map((each) => each.name)
          .toSorted(),
      );
    case 'tables':
      // Flink lists views among the tables too.
      return oneColumn('table name', catalog.relationNames(...database()));
    case 'views':
      return oneColumn(
        'view name',
        catalog
          .relations(...database())
          .filter((each) => each.kind === 'view')
          .map((each) => each.path[2]),
      );
    case 'columns': {
      const listing = describeTable(catalog.get(catalog.path(from)));
      return { ...listing, columns: ['field', ...listing.columns.slice(1)] };
    }
    case 'functions':
    case 'user functions': {
      const user = catalog.functions(...database()).map((each) => each.path[2]);
      const builtIn =
        statement.subject === 'functions'
          ? [...functionInfos(), ...aggregateInfos()].map((each) => each.name.toLowerCase())
          : [];
      return oneColumn('function name', [...new Set([...builtIn, ...user])].toSorted());
    }
    case 'modules':
      return oneColumn('module name', ['core']);
    case 'full modules':
      return { columns: ['module name', 'used'], rows: [['core', 'TRUE']] };
    case 'materialized tables':
      return oneColumn('table name', []);
    case 'procedures':
      return oneColumn('procedure name', []);
    case 'models':
      return oneColumn('model name', []);
    case 'jars':
      return oneColumn('jars', []);
    case 'jobs':
      throw unsupported('SHOW JOBS here', undefined, statement.span);
  }
}

export function describe(statement: Describe, ctx: PlannerContext): Listing {
  const { catalog } = ctx;
  const parts = statement.name.parts.map((part) => part.name);
  const info = (rows: readonly (readonly [string, string])[], options: Readonly<Record<string, string>>): Listing => ({
    columns: ['info name', 'info value'],
    rows: [
      ...rows,
      ...(statement.extended ? Object.entries(options).map(([key, value]) => [`option:${key}`, value] as const) : []),
    ],
  });
  switch (statement.object) {
    case 'table':
      return describeRelation(catalog.get(catalog.path(parts)), statement.extended, ctx);
    case 'catalog': {
      const found = catalog.catalogInfo(parts.join('.'));
      return info(
        [
          ['name', found.name],
          ['type', found.options['type'] ?? ''],
          ['comment', found.comment ?? ''],
        ],
        Object.fromEntries(maskedCatalogOptions(found, ctx.catalogTypes)),
      );
    }
    case 'database': {
      const [owner, name] = catalog.databasePath(parts);
      const found = catalog.databaseInfo(owner, name);
      return info(
        [
          ['catalog name', owner],
          ['database name', found.name],
          ['comment', found.comment ?? ''],
        ],
        found.options,
      );
    }
    case 'function':
      return describeFunction(parts, ctx);
    case 'model':
      throw unsupported('DESCRIBE MODEL', undefined, statement.span);
  }
}

/** Extended: also by which connector the table is reached, and how often a row counts, whatever fails. */
function describeRelation(relation: CatalogRelation, extended: boolean, ctx: PlannerContext): Listing {
  const listing = describeTable(relation);
  if (!extended || relation.kind !== 'table') return listing;
  const table = tableDefinition(relation);
  const { connector } = parseTableOptions(table, ctx.connectors, ctx.formats);
  const facts = [
    ['# connector', connector.name],
    ['# read', ctx.connectors.guarantee(table, 'source')],
    ['# written', ctx.connectors.guarantee(table, 'sink')],
  ] as const;
  const blanks = listing.columns.slice(2).map(() => '');
  const rows = facts.flatMap(([name, fact]) => (fact === null ? [] : [[name, fact, ...blanks]]));
  return { ...listing, rows: [...listing.rows, ...rows] };
}

function describeFunction(parts: readonly string[], ctx: PlannerContext): Listing {
  const name = parts.at(-1) ?? '';
  const user = ctx.catalog.findFunction(parts);
  const builtIn = [...functionInfos(), ...aggregateInfos()].find((each) =>
    [each.name, ...each.aliases].includes(name.toUpperCase()),
  );
  const columns = ['info name', 'info value'];
  if (builtIn !== undefined && parts.length === 1 && user?.scope !== 'temporary system') {
    const rows = [
      ['is system function', 'true'],
      ['signature', builtIn.signature],
      ['description', builtIn.doc],
    ];
    return { columns, rows };
  }
  if (user === undefined) throw new EngineError('undefined_function', `function "${parts.join('.')}" does not exist`);
  const { definition, scope, module } = user;
  return {
    columns,
    rows: [
      ['is system function', String(scope === 'temporary system')],
      ['is temporary', String(scope !== 'catalog')],
      ['class name', module ?? '(defined by the program)'],
      ['function language', 'JAVASCRIPT'],
      ['kind', definition.kind],
      ['signature', signatureText(definition)],
      ['is deterministic', String(definition.deterministic)],
    ],
  };
}

export function showCreate(statement: ShowCreate, ctx: PlannerContext): Listing {
  const { catalog } = ctx;
  const parts = statement.name.parts.map((part) => part.name);
  const wanted = statement.object;
  if (wanted === 'catalog') {
    const info = catalog.catalogInfo(parts.join('.'));
    return oneColumn('result', [createCatalogText(info, ctx.catalogTypes)]);
  }
  if (wanted !== 'table' && wanted !== 'view')
    throw unsupported(`SHOW CREATE ${wanted.toUpperCase()}`, undefined, statement.span);
  const relation = catalog.get(catalog.path(parts), wanted);
  if (relation.kind !== wanted) {
    throw new EngineError('undefined_table', `"${parts.join('.')}" is a ${relation.kind}, not a ${wanted}`, {
      hint: `Use SHOW CREATE ${relation.kind.toUpperCase()}.`,
      span: statement.name.span,
    });
  }
  const text =
    relation.kind === 'view' ? createViewText(relation) : createTableText(relation, ctx.connectors, ctx.formats);
  return oneColumn('result', [text]);
}
