import type { Batch } from '../types/batch.ts';
import { formatValue } from '../types/format-value.ts';
import type { Schema } from '../types/schema.ts';
import { timeZone as zoneOf } from '../types/time-zone.ts';
import { type Vector, getValue } from '../types/vector.ts';

/** Text without what moves the cursor, colours or turns the line round: data must not act on the terminal. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, (char) => {
    const code = char.charCodeAt(0);
    if (char === '\n' || char === '\r' || char === '\t') return ' ';
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\ufffd';
  });
}

/** The values of a row as CAST to STRING gives them, safe to print. */
export function cellsOf(batch: Batch, row: number, schema: Schema, timeZone: string): string[] {
  return schema.map((field, c) => {
    const value = getValue(batch.vectors[c] as Vector, row, field.type);
    return value === null ? 'NULL' : visible(formatValue(value, field.type, zoneOf(timeZone)));
  });
}
