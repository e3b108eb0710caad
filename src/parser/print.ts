import type { Expression, Statement } from './ast.ts';
import { printExpression } from './print/expressions.ts';
import { printStatement } from './print/statements.ts';

/**
 * The SQL text of a tree, on one line. Parsing it gives the same tree, spans aside; layout, comments, synonyms and parentheses that meant
 * nothing are gone.
 */
export function printSql(node: Statement | Expression): string {
  return isExpression(node) ? printExpression(node) : printStatement(node);
}

const expressionKinds: Readonly<Record<Expression['kind'], true>> = {
  nullLiteral: true,
  booleanLiteral: true,
  numberLiteral: true,
  stringLiteral: true,
  binaryLiteral: true,
  datetimeLiteral: true,
  intervalLiteral: true,
  columnReference: true,
  fieldAccess: true,
  elementAccess: true,
  unary: true,
  binary: true,
  is: true,
  isDistinct: true,
  between: true,
  like: true,
  in: true,
  quantified: true,
  exists: true,
  scalarSubquery: true,
  case: true,
  cast: true,
  rowConstructor: true,
  collectionConstructor: true,
  mapConstructor: true,
  parameter: true,
  queryConstructor: true,
  intervalDifference: true,
  intervalExpression: true,
  default: true,
  matchSemantics: true,
  call: true,
  jsonExists: true,
  jsonValue: true,
  jsonQuery: true,
  jsonObject: true,
  jsonArray: true,
  jsonObjectAggregate: true,
  jsonArrayAggregate: true,
};

function isExpression(node: Statement | Expression): node is Expression {
  return node.kind in expressionKinds;
}
