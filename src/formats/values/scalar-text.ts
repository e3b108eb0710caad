/**
 * The text of a scalar in bytes `[start, end)`, without quotes and escapes, into row `row` of a column: what JSON does
 * with values in quotes and CSV with every field. False when the text is not a value of the type or out of its range;
 * the row is then unspecified. Strings, bytes and constructed types are not here.
 */
import type { ColumnBuilder, I64Builder } from '../../types/column-builder.ts';
import type { DataType } from '../../types/data-type.ts';
import { parseDecimal } from '../../types/decimal.ts';
import { parseDoubleText, parseInt64 } from './number-text.ts';
import {
  type TimestampForm,
  cutParsedTime,
  parseDate,
  parseTimeOfDay,
  parseTimestamp,
  parsedTime,
} from './time-text.ts';

export type TextReader = (u8: Uint8Array, start: number, end: number, target: ColumnBuilder, row: number) => boolean;

interface NumberColumn {
  data: Int32Array | Float64Array | Uint8Array;
}

const halves = new Int32Array(2);

/** The least and the greatest value of the types that are held in 32 bits. */
export const INT_RANGES: Readonly<Record<string, readonly [number, number]>> = {
  TINYINT: [-128, 127],
  SMALLINT: [-32768, 32767],
  INTEGER: [-2147483648, 2147483647],
  INTERVAL_YEAR_MONTH: [-2147483648, 2147483647],
};

const latin1 = (u8: Uint8Array, start: number, end: number): string =>
  Buffer.from(u8.buffer, u8.byteOffset + start, end - start).latin1Slice(0, end - start);

/** The reader for a type; `iso` is 'T' between date and time. */
export function textReader(type: DataType, iso: boolean): TextReader {
  switch (type.kind) {
    case 'BOOLEAN':
      return trimmed((u8, start, end, target, row) => {
        (target as unknown as NumberColumn).data[row] = isTrue(u8, start, end) ? 1 : 0;
        return true;
      });
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'INTERVAL_YEAR_MONTH': {
      const [least, greatest] = INT_RANGES[type.kind] as readonly [number, number];
      return trimmed((u8, start, end, target, row) => {
        if (parseInt64(u8, start, end, halves, 0) !== 'ok') return false;
        const low = halves[0] as number;
        if (halves[1] !== low >> 31 || low < least || low > greatest) return false;
        (target as unknown as NumberColumn).data[row] = low;
        return true;
      });
    }
    case 'BIGINT':
      return trimmed(
        (u8, start, end, target, row) => parseInt64(u8, start, end, (target as I64Builder).halves, 2 * row) === 'ok',
      );
    case 'INTERVAL_DAY_TIME':
      return trimmed((u8, start, end, target, row) => {
        if (parseInt64(u8, start, end, halves, 0) !== 'ok') return false;
        const ms = (halves[1] as number) * 4294967296 + ((halves[0] as number) >>> 0);
        (target as unknown as NumberColumn).data[row] = ms;
        return Number.isSafeInteger(ms);
      });
    case 'DECIMAL': {
      const { precision, scale } = type;
      return trimmed((u8, start, end, target, row) => {
        const value = parseDecimal(latin1(u8, start, end), precision, scale);
        if (value === undefined || value === null) return false;
        target.set(row, value);
        return true;
      });
    }
    case 'FLOAT':
    case 'DOUBLE': {
      const float = type.kind === 'FLOAT';
      return trimmed((u8, start, end, target, row) => {
        const text = latin1(u8, start, end);
        const value = parseDoubleText(text);
        if (value === undefined) return false;
        const stored = float ? Math.fround(value) : value;
        (target as unknown as NumberColumn).data[row] = stored;
        return Number.isFinite(stored) || text.includes('Infinity') || text.includes('NaN');
      });
    }
    case 'DATE':
      return (u8, start, end, target, row) => {
        const days = parseDate(u8, start, end);
        (target as unknown as NumberColumn).data[row] = days;
        return days === days;
      };
    case 'TIME': {
      const { precision } = type;
      return (u8, start, end, target, row) => {
        if (!parseTimeOfDay(u8, start, end, iso)) return false;
        cutParsedTime(precision);
        (target as unknown as NumberColumn).data[row] = parsedTime.ms;
        return true;
      };
    }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const { precision } = type;
      const form = timestampForm(type, iso);
      return (u8, start, end, target, row) => {
        if (!parseTimestamp(u8, start, end, form)) return false;
        cutParsedTime(precision);
        const column = target as unknown as { data: Float64Array; nanos: Int32Array };
        column.data[row] = parsedTime.ms;
        if (precision > 3) column.nanos[row] = parsedTime.nanos;
        return true;
      };
    }
    default:
      return () => false;
  }
}

function timestampForm(type: DataType, iso: boolean): TimestampForm {
  return { separator: iso ? 84 : 32, zone: type.kind === 'TIMESTAMP_LTZ' };
}

/** Without the blanks and control characters around it, as Java's String.trim. */
function trimmed(read: TextReader): TextReader {
  return (u8, start, end, target, row) => {
    while (start < end && (u8[start] as number) <= 32) start++;
    while (end > start && (u8[end - 1] as number) <= 32) end--;
    return read(u8, start, end, target, row);
  };
}

/** `true` in any case; everything else is FALSE, as Java's Boolean.parseBoolean. */
function isTrue(u8: Uint8Array, start: number, end: number): boolean {
  return (
    end - start === 4 &&
    ((u8[start] as number) | 32) === 116 &&
    ((u8[start + 1] as number) | 32) === 114 &&
    ((u8[start + 2] as number) | 32) === 117 &&
    ((u8[start + 3] as number) | 32) === 101
  );
}
