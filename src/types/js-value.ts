/**
 * SQL values as a program likes them, and back. Nothing loses digits on the way: what a JavaScript type cannot hold is a
 * string, and what a column cannot hold is refused.
 */
import { EngineError } from '../errors.ts';
import type { DataType } from './data-type.ts';
import { typeToString } from './data-type.ts';
import { cutMs, cutNanos, parseDate, parseTime, parseTimestamp } from './datetime.ts';
import { formatDecimal, parseDecimal, powerOfTen } from './decimal.ts';
import { formatValue } from './format-value.ts';
import { type Timestamp, type Value, timestampOf } from './vector.ts';

/**
 * A SQL value as a program gets it: BIGINT as bigint and other numbers as number, DECIMAL as its digits (`'12.50'`),
 * TIMESTAMP_LTZ as Date (as ISO string with `Z` where its precision is beyond milliseconds), DATE, TIME, TIMESTAMP and
 * intervals as SQL writes them (`'2024-02-29 12:00:00.000'`), BYTES as Uint8Array, ROW as an object, ARRAY as an array,
 * MAP and MULTISET (of counts) as Map.
 */
export type JsValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | readonly JsValue[]
  | ReadonlyMap<JsValue, JsValue>
  | { readonly [name: string]: JsValue };

export type ToJs = (value: Value) => JsValue;
/** Throws `datatype_mismatch` for what the type cannot hold exactly. `undefined` is NULL. */
export type FromJs = (value: unknown) => Value;

/** How a program gets values of a type. */
export function toJs(type: DataType): ToJs {
  const notNull = toJsNotNull(type);
  return (value) => (value === null ? null : notNull(value));
}

function toJsNotNull(type: DataType): ToJs {
  switch (type.kind) {
    case 'NULL':
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return (value) => value as JsValue;
    case 'TIMESTAMP_LTZ':
      if (type.precision <= 3) return (value) => new Date(timestampOf(value).ms);
      return (value) => `${formatValue(value, type).replace(' ', 'T')}Z`;
    case 'DECIMAL':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return (value) => formatValue(value, type);
    case 'ARRAY': {
      const element = toJs(type.element);
      return (value) => (value as readonly Value[]).map(element);
    }
    case 'MAP':
      return entriesToJs(toJs(type.key), toJs(type.value));
    case 'MULTISET':
      return entriesToJs(toJs(type.element), (count) => count as number);
    case 'ROW': {
      const fields = type.fields.map((field) => [field.name, toJs(field.type)] as const);
      return (value) =>
        Object.fromEntries(fields.map(([name, field], i) => [name, field((value as readonly Value[])[i] ?? null)]));
    }
  }
}

function entriesToJs(key: ToJs, value: ToJs): ToJs {
  return (entries) =>
    new Map((entries as readonly (readonly [Value, Value])[]).map(([k, v]) => [key(k), value(v)] as const));
}

/** How a type takes what a program gives. `what` names the place in errors: `column "id"`. */
export function fromJs(type: DataType, what: string): FromJs {
  const notNull = fromJsNotNull(type, what);
  const { nullable } = type;
  return (value) => {
    if (value !== null && value !== undefined) return notNull(value);
    if (nullable) return null;
    throw new EngineError('not_null_violation', `${what} is NOT NULL, and was given ${String(value)}`);
  };
}

function fromJsNotNull(type: DataType, what: string): FromJs {
  const refuse = (value: unknown): EngineError => mismatch(type, what, value);
  switch (type.kind) {
    case 'NULL':
      return (value) => {
        throw refuse(value);
      };
    case 'BOOLEAN':
      return (value) => {
        if (typeof value !== 'boolean') throw refuse(value);
        return value;
      };
    case 'TINYINT':
      return integer(8, refuse);
    case 'SMALLINT':
      return integer(16, refuse);
    case 'INTEGER':
      return integer(32, refuse);
    case 'BIGINT':
      return (value) => {
        if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value;
        if (Number.isSafeInteger(value)) return BigInt(value as number);
        throw refuse(value);
      };
    case 'DECIMAL':
      return (value) => decimalFrom(value, type) ?? fail(refuse(value));
    case 'FLOAT':
      return (value) => Math.fround(numberFrom(value, refuse));
    case 'DOUBLE':
      return (value) => numberFrom(value, refuse);
    case 'CHAR':
    case 'VARCHAR':
      return (value) => {
        if (typeof value !== 'string') throw refuse(value);
        if (value.length > type.length && [...value].length > type.length) throw refuse(value);
        return value;
      };
    case 'BINARY':
    case 'VARBINARY':
      return (value) => {
        if (!(value instanceof Uint8Array) || value.length > type.length) throw refuse(value);
        return value;
      };
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return (value) => timeFrom(value, type) ?? fail(refuse(value));
    case 'ARRAY': {
      const element = fromJs(type.element, `an element of ${what}`);
      return (value) => {
        if (!Array.isArray(value) && !ArrayBuffer.isView(value)) throw refuse(value);
        return Array.from(value as unknown as ArrayLike<unknown>, element);
      };
    }
    case 'MAP':
      return entriesFrom(fromJs(type.key, `a key of ${what}`), fromJs(type.value, `a value of ${what}`), refuse);
    case 'MULTISET':
      return entriesFrom(fromJs(type.element, `an element of ${what}`), integer(32, refuse), refuse);
    case 'ROW': {
      const fields = type.fields.map((field) => fromJs(field.type, `field "${field.name}" of ${what}`));
      const names = type.fields.map((field) => field.name);
      return (value) => {
        if (Array.isArray(value)) {
          if (value.length !== fields.length) throw refuse(value);
          return fields.map((field, i) => field(value[i]));
        }
        if (typeof value !== 'object' || value === null) throw refuse(value);
        return fields.map((field, i) => field((value as Readonly<Record<string, unknown>>)[names[i] as string]));
      };
    }
  }
}

function fail(error: EngineError): never {
  throw error;
}

function integer(bits: number, refuse: (value: unknown) => EngineError): FromJs {
  const end = 2 ** (bits - 1);
  return (value) => {
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (!Number.isInteger(number) || (number as number) < -end || (number as number) >= end) throw refuse(value);
    return number as number;
  };
}

function numberFrom(value: unknown, refuse: (value: unknown) => EngineError): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' && BigInt(Number(value)) === value) return Number(value);
  throw refuse(value);
}

const DECIMAL_TEXT = /^[+-]?(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i;

/** The unscaled value, or undefined where digits would be lost. */
function decimalFrom(value: unknown, type: DataType & { kind: 'DECIMAL' }): bigint | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  const text = String(value);
  const found = parseDecimal(text, type.precision, type.scale);
  const match = DECIMAL_TEXT.exec(text);
  if (found === null || found === undefined || match === null) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const digits = BigInt(`${whole}${fraction}` || '0');
  const shift = type.scale - fraction.length + Number(exponent);
  const size = found < 0n ? -found : found;
  const exact = shift >= 0 ? digits * 10n ** BigInt(shift) === size : digits === size * 10n ** BigInt(-shift);
  return exact ? found : undefined;
}

function entriesFrom(key: FromJs, value: FromJs, refuse: (value: unknown) => EngineError): FromJs {
  return (given) => {
    if (given instanceof Map) return [...given].map(([k, v]) => [key(k), value(v)]);
    if (typeof given !== 'object' || given === null || Array.isArray(given)) throw refuse(given);
    return Object.entries(given).map(([k, v]) => [key(k), value(v)]);
  };
}

type TimeType = DataType & {
  kind: 'DATE' | 'TIME' | 'TIMESTAMP' | 'TIMESTAMP_LTZ' | 'INTERVAL_YEAR_MONTH' | 'INTERVAL_DAY_TIME';
};

const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/;
const ZONED = /^(.*?)(Z|[+-]\d{2}:\d{2})$/;
const MONTHS = /^([+-]?)(\d+)-(\d{1,2})$/;
const DAY_TIME = /^([+-]?)(\d+) (\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?$/;
const MS_PER_DAY = 86_400_000;

function timeFrom(value: unknown, type: TimeType): Value | undefined {
  switch (type.kind) {
    case 'DATE': {
      if (value instanceof Date) return value.getTime() % MS_PER_DAY === 0 ? value.getTime() / MS_PER_DAY : undefined;
      return typeof value === 'string' && DATE_ONLY.test(value) ? parseDate(value) : undefined;
    }
    case 'TIME': {
      const ms = typeof value === 'string' ? parseTime(value) : undefined;
      return ms !== undefined && cutMs(ms, type.precision) === ms ? ms : undefined;
    }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const at = instant(value, type.kind === 'TIMESTAMP_LTZ');
      if (at === undefined) return undefined;
      const { ms, nanos } = at;
      if (type.precision <= 3) return nanos === 0 && cutMs(ms, type.precision) === ms ? ms : undefined;
      return cutNanos(nanos, type.precision) === nanos ? at : undefined;
    }
    case 'INTERVAL_YEAR_MONTH': {
      if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? value : undefined;
      const match = typeof value === 'string' ? MONTHS.exec(value) : null;
      if (match === null || Number(match[3]) > 11) return undefined;
      return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 12 + Number(match[3])) + 0;
    }
    case 'INTERVAL_DAY_TIME': {
      if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
      const match = typeof value === 'string' ? DAY_TIME.exec(value) : null;
      if (match === null) return undefined;
      const [, sign, days, hours, minutes, seconds, fraction = ''] = match;
      const ms = Number(fraction.padEnd(3, '0'));
      const size =
        Number(days) * MS_PER_DAY + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000 + ms;
      return (sign === '-' ? -1 : 1) * size + 0;
    }
  }
}

/** Date and epoch milliseconds; text is a wall clock, or with `zoned` an instant (`…Z`, `…+02:00`). */
function instant(value: unknown, zoned: boolean): Timestamp | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : { ms: value.getTime(), nanos: 0 };
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { ms: value, nanos: 0 } : undefined;
  if (typeof value !== 'string') return undefined;
  const match = ZONED.exec(value);
  if ((match !== null) !== zoned) return undefined;
  const [text, zone] = match === null ? [value, 'Z'] : [match[1] as string, match[2] as string];
  const wall = parseTimestamp(text.replace('T', ' '));
  if (wall === undefined || /\.\d{10,}$/.test(text)) return undefined;
  if (zone === 'Z') return wall;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return { ms: wall.ms - (zone.startsWith('-') ? -1 : 1) * minutes * 60_000, nanos: wall.nanos };
}

const LONGEST = 60;

/** A value in a message: its JavaScript form, cut. */
export function shown(value: unknown): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : typeof value === 'bigint'
        ? `${value}n`
        : value instanceof Date
          ? `Date(${Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString()})`
          : typeof value === 'function'
            ? 'a function'
            : typeof value === 'object' && value !== null
              ? JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item))
              : String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

const FORMS: Partial<Record<DataType['kind'], string>> = {
  BIGINT: 'It takes a bigint, or a number that is a safe integer.',
  DECIMAL: "It takes the digits as a string ('12.50'), a number or a bigint, of which none may be lost.",
  DATE: "It takes a string like '2024-02-29', or a Date at midnight UTC.",
  TIME: "It takes a string like '12:34:56.789'.",
  TIMESTAMP: "It takes a string like '2024-02-29 12:00:00.000', a Date (its UTC clock) or epoch milliseconds.",
  TIMESTAMP_LTZ: "It takes a Date, a string like '2024-02-29T12:00:00.000Z' or epoch milliseconds.",
  INTERVAL_YEAR_MONTH: "It takes a string like '+1-06', or a number of months.",
  INTERVAL_DAY_TIME: "It takes a string like '+1 10:17:36.789', or a number of milliseconds.",
  ROW: 'It takes an object by field name, or an array with a value for each field.',
  MAP: 'It takes a Map, or an object.',
  MULTISET: 'It takes a Map from element to count.',
  BINARY: 'It takes a Uint8Array.',
  VARBINARY: 'It takes a Uint8Array.',
};

function mismatch(type: DataType, what: string, value: unknown): EngineError {
  return new EngineError('datatype_mismatch', `${what} (${typeToString(type)}) cannot take ${shown(value)}`, {
    hint: FORMS[type.kind],
  });
}

/** The type of a value that a program gives without one, and the value in that type. */
export function inferFromJs(value: unknown, what: string): { readonly type: DataType; readonly value: Value } {
  const type = jsType(value, what);
  return { type, value: fromJs({ ...type, nullable: true }, what)(value) };
}

const fixed = <T extends DataType['kind']>(kind: T): { readonly kind: T; readonly nullable: false } => ({
  kind,
  nullable: false,
});

function jsType(value: unknown, what: string): DataType {
  if (value === null || value === undefined) return { kind: 'NULL', nullable: true };
  switch (typeof value) {
    case 'boolean':
      return fixed('BOOLEAN');
    case 'number':
      if (Object.is(value, -0) || !Number.isSafeInteger(value)) return fixed('DOUBLE');
      return fixed(value === (value | 0) ? 'INTEGER' : 'BIGINT');
    case 'bigint': {
      if (BigInt.asIntN(64, value) === value) return fixed('BIGINT');
      const digits = formatDecimal(value < 0n ? -value : value, 0).length;
      if (value > -powerOfTen(38) && value < powerOfTen(38))
        return { kind: 'DECIMAL', precision: digits, scale: 0, nullable: false };
      break;
    }
    case 'string':
      return { kind: 'VARCHAR', length: 2147483647, nullable: false };
    case 'object':
      if (value instanceof Date) return { kind: 'TIMESTAMP_LTZ', precision: 3, nullable: false };
      if (value instanceof Uint8Array) return { kind: 'VARBINARY', length: 2147483647, nullable: false };
      if (Array.isArray(value)) return arrayType(value, what);
      break;
    default:
  }
  throw new EngineError('datatype_mismatch', `${what} has no SQL type: ${shown(value)}`, {
    hint: "Give it one: typed(value, 'MAP<STRING, INT>').",
  });
}

function arrayType(items: readonly unknown[], what: string): DataType {
  const types = items.map((item) => jsType(item, what)).filter((type) => type.kind !== 'NULL');
  const rank: readonly DataType['kind'][] = ['INTEGER', 'BIGINT', 'DOUBLE'];
  const widest = types.toSorted((a, b) => rank.indexOf(b.kind) - rank.indexOf(a.kind))[0];
  const fits = (type: DataType): boolean =>
    type.kind === widest?.kind || (rank.includes(type.kind) && rank.includes(widest?.kind as DataType['kind']));
  if (widest === undefined || !types.every(fits) || widest.kind === 'ARRAY') {
    throw new EngineError('datatype_mismatch', `${what} has no one type for its elements: ${shown(items)}`, {
      hint: "Give it one: typed(value, 'ARRAY<INT>').",
    });
  }
  return { kind: 'ARRAY', element: { ...widest, nullable: true }, nullable: false };
}
