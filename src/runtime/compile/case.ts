/**
 * CASE: a labelled block that is left with the first branch whose condition is TRUE. Strings stay ranges of bytes where
 * every branch has one, columns and literals mixed.
 */
import type { Expr } from '../../plan/expr.ts';
import { type DataType, isBinary, isCharacter, physicalKind } from '../../types/data-type.ts';
import { EMPTY_POOL } from '../../types/vector.ts';
import { keepsValue } from './cast.ts';
import type { Code, RangeCode } from './code.ts';
import type { ExpressionEmitter } from './expression.ts';
import { toValue, zeroOf } from './load.ts';

type CaseExpr = Extract<Expr, { kind: 'case' }>;

/** Where a branch leaves its value. */
interface Target {
  readonly assign: (code: Code) => string;
  readonly finish: (valid: string | null) => Code;
}

export function emitCase(compile: ExpressionEmitter, expr: CaseExpr): Code {
  const { emitter } = compile;
  const target = targetOf(compile, expr);
  const valid = emitter.let('k', 'false', 'let');
  // Told by the code, not by the type: a DECIMAL that overflows is NULL under a type that says it cannot be.
  let mayBeNull = false;
  const label = emitter.name('L');
  const take = (result: Expr): void => {
    const code = compile.emit(result);
    if (code.valid !== null) mayBeNull = true;
    if (code.valid === 'false') return;
    const assign = (): void => emitter.push(`${target.assign(code)} ${valid} = true;`);
    if (code.valid === null) assign();
    else emitter.block(`if (${code.valid})`, assign);
  };
  emitter.block(`${label}:`, () => {
    for (const { when, then } of expr.branches) {
      const test = compile.test(when);
      emitter.block(`if (${test})`, () => {
        take(then);
        emitter.push(`break ${label};`);
      });
    }
    take(expr.otherwise);
  });
  return target.finish(mayBeNull ? valid : null);
}

function targetOf(compile: ExpressionEmitter, expr: CaseExpr): Target {
  const { emitter } = compile;
  const { type } = expr;
  switch (physicalKind(type)) {
    case 'ts': {
      const ms = emitter.let('x', '0', 'let');
      const nanos = emitter.let('x', '0', 'let');
      return {
        assign: (code) => (code.form === 'ts' ? `${ms} = ${code.ms}; ${nanos} = ${code.nanos};` : ''),
        finish: (valid) => ({ form: 'ts', type, valid, ms, nanos }),
      };
    }
    case 'bytes':
      if (isRange(expr)) return rangeTarget(compile, type);
      return valueTarget(compile, type);
    case 'row':
    case 'array':
    case 'map':
      return valueTarget(compile, type);
    default: {
      const value = emitter.let('x', zeroOf(type), 'let');
      return {
        assign: (code) => `${value} = ${toValue(emitter, code)};`,
        finish: (valid) => ({ form: 'plain', type, valid, value }),
      };
    }
  }
}

function valueTarget({ emitter }: ExpressionEmitter, type: DataType): Target {
  const value = emitter.let('r', 'null', 'let');
  return {
    assign: (code) => `${value} = ${toValue(emitter, code)};`,
    finish: (valid) => ({ form: 'value', type, valid, value }),
  };
}

function rangeTarget({ emitter }: ExpressionEmitter, type: DataType): Target {
  const pool = emitter.let('p', emitter.constant(EMPTY_POOL), 'let');
  const start = emitter.let('s', '0', 'let');
  const len = emitter.let('l', '0', 'let');
  const pools = new Map<string, boolean>();
  return {
    assign(code) {
      const range = code as RangeCode;
      pools.set(range.pool, range.shared);
      return `${pool} = ${range.pool}; ${start} = ${range.start}; ${len} = ${range.len};`;
    },
    finish(valid) {
      const [[only, isShared] = [pool, false], ...others] = pools;
      const isOne = isShared && others.length === 0;
      return { form: 'range', type, valid, pool: isOne ? only : pool, shared: isOne, start, len };
    },
  };
}

/** Whether an expression's code is a range of bytes, known before it is emitted. */
function isRange(expr: Expr): boolean {
  if (!isCharacter(expr.type) && !isBinary(expr.type)) return false;
  switch (expr.kind) {
    case 'column':
    case 'literal':
      return true;
    case 'cast':
      return keepsValue(expr.arg.type, expr.type) && isRange(expr.arg);
    case 'case':
      return isRange(expr.otherwise) && expr.branches.every((branch) => isRange(branch.then));
    default:
      return false;
  }
}
