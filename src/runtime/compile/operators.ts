/** Operators whose code depends on the physical form of their operands. Any other call goes by its function's literal. */
import type { Expr } from '../../plan/expr.ts';
import { type Code, allValid } from './code.ts';
import { type Comparison, comparisonText, isTotalComparison } from './comparison.ts';
import type { ExpressionEmitter } from './expression.ts';
import { emitCardinality, emitItem } from './item.ts';
import { emitLike } from './like.ts';

type CallExpr = Extract<Expr, { kind: 'call' }>;
type Emit = (compile: ExpressionEmitter, expr: CallExpr) => Code | undefined;

const compare =
  (operator: Comparison): Emit =>
  (compile, expr) => {
    const { emitter } = compile;
    const [a, b] = expr.args.map((arg) => compile.emit(arg)) as [Code, Code];
    const valid = allValid([a, b]);
    if (valid === null || isTotalComparison(a, b)) {
      return {
        form: 'plain',
        type: expr.type,
        valid,
        value: emitter.let('x', comparisonText(emitter, operator, a, b)),
      };
    }
    const value = emitter.let('x', 'false', 'let');
    emitter.block(`if (${valid})`, () => emitter.push(`${value} = ${comparisonText(emitter, operator, a, b)};`));
    return { form: 'plain', type: expr.type, valid, value };
  };

const distinct =
  (wanted: boolean): Emit =>
  (compile, expr) => {
    const { emitter } = compile;
    const [a, b] = expr.args.map((arg) => compile.emit(arg)) as [Code, Code];
    const value = emitter.let('x', String(!wanted), 'let');
    const [left, right] = [a.valid ?? 'true', b.valid ?? 'true'];
    emitter.block(`if (${left} && ${right})`, () =>
      emitter.push(`${value} = ${comparisonText(emitter, wanted ? '<>' : '=', a, b)};`),
    );
    emitter.push(`else ${value} = ${left} ${wanted ? '!==' : '==='} ${right};`);
    return { form: 'plain', type: expr.type, valid: null, value };
  };

/** From validity and value to a text that is never NULL. */
const tested =
  (text: (valid: string, value: string) => string): Emit =>
  (compile, expr) => {
    const code = compile.emit(expr.args[0] as Expr);
    const value = code.form === 'plain' ? code.value : '';
    return { form: 'plain', type: expr.type, valid: null, value: `(${text(code.valid ?? 'true', value)})` };
  };

/** A timestamp finer than milliseconds moved by a day-time interval: the nanoseconds stay. */
const moveTimestamp =
  (operator: '+' | '-'): Emit =>
  (compile, expr) => {
    if (!expr.args.some((arg) => arg.type.kind === 'INTERVAL_DAY_TIME')) return undefined;
    const [a, b] = expr.args.map((arg) => compile.emit(arg)) as [Code, Code];
    const [point, amount] = a.form === 'ts' ? [a, b] : [b, a];
    if (point.form !== 'ts' || amount.form !== 'plain') return undefined;
    const ms = compile.emitter.let('x', `${point.ms} ${operator} ${amount.value}`);
    return { form: 'ts', type: expr.type, valid: allValid([a, b]), ms, nanos: point.nanos };
  };

const OPERATORS: Readonly<Record<string, Emit>> = {
  '=': compare('='),
  '<>': compare('<>'),
  '<': compare('<'),
  '<=': compare('<='),
  '>': compare('>'),
  '>=': compare('>='),
  '+': moveTimestamp('+'),
  '-': moveTimestamp('-'),
  'IS DISTINCT FROM': distinct(true),
  'IS NOT DISTINCT FROM': distinct(false),
  'IS NULL': tested((valid) => `!${valid}`),
  'IS NOT NULL': tested((valid) => valid),
  'IS TRUE': tested((valid, value) => `${valid} && ${value}`),
  'IS NOT TRUE': tested((valid, value) => `!(${valid} && ${value})`),
  'IS FALSE': tested((valid, value) => `${valid} && !${value}`),
  'IS NOT FALSE': tested((valid, value) => `!(${valid} && !${value})`),
  'IS UNKNOWN': tested((valid) => `!${valid}`),
  'IS NOT UNKNOWN': tested((valid) => valid),
  LIKE: emitLike,
  ITEM: emitItem,
  CARDINALITY: emitCardinality,
};

/** The operator's own code; `undefined` where it has none for these operands. */
export function emitOperator(compile: ExpressionEmitter, expr: CallExpr): Code | undefined {
  return Object.hasOwn(OPERATORS, expr.name) ? OPERATORS[expr.name]?.(compile, expr) : undefined;
}
