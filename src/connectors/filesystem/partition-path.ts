/** Partitions as directories: `dt=2015-07-15/hm=00%3A00`. */
import { EngineError } from '../../errors.ts';
import { isCharacter, typeToString, type DataType } from '../../types/data-type.ts';
import { parseDate, parseTime, parseTimestamp } from '../../types/datetime.ts';
import { parseDecimal } from '../../types/decimal.ts';
import { timeZone } from '../../types/time-zone.ts';
import type { Value } from '../../types/vector.ts';

// oxlint-disable-next-line no-control-regex -- these are the characters that Hive and Flink escape in directory names
const ESCAPED = /[\u0001-\u001f\u007f"#%'*/:=?\\{[\]^]/g;

/** A value as a part of a directory name. */
export function escapePartition(text: string): string {
  return text.replace(ESCAPED, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function unescapePartition(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

export interface PartitionColumn {
  readonly name: string;
  readonly type: DataType;
}

/** The partition columns' values out of a file's path; every one must be there. */
export function partitionValues(
  path: string,
  columns: readonly PartitionColumn[],
  options: { readonly defaultName: string; readonly timeZone: string },
): Record<string, Value> {
  const texts = new Map<string, string>();
  for (const part of path.split('/').slice(0, -1)) {
    const equals = part.indexOf('=');
    if (equals > 0) texts.set(unescapePartition(part.slice(0, equals)), unescapePartition(part.slice(equals + 1)));
  }
  const values: Record<string, Value> = {};
  for (const { name, type } of columns) {
    const text = texts.get(name);
    if (text === undefined) {
      throw new EngineError('invalid_definition', `"${path}" has no directory for the partition column "${name}"`, {
        hint: `Files of a table PARTITIONED BY (${columns.map((column) => column.name).join(', ')}) stand in directories such as ${columns.map((column) => `${column.name}=…`).join('/')}/.`,
      });
    }
    const value = text === options.defaultName ? null : parseValue(text, type, options.timeZone);
    if (value === undefined) {
      throw new EngineError('bad_record', `'${text}' in "${path}" is no ${typeToString(type)}`);
    }
    values[name] = value;
  }
  return values;
}

/** `undefined` when the text is not of the type. */
function parseValue(text: string, type: DataType, zone: string): Value | undefined {
  if (isCharacter(type)) return text;
  switch (type.kind) {
    case 'BOOLEAN':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER': {
      const limit = { TINYINT: 128, SMALLINT: 32768, INTEGER: 2147483648 }[type.kind];
      const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
      return value >= -limit && value < limit ? value : undefined;
    }
    case 'BIGINT':
      return /^[+-]?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text) ? BigInt(text) : undefined;
    case 'DECIMAL':
      return parseDecimal(text, type.precision, type.scale) ?? undefined;
    case 'FLOAT':
    case 'DOUBLE': {
      const value = text.trim() === '' ? Number.NaN : Number(text);
      if (Number.isNaN(value) && text !== 'NaN') return undefined;
      return type.kind === 'FLOAT' ? Math.fround(value) : value;
    }
    case 'DATE':
      return parseDate(text);
    case 'TIME':
      return parseTime(text);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const parsed = parseTimestamp(text.replace('T', ' ').replace(/( \d\d:\d\d)$/, '$1:00'));
      if (parsed === undefined) return undefined;
      const ms = type.kind === 'TIMESTAMP' ? parsed.ms : timeZone(zone).toInstant(parsed.ms);
      return type.precision <= 3 ? ms : { ms, nanos: parsed.nanos };
    }
    default:
      throw new EngineError('invalid_definition', `a table cannot be partitioned by ${typeToString(type)}`);
  }
}
