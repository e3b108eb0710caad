/**
 * Rows under construction out of CSV records: what decoders of lines and of framed records share. Of a record that was
 * split the fields are counted and those that are read converted; doubled quotes and escapes in strings are undone when
 * the batch is done, so that the record's bytes stay as they are until then.
 */
import type { Batch } from '../../types/batch.ts';
import { type BytesBuilder, type ColumnBuilder, columnBuilder } from '../../types/column-builder.ts';
import type { Schema } from '../../types/schema.ts';
import type { BytePool } from '../../types/vector.ts';
import type { DecodeColumn } from '../format.ts';
import { type FieldReader, fieldReader } from './field.ts';
import type { CsvOptions } from './options.ts';
import { RecordSplitter, unescapeField } from './split.ts';

interface ReadColumn {
  /** Which field of the record. */
  readonly field: number;
  readonly target: ColumnBuilder;
  readonly read: FieldReader;
  /** How errors call it. */
  readonly what: string;
  /** Its name, where it is NOT NULL: a record without it is bad. */
  readonly required: string | undefined;
}

export class CsvRows {
  readonly splitter: RecordSplitter;
  readonly #options: CsvOptions;
  readonly #fieldCount: number;
  readonly #columns: readonly ReadColumn[];
  #capacity = 0;
  /** Strings to rewrite: pairs of column and row. */
  #escaped: number[] = [];

  constructor(schema: Schema, columns: readonly DecodeColumn[], options: CsvOptions) {
    this.#options = options;
    this.splitter = new RecordSplitter(options);
    this.#fieldCount = schema.length;
    this.#columns = columns.map(({ path, type }): ReadColumn => {
      const field = schema.findIndex((column) => column.name === path[0]);
      const { read, what } = fieldReader(schema[field], path, type, options);
      return { field, target: columnBuilder(type), read, what, required: type.nullable ? undefined : path.join('.') };
    });
  }

  /** Begins a batch of at most `rows` rows. */
  begin(rows: number): void {
    this.#escaped = [];
    const grows = rows > this.#capacity;
    for (const { target } of this.#columns) {
      target.reset();
      if (grows) target.reserve(rows);
    }
    if (grows) this.#capacity = rows;
  }

  /** What is wrong with the number of fields of the record that was split. */
  countFlaw(): string | undefined {
    const { count } = this.splitter;
    const fits = count === this.#fieldCount || (count < this.#fieldCount && this.#options.ignoreErrors);
    return fits ? undefined : `the record has ${count} fields, the table has ${this.#fieldCount} columns`;
  }

  /** Converts the fields that are read into row `row`; says why when one cannot be read. */
  convert(u8: Uint8Array, row: number): string | undefined {
    const { starts, ends, escaped, count } = this.splitter;
    const options = this.#options;
    const before = this.#escaped.length;
    for (let c = 0; c < this.#columns.length; c++) {
      const { field, target, read, what } = this.#columns[c] as ReadColumn;
      if (field >= count) {
        target.setNull(row);
        continue;
      }
      const start = starts[field] as number;
      const end = ends[field] as number;
      if (options.nullLiteral !== undefined && isText(u8, start, end, options.nullLiteral)) {
        target.setNull(row);
        continue;
      }
      let fits: boolean;
      if (read === 'text') {
        (target as BytesBuilder).start[row] = start;
        (target as BytesBuilder).len[row] = end - start;
        if (escaped[field] === 1) this.#escaped.push(c, row);
        fits = true;
      } else if (escaped[field] === 1) {
        const text = u8.slice(start, end);
        fits = read(text, 0, unescapeField(text, 0, text.length, options), target, row);
      } else fits = read(u8, start, end, target, row);
      if (fits) target.valid[row] = 1;
      else if (options.ignoreErrors) target.setNull(row);
      else {
        this.#escaped.length = before;
        return `${what}: ${Buffer.from(u8.subarray(start, Math.min(end, start + 60))).toString()}`;
      }
    }
    for (const { target, required } of this.#columns) {
      if (required === undefined || target.valid[row] !== 0) continue;
      this.#escaped.length = before;
      return `field "${required}" is NULL, and the column is NOT NULL`;
    }
    return undefined;
  }

  /** The first `length` rows, whose texts stand in `pool`. */
  batch(pool: BytePool, length: number): Batch {
    for (let i = 0; i < this.#escaped.length; i += 2) {
      const column = (this.#columns[this.#escaped[i] as number] as ReadColumn).target as BytesBuilder;
      const row = this.#escaped[i + 1] as number;
      column.len[row] = unescapeField(pool.u8, column.start[row] as number, column.len[row] as number, this.#options);
    }
    const vectors = this.#columns.map(({ target, read }) => {
      if (read === 'text') (target as BytesBuilder).pool = pool;
      return target.vector(length);
    });
    return { length, kinds: null, marks: null, vectors };
  }
}

function isText(u8: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (u8[start + i] !== text[i]) return false;
  return true;
}
