import { parseExpression } from '../../../src/parser/parser.ts';
import { type Expr, mapExpr } from '../../../src/plan/expr.ts';
import { bindExpression } from '../../../src/planner/bind/expression.ts';
import { relationOf } from '../../../src/planner/bind/scope.ts';
import type { PlannerContext } from '../../../src/planner/context.ts';
import { CompiledCalc } from '../../../src/runtime/compile/calc.ts';
import { interpret } from '../../../src/runtime/compile/interpret.ts';
import { BatchBuilder } from '../../../src/types/batch.ts';
import { type DataType, typeToString, withNullable } from '../../../src/types/data-type.ts';
import { formatValue } from '../../../src/types/format-value.ts';
import { timeZone } from '../../../src/types/time-zone.ts';
import { type Value, type Vector, getValue } from '../../../src/types/vector.ts';

/** A column that an expression may name, and its one value. */
export interface TestColumn {
  readonly name: string;
  readonly type: DataType;
  readonly value: Value;
}

export interface Evaluated {
  /** As CAST to STRING prints it. */
  readonly text: string;
  readonly type: string;
  readonly value: Value;
}

const testContext = (zone = 'UTC') => ({
  now: () => 1_632_486_896_789,
  random: () => 0.25,
  timeZone: zone,
  watermark: -Infinity,
});

/** Binds the text of an expression over `columns`. */
function bindSql(sql: string, columns: readonly TestColumn[] = []): Expr {
  const schema = columns.map(({ name, type }) => ({ name, type }));
  return bindExpression(parseExpression(sql), {
    // Only the catalog of user functions is asked, and only for names that are not built in.
    ctx: {
      catalog: { findFunction: () => undefined, path: (parts: readonly string[]) => parts },
    } as unknown as PlannerContext,
    scope: { relations: [relationOf(schema, 't')], merged: [] },
    clause: 'SELECT',
    calls: {},
  });
}

/** Calls whose constant arguments decide what they are. */
const KEYWORD_CALLS = new Set([
  'EXTRACT',
  'FLOOR',
  'CEIL',
  'TIMESTAMPADD',
  'TIMESTAMPDIFF',
  'TIME DIFFERENCE',
  'TO_TIMESTAMP_LTZ',
  'ROUND',
  'TRUNCATE',
]);

/** The same expression with its constants as columns, so that nothing of it is folded. */
function unfolded(expr: Expr, columns: readonly TestColumn[]): { readonly expr: Expr; readonly columns: TestColumn[] } {
  // Its value is the nullability of its argument, which this changes.
  if (expr.kind === 'call' && expr.name === 'TYPEOF') return { expr, columns: [...columns] };
  const all = [...columns];
  const restore = (arg: Expr): Expr =>
    arg.kind === 'column' && arg.index >= columns.length
      ? { kind: 'literal', value: (all[arg.index] as TestColumn).value, type: (all[arg.index] as TestColumn).type }
      : arg;
  const changed = mapExpr(expr, (node) => {
    if (node.kind === 'call' && KEYWORD_CALLS.has(node.name)) {
      return { ...node, args: node.args.map((arg) => restore(arg)) };
    }
    if (node.kind !== 'literal' || node.type.kind === 'NULL') return node;
    all.push({ name: `literal${all.length}`, type: withNullable(node.type, true), value: node.value });
    return { kind: 'column', index: all.length - 1, type: withNullable(node.type, true) };
  });
  return { expr: changed, columns: all };
}

function compiled(expr: Expr, columns: readonly TestColumn[], zone: string): Value {
  const rows = new BatchBuilder(columns.map(({ name, type }) => ({ name, type })));
  rows.addRow(0);
  columns.forEach((column, i) => rows.columns[i]?.set(0, column.value));
  const calc = new CompiledCalc({ condition: null, projections: [expr], context: testContext(zone) });
  return getValue(calc.run(rows.build()).vectors[0] as Vector, 0, expr.type);
}

/** Evaluates three ways (interpreted, compiled, compiled without folding) and insists that they agree. */
export function evaluateSql(sql: string, columns: readonly TestColumn[] = [], zone = 'UTC'): Evaluated {
  const expr = bindSql(sql, columns);
  const row = columns.map((column) => column.value);
  const value = interpret(expr, row, testContext(zone));
  const print = (result: Value): string => formatValue(result, expr.type, timeZone(zone));
  const text = print(value);
  const plain = unfolded(expr, columns);
  for (const [way, other] of [
    ['compiled', print(compiled(expr, columns, zone))],
    ['compiled without folding', print(compiled(plain.expr, plain.columns, zone))],
  ] as const) {
    if (other !== text) throw new Error(`${sql}: ${text} when interpreted, ${other} when ${way}`);
  }
  return { text, type: typeToString(withNullable(expr.type, true)), value };
}
