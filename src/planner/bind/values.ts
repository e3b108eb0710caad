/** VALUES, and the one row of a SELECT without FROM. */
import { EngineError } from '../../errors.ts';
import type { Values } from '../../parser/ast.ts';
import type { Expr } from '../../plan/expr.ts';
import type { LogicalNode } from '../../plan/logical.ts';
import { type DataType, INT } from '../../types/data-type.ts';
import type { Field } from '../../types/schema.ts';
import type { Value } from '../../types/vector.ts';
import type { PlannerContext } from '../context.ts';
import { compare } from './call.ts';
import { castToCommon } from './cast.ts';
import { bindExpression } from './expression.ts';
import { illegalNull, intLiteral, literal } from './literal.ts';
import { EMPTY_SCOPE } from './scope.ts';

const ROW_NUMBER: Field = { name: '$row', type: { ...INT, nullable: false } };

/** One row with a column that nobody asks for. */
export const SINGLE_ROW: LogicalNode = { kind: 'values', rows: [[0]], schema: [ROW_NUMBER] };

/** Literals become rows as they are; other expressions are computed for their row, which a hidden number tells. */
export function bindValues(node: Values, ctx: PlannerContext): LogicalNode {
  const env = { ctx, scope: EMPTY_SCOPE, clause: 'VALUES', calls: {} };
  const width = node.rows[0]?.fields.length ?? 0;
  const rows = node.rows.map((row) => {
    if (row.fields.length !== width) {
      throw new EngineError('datatype_mismatch', 'the rows of VALUES have different numbers of columns', {
        detail: `The first has ${width}, this one ${row.fields.length}.`,
        span: row.span,
      });
    }
    return row.fields.map((field) => {
      if (field.kind === 'nullLiteral') throw illegalNull(field.span);
      return bindExpression(field, env);
    });
  });
  const columns = Array.from({ length: width }, (_, i) => {
    const common = castToCommon(
      rows.map((row) => row[i] as Expr),
      `the values of column ${i + 1}`,
      node.span,
    );
    if (common.type.kind === 'NULL') throw illegalNull(node.rows[0]?.fields[i]?.span ?? node.span);
    return common;
  });
  const schema = columns.map(({ exprs, type }, i): Field => ({
    name: `EXPR$${i}`,
    type: { ...type, nullable: exprs.some((expr) => expr.type.nullable) },
  }));
  const cell = (expr: Expr): Value => (expr.kind === 'literal' ? expr.value : null);
  const literals = rows.map((_, row) => columns.map((column) => cell(column.exprs[row] as Expr)));
  if (columns.every((column) => column.exprs.every((expr) => expr.kind === 'literal'))) {
    return { kind: 'values', rows: literals, schema };
  }
  const input: LogicalNode = {
    kind: 'values',
    rows: literals.map((values, row) => [...values, row]),
    schema: [...schema.map(({ name, type }) => ({ name, type: { ...type, nullable: true } as DataType })), ROW_NUMBER],
  };
  const rowNumber: Expr = { kind: 'column', index: width, type: ROW_NUMBER.type };
  const projections = columns.map(({ exprs }, i): Expr => {
    const { type } = schema[i] as Field;
    const computed = exprs.flatMap((expr, row) => (expr.kind === 'literal' ? [] : [{ expr, row }]));
    if (computed.length === 0) return { kind: 'column', index: i, type };
    const branches = computed.map(({ expr, row }) => ({
      when: compare('=', rowNumber, intLiteral(row), node.span),
      then: expr,
    }));
    const otherwise: Expr =
      computed.length === exprs.length
        ? literal(null, { ...type, nullable: true })
        : { kind: 'column', index: i, type };
    return rows.length === 1 ? (exprs[0] as Expr) : { kind: 'case', branches, otherwise, type };
  });
  return { kind: 'calc', input, condition: null, projections, schema };
}
