import type {
  Argument,
  ArgumentValue,
  Expression,
  FrameBound,
  FunctionCall,
  JsonArrayAggregate,
  JsonBehavior,
  JsonEntry,
  JsonObjectAggregate,
  MembershipSource,
  SortItem,
  WindowSpecification,
} from '../ast.ts';
import { PRECEDENCE } from '../grammar/expressions.ts';
import { bareFunctionWords, functionWords } from '../keywords.ts';
// Expressions hold queries and queries hold expressions: the printer recurses as the language does, at run time only.
// oxlint-disable-next-line import/no-cycle
import { printHints, printQuery } from './queries.ts';
import { printQualifier, printType } from './types.ts';
import { inParentheses, printDotted, printIdentifier, printName, quote, words } from './words.ts';

const callable = new Set<string>(functionWords);
const bare = new Set<string>(bareFunctionWords);

/** Tighter than any operator. */
const ATOM = 100;

function binaryPrecedence(operator: string): number {
  switch (operator) {
    case 'OR':
      return PRECEDENCE.or;
    case 'AND':
      return PRECEDENCE.and;
    case '+':
    case '-':
      return PRECEDENCE.sum;
    case '*':
    case '/':
    case '%':
    case '||':
      return PRECEDENCE.product;
    default:
      return PRECEDENCE.comparison;
  }
}

function precedenceOf(expression: Expression): number {
  switch (expression.kind) {
    case 'binary':
      return binaryPrecedence(expression.operator);
    case 'quantified':
    case 'isDistinct':
      return PRECEDENCE.comparison;
    case 'is':
      return PRECEDENCE.is;
    case 'between':
    case 'like':
    case 'in':
      return PRECEDENCE.membership;
    case 'unary':
      return expression.operator === 'NOT' ? PRECEDENCE.not : PRECEDENCE.sign;
    default:
      return ATOM;
  }
}

export function printExpression(expression: Expression): string {
  return at(expression, 0);
}

export function printExpressions(list: readonly Expression[]): string {
  return list.map(printExpression).join(', ');
}

/** In parentheses if it binds less tightly than `minimum`. */
function at(expression: Expression, minimum: number): string {
  const text = plain(expression);
  return precedenceOf(expression) < minimum ? `(${text})` : text;
}

const LEFT_OF_IS = PRECEDENCE.is;
const MEMBER = PRECEDENCE.membership + 1;

function plain(expression: Expression): string {
  switch (expression.kind) {
    case 'nullLiteral':
      return 'NULL';
    case 'booleanLiteral':
      return expression.value === null ? 'UNKNOWN' : expression.value ? 'TRUE' : 'FALSE';
    case 'numberLiteral':
      return expression.text;
    case 'stringLiteral':
      return quote(expression.value);
    case 'binaryLiteral':
      return `X'${expression.hex}'`;
    case 'datetimeLiteral':
      return `${expression.type.toUpperCase()} ${quote(expression.value)}`;
    case 'intervalLiteral': {
      const sign = expression.negative ? '-' : '';
      return `INTERVAL ${sign}${quote(expression.value)} ${printQualifier(expression.qualifier)}`;
    }
    case 'intervalExpression': {
      const sign = expression.negative ? '-' : '';
      return `INTERVAL ${sign}(${printExpression(expression.operand)}) ${printQualifier(expression.qualifier)}`;
    }
    case 'intervalDifference': {
      const left = at(expression.left, PRECEDENCE.sum);
      const right = at(expression.right, PRECEDENCE.sum + 1);
      return `(${left} - ${right}) ${printQualifier(expression.qualifier)}`;
    }
    case 'columnReference':
      return expression.parts.map(printIdentifier).join('.');
    case 'parameter':
      return expression.name === null ? '?' : `:${printName(expression.name)}`;
    case 'fieldAccess': {
      // `(a).b` is a field where `a.b` is a name, and `1.b` is nothing.
      const { kind } = expression.operand;
      const operand = kind === 'columnReference' || kind === 'numberLiteral' ? ATOM + 1 : ATOM;
      return `${at(expression.operand, operand)}.${printIdentifier(expression.field)}`;
    }
    case 'elementAccess':
      return `${at(expression.operand, ATOM)}[${printExpression(expression.index)}]`;
    case 'unary':
      if (expression.operator === 'NOT') return `NOT ${at(expression.operand, PRECEDENCE.not)}`;
      return `${expression.operator} ${at(expression.operand, PRECEDENCE.sign)}`;
    case 'binary': {
      const own = binaryPrecedence(expression.operator);
      return `${at(expression.left, own)} ${expression.operator} ${at(expression.right, own + 1)}`;
    }
    case 'is':
      return words(at(expression.operand, LEFT_OF_IS), 'IS', expression.negated && 'NOT', expression.test);
    case 'isDistinct': {
      const left = at(expression.left, LEFT_OF_IS);
      const right = at(expression.right, PRECEDENCE.comparison + 1);
      return words(left, 'IS', expression.negated && 'NOT', 'DISTINCT FROM', right);
    }
    case 'between': {
      const operand = at(expression.operand, PRECEDENCE.membership);
      const range = `${at(expression.low, MEMBER)} AND ${at(expression.high, MEMBER)}`;
      return words(operand, expression.negated && 'NOT', 'BETWEEN', expression.symmetric && 'SYMMETRIC', range);
    }
    case 'like': {
      const operand = at(expression.operand, PRECEDENCE.membership);
      const pattern = at(expression.pattern, MEMBER);
      const escape = expression.escape !== null && `ESCAPE ${at(expression.escape, MEMBER)}`;
      return words(operand, expression.negated && 'NOT', expression.operator, pattern, escape);
    }
    case 'in': {
      const operand = at(expression.operand, PRECEDENCE.membership);
      return words(operand, expression.negated && 'NOT', 'IN', source(expression.source));
    }
    case 'quantified': {
      const operand = at(expression.operand, PRECEDENCE.comparison);
      return words(operand, expression.operator, expression.quantifier.toUpperCase(), source(expression.source));
    }
    case 'exists':
      return `EXISTS (${printQuery(expression.query)})`;
    case 'scalarSubquery':
      return `(${printQuery(expression.query)})`;
    case 'case': {
      const branches = expression.branches.map(
        (branch) => `WHEN ${printExpressions(branch.when)} THEN ${printExpression(branch.then)}`,
      );
      const operand = expression.operand !== null && printExpression(expression.operand);
      const otherwise = expression.else !== null && `ELSE ${printExpression(expression.else)}`;
      return words('CASE', operand, ...branches, otherwise, 'END');
    }
    case 'cast': {
      const name = expression.try ? 'TRY_CAST' : 'CAST';
      return `${name}(${printExpression(expression.operand)} AS ${printType(expression.type)})`;
    }
    case 'rowConstructor':
      return `${expression.explicit ? 'ROW' : ''}(${printExpressions(expression.fields)})`;
    case 'collectionConstructor':
      return `${expression.type.toUpperCase()}[${printExpressions(expression.elements)}]`;
    case 'mapConstructor': {
      const entries = expression.entries.map(({ key, value }) => `${printExpression(key)}, ${printExpression(value)}`);
      return `MAP[${entries.join(', ')}]`;
    }
    case 'queryConstructor':
      return `${expression.type.toUpperCase()}(${printQuery(expression.query)})`;
    case 'default':
      return 'DEFAULT';
    case 'matchSemantics':
      return `${expression.mode.toUpperCase()} ${at(expression.operand, isAccess(expression.operand) ? ATOM + 1 : ATOM)}`;
    case 'call':
      return printCall(expression);
    case 'jsonExists': {
      const onError = expression.onError !== null && `${behavior(expression.onError)} ON ERROR`;
      return `JSON_EXISTS(${words(jsonInput(expression), onError)})`;
    }
    case 'jsonValue': {
      const returning = expression.returning !== null && `RETURNING ${printType(expression.returning)}`;
      return `JSON_VALUE(${words(jsonInput(expression), returning, ...behaviors(expression))})`;
    }
    case 'jsonQuery': {
      const returning = expression.returning !== null && `RETURNING ${printType(expression.returning)}`;
      const wrapper = expression.wrapper !== null && wrappers[expression.wrapper];
      return `JSON_QUERY(${words(jsonInput(expression), returning, wrapper, ...behaviors(expression))})`;
    }
    case 'jsonObject':
      return `JSON_OBJECT(${words(expression.entries.map(jsonEntry).join(', '), onNull(expression.onNull))})`;
    case 'jsonArray':
      return `JSON_ARRAY(${words(printExpressions(expression.elements), onNull(expression.onNull))})`;
    case 'jsonObjectAggregate': {
      const inner = words(jsonEntry(expression.entry), onNull(expression.onNull));
      return words(`JSON_OBJECTAGG(${inner})`, ...filterAndOver(expression));
    }
    case 'jsonArrayAggregate': {
      const element = printExpression(expression.element);
      const inner = words(element, orderByClause(expression.orderBy), onNull(expression.onNull));
      return words(`JSON_ARRAYAGG(${inner})`, ...filterAndOver(expression));
    }
  }
}

function isAccess(expression: Expression): boolean {
  return expression.kind === 'elementAccess' || expression.kind === 'fieldAccess';
}

function source(from: MembershipSource): string {
  return from.kind === 'subquerySource' ? `(${printQuery(from.query)})` : `(${printExpressions(from.items)})`;
}

// -------------------------------------------------------------------------------------------------------------------------- calls

function printCall(call: FunctionCall): string {
  const form = special(call);
  if (form !== null) return form;
  const name = functionName(call);
  if (call.arguments.length === 0 && call.name.parts.length === 1 && bare.has(name)) return name;
  return ordinaryCall(call, name);
}

/** A call in FROM or after CALL, where reserved words are not names of functions. */
export function printTableCall(call: FunctionCall): string {
  return ordinaryCall(call, printDotted(call.name));
}

function ordinaryCall(call: FunctionCall, name: string): string {
  const within = call.withinGroup.length > 0 && `WITHIN GROUP (${orderByClause(call.withinGroup)})`;
  const inner = words(
    call.quantifier?.toUpperCase(),
    call.arguments.map(printArgument).join(', '),
    nullTreatment(call.nulls),
    orderByClause(call.orderBy),
  );
  return words(`${name}(${inner})`, within, ...filterAndOver(call));
}

function functionName(call: FunctionCall): string {
  const [only] = call.name.parts;
  if (only === undefined || call.name.parts.length > 1) return printDotted(call.name);
  const upper = only.name.toUpperCase();
  if (callable.has(upper) || bare.has(upper)) return only.name;
  const arity = call.arguments.length;
  const form = upper === 'SUBSTRING' ? arity === 2 || arity === 3 : roundings.has(upper) && arity === 1;
  return form && isPlain(call) ? only.name : printDotted(call.name);
}

const roundings = new Set(['CEIL', 'CEILING', 'FLOOR']);

/** Nothing but values in parentheses, as the special forms are. */
function isPlain(call: FunctionCall): boolean {
  const { quantifier, orderBy, nulls, withinGroup, filter, over } = call;
  if (quantifier !== null || nulls !== null || filter !== null || over !== null) return false;
  return orderBy.length === 0 && withinGroup.length === 0 && call.arguments.every((argument) => argument.name === null);
}

/** The forms of `FunctionCall`'s table; null if the call is an ordinary one. */
function special(call: FunctionCall): string | null {
  if (call.name.parts.length > 1 || !isPlain(call)) return null;
  const name = call.name.parts[0]?.name ?? '';
  const values = call.arguments.map((argument) => argument.value);
  const [first, second, third, fourth] = values;
  if (first === undefined || second === undefined) return null;
  if (name === 'POSITION' && values.length === 2) return `POSITION(${value(first, MEMBER)} IN ${value(second)})`;
  if (name === 'EXTRACT' && first.kind === 'timeUnit') return `EXTRACT(${first.unit} FROM ${value(second)})`;
  if (roundings.has(name) && second.kind === 'timeUnit') {
    const text = value(first);
    // Else TO would go on with the qualifier of an interval at the end.
    const operand = /[A-Z](\(\d+(, \d+)?\))?$/.test(text) ? `(${text})` : text;
    return `${name}(${operand} TO ${second.unit})`;
  }
  if (third === undefined) return null;
  if (name === 'TRIM' && first.kind === 'keyword') return `TRIM(${first.word} ${value(second)} FROM ${value(third)})`;
  if (name === 'OVERLAY' && values.length <= 4) {
    const length = fourth !== undefined && `FOR ${value(fourth)}`;
    return `OVERLAY(${words(value(first), 'PLACING', value(second), 'FROM', value(third), length)})`;
  }
  return null;
}

function printArgument(argument: Argument): string {
  const text = value(argument.value);
  return argument.name === null ? text : `${printIdentifier(argument.name)} => ${text}`;
}

function value(argument: ArgumentValue, minimum = 0): string {
  switch (argument.kind) {
    case 'star':
      return '*';
    case 'timeUnit':
      return argument.unit;
    case 'keyword':
      return argument.word;
    case 'modelArgument':
      return `MODEL ${printDotted(argument.name)}`;
    case 'descriptor': {
      const columns = argument.columns.map((column, index) => {
        const type = argument.types[index];
        return words(printIdentifier(column), type && printType(type));
      });
      return `DESCRIPTOR${inParentheses(columns)}`;
    }
    case 'tableArgument': {
      const { table } = argument;
      const name =
        table.kind === 'derivedTable'
          ? `(${printQuery(table.query)})`
          : words(printDotted(table.name), printHints(table.hints));
      const partition = argument.partitionBy.length > 0 && `PARTITION BY (${printExpressions(argument.partitionBy)})`;
      const order = argument.orderBy.length > 0 && `ORDER BY (${argument.orderBy.map(printSortItem).join(', ')})`;
      return words('TABLE', name, partition, order);
    }
    default:
      return at(argument, minimum);
  }
}

function nullTreatment(nulls: FunctionCall['nulls']): string {
  return nulls === null ? '' : `${nulls.toUpperCase()} NULLS`;
}

function filterAndOver(call: FunctionCall | JsonObjectAggregate | JsonArrayAggregate): readonly string[] {
  const { filter, over } = call;
  return [
    filter === null ? '' : `FILTER (WHERE ${printExpression(filter)})`,
    over === null
      ? ''
      : `OVER ${over.kind === 'windowReference' ? printIdentifier(over.name) : printWindowSpecification(over)}`,
  ];
}

// --------------------------------------------------------------------------------------------------------------------------- JSON

const wrappers = {
  without: 'WITHOUT WRAPPER',
  conditional: 'WITH CONDITIONAL WRAPPER',
  unconditional: 'WITH UNCONDITIONAL WRAPPER',
} as const;

function jsonInput(call: { readonly input: Expression; readonly path: Expression }): string {
  return `${printExpression(call.input)}, ${printExpression(call.path)}`;
}

function behavior(clause: JsonBehavior): string {
  return words(clause.behavior.toUpperCase(), clause.value !== null && printExpression(clause.value));
}

function behaviors(call: { readonly onEmpty: JsonBehavior | null; readonly onError: JsonBehavior | null }): string[] {
  return [
    call.onEmpty === null ? '' : `${behavior(call.onEmpty)} ON EMPTY`,
    call.onError === null ? '' : `${behavior(call.onError)} ON ERROR`,
  ];
}

function jsonEntry(entry: JsonEntry): string {
  return `KEY ${printExpression(entry.key)} VALUE ${printExpression(entry.value)}`;
}

function onNull(clause: 'null' | 'absent' | null): string {
  return clause === null ? '' : `${clause.toUpperCase()} ON NULL`;
}

// ---------------------------------------------------------------------------------------------------------------- sorting and windows

function printSortItem(item: SortItem): string {
  return words(
    printExpression(item.expression),
    item.direction === 'desc' && 'DESC',
    item.nulls !== null && `NULLS ${item.nulls.toUpperCase()}`,
  );
}

/** `ORDER BY …`, or nothing. */
export function orderByClause(items: readonly SortItem[]): string {
  return items.length === 0 ? '' : `ORDER BY ${items.map(printSortItem).join(', ')}`;
}

export function printWindowSpecification(specification: WindowSpecification): string {
  const { base, partitionBy, orderBy, frame } = specification;
  const text = words(
    base !== null && printName(base.name),
    partitionBy.length > 0 && `PARTITION BY ${printExpressions(partitionBy)}`,
    orderByClause(orderBy),
  );
  if (frame === null) return `(${text})`;
  const bounds = frame.end === null ? bound(frame.start) : `BETWEEN ${bound(frame.start)} AND ${bound(frame.end)}`;
  return `(${words(text, frame.unit.toUpperCase(), bounds)})`;
}

function bound(edge: FrameBound): string {
  const offset = edge.offset === null ? '' : at(edge.offset, MEMBER);
  switch (edge.bound) {
    case 'unboundedPreceding':
      return 'UNBOUNDED PRECEDING';
    case 'unboundedFollowing':
      return 'UNBOUNDED FOLLOWING';
    case 'currentRow':
      return 'CURRENT ROW';
    case 'preceding':
      return `${offset} PRECEDING`;
    case 'following':
      return `${offset} FOLLOWING`;
  }
}
