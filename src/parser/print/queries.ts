import type {
  CommonTable,
  GroupingItem,
  Hint,
  Join,
  MatchRecognize,
  Pattern,
  PatternQuantified,
  Query,
  QueryBody,
  Select,
  SelectItem,
  SetOperation,
  TableAlias,
  TableReference,
} from '../ast.ts';
import {
  orderByClause,
  printTableCall,
  printExpression,
  printExpressions,
  printWindowSpecification,
  // oxlint-disable-next-line import/no-cycle -- see there
} from './expressions.ts';
import { inParentheses, printDotted, printIdentifier, printNames, printString, quote, words } from './words.ts';

export function printQuery(query: Query): string {
  const common = query.with.map(commonTable).join(', ');
  return words(
    query.with.length > 0 && words('WITH', query.recursive && 'RECURSIVE', common),
    body(query.body),
    orderByClause(query.orderBy),
    query.limit !== null && `LIMIT ${query.limit.text}`,
    query.offset !== null && `OFFSET ${query.offset.text}`,
  );
}

function commonTable(table: CommonTable): string {
  const columns = table.columns.length > 0 && printNames(table.columns);
  return words(printIdentifier(table.name), columns, `AS (${printQuery(table.query)})`);
}

function body(part: QueryBody): string {
  switch (part.kind) {
    case 'select':
      return select(part);
    case 'values':
      return `VALUES ${part.rows.map((row) => `(${printExpressions(row.fields)})`).join(', ')}`;
    case 'explicitTable':
      return `TABLE ${printDotted(part.name)}`;
    case 'query':
      return `(${printQuery(part)})`;
    case 'setOperation': {
      const operator = words(part.operator.toUpperCase(), part.all && 'ALL');
      return `${operand(part, part.left, 'left')} ${operator} ${operand(part, part.right, 'right')}`;
    }
  }
}

/** INTERSECT binds tighter, and all group from the left. */
function operand(parent: SetOperation, child: QueryBody, side: 'left' | 'right'): string {
  const text = body(child);
  if (child.kind !== 'setOperation') return text;
  const tighter = child.operator === 'intersect' && parent.operator !== 'intersect';
  const level = (child.operator === 'intersect') === (parent.operator === 'intersect');
  return tighter || (level && side === 'left') ? text : `(${text})`;
}

// ------------------------------------------------------------------------------------------------------------------------- SELECT

function select(part: Select): string {
  return words(
    'SELECT',
    printHints(part.hints),
    part.quantifier?.toUpperCase(),
    part.items.map(selectItem).join(', '),
    part.from.length > 0 && `FROM ${part.from.map(printTable).join(', ')}`,
    part.where !== null && `WHERE ${printExpression(part.where)}`,
    part.groupBy !== null &&
      words('GROUP BY', part.groupBy.distinct && 'DISTINCT', part.groupBy.items.map(groupingItem).join(', ')),
    part.having !== null && `HAVING ${printExpression(part.having)}`,
    part.windows.length > 0 &&
      `WINDOW ${part.windows
        .map((window) => `${printIdentifier(window.name)} AS ${printWindowSpecification(window.specification)}`)
        .join(', ')}`,
    part.qualify !== null && `QUALIFY ${printExpression(part.qualify)}`,
  );
}

function selectItem(item: SelectItem): string {
  if (item.kind === 'selectStar') return [...item.qualifier.map(printIdentifier), '*'].join('.');
  return words(printExpression(item.expression), item.alias !== null && `AS ${printIdentifier(item.alias)}`);
}

function groupingItem(item: GroupingItem): string {
  switch (item.kind) {
    case 'groupingExpressions': {
      const [only] = item.expressions;
      // A row as the only expression needs parentheses of its own; `(a)` and `a` are the same.
      if (item.expressions.length === 1 && only !== undefined) return printExpression(only);
      return `(${printExpressions(item.expressions)})`;
    }
    case 'groupingSets':
      return `GROUPING SETS ${inParentheses(item.sets.map(groupingItem))}`;
    case 'rollup':
      return `ROLLUP ${inParentheses(item.items.map(groupingItem))}`;
    case 'cube':
      return `CUBE ${inParentheses(item.items.map(groupingItem))}`;
  }
}

export function printHints(hints: readonly Hint[]): string {
  if (hints.length === 0) return '';
  const texts = hints.map((hint) => {
    const list = hint.arguments.map(({ key, value }) =>
      key === null ? quote(value) : `${quote(key)} = ${quote(value)}`,
    );
    return printIdentifier(hint.name) + (list.length === 0 ? '' : inParentheses(list));
  });
  return `/*+ ${texts.join(', ')} */`;
}

// --------------------------------------------------------------------------------------------------------------------------- FROM

function printTable(table: TableReference): string {
  switch (table.kind) {
    case 'tableName': {
      const time = table.systemTime !== null && `FOR SYSTEM_TIME AS OF ${printExpression(table.systemTime)}`;
      return words(printDotted(table.name), printHints(table.hints), time, alias(table.alias));
    }
    case 'fileTable':
      return words(printString(table.path), printHints(table.hints), alias(table.alias));
    case 'derivedTable':
      return words(table.lateral && 'LATERAL', `(${printQuery(table.query)})`, alias(table.alias));
    case 'tableFunction': {
      const call = printTableCall(table.call);
      return words(table.lateral && 'LATERAL', table.wrapped ? `TABLE(${call})` : call, alias(table.alias));
    }
    case 'unnest': {
      const call = `UNNEST(${printExpressions(table.expressions)})`;
      return words(table.lateral && 'LATERAL', call, table.withOrdinality && 'WITH ORDINALITY', alias(table.alias));
    }
    case 'join':
      return join(table);
    case 'matchRecognize':
      return matchRecognize(table);
  }
}

function alias(name: TableAlias | null): string {
  if (name === null) return '';
  const columns = name.columns.length === 0 ? '' : ` ${printNames(name.columns)}`;
  return `AS ${printIdentifier(name.name)}${columns}`;
}

function join(table: Join): string {
  const right = table.right.kind === 'join' ? `(${printTable(table.right)})` : printTable(table.right);
  const { condition } = table;
  return words(
    printTable(table.left),
    table.natural && 'NATURAL',
    table.type === 'inner' ? 'JOIN' : `${table.type.toUpperCase()} JOIN`,
    right,
    condition?.kind === 'joinOn' && `ON ${printExpression(condition.expression)}`,
    condition?.kind === 'joinUsing' && `USING ${printNames(condition.columns)}`,
  );
}

// ----------------------------------------------------------------------------------------------------------------- MATCH_RECOGNIZE

const rowsPerMatch = {
  one: 'ONE ROW PER MATCH',
  all: 'ALL ROWS PER MATCH',
  'all show empty': 'ALL ROWS PER MATCH SHOW EMPTY MATCHES',
  'all omit empty': 'ALL ROWS PER MATCH OMIT EMPTY MATCHES',
  'all with unmatched': 'ALL ROWS PER MATCH WITH UNMATCHED ROWS',
} as const;

function matchRecognize(match: MatchRecognize): string {
  const input = match.input.kind === 'join' ? `(${printTable(match.input)})` : printTable(match.input);
  const measures = match.measures.map(
    (item) => `${printExpression(item.expression)} AS ${printIdentifier(item.alias)}`,
  );
  const subsets = match.subsets.map((item) => `${printIdentifier(item.name)} = ${printNames(item.variables)}`);
  const define = match.define.map((item) => `${printIdentifier(item.variable)} AS ${printExpression(item.condition)}`);
  const inner = words(
    match.partitionBy.length > 0 && `PARTITION BY ${printExpressions(match.partitionBy)}`,
    orderByClause(match.orderBy),
    measures.length > 0 && `MEASURES ${measures.join(', ')}`,
    match.rowsPerMatch !== null && rowsPerMatch[match.rowsPerMatch],
    match.afterMatch !== null && `AFTER MATCH SKIP ${skip(match)}`,
    `PATTERN (${words(match.anchoredStart && '^', pattern(match.pattern), match.anchoredEnd && '$')})`,
    match.within !== null && `WITHIN ${printExpression(match.within)}`,
    subsets.length > 0 && `SUBSET ${subsets.join(', ')}`,
    `DEFINE ${define.join(', ')}`,
  );
  return words(input, `MATCH_RECOGNIZE (${inner})`, alias(match.alias));
}

function skip(match: MatchRecognize): string {
  const variable = match.afterMatch?.variable ?? null;
  const name = variable === null ? '' : printIdentifier(variable);
  switch (match.afterMatch?.skip) {
    case 'nextRow':
      return 'TO NEXT ROW';
    case 'first':
      return `TO FIRST ${name}`;
    case 'last':
      return `TO LAST ${name}`;
    default:
      return 'PAST LAST ROW';
  }
}

function pattern(part: Pattern): string {
  switch (part.kind) {
    case 'patternVariable':
      return printIdentifier(part.name);
    case 'patternSequence':
      if (part.items.length === 0) return '()';
      return part.items.map((item) => (needsGroup(item, 'sequence') ? `(${pattern(item)})` : pattern(item))).join(' ');
    case 'patternAlternation':
      return part.items
        .map((item) => (item.kind === 'patternAlternation' ? `(${pattern(item)})` : pattern(item)))
        .join(' | ');
    case 'patternQuantified':
      return (
        (needsGroup(part.operand, 'factor') ? `(${pattern(part.operand)})` : pattern(part.operand)) + quantifier(part)
      );
    case 'patternExclusion':
      return `{- ${pattern(part.operand)} -}`;
    case 'patternPermute':
      return `PERMUTE(${part.items.map(pattern).join(', ')})`;
  }
}

function needsGroup(part: Pattern, inside: 'sequence' | 'factor'): boolean {
  if (part.kind === 'patternAlternation') return true;
  if (part.kind === 'patternSequence') return part.items.length > 0;
  return inside === 'factor' && part.kind === 'patternQuantified';
}

function quantifier(part: PatternQuantified): string {
  const { min, max, reluctant } = part;
  const range = max === null ? `{${min},}` : min === max ? `{${min}}` : `{${min},${max}}`;
  return range + (reluctant ? '?' : '');
}
