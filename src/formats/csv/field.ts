/** A field's text into a column. Lists and rows are written in one field, with their own delimiter between the parts. */
import type { ArrayBuilder, BytesBuilder, ColumnBuilder, RowBuilder } from '../../types/column-builder.ts';
import { type DataType, isBinary, isCharacter, typeToString } from '../../types/data-type.ts';
import type { Field } from '../../types/schema.ts';
import { decodeBase64InPlace, isBase64 } from '../values/base64.ts';
import { type TextReader, textReader } from '../values/scalar-text.ts';
import type { CsvOptions } from './options.ts';

/** `text`: the bytes as they are, left in the input. */
export type FieldReader = 'text' | TextReader;

export function fieldReader(
  column: Field | undefined,
  path: readonly string[],
  type: DataType,
  options: CsvOptions,
): { readonly read: FieldReader; readonly what: string } {
  const what = `field "${path.join('.')}" cannot be read as ${typeToString({ ...type, nullable: true })}`;
  if (path.length === 1) return { read: isCharacter(type) ? 'text' : valueReader(type, options), what };
  const parts = column?.type.kind === 'ROW' ? column.type.fields : [];
  const place = parts.findIndex((part) => part.name === path[1]);
  const read = partReader(type, options);
  return {
    what,
    read: (u8, start, end, target, row) => {
      const part = partsOf(u8, start, end, options)[place];
      return part === undefined ? storeNull(target, row) : read(part, 0, part.length, target, row);
    },
  };
}

function storeNull(target: ColumnBuilder, row: number): boolean {
  target.setNull(row);
  return true;
}

/** Reads a value that is copied, not left in the input. */
function valueReader(type: DataType, options: CsvOptions): TextReader {
  if (isCharacter(type)) {
    return (u8, start, end, target, row) => {
      (target as BytesBuilder).setBytes(row, u8, start, end - start);
      return true;
    };
  }
  if (isBinary(type)) {
    return (u8, start, end, target, row) => {
      if (!isBase64(u8, start, end)) return false;
      const column = target as BytesBuilder;
      column.setBytes(row, u8, start, end - start);
      const at = column.start[row] as number;
      const size = decodeBase64InPlace(column.pool.u8, at, end - start);
      column.len[row] = size;
      column.used = at + size;
      return true;
    };
  }
  if (type.kind === 'ARRAY') {
    const read = partReader(type.element, options);
    return (u8, start, end, target, row) => {
      const parts = start === end ? [] : partsOf(u8, start, end, options);
      const column = target as ArrayBuilder;
      const first = column.addElements(row, parts.length);
      return parts.every((part, k) => read(part, 0, part.length, column.elements[0] as ColumnBuilder, first + k));
    };
  }
  if (type.kind === 'ROW') {
    const readers = type.fields.map((field) => partReader(field.type, options));
    return (u8, start, end, target, row) => {
      const parts = partsOf(u8, start, end, options);
      if (parts.length > readers.length || (parts.length < readers.length && !options.ignoreErrors)) return false;
      const columns = (target as RowBuilder).fields;
      return readers.every((read, k) => {
        const part = parts[k];
        const column = columns[k] as ColumnBuilder;
        return part === undefined ? storeNull(column, row) : read(part, 0, part.length, column, row);
      });
    };
  }
  return textReader(type, false);
}

/** Reads one part; a part that is the null literal is NULL, and one that cannot be read is too where that is asked. */
function partReader(type: DataType, options: CsvOptions): TextReader {
  const read = valueReader(type, options);
  const nullText = options.nullLiteral === undefined ? undefined : Buffer.from(options.nullLiteral);
  return (u8, start, end, target, row) => {
    if (nullText?.equals(u8) === true) return storeNull(target, row);
    if (!read(u8, start, end, target, row)) return options.ignoreErrors && storeNull(target, row);
    target.valid[row] = 1;
    return true;
  };
}

function partsOf(u8: Uint8Array, start: number, end: number, options: CsvOptions): Uint8Array[] {
  return Buffer.from(u8.subarray(start, end))
    .toString()
    .split(options.arrayDelimiter)
    .map((part) => Buffer.from(part));
}
