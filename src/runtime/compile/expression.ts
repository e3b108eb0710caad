/**
 * Expressions into generated code: statements in order of evaluation, with names for what they compute.
 *
 * Each kind of expression has its emitter here; calls go to the operator's own emitter (`operators.ts`) where the
 * physical form matters, else to the function's inline text, else to a call of its evaluation. Constants are folded
 * first. A value is computed once per row and block (`Emitter.once`), volatile calls excepted.
 */
import { assertNever } from '../../errors.ts';
import type { ScalarFunction } from '../../functions/function.ts';
import type { Expr } from '../../plan/expr.ts';
import { emitCase } from './case.ts';
import { emitCast } from './cast.ts';
import type { Code } from './code.ts';
import { definitionOf } from './definition.ts';
import { desugar } from './desugar.ts';
import type { Emitter } from './emitter.ts';
import { exprKey, isVolatile } from './expr-key.ts';
import { constructValue } from './interpret.ts';
import { literalCode, load, validBytesOf } from './load.ts';
import { fromNullable, nullableValue } from './nullable.ts';
import { emitConnective, emitIn, emitNot, emitTest } from './logic.ts';
import { emitOperator } from './operators.ts';
import { callSite, emitStrictCall } from './strict-call.ts';

type CallExpr = Extract<Expr, { kind: 'call' }>;

/** Where the columns of an expression are: the names of vector and row index. */
export type ColumnSource = (index: number) => { readonly vector: string; readonly index: string };

/** What emits expressions over one row. */
export class ExpressionEmitter {
  readonly emitter: Emitter;
  readonly #source: ColumnSource;

  constructor(emitter: Emitter, source: ColumnSource) {
    this.emitter = emitter;
    this.#source = source;
  }

  emit(expr: Expr): Code {
    if (expr.kind === 'literal') return literalCode(this.emitter, expr.value, expr.type);
    if (isVolatile(expr)) return this.#emitNow(expr);
    return this.emitter.once(exprKey(expr), () => this.#emitNow(expr));
  }

  /** A JavaScript condition that holds where `expr` is TRUE. */
  test(expr: Expr): string {
    return emitTest(this, expr);
  }

  #emitNow(expr: Expr): Code {
    switch (expr.kind) {
      case 'column': {
        const { vector, index } = this.#source(expr.index);
        return load(this.emitter, vector, index, expr.type);
      }
      case 'literal':
        return literalCode(this.emitter, expr.value, expr.type);
      case 'call':
        return this.#emitCall(expr);
      case 'and':
      case 'or':
        return emitConnective(this, expr);
      case 'not':
        return emitNot(this, expr);
      case 'case':
        return emitCase(this, expr);
      case 'cast':
        return emitCast(this, expr);
      case 'field':
        return this.#emitField(expr);
      case 'in':
        return emitIn(this, expr);
      case 'construct':
        return this.#emitConstruct(expr);
      default:
        return assertNever(expr);
    }
  }

  #emitField(expr: Extract<Expr, { kind: 'field' }>): Code {
    const { emitter } = this;
    const row = this.emit(expr.arg);
    if (row.form === 'nested') {
      const vector = emitter.perBatch('w', `${row.vector}.fields[${expr.index}]`);
      const field = load(emitter, vector, row.index, { ...expr.type, nullable: true });
      const own = `${validBytesOf(emitter, vector)}[${row.index}] === 1`;
      return { ...field, type: expr.type, valid: row.valid === null ? `(${own})` : `(${row.valid} && ${own})` };
    }
    const value = nullableValue(emitter, row);
    const found = emitter.let('r', `${value} === null ? null : ${value}[${expr.index}]`);
    return fromNullable(emitter, found, expr.type);
  }

  #emitConstruct(expr: Extract<Expr, { kind: 'construct' }>): Code {
    const { emitter } = this;
    const parts = expr.args.map((arg) => nullableValue(emitter, this.emit(arg)));
    const list = `[${parts.join(', ')}]`;
    const value =
      expr.type.kind === 'MAP' ? `${emitter.constant(constructValue)}(${emitter.constant(expr.type)}, ${list})` : list;
    return { form: 'value', type: expr.type, valid: null, value: emitter.let('r', value) };
  }

  #emitCall(expr: CallExpr): Code {
    const plain = desugar(expr);
    if (plain !== expr) return this.emit(plain);
    const special = emitOperator(this, expr);
    if (special !== undefined) return special;
    const definition = definitionOf(expr, this.emitter.context);
    const codes = expr.args.map((arg) => this.emit(arg));
    return definition.nulls === 'strict'
      ? emitStrictCall(this.emitter, definition, expr, codes)
      : this.#emitHandled(definition, expr, codes);
  }

  #emitHandled(definition: ScalarFunction, expr: CallExpr, codes: readonly Code[]): Code {
    const { emitter } = this;
    const args = codes.map((code) => nullableValue(emitter, code));
    const call = `${emitter.constant(definition.evaluate(callSite(emitter, expr)))}(${args.join(', ')})`;
    return fromNullable(emitter, emitter.let('r', call), expr.type);
  }
}
