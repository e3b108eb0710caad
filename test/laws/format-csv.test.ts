import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findFormat } from '../../src/formats/registry.ts';
import { STRING } from '../../src/types/data-type.ts';
import { type OptionSet, parseOptions } from '../../src/types/option-spec.ts';
import type { Value } from '../../src/types/vector.ts';
import { BROKEN_CSV, CSV_SCHEMA, GOOD_CSV } from '../unit/formats/broken-records.ts';
import { decodeAll } from '../unit/formats/decode.ts';
import { type Table, batchOf, flatSchema, tableOf } from './format-values.ts';

const csv = findFormat('csv');
const NULL_TEXT = '<null>';

function encode(table: Table, options: Readonly<Record<string, string>>): Buffer {
  const encoder = csv.encoder?.({
    schema: table.schema,
    options: parseOptions('csv', csv.options as OptionSet, options),
    timeZone: 'UTC',
    separator: Buffer.from('\n'),
  });
  const encoded = encoder?.encode(batchOf(table));
  if (encoded === undefined) throw new Error('no encoder');
  return Buffer.from(encoded.u8.slice(0, encoded.length));
}

/** A list of one NULL is written as the null literal alone, which reads as NULL. */
const asRead = (value: Value): Value =>
  Array.isArray(value) && value.length === 1 && value[0] === null ? null : value;

describe('csv', () => {
  const options = fc.record(
    {
      'null-literal': fc.constant(NULL_TEXT),
      'field-delimiter': fc.constantFrom(',', '\\t', '|', ' ', '\\u0001'),
      'quote-character': fc.constantFrom('"', "'"),
      'escape-character': fc.constantFrom('\\\\', '^'),
      'write-bigdecimal-in-scientific-notation': fc.constantFrom('true', 'false'),
    },
    { requiredKeys: ['null-literal'] },
  );

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(tableOf(flatSchema), options, (table, given) => {
        const decoded = decodeAll({ format: 'csv', schema: table.schema, options: given }, encode(table, given));
        expect(decoded.bad).toEqual([]);
        expect(decoded.rows).toEqual(table.rows.map((row) => row.map(asRead)));
      }),
      { numRuns: 500 },
    );
  });

  it('decodes some columns as it decodes all', () => {
    fc.assert(
      fc.property(tableOf(flatSchema), fc.infiniteStream(fc.boolean()), (table, random) => {
        const chosen = table.schema.map((_, i) => i).filter(() => random.next().value === true);
        const given = { 'null-literal': NULL_TEXT };
        const columns = chosen.map((i) => ({
          path: [table.schema[i]?.name ?? ''],
          type: table.schema[i]?.type ?? STRING,
        }));
        const part = decodeAll({ format: 'csv', schema: table.schema, columns, options: given }, encode(table, given));
        expect(part.bad).toEqual([]);
        expect(part.rows).toEqual(table.rows.map((row) => chosen.map((i) => asRead(row[i] ?? null))));
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same rows and bad records for any chunks and batches', () => {
    const lines = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 999 }).map((id) => Buffer.from(GOOD_CSV(id))),
        fc
          .integer({ min: 0, max: 999 })
          .map((id) => Buffer.from(`${id},"a ""quoted""\nname, é",2.5,"2024-01-02 03:04:05"`)),
        fc.constantFrom(...BROKEN_CSV).map(({ bytes }) => Buffer.from(bytes)),
        fc.constant(Buffer.from('')),
      ),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(
        lines,
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        (records, chunks, batchRows, separator, ended) => {
          const parts = records.flatMap((record) => [record, Buffer.from(separator)]);
          const bytes = Buffer.concat(ended ? parts : parts.slice(0, -1));
          const setup = { format: 'csv' as const, schema: CSV_SCHEMA };
          const whole = decodeAll(setup, bytes);
          const pieces = decodeAll(setup, bytes, chunks, batchRows);
          expect(pieces).toEqual({ ...whole, bad: whole.bad.map((b, i) => ({ ...b, row: pieces.bad[i]?.row })) });
          expect(whole.consumed).toBe(bytes.length);
        },
      ),
      { numRuns: 300 },
    );
  });
});
