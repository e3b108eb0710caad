/**
 * Values as Java's `toString` writes them: what Flink's `print` shows and what it names partition directories with.
 * It differs from the canonical text (CAST to STRING) in times, booleans, NULL, binary, intervals and nested rows.
 */
import type { DataType } from '../types/data-type.ts';
import { MS_PER_DAY, floorMod, formatDate } from '../types/datetime.ts';
import { formatDecimal } from '../types/decimal.ts';
import { formatDouble, formatFloat } from '../types/format-value.ts';
import { type Value, timestampOf } from '../types/vector.ts';

/** `null` in lower case for NULL. */
export function javaText(value: Value, type: DataType): string {
  if (value === null) return 'null';
  switch (type.kind) {
    case 'BINARY':
    case 'VARBINARY':
      return `[${Array.from(value as Uint8Array, (byte) => (byte << 24) >> 24).join(', ')}]`;
    case 'DECIMAL':
      return bigDecimalText(value as bigint, type.scale);
    case 'FLOAT':
      return formatFloat(value as number);
    case 'DOUBLE':
      return formatDouble(value as number);
    case 'DATE':
      return formatDate(value as number);
    case 'TIME':
      return localTimeText(value as number, 0);
    case 'TIMESTAMP': {
      const { ms, nanos } = timestampOf(value);
      return `${formatDate(Math.floor(ms / MS_PER_DAY))}T${localTimeText(floorMod(ms, MS_PER_DAY), nanos)}`;
    }
    case 'TIMESTAMP_LTZ': {
      const { ms, nanos } = timestampOf(value);
      const time = localTimeText(floorMod(ms, MS_PER_DAY), nanos);
      return `${formatDate(Math.floor(ms / MS_PER_DAY))}T${time.length === 5 ? `${time}:00` : time}Z`;
    }
    case 'INTERVAL_YEAR_MONTH':
      return periodText(value as number);
    case 'INTERVAL_DAY_TIME':
      return durationText(value as number);
    case 'ARRAY':
      return `[${(value as readonly Value[]).map((item) => javaText(item, type.element)).join(', ')}]`;
    case 'MAP':
      return mapText(value as readonly Value[], type.key, type.value);
    case 'MULTISET':
      return mapText(value as readonly Value[], type.element, COUNT);
    case 'ROW': {
      const values = value as readonly Value[];
      return `+I[${type.fields.map((field, i) => javaText(values[i] ?? null, field.type)).join(', ')}]`;
    }
    default:
      return String(value as string | number | bigint | boolean);
  }
}

const COUNT: DataType = { kind: 'INTEGER', nullable: false };

function mapText(entries: readonly Value[], key: DataType, value: DataType): string {
  const texts = entries.map((entry) => {
    const [k, v] = entry as readonly [Value, Value];
    return `${javaText(k, key)}=${javaText(v, value)}`;
  });
  return `{${texts.join(', ')}}`;
}

/** Seconds and fraction go when zero, digits of the fraction by threes. */
function localTimeText(msOfDay: number, nanos: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = `${two(Math.floor(msOfDay / 3_600_000))}:${two(Math.floor(msOfDay / 60_000) % 60)}`;
  const second = Math.floor(msOfDay / 1000) % 60;
  const fraction = (msOfDay % 1000) * 1_000_000 + nanos;
  if (fraction === 0) return second === 0 ? minutes : `${minutes}:${two(second)}`;
  const digits = String(fraction)
    .padStart(9, '0')
    .replace(/(000){1,2}$/, '');
  return `${minutes}:${two(second)}.${digits}`;
}

/** Plain unless the first digit stands beyond the sixth place after the point. */
function bigDecimalText(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString();
  const exponent = digits.length - 1 - scale;
  if (exponent >= -6) return formatDecimal(value, scale);
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${value < 0n ? '-' : ''}${digits[0]}${fraction}E${exponent}`;
}

function periodText(months: number): string {
  if (months === 0) return 'P0D';
  const years = Math.trunc(months / 12);
  const rest = months % 12;
  return `P${years === 0 ? '' : `${years}Y`}${rest === 0 ? '' : `${rest}M`}`;
}

function durationText(ms: number): string {
  if (ms === 0) return 'PT0S';
  const sign = ms < 0 ? '-' : '';
  const size = Math.abs(ms);
  const hours = Math.floor(size / 3_600_000);
  const minutes = Math.floor(size / 60_000) % 60;
  const seconds = (size % 60_000) / 1000;
  const part = (amount: number, unit: string): string => (amount === 0 ? '' : `${sign}${amount}${unit}`);
  return `PT${part(hours, 'H')}${part(minutes, 'M')}${part(seconds, 'S')}`;
}
