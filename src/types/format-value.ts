/** The canonical text of a value: what CAST to STRING gives and what a client prints. */
import type { DataType } from './data-type.ts';
import { formatDate, formatDayTimeInterval, formatTime, formatTimestamp, formatYearMonthInterval } from './datetime.ts';
import { formatDecimal } from './decimal.ts';
import { type TimeZone, UTC } from './time-zone.ts';
import { type Value, timestampOf } from './vector.ts';

/** Shortest decimal digits of a finite, non-zero number and the power of ten of the first: 0.012 → 12, -2. */
function scientific(text: string): { readonly digits: string; readonly exponent: number } {
  const [mantissa = '', exponentText = '0'] = text.split('e');
  const [integer = '', fraction = ''] = mantissa.split('.');
  const all = integer + fraction;
  const leading = all.length - all.replace(/^0+/, '').length;
  const digits = all.slice(leading).replace(/0+$/, '');
  return { digits, exponent: Number(exponentText) + integer.length - 1 - leading };
}

function javaFloat(value: number, shortest: (value: number) => string): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (size === Infinity) return `${sign}Infinity`;
  if (size === 0) return `${sign}0.0`;
  const { digits, exponent } = scientific(size < FEW_BITS ? atLeastTwoDigits(size, shortest) : shortest(size));
  if (exponent < -3 || exponent >= 7) return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const padded = digits.padEnd(exponent + 1, '0');
  return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || '0'}`;
}

/** Below it numbers have so few bits that one digit may do, though two tell more. */
const FEW_BITS = 1e-42;

/** 4.9E-324: Java writes two digits at least, those nearest to the number. */
function atLeastTwoDigits(size: number, shortest: (value: number) => string): string {
  const text = shortest(size);
  return scientific(text).digits.length > 1 ? text : size.toPrecision(2);
}

/** A DOUBLE as Java prints it: `1.0E7`, `0.001`, `100.0`. */
export const formatDouble = (value: number): string => javaFloat(value, String);

/** A FLOAT as Java prints it: the shortest text that reads back as the same 32 bits. */
export const formatFloat = (value: number): string => javaFloat(value, shortestFloat);

function shortestFloat(value: number): string {
  for (let precision = 1; precision < 9; precision++) {
    const text = value.toPrecision(precision);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toPrecision(9);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal digits. */
export function formatHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte] as string;
  return text;
}

/** The text of a value; `NULL` for NULL, `x'00ff'` for binary. TIMESTAMP_LTZ is shown in `zone`. */
export function formatValue(value: Value, type: DataType, zone: TimeZone = UTC): string {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return value as string;
    case 'BOOLEAN':
      return value === true ? 'TRUE' : 'FALSE';
    case 'BINARY':
    case 'VARBINARY':
      return `x'${formatHex(value as Uint8Array)}'`;
    case 'DECIMAL':
      return formatDecimal(value as bigint, type.scale);
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
      return String(value as number | bigint);
    case 'FLOAT':
      return formatFloat(value as number);
    case 'DOUBLE':
      return formatDouble(value as number);
    case 'DATE':
      return formatDate(value as number);
    case 'TIME':
      return formatTime(value as number, type.precision);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const { ms, nanos } = timestampOf(value);
      return formatTimestamp(type.kind === 'TIMESTAMP' ? ms : zone.toLocal(ms), nanos, type.precision);
    }
    case 'INTERVAL_YEAR_MONTH':
      return formatYearMonthInterval(value as number);
    case 'INTERVAL_DAY_TIME':
      return formatDayTimeInterval(value as number);
    case 'ARRAY':
      return `[${(value as readonly Value[]).map((item) => formatValue(item, type.element, zone)).join(', ')}]`;
    case 'MAP':
      return formatEntries(value as readonly Value[], type.key, type.value, zone);
    case 'MULTISET':
      return formatEntries(value as readonly Value[], type.element, COUNT, zone);
    case 'ROW': {
      const fields = value as readonly Value[];
      return `(${type.fields.map((field, i) => formatValue(fields[i] ?? null, field.type, zone)).join(', ')})`;
    }
    case 'NULL':
      return 'NULL';
  }
}

const COUNT: DataType = { kind: 'INTEGER', nullable: false };

function formatEntries(entries: readonly Value[], key: DataType, value: DataType, zone: TimeZone): string {
  const texts = entries.map((entry) => {
    const [k, v] = entry as readonly [Value, Value];
    return `${formatValue(k, key, zone)}=${formatValue(v, value, zone)}`;
  });
  return `{${texts.join(', ')}}`;
}
