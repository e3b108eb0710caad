/** Calls of functions for which a NULL argument gives NULL: inline where the function offers it, else by evaluation. */
import type { CallSite, Evaluate, ScalarFunction } from '../../functions/function.ts';
import type { Expr } from '../../plan/expr.ts';
import { type DataType, physicalKind } from '../../types/data-type.ts';
import { type Code, allValid } from './code.ts';
import type { Emitter } from './emitter.ts';
import { toValue, zeroOf } from './load.ts';
import { fromNullable } from './nullable.ts';

type CallExpr = Extract<Expr, { kind: 'call' }>;

export function callSite(emitter: Emitter, expr: CallExpr): CallSite {
  return {
    argTypes: expr.args.map((arg) => arg.type),
    type: expr.type,
    literals: expr.args.map((arg) => (arg.kind === 'literal' ? arg.value : undefined)),
    context: emitter.context,
  };
}

function isPlain(type: DataType): boolean {
  return ['bool', 'i32', 'f64', 'i64', 'i128'].includes(physicalKind(type));
}

export function emitStrictCall(
  emitter: Emitter,
  definition: ScalarFunction,
  expr: CallExpr,
  codes: readonly Code[],
): Code {
  const { type } = expr;
  const site = callSite(emitter, expr);
  const valid = allValid(codes);
  if (isPlain(type)) {
    const arePlain = codes.every((code) => code.form === 'plain');
    const probe = definition.inline?.(
      site,
      codes.map((code) => (code.form === 'plain' ? code.value : '')),
    );
    if (probe !== undefined && arePlain && (probe.total || valid === null)) {
      return { form: 'plain', type, valid, value: emitter.let('x', probe.text) };
    }
    if (probe !== undefined) {
      const value = emitter.let('x', zeroOf(type), 'let');
      emitter.block(valid === null ? '' : `if (${valid})`, () => {
        const inline = definition.inline?.(site, atoms(emitter, codes));
        emitter.push(`${value} = ${inline?.text ?? zeroOf(type)};`);
      });
      return { form: 'plain', type, valid, value };
    }
  }
  const inline = (args: readonly string[]): string | undefined => definition.inline?.(site, args)?.text;
  return emitEvaluation(emitter, definition.evaluate(site), codes, type, inline);
}

const atoms = (emitter: Emitter, codes: readonly Code[]): string[] => codes.map((code) => toValue(emitter, code));

/** A call of `evaluate` (or its inline text) where all of `codes` are valid, NULL elsewhere. */
export function emitEvaluation(
  emitter: Emitter,
  evaluate: Evaluate,
  codes: readonly Code[],
  type: DataType,
  inline?: (args: readonly string[]) => string | undefined,
): Code {
  const valid = allValid(codes);
  const compute = (): string => {
    const args = atoms(emitter, codes);
    return inline?.(args) ?? `${emitter.constant(evaluate)}(${args.join(', ')})`;
  };
  if (valid === null) return fromNullable(emitter, emitter.let('r', compute()), type);
  const result = emitter.let('r', 'null', 'let');
  emitter.block(`if (${valid})`, () => emitter.push(`${result} = ${compute()};`));
  return fromNullable(emitter, result, type);
}
