/** CAST of a string: each target's reader, and the error that names text and type. */
import { EngineError } from '../../errors.ts';
import { type DataType, typeToString } from '../../types/data-type.ts';
import { cutMs, cutNanos, parseDate, parseTime, parseTimestamp } from '../../types/datetime.ts';
import { parseDecimal } from '../../types/decimal.ts';
import type { TimeZone } from '../../types/time-zone.ts';
import type { Value } from '../../types/vector.ts';

function invalid(text: string, type: DataType, why?: string): EngineError {
  const code = why === undefined && /^(?:DATE|TIME)/.test(type.kind) ? 'invalid_datetime' : 'invalid_cast';
  return new EngineError(code, `cannot cast '${text}' to ${typeToString({ ...type, nullable: true })}`, {
    detail: why,
    hint: 'TRY_CAST gives NULL for a value that cannot be converted.',
  });
}

const INTEGER_TEXT = /^([+-]?)(?=\.?\d)(\d*)(?:\.\d*)?$/;

const INTEGER_BITS = { TINYINT: 8, SMALLINT: 16, INTEGER: 32, BIGINT: 64 } as const;

/** Blanks around, a sign and a fraction (cut off) are read; an exponent is not. */
function readInteger(text: string, type: DataType): bigint {
  const trimmed = text.trim();
  if (trimmed === '') throw invalid(text, type, 'Input is empty.');
  const match = INTEGER_TEXT.exec(trimmed);
  if (match === null) throw invalid(text, type, 'Invalid character found.');
  const size = BigInt(match[2] as string);
  const value = match[1] === '-' ? -size : size;
  const bits = INTEGER_BITS[type.kind as keyof typeof INTEGER_BITS];
  if (BigInt.asIntN(bits, value) !== value) throw invalid(text, type, 'Overflow.');
  return value;
}

const DOUBLE_TEXT = /^([+-]?)(?:(NaN)|(Infinity)|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[dDfF]?)$/;

/** As Java's `Double.parseDouble`: blanks around, `NaN`, `Infinity`, a `d` or `f` at the end. */
function readDouble(text: string, type: DataType): number {
  const match = DOUBLE_TEXT.exec(text.trim());
  if (match === null) throw invalid(text, type, text.trim() === '' ? 'Input is empty.' : 'Invalid character found.');
  const size = match[2] !== undefined ? NaN : match[3] !== undefined ? Infinity : Number(match[4]);
  return match[1] === '-' ? -size : size;
}

const TRUE_TEXT = /^(?:t|true|y|yes|1)$/i;
const FALSE_TEXT = /^(?:f|false|n|no|0)$/i;

function readBoolean(text: string, type: DataType): boolean {
  if (TRUE_TEXT.test(text)) return true;
  if (FALSE_TEXT.test(text)) return false;
  throw invalid(text, type, `Cannot parse '${text}' as BOOLEAN.`);
}

function orInvalid<T>(value: T | undefined | null, text: string, type: DataType, why?: string): T {
  if (value === undefined || value === null) throw invalid(text, type, why);
  return value;
}

/** The reader of `type`; `undefined` when strings are not cast to it. */
export function castFromText(type: DataType, zone: TimeZone): ((text: string) => Value) | undefined {
  switch (type.kind) {
    case 'BOOLEAN':
      return (text) => readBoolean(text, type);
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
      return (text) => Number(readInteger(text, type));
    case 'BIGINT':
      return (text) => readInteger(text, type);
    case 'FLOAT':
      return (text) => Math.fround(readDouble(text, type));
    case 'DOUBLE':
      return (text) => readDouble(text, type);
    case 'DECIMAL':
      return (text) => {
        const value = parseDecimal(text.trim(), type.precision, type.scale);
        return orInvalid(value, text, type, value === null ? 'Overflow.' : 'Invalid character found.');
      };
    case 'DATE':
      return (text) => orInvalid(parseDate(text), text, type);
    case 'TIME':
      return (text) => cutMs(orInvalid(parseTime(text), text, type), type.precision);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const { precision } = type;
      const place = type.kind === 'TIMESTAMP' ? (ms: number) => ms : (ms: number) => zone.toInstant(ms);
      if (precision <= 3) return (text) => place(cutMs(orInvalid(parseTimestamp(text), text, type).ms, precision));
      return (text) => {
        const { ms, nanos } = orInvalid(parseTimestamp(text), text, type);
        return { ms: place(ms), nanos: cutNanos(nanos, precision) };
      };
    }
    default:
      return undefined;
  }
}
