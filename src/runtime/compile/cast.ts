/** CAST: nothing where the physical value stays, arithmetic between numbers, else the conversion of `functions/cast`. */
import { WORDS32, WORDS64 } from '../../functions/function.ts';
import type { Expr } from '../../plan/expr.ts';
import { type DataType, isBinary, isCharacter, isTimestamp, physicalKind, sameType } from '../../types/data-type.ts';
import { powerOfTen } from '../../types/decimal.ts';
import type { Code, PlainCode } from './code.ts';
import type { Emitter } from './emitter.ts';
import type { ExpressionEmitter } from './expression.ts';
import { castOf } from './interpret.ts';
import { emitEvaluation } from './strict-call.ts';

type CastExpr = Extract<Expr, { kind: 'cast' }>;

export function emitCast(compile: ExpressionEmitter, expr: CastExpr): Code {
  const code = compile.emit(expr.arg);
  const from = expr.arg.type;
  const to = expr.type;
  if (keepsValue(from, to)) return retyped(code, to);
  if (code.form === 'plain') {
    const number = numberCast(compile.emitter, code, from, to);
    if (number !== undefined) return number;
    if (isTimestamp(from) && from.kind === to.kind && physicalKind(to) === 'ts') {
      return { form: 'ts', type: to, valid: code.valid, ms: code.value, nanos: '0' };
    }
  }
  return emitEvaluation(compile.emitter, castOf(expr, compile.emitter.context), [code], to);
}

function retyped(code: Code, type: DataType): Code {
  // The words of a 64-bit column are no use under a 128-bit type.
  return code.form === 'plain' && physicalKind(type) !== 'i64'
    ? { ...code, type, halves: undefined }
    : { ...code, type };
}

const INTEGER_KINDS: readonly DataType['kind'][] = ['TINYINT', 'SMALLINT', 'INTEGER'];

/** Whether the cast leaves the physical value as it is. */
export function keepsValue(from: DataType, to: DataType): boolean {
  if (sameType(from, to, true)) return true;
  if (to.kind === 'VARCHAR') return isCharacter(from) && (from as { length: number }).length <= to.length;
  if (to.kind === 'VARBINARY') return isBinary(from) && (from as { length: number }).length <= to.length;
  if (to.kind === 'DOUBLE') return from.kind === 'FLOAT' || INTEGER_KINDS.includes(from.kind);
  if (to.kind === 'DECIMAL') {
    return from.kind === 'DECIMAL' && from.scale === to.scale && from.precision <= to.precision;
  }
  if (to.kind === 'TIME') return from.kind === 'TIME' && from.precision <= to.precision;
  if (isTimestamp(to)) {
    const [p1, p2] = [(from as { precision: number }).precision, (to as { precision: number }).precision];
    return from.kind === to.kind && p1 <= p2 && p1 > 3 === p2 > 3;
  }
  return INTEGER_KINDS.includes(from.kind) && INTEGER_KINDS.indexOf(from.kind) <= INTEGER_KINDS.indexOf(to.kind);
}

function numberCast(emitter: Emitter, code: PlainCode, from: DataType, to: DataType): Code | undefined {
  const plain = (value: string): Code => ({
    form: 'plain',
    type: to,
    valid: code.valid,
    value: emitter.let('x', value),
  });
  const isSmall = INTEGER_KINDS.includes(from.kind);
  if (isSmall && INTEGER_KINDS.includes(to.kind)) return plain(narrowed(code.value, to));
  if (isSmall && to.kind === 'FLOAT') return plain(`Math.fround(${code.value})`);
  if (from.kind === 'DOUBLE' && to.kind === 'FLOAT') return plain(`Math.fround(${code.value})`);
  if (isSmall && (to.kind === 'BIGINT' || to.kind === 'DECIMAL')) {
    const wide = `(${WORDS32}[0] = ${code.value}, ${WORDS32}[1] = ${code.value} >> 31, ${WORDS64}[0])`;
    const digits = from.kind === 'TINYINT' ? 3 : from.kind === 'SMALLINT' ? 5 : 10;
    return to.kind === 'BIGINT' ? plain(wide) : scaled(emitter, { ...code, value: wide }, digits, 0, to);
  }
  if (from.kind === 'DECIMAL' && to.kind === 'DECIMAL' && from.precision <= 18) {
    return scaled(emitter, code, from.precision - from.scale, from.scale, to);
  }
  if (from.kind !== 'BIGINT') return undefined;
  if (to.kind === 'DECIMAL') return scaled(emitter, code, 19, 0, to);
  const { halves } = code;
  const low = halves ? `${halves.words}[2 * ${halves.index}]` : `${WORDS32}[0]`;
  const high = halves ? `${halves.words}[2 * ${halves.index} + 1]` : `${WORDS32}[1]`;
  if (INTEGER_KINDS.includes(to.kind) || to.kind === 'DOUBLE' || to.kind === 'FLOAT') {
    if (halves === undefined) emitter.push(`${WORDS64}[0] = ${code.value};`);
    if (INTEGER_KINDS.includes(to.kind)) return plain(narrowed(low, to));
    // One addition of two exact parts: rounded once, as the conversion should be. FLOAT would be rounded twice.
    return to.kind === 'DOUBLE' ? plain(`${high} * 4294967296 + (${low} >>> 0)`) : undefined;
  }
  return undefined;
}

function narrowed(value: string, to: DataType): string {
  return to.kind === 'TINYINT' ? `${value} << 24 >> 24` : to.kind === 'SMALLINT' ? `${value} << 16 >> 16` : value;
}

/** An unscaled 64-bit value at more fraction digits; NULL where it does not fit, which is checked only if it may not. */
function scaled(
  emitter: Emitter,
  code: PlainCode,
  integerDigits: number,
  scale: number,
  to: DataType,
): Code | undefined {
  if (to.kind !== 'DECIMAL' || to.precision > 18 || to.scale < scale) return undefined;
  const value = emitter.let('x', code.value);
  const room = to.precision - to.scale;
  const factor = powerOfTen(to.scale - scale);
  const result = factor === 1n ? value : emitter.let('x', `BigInt.asIntN(64, ${value} * ${factor}n)`);
  if (integerDigits <= room) return { form: 'plain', type: to, valid: code.valid, value: result };
  const limit = powerOfTen(room + scale);
  const fits = `(${value} < ${limit}n && ${value} > -${limit}n)`;
  return { form: 'plain', type: to, valid: code.valid === null ? fits : `(${code.valid} && ${fits})`, value: result };
}
