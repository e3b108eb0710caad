/**
 * CAST and TRY_CAST: one conversion per pair of types, specialized once. NULL is the caller's business: a conversion
 * never sees one, but may give one (DECIMAL overflow).
 */
import { EngineError } from '../../errors.ts';
import { type DataType, isBinary, isCharacter, isInterval, isNumeric, isTimestamp } from '../../types/data-type.ts';
import { formatValue } from '../../types/format-value.ts';
import { type TimeZone, timeZone } from '../../types/time-zone.ts';
import type { Value } from '../../types/vector.ts';
import type { Evaluate } from '../function.ts';
import { codePointCount } from '../string/case.ts';
import { castFromBoolean, castNumber, castToBoolean, castToInterval } from './between-numbers.ts';
import { castTime } from './between-times.ts';
import { castFromText } from './from-text.ts';

interface CastContext {
  readonly timeZone: string;
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
const TO_UTF8 = new TextEncoder();

/** The conversion from one type to another; `undefined` when CAST does not allow the pair. */
export function castFunction(from: DataType, to: DataType, context: CastContext): Evaluate | undefined {
  return convert(from, to, timeZone(context.timeZone));
}

/** As `castFunction`, with NULL for a value that cannot be converted. */
export function tryCastFunction(from: DataType, to: DataType, context: CastContext): Evaluate | undefined {
  const cast = castFunction(from, to, context);
  if (cast === undefined) return undefined;
  return (value: Value) => {
    try {
      return cast(value);
    } catch (error) {
      // A value that does not convert is what TRY_CAST is for; anything else is a defect.
      if (error instanceof EngineError && error.domain === 'user') return null;
      throw error;
    }
  };
}

function convert(from: DataType, to: DataType, zone: TimeZone): Evaluate | undefined {
  if (from.kind === 'NULL') return () => null;
  if (isCharacter(to)) return toText(from, to, zone);
  if (isBinary(to)) return toBinary(from, to as DataType & { length: number });
  if (isCharacter(from)) return castFromText(to, zone);
  if (isNumeric(from)) {
    if (isNumeric(to)) return castNumber(from, to);
    if (isInterval(to) && from.kind !== 'FLOAT' && from.kind !== 'DOUBLE') return castToInterval(from, to);
    return to.kind === 'BOOLEAN' ? castToBoolean : undefined;
  }
  if (from.kind === 'BOOLEAN') return to.kind === 'BOOLEAN' ? same : isNumeric(to) ? castFromBoolean(to) : undefined;
  if (isInterval(from)) return from.kind === to.kind ? same : undefined;
  if (from.kind === 'DATE' && to.kind === 'DATE') return same;
  if (from.kind === 'DATE' || from.kind === 'TIME' || isTimestamp(from)) return castTime(from, to, zone);
  return convertNested(from, to, zone);
}

const same = (value: Value): Value => value;

function toText(from: DataType, to: DataType, zone: TimeZone): Evaluate {
  const fit = fitText(to as DataType & { length: number });
  if (isCharacter(from)) {
    const grows = to.kind === 'VARCHAR' && (from as { length: number }).length <= to.length;
    return grows ? same : fit;
  }
  if (isBinary(from)) return (value: Uint8Array) => fit(UTF8.decode(value));
  return (value: Value) => fit(formatValue(value, from, zone));
}

/** Cuts to the length in code points; CHAR is padded with blanks. */
function fitText(to: DataType & { readonly length: number }): (text: string) => string {
  const { length } = to;
  const cut = (text: string): string => {
    if (text.length <= length) return text;
    const points = Array.from(text);
    return points.length <= length ? text : points.slice(0, length).join('');
  };
  if (to.kind === 'VARCHAR') return cut;
  return (text) => {
    const kept = cut(text);
    return kept + ' '.repeat(length - codePointCount(kept));
  };
}

function toBinary(from: DataType, to: DataType & { readonly length: number }): Evaluate | undefined {
  const fit = (bytes: Uint8Array): Uint8Array => {
    if (bytes.length > to.length) return bytes.slice(0, to.length);
    if (to.kind !== 'BINARY' || bytes.length === to.length) return bytes;
    const padded = new Uint8Array(to.length);
    padded.set(bytes);
    return padded;
  };
  if (isCharacter(from)) return (text: string) => fit(TO_UTF8.encode(text));
  return isBinary(from) ? fit : undefined;
}

function convertNested(from: DataType, to: DataType, zone: TimeZone): Evaluate | undefined {
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') {
    const element = nullSafe(from.element, to.element, zone);
    return element && ((items: readonly Value[]) => items.map(element));
  }
  if (from.kind === 'MAP' && to.kind === 'MAP') return convertEntries([from.key, from.value], [to.key, to.value], zone);
  if (from.kind === 'MULTISET' && to.kind === 'MULTISET') {
    return convertEntries([from.element, COUNT], [to.element, COUNT], zone);
  }
  if (from.kind !== 'ROW' || to.kind !== 'ROW' || from.fields.length !== to.fields.length) return undefined;
  const fields = from.fields.map((field, i) => nullSafe(field.type, (to.fields[i] as { type: DataType }).type, zone));
  if (fields.includes(undefined)) return undefined;
  return (values: readonly Value[]) => fields.map((field, i) => (field as Evaluate)(values[i]));
}

const COUNT: DataType = { kind: 'INTEGER', nullable: false };

function convertEntries(
  from: readonly [DataType, DataType],
  to: readonly [DataType, DataType],
  zone: TimeZone,
): Evaluate | undefined {
  const key = nullSafe(from[0], to[0], zone);
  const value = nullSafe(from[1], to[1], zone);
  if (key === undefined || value === undefined) return undefined;
  return (entries: readonly (readonly [Value, Value])[]) => entries.map(([k, v]) => [key(k), value(v)]);
}

function nullSafe(from: DataType, to: DataType, zone: TimeZone): Evaluate | undefined {
  const cast = convert(from, to, zone);
  return cast && ((value: Value) => (value === null ? null : cast(value)));
}
