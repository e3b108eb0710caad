import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BROKEN_CSV,
  BROKEN_JSON,
  CSV_SCHEMA,
  GOOD_CSV,
  GOOD_JSON,
  JSON_SCHEMA,
} from '../unit/formats/broken-records.ts';
import { decodeAll } from '../unit/formats/decode.ts';
import { encodeRecords } from '../unit/formats/encode.ts';
import { decodeRecords } from '../unit/formats/records.ts';
import { nestedSchema, tableOf } from './format-values.ts';

const JSON_ODDITIES = ['', ' ', '{}', '[]', '[{"id":1},{"name":"\\u00e9\\n"}]', '{"name":"x\\"y","n":"7","name":"ü"}'];
const CSV_ODDITIES = ['', '7,"a ""b""",,', '8,ü,1,'];

/** White space, newlines among it, put between the tokens of JSON. */
function spread(text: string, pick: (below: number) => number): string {
  const space = (): string => ['', '\n', '\r\n', ' ', '\n\n\t'][pick(5)] as string;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^"{}[\],:\s]+/gs) ?? [];
  return tokens.map((token) => space() + token).join('') + space();
}

it('json messages may have newlines between any two tokens', () => {
  fc.assert(
    fc.property(tableOf(nestedSchema), fc.infiniteStream(fc.nat()), ({ schema, rows }, random) => {
      const pick = (below: number): number => (random.next().value as number) % below;
      const records = encodeRecords({ format: 'json', schema }, rows).map((record) => spread(String(record), pick));
      for (const calls of [[records.length], [1]]) {
        const decoded = decodeRecords({ format: 'json', schema }, records, calls);
        expect(decoded.bad).toEqual([]);
        expect(decoded.rows).toEqual(rows);
      }
    }),
    { numRuns: 150 },
  );
});

describe.each([
  { format: 'json' as const, schema: JSON_SCHEMA, broken: BROKEN_JSON, good: GOOD_JSON, odd: JSON_ODDITIES },
  { format: 'csv' as const, schema: CSV_SCHEMA, broken: BROKEN_CSV, good: GOOD_CSV, odd: CSV_ODDITIES },
])('$format messages', ({ format, schema, broken, good, odd }) => {
  const record = fc.oneof(
    fc.integer({ min: 0, max: 999 }).map((id) => Buffer.from(good(id))),
    fc.constantFrom(...broken).map(({ bytes }) => Buffer.from(bytes)),
    fc.constantFrom(...odd).map((text) => Buffer.from(text)),
  );

  it('give the same rows and bad records however they are dealt to calls', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(record), { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        (records, calls) => {
          const setup = { format, schema };
          const whole = decodeRecords(setup, records);
          const pieces = decodeRecords(setup, records, calls);
          expect(pieces).toEqual({ ...whole, bad: whole.bad.map((b, i) => ({ ...b, row: pieces.bad[i]?.row })) });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('give what lines of the same text give', () => {
    // A quote that stays open swallows lines, and never messages; an empty line is none, an empty CSV message a bad one.
    const line = record.filter(
      (bytes) => !bytes.includes(10) && (format === 'json' || (!bytes.includes(34) && bytes.length > 0)),
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), (records) => {
        const lines = decodeAll({ format, schema }, Buffer.concat(records.flatMap((r) => [r, Buffer.from('\n')])));
        const messages = decodeRecords({ format, schema }, records);
        expect(messages.rows).toEqual(lines.rows);
        expect(messages.badAt).toEqual(lines.badAt);
        expect(messages.bad.map(({ reason }) => reason)).toEqual(lines.bad.map(({ reason }) => reason));
      }),
      { numRuns: 200 },
    );
  });
});
