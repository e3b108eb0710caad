/** The JSON functions that have a syntax of their own. */
import { unsupported } from '../../errors.ts';
import type {
  Expression,
  JsonArray,
  JsonArrayAggregate,
  JsonExists,
  JsonObject,
  JsonObjectAggregate,
  JsonQuery,
  JsonValue,
} from '../../parser/ast.ts';
import type { Expr } from '../../plan/expr.ts';

type JsonCall = JsonExists | JsonValue | JsonQuery | JsonObject | JsonArray | JsonObjectAggregate | JsonArrayAggregate;

const NAMES: Readonly<Record<JsonCall['kind'], string>> = {
  jsonExists: 'JSON_EXISTS',
  jsonValue: 'JSON_VALUE',
  jsonQuery: 'JSON_QUERY',
  jsonObject: 'JSON_OBJECT',
  jsonArray: 'JSON_ARRAY',
  jsonObjectAggregate: 'JSON_OBJECTAGG',
  jsonArrayAggregate: 'JSON_ARRAYAGG',
};

export function bindJsonCall(node: JsonCall, _bind: (node: Expression) => Expr): Expr {
  throw unsupported(
    `function ${NAMES[node.kind]}`,
    'Declare the fields as columns of the table, nested ones as ROW<…>.',
    node.span,
  );
}
