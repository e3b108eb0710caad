/**
 * The text of scalars, written as bytes: what JSON and CSV share. Timestamps and times print their fraction without
 * trailing zeros, and none when it is zero, as Flink's formats do.
 */
import { type DataType } from '../../types/data-type.ts';
import { MS_PER_DAY, formatDate } from '../../types/datetime.ts';
import { formatDecimal } from '../../types/decimal.ts';
import { formatDouble, formatFloat } from '../../types/format-value.ts';
import type { F64Vector, I128Vector, I32Vector, I64Vector, TsVector, Vector } from '../../types/vector.ts';
import type { ByteOutput } from '../byte-output.ts';

/** Writes row `row` of a vector, which is not NULL there. */
export type ValueWriter = (out: ByteOutput, vector: Vector, row: number) => void;

const MAX_INT_DIGITS = 20;

/** A whole number below 2^53, without sign, at the end of `out`. */
function writeUnsigned(out: ByteOutput, value: number): void {
  out.ensure(MAX_INT_DIGITS);
  let limit = 10;
  let digits = 1;
  while (value >= limit) {
    limit *= 10;
    digits++;
  }
  const { u8 } = out;
  let at = out.length + digits;
  out.length = at;
  while (value > 99_999_999) {
    const head = Math.floor(value / 100_000_000);
    let tail = (value - head * 100_000_000) | 0;
    for (let i = 0; i < 8; i++) {
      const rest = (tail / 10) | 0;
      u8[--at] = 48 + tail - rest * 10;
      tail = rest;
    }
    value = head;
  }
  let rest = value | 0;
  do {
    const next = (rest / 10) | 0;
    u8[--at] = 48 + rest - next * 10;
    rest = next;
  } while (rest !== 0);
}

function writeInteger(out: ByteOutput, value: number): void {
  if (value < 0) out.byte(45);
  writeUnsigned(out, Math.abs(value));
}

/** Two digits, leading zero included. */
function writeTwo(u8: Uint8Array, at: number, value: number): number {
  const tens = (value / 10) | 0;
  u8[at] = 48 + tens;
  u8[at + 1] = 48 + value - tens * 10;
  return at + 2;
}

/** `HH:mm:ss` and the fraction: `ms` of the day, `nanos` within the millisecond. */
function writeTimeOfDay(out: ByteOutput, ms: number, nanos: number): void {
  out.ensure(18);
  const { u8 } = out;
  const seconds = Math.floor(ms / 1000);
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  let at = writeTwo(u8, out.length, hours);
  u8[at++] = 58;
  at = writeTwo(u8, at, minutes - hours * 60);
  u8[at++] = 58;
  at = writeTwo(u8, at, seconds - minutes * 60);
  let fraction = ((ms - seconds * 1000) | 0) * 1_000_000 + nanos;
  if (fraction !== 0) {
    u8[at++] = 46;
    for (let unit = 100_000_000; fraction !== 0; unit /= 10) {
      const digit = (fraction / unit) | 0;
      u8[at++] = 48 + digit;
      fraction -= digit * unit;
    }
  }
  out.length = at;
}

/** Writes timestamps with `separator` between date and time and `Z` behind it when `zone`; remembers the last day. */
function timestampWriter(fine: boolean, separator: number, zone: boolean): ValueWriter {
  let day = NaN;
  let text = new Uint8Array(0);
  return (out, vector, row) => {
    const ms = (vector as F64Vector | TsVector).data[row] as number;
    const days = Math.floor(ms / MS_PER_DAY);
    if (days !== day) {
      day = days;
      text = Uint8Array.from(Buffer.from(formatDate(days)));
    }
    out.bytes(text);
    out.byte(separator);
    writeTimeOfDay(out, ms - days * MS_PER_DAY, fine ? ((vector as TsVector).nanos[row] as number) : 0);
    if (zone) out.byte(90);
  };
}

/**
 * How a DECIMAL is written: without zeros at the end of its fraction, or as Java's BigDecimal.toString once all zeros at
 * its end are stripped: `1E+2` for 100, an exponent too for very small numbers.
 */
function decimalText(value: bigint, scale: number, plain: boolean): string {
  if (plain) return formatDecimal(value, scale);
  if (value === 0n) return '0';
  const all = (value < 0n ? -value : value).toString();
  const digits = all.replace(/0+$/, '');
  const places = scale - (all.length - digits.length);
  const exponent = digits.length - 1 - places;
  const sign = value < 0n ? '-' : '';
  if (places >= 0 && exponent >= -6) {
    const padded = digits.padStart(places + 1, '0');
    return sign + (places === 0 ? padded : `${padded.slice(0, -places)}.${padded.slice(-places)}`);
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${sign}${digits[0]}${fraction}E${exponent > 0 ? '+' : ''}${exponent}`;
}

export interface ScalarText {
  /** `T` between date and time. */
  readonly iso: boolean;
  readonly plainDecimals: boolean;
}

/** The writer for a scalar type that is neither text nor binary, without quotes around it. */
export function scalarWriter(type: DataType, text: ScalarText): ValueWriter {
  switch (type.kind) {
    case 'BOOLEAN':
      return (out, vector, row) =>
        out.ascii((vector as I32Vector | { data: Uint8Array }).data[row] === 1 ? 'true' : 'false');
    case 'BIGINT':
      return (out, vector, row) => {
        const { halves, data } = vector as I64Vector;
        const high = halves[2 * row + 1] as number;
        // Beyond 2^53 a double is not exact.
        if (high >= 0x200000 || high < -0x200000) out.ascii(String(data[row]));
        else writeInteger(out, high * 4294967296 + ((halves[2 * row] as number) >>> 0));
      };
    case 'DECIMAL': {
      const { scale, precision } = type;
      const { plainDecimals } = text;
      if (precision <= 18) {
        return (out, vector, row) =>
          out.ascii(decimalText((vector as I64Vector).data[row] as bigint, scale, plainDecimals));
      }
      return (out, vector, row) => {
        const { data } = vector as I128Vector;
        const value = ((data[2 * row + 1] as bigint) << 64n) | BigInt.asUintN(64, data[2 * row] as bigint);
        out.ascii(decimalText(value, scale, plainDecimals));
      };
    }
    case 'DOUBLE':
    case 'FLOAT': {
      const format = type.kind === 'FLOAT' ? formatFloat : formatDouble;
      return (out, vector, row) => {
        const value = (vector as F64Vector).data[row] as number;
        if (Number.isInteger(value) && Math.abs(value) < 1e7 && !Object.is(value, -0)) {
          writeInteger(out, value);
          out.ascii('.0');
        } else out.ascii(format(value));
      };
    }
    case 'DATE':
      return (out, vector, row) => out.ascii(formatDate((vector as I32Vector).data[row] as number));
    case 'TIME':
      return (out, vector, row) => writeTimeOfDay(out, (vector as I32Vector).data[row] as number, 0);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return timestampWriter(type.precision > 3, text.iso ? 84 : 32, type.kind === 'TIMESTAMP_LTZ');
    default:
      return (out, vector, row) => writeInteger(out, (vector as I32Vector | F64Vector).data[row] as number);
  }
}
