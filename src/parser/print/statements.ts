import type {
  AlterMaterializedTable,
  AlterTableAction,
  ColumnDefinition,
  ColumnPosition,
  CreateFunction,
  CreateMaterializedTable,
  CreateModel,
  CreateTable,
  Distribution,
  FunctionScope,
  Insert,
  LikeClause,
  PartitionItem,
  PartitionSpecification,
  PrimaryKey,
  SetComment,
  AsQuery,
  Show,
  Statement,
  StatementSet,
  TableElements,
  Watermark,
} from '../ast.ts';
import { printTableCall, printExpression } from './expressions.ts';
import { printHints, printQuery } from './queries.ts';
import { printType } from './types.ts';
import {
  comment,
  inParentheses,
  partition as partitionClause,
  printDotted,
  printIdentifier,
  printNames,
  printOption,
  printString,
  withOptions,
  words,
} from './words.ts';

export function printStatement(statement: Statement): string {
  switch (statement.kind) {
    case 'query':
      return printQuery(statement);
    case 'createTable':
      return createTable(statement);
    case 'createView': {
      const columns = statement.columns.map((column) => words(printIdentifier(column.name), comment(column.comment)));
      return words(
        'CREATE',
        statement.temporary && 'TEMPORARY',
        'VIEW',
        statement.ifNotExists && 'IF NOT EXISTS',
        printDotted(statement.name),
        columns.length > 0 && inParentheses(columns),
        comment(statement.comment),
        'AS',
        printQuery(statement.query),
      );
    }
    case 'createFunction':
      return createFunction(statement);
    case 'createModel':
      return createModel(statement);
    case 'createCatalog':
    case 'createDatabase': {
      const name = statement.kind === 'createCatalog' ? printIdentifier(statement.name) : printDotted(statement.name);
      return words(
        statement.kind === 'createCatalog' ? 'CREATE CATALOG' : 'CREATE DATABASE',
        statement.ifNotExists && 'IF NOT EXISTS',
        name,
        comment(statement.comment),
        withOptions(statement.options),
      );
    }
    case 'createMaterializedTable':
      return createMaterializedTable(statement);
    case 'alterTable':
      return words('ALTER TABLE', ifExists(statement), printDotted(statement.name), action(statement.action));
    case 'alterMaterializedTable':
      return words(
        'ALTER MATERIALIZED TABLE',
        ifExists(statement),
        printDotted(statement.name),
        action(statement.action),
      );
    case 'alterView':
      return words('ALTER VIEW', printDotted(statement.name), action(statement.action));
    case 'alterDatabase':
      return words('ALTER DATABASE', printDotted(statement.name), action(statement.action));
    case 'alterCatalog':
      return words('ALTER CATALOG', printIdentifier(statement.name), action(statement.action));
    case 'alterModel':
      return words('ALTER MODEL', ifExists(statement), printDotted(statement.name), action(statement.action));
    case 'alterFunction':
      return words(
        'ALTER',
        scope(statement.scope),
        'FUNCTION',
        ifExists(statement),
        printDotted(statement.name),
        'AS',
        printString(statement.className),
        statement.language !== null && `LANGUAGE ${statement.language}`,
      );
    case 'dropTable':
      return drop(words(statement.temporary && 'TEMPORARY', 'TABLE'), statement);
    case 'dropView':
      return drop(words(statement.temporary && 'TEMPORARY', 'VIEW'), statement);
    case 'dropModel':
      return drop(words(statement.temporary && 'TEMPORARY', 'MODEL'), statement);
    case 'dropMaterializedTable':
      return drop('MATERIALIZED TABLE', statement);
    case 'dropFunction':
      return drop(words(scope(statement.scope), 'FUNCTION'), statement);
    case 'dropDatabase':
      return words(drop('DATABASE', statement), statement.cascade && 'CASCADE');
    case 'dropCatalog':
      return words('DROP CATALOG', ifExists(statement), printIdentifier(statement.name));
    case 'insert':
      return insert(statement);
    case 'statementSet':
      return `EXECUTE ${statementSet(statement)}`;
    case 'delete':
      return words(
        'DELETE FROM',
        printDotted(statement.target),
        statement.alias !== null && `AS ${printIdentifier(statement.alias)}`,
        statement.where !== null && `WHERE ${printExpression(statement.where)}`,
      );
    case 'update': {
      const assignments = statement.assignments.map(
        (item) => `${printDotted(item.column)} = ${printExpression(item.value)}`,
      );
      return words(
        'UPDATE',
        printDotted(statement.target),
        statement.alias !== null && `AS ${printIdentifier(statement.alias)}`,
        `SET ${assignments.join(', ')}`,
        statement.where !== null && `WHERE ${printExpression(statement.where)}`,
      );
    }
    case 'truncate':
      return `TRUNCATE TABLE ${printDotted(statement.name)}`;
    case 'compilePlan': {
      const inner =
        statement.statement.kind === 'insert' ? insert(statement.statement) : statementSet(statement.statement);
      return words(
        'COMPILE',
        statement.execute && 'AND EXECUTE',
        'PLAN',
        printString(statement.path),
        statement.ifNotExists && 'IF NOT EXISTS',
        'FOR',
        inner,
      );
    }
    case 'executePlan':
      return `EXECUTE PLAN ${printString(statement.path)}`;
    case 'explain': {
      const inner = statement.statement;
      const text = inner.kind === 'statementSet' ? statementSet(inner) : printStatement(inner);
      return words('EXPLAIN', statement.details.join(', '), text);
    }
    case 'describe':
      return words(
        'DESCRIBE',
        statement.object !== 'table' && statement.object.toUpperCase(),
        statement.extended && 'EXTENDED',
        printDotted(statement.name),
      );
    case 'describeJob':
      return `DESCRIBE JOB ${printString(statement.id)}`;
    case 'show':
      return show(statement);
    case 'showCurrent':
      return `SHOW CURRENT ${statement.object.toUpperCase()}`;
    case 'showCreate': {
      const object = statement.object.toUpperCase();
      return words('SHOW CREATE', statement.orAlter && 'OR ALTER', object, printDotted(statement.name));
    }
    case 'showPartitions':
      return words('SHOW PARTITIONS', printDotted(statement.name), partition(statement.partition));
    case 'analyzeTable': {
      const { columns } = statement;
      return words(
        'ANALYZE TABLE',
        printDotted(statement.name),
        partition(statement.partition),
        'COMPUTE STATISTICS',
        columns === 'all' && 'FOR ALL COLUMNS',
        columns !== null && columns !== 'all' && `FOR COLUMNS ${columns.map(printIdentifier).join(', ')}`,
      );
    }
    case 'set':
      if (statement.key === null || statement.value === null) return 'SET';
      return `SET ${printString(statement.key)} = ${printString(statement.value)}`;
    case 'reset':
      return words('RESET', statement.key !== null && printString(statement.key));
    case 'useCatalog':
      return `USE CATALOG ${printIdentifier(statement.name)}`;
    case 'useDatabase':
      return `USE ${printDotted(statement.name)}`;
    case 'useModules':
      return `USE MODULES ${statement.names.map(printIdentifier).join(', ')}`;
    case 'loadModule':
      return words('LOAD MODULE', printIdentifier(statement.name), withOptions(statement.options));
    case 'unloadModule':
      return `UNLOAD MODULE ${printIdentifier(statement.name)}`;
    case 'stopJob':
      return words(
        'STOP JOB',
        printString(statement.id),
        statement.withSavepoint && 'WITH SAVEPOINT',
        statement.withDrain && 'WITH DRAIN',
      );
    case 'callProcedure':
      return `CALL ${printTableCall(statement.procedure)}`;
    case 'addJar':
      return `ADD JAR ${printString(statement.path)}`;
    case 'removeJar':
      return `REMOVE JAR ${printString(statement.path)}`;
    case 'clientCommand':
      return statement.command.toUpperCase();
  }
}

function ifExists(statement: { readonly ifExists: boolean }): string {
  return statement.ifExists ? 'IF EXISTS' : '';
}

function scope(words: FunctionScope): string {
  return words === 'catalog' ? '' : words.toUpperCase();
}

function drop(object: string, statement: { readonly ifExists: boolean; readonly name: Insert['target'] }): string {
  return words('DROP', object, ifExists(statement), printDotted(statement.name));
}

function partition(items: readonly PartitionItem[]): string {
  return partitionClause(items, ({ column, value }) =>
    words(printIdentifier(column), value !== null && `= ${printExpression(value)}`),
  );
}

// ------------------------------------------------------------------------------------------------------------------------- CREATE

function createTable(table: CreateTable): string {
  const verb = { create: 'CREATE', createOrReplace: 'CREATE OR REPLACE', replace: 'REPLACE' }[table.mode];
  return words(
    verb,
    table.temporary && 'TEMPORARY',
    'TABLE',
    table.ifNotExists && 'IF NOT EXISTS',
    printDotted(table.name),
    table.elements !== null && tableElements(table.elements),
    comment(table.comment),
    table.distribution !== null && `DISTRIBUTED ${distribution(table.distribution)}`,
    table.partitionedBy.length > 0 && `PARTITIONED BY ${printNames(table.partitionedBy)}`,
    withOptions(table.options),
    table.like !== null && likeClause(table.like),
    table.query !== null && `AS ${printQuery(table.query)}`,
  );
}

function createMaterializedTable(table: CreateMaterializedTable): string {
  const start = table.startMode;
  const argument = start === null || start.argument === null ? '' : `(${printExpression(start.argument)})`;
  return words(
    'CREATE',
    table.orAlter && 'OR ALTER',
    'MATERIALIZED TABLE',
    table.ifNotExists && 'IF NOT EXISTS',
    printDotted(table.name),
    table.elements !== null && tableElements(table.elements),
    comment(table.comment),
    table.distribution !== null && `DISTRIBUTED ${distribution(table.distribution)}`,
    table.partitionedBy.length > 0 && `PARTITIONED BY ${printNames(table.partitionedBy)}`,
    withOptions(table.options),
    table.freshness !== null && `FRESHNESS = ${printExpression(table.freshness)}`,
    table.refreshMode !== null && `REFRESH_MODE = ${table.refreshMode.toUpperCase()}`,
    start !== null && `START_MODE = ${start.mode}${argument}`,
    `AS ${printQuery(table.query)}`,
  );
}

function createFunction(statement: CreateFunction): string {
  const resources = statement.resources.map((item) => `${item.type.toUpperCase()} ${printString(item.path)}`);
  return words(
    'CREATE',
    scope(statement.scope),
    'FUNCTION',
    statement.ifNotExists && 'IF NOT EXISTS',
    printDotted(statement.name),
    `AS ${printString(statement.className)}`,
    statement.language !== null && `LANGUAGE ${statement.language}`,
    resources.length > 0 && `USING ${resources.join(', ')}`,
    withOptions(statement.options),
  );
}

function createModel(statement: CreateModel): string {
  return words(
    'CREATE',
    statement.temporary && 'TEMPORARY',
    'MODEL',
    statement.ifNotExists && 'IF NOT EXISTS',
    printDotted(statement.name),
    statement.input.length > 0 && `INPUT ${inParentheses(statement.input.map(column))}`,
    statement.output.length > 0 && `OUTPUT ${inParentheses(statement.output.map(column))}`,
    comment(statement.comment),
    withOptions(statement.options),
    statement.query !== null && `AS ${printQuery(statement.query)}`,
  );
}

function tableElements(elements: TableElements): string {
  return inParentheses(elementTexts(elements));
}

function elementTexts(elements: TableElements): string[] {
  return [
    ...elements.columns.map(column),
    ...elements.watermarks.map(watermark),
    ...elements.primaryKeys.map((key) => words(constraint(key), printNames(key.columns), 'NOT ENFORCED')),
  ];
}

function constraint(key: PrimaryKey): string {
  return words(key.name !== null && `CONSTRAINT ${printIdentifier(key.name)}`, 'PRIMARY KEY');
}

function watermark(item: Watermark): string {
  return `WATERMARK FOR ${printDotted(item.column)} AS ${printExpression(item.expression)}`;
}

function column(item: ColumnDefinition): string {
  switch (item.kind) {
    case 'columnName':
      return printIdentifier(item.name);
    case 'physicalColumn':
      return words(
        printDotted(item.name),
        printType(item.type),
        item.primaryKey !== null && `${constraint(item.primaryKey)} NOT ENFORCED`,
        comment(item.comment),
        position(item.position),
      );
    case 'metadataColumn':
      return words(
        printDotted(item.name),
        printType(item.type),
        'METADATA',
        item.key !== null && `FROM ${printString(item.key)}`,
        item.virtual && 'VIRTUAL',
        comment(item.comment),
        position(item.position),
      );
    case 'computedColumn':
      return words(
        printDotted(item.name),
        `AS ${printExpression(item.expression)}`,
        comment(item.comment),
        position(item.position),
      );
  }
}

function position(place: ColumnPosition | null): string {
  if (place === null) return '';
  return place.after === null ? 'FIRST' : `AFTER ${printDotted(place.after)}`;
}

function distribution(clause: Distribution): string {
  const method = clause.method?.toUpperCase();
  return words(
    clause.columns.length > 0 && words('BY', method, printNames(clause.columns)),
    clause.buckets !== null && `INTO ${clause.buckets} BUCKETS`,
  );
}

function likeClause(like: LikeClause): string {
  const options = like.options.map((option) => `${option.strategy.toUpperCase()} ${option.feature.toUpperCase()}`);
  return words('LIKE', printDotted(like.source), options.length > 0 && inParentheses(options));
}

// -------------------------------------------------------------------------------------------------------------------------- ALTER

function action(part: AlterTableAction | AlterMaterializedTable['action'] | AsQuery | SetComment): string {
  switch (part.kind) {
    case 'addElements':
      return `ADD ${tableElements(part.elements)}`;
    case 'modifyElements':
      return `MODIFY ${tableElements(part.elements)}`;
    case 'addDistribution':
      return `ADD DISTRIBUTION ${distribution(part.distribution)}`;
    case 'modifyDistribution':
      return `MODIFY DISTRIBUTION ${distribution(part.distribution)}`;
    case 'addPartitions':
      return words('ADD', part.ifNotExists && 'IF NOT EXISTS', part.partitions.map(specification).join(' '));
    case 'dropColumns':
      return `DROP ${inParentheses(part.columns.map(printDotted))}`;
    case 'dropPrimaryKey':
      return 'DROP PRIMARY KEY';
    case 'dropConstraint':
      return `DROP CONSTRAINT ${printIdentifier(part.name)}`;
    case 'dropWatermark':
      return 'DROP WATERMARK';
    case 'dropDistribution':
      return 'DROP DISTRIBUTION';
    case 'dropPartitions':
      return words('DROP', ifExists(part), part.partitions.map(specification).join(', '));
    case 'renameColumn':
      return `RENAME ${printDotted(part.from)} TO ${printIdentifier(part.to)}`;
    case 'renameTo':
      return `RENAME TO ${printDotted(part.to)}`;
    case 'setOptions':
      return `SET ${inParentheses(part.options.map(printOption))}`;
    case 'resetOptions':
      return `RESET ${inParentheses(part.keys.map(printString))}`;
    case 'asQuery':
      return `AS ${printQuery(part.query)}`;
    case 'setComment':
      return `COMMENT ${printString(part.comment)}`;
    case 'suspend':
      return 'SUSPEND';
    case 'resume':
      return words('RESUME', withOptions(part.options));
    case 'refresh':
      return words('REFRESH', partition(part.partition));
  }
}

function specification(part: PartitionSpecification): string {
  return words(partition(part.items), withOptions(part.options));
}

// ---------------------------------------------------------------------------------------------------------------------------- DML

function insert(statement: Insert): string {
  const verb = { into: 'INSERT INTO', overwrite: 'INSERT OVERWRITE', upsert: 'UPSERT INTO' }[statement.mode];
  return words(
    verb,
    printDotted(statement.target),
    printHints(statement.hints),
    partition(statement.partition),
    statement.columns.length > 0 && inParentheses(statement.columns.map(printDotted)),
    printQuery(statement.query),
    statement.onConflict !== null && `ON CONFLICT DO ${statement.onConflict.toUpperCase()}`,
  );
}

function statementSet(set: StatementSet): string {
  const inserts = set.statements.map((statement) => `${insert(statement)};`);
  return words('STATEMENT SET BEGIN', ...inserts, 'END');
}

function show(statement: Show): string {
  const { pattern } = statement;
  return words(
    'SHOW',
    statement.subject.toUpperCase(),
    statement.from !== null && `FROM ${printDotted(statement.from)}`,
    pattern !== null &&
      words(pattern.negated && 'NOT', pattern.caseInsensitive ? 'ILIKE' : 'LIKE', printString(pattern.pattern)),
  );
}
