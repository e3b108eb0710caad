/** Rows of golden scripts as text: what `push` reads and what checks print. */
import { ROW_KIND_NAMES } from '../../../src/types/batch.ts';
import type { DataType } from '../../../src/types/data-type.ts';
import { formatValue } from '../../../src/types/format-value.ts';
import { timeZone as zoneOf } from '../../../src/types/time-zone.ts';
import type { Schema } from '../../../src/types/schema.ts';
import type { Value } from '../../../src/types/vector.ts';

const DAY_MS = 86_400_000;

export interface PushedRow {
  readonly kind: number;
  readonly values: Readonly<Record<string, Value>>;
}

/** `[+I] v, v, …` by the table's physical columns; `NULL`; text in quotes where it holds a comma. A `#` ends the line. */
export function parseRow(line: string, schema: Schema): PushedRow {
  const match = /^(\+I|-U|\+U|-D)?\s*(.*)$/.exec(stripComment(line).trim()) as RegExpExecArray;
  const kind = match[1] === undefined ? 0 : ROW_KIND_NAMES.indexOf(match[1] as '+I');
  const cells = splitCells(match[2] as string);
  if (cells.length !== schema.length) throw new Error(`a row of ${schema.length} values is needed: ${line}`);
  return {
    kind,
    values: Object.fromEntries(schema.map(({ name, type }, i) => [name, parseValue(cells[i] as string, type)])),
  };
}

function stripComment(line: string): string {
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    if (line[i] === "'") quoted = !quoted;
    else if (line[i] === '#' && !quoted) return line.slice(0, i);
  }
  return line;
}

function splitCells(text: string): string[] {
  const cells: string[] = [];
  let depth = 0;
  let quoted = false;
  let cell = '';
  for (const char of text) {
    if (char === "'") quoted = !quoted;
    if (!quoted && (char === '(' || char === '[' || char === '{')) depth++;
    if (!quoted && (char === ')' || char === ']' || char === '}')) depth--;
    if (char === ',' && !quoted && depth === 0) {
      cells.push(cell.trim());
      cell = '';
    } else cell += char;
  }
  cells.push(cell.trim());
  return cells;
}

function parseValue(text: string, type: DataType): Value {
  if (text === 'NULL') return null;
  const plain = /^'(.*)'$/s.exec(text)?.[1]?.replaceAll("''", "'") ?? text;
  switch (type.kind) {
    case 'BOOLEAN':
      return plain.toUpperCase() === 'TRUE';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'FLOAT':
    case 'DOUBLE':
      return Number(plain);
    case 'BIGINT':
      return BigInt(plain);
    case 'DECIMAL': {
      const [whole, fraction = ''] = plain.split('.') as [string, string?];
      return BigInt(whole + fraction.padEnd(type.scale, '0').slice(0, type.scale));
    }
    case 'CHAR':
    case 'VARCHAR':
      return plain;
    case 'BINARY':
    case 'VARBINARY':
      return new Uint8Array(Buffer.from(plain));
    case 'DATE':
      return Date.parse(`${plain}T00:00:00Z`) / DAY_MS;
    case 'TIME':
      return Date.parse(`1970-01-01T${plain}Z`);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const ms = parseTimestamp(plain);
      return type.precision <= 3 ? ms : { ms, nanos: 0 };
    }
    case 'ARRAY':
      return splitCells(plain.slice(1, -1)).map((cell) => parseValue(cell, type.element));
    case 'ROW': {
      const cells = splitCells(plain.slice(1, -1));
      return type.fields.map((field, i) => parseValue(cells[i] as string, field.type));
    }
    case 'MAP':
      return splitCells(plain.slice(1, -1)).map((cell) => {
        const [key, value] = cell.split('=') as [string, string];
        return [parseValue(key, type.key), parseValue(value, type.value)];
      });
    default:
      throw new Error(`a ${type.kind} cannot be pushed`);
  }
}

/** `12:00:05[.123]` on 1970-01-01, or `2021-09-24 12:34:56[.123]`. */
function parseTimestamp(text: string): number {
  const full = /^\d{4}-/.test(text) ? text.replace(' ', 'T') : `1970-01-01T${text}`;
  const ms = Date.parse(`${full}Z`);
  if (Number.isNaN(ms)) throw new Error(`not a timestamp: ${text}`);
  return ms;
}

/** `+I[12:00:00, 2]`: timestamps of 1970-01-01 as bare times, fractions without zeros at their end. */
export function formatRow(kind: number, values: readonly Value[], schema: Schema, timeZone: string): string {
  const cells = schema.map(({ type }, i) => {
    const value = values[i] as Value;
    if (value === null) return 'NULL';
    const text = formatValue(value, type, zoneOf(timeZone));
    if (type.kind !== 'TIMESTAMP' && type.kind !== 'TIMESTAMP_LTZ') return text;
    return text
      .replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') || /\.\d*$/.test(text) ? '' : zeros))
      .replace(/^1970-01-01 /, '');
  });
  return `${ROW_KIND_NAMES[kind as 0]}[${cells.join(', ')}]`;
}
