/** A writer's schema that is not the table's: what is read is what avsc makes of the same bytes by the rules of Avro. */
import avsc from 'avsc';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deriveSchema } from '../../src/formats/avro/derive.ts';
import { AvroRows } from '../../src/formats/avro/rows.ts';
import { parseSchema, schemaText } from '../../src/formats/avro/schema.ts';
import type { BadRecord } from '../../src/formats/format.ts';
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DOUBLE,
  type DataType,
  FLOAT,
  INT,
  STRING,
  array,
  map,
  row,
} from '../../src/types/data-type.ts';
import type { Schema } from '../../src/types/schema.ts';
import { type Value, type Vector, getValue } from '../../src/types/vector.ts';
import { spansOf } from '../unit/formats/records.ts';

/** What a column's value may have been written as, narrower types among it. */
const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  INTEGER: ['int'],
  BIGINT: ['long', 'int'],
  FLOAT: ['float', 'int', 'long'],
  DOUBLE: ['double', 'float', 'int', 'long'],
  VARCHAR: ['string', 'bytes'],
  VARBINARY: ['bytes', 'string'],
  BOOLEAN: ['boolean'],
};

const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  int: fc.integer(),
  // A double holds them, as avsc has it.
  long: fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
  float: fc.float({ noNaN: true }),
  double: fc.double({ noNaN: true }),
  string: fc.string({ unit: 'grapheme', maxLength: 8 }),
  bytes: fc.string({ maxLength: 8 }).map((text) => Buffer.from(text)),
  boolean: fc.boolean(),
  null: fc.constant(null),
};

interface Writer {
  readonly schema: unknown;
  readonly value: fc.Arbitrary<unknown>;
}

let names = 0;

/** A type that can be read as the column's, and values of it. */
function writerOf(type: DataType): fc.Arbitrary<Writer> {
  return fc.tuple(plainWriterOf(type), fc.constantFrom('plain', 'null first', 'null last')).map(([plain, how]) => {
    if (how === 'plain') return plain;
    const schema = how === 'null first' ? ['null', plain.schema] : [plain.schema, 'null'];
    return {
      schema,
      value: fc.option(
        plain.value.map((value) => wrapped(plain.schema, value)),
        { nil: null },
      ),
    };
  });
}

function wrapped(schema: unknown, value: unknown): unknown {
  const { type, name } = (typeof schema === 'string' ? { type: schema } : schema) as { type: string; name?: string };
  return { [name ?? type]: value };
}

function plainWriterOf(type: DataType): fc.Arbitrary<Writer> {
  switch (type.kind) {
    case 'ARRAY':
      return writerOf(type.element).map(({ schema, value }) => ({
        schema: { type: 'array', items: schema },
        value: fc.array(value, { maxLength: 3 }),
      }));
    case 'MAP':
      return writerOf(type.value).map(({ schema, value }) => ({
        schema: { type: 'map', values: schema },
        value: fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), value, { maxKeys: 3 }),
      }));
    case 'ROW':
      return recordOf(type.fields);
    default:
      return fc
        .constantFrom(...(WRITTEN[type.kind] as readonly string[]))
        .map((schema) => ({ schema, value: VALUES[schema] as fc.Arbitrary<unknown> }));
  }
}

/** The fields in any order, some of them missing, others between them. */
function recordOf(fields: Schema): fc.Arbitrary<Writer> {
  const known = fields.map(({ name, type }) => fc.option(writerOf(type).map((writer) => ({ name, writer }))));
  const extra = fc
    .constantFrom(STRING, array(BIGINT), map(STRING, DOUBLE), row([{ name: 'z', type: INT }]))
    .chain((type) => writerOf(type))
    .map((writer) => ({ name: `extra${names++}`, writer }));
  return fc
    .tuple(fc.tuple(...known), fc.array(extra, { maxLength: 2 }))
    .chain(([present, more]) => {
      const all = [...present.filter((field) => field !== null), ...more];
      return fc.shuffledSubarray(all, { minLength: all.length });
    })
    .map((all) => ({
      schema: {
        type: 'record',
        name: `W${names++}`,
        fields: all.map(({ name, writer }) => ({ name, type: writer.schema })),
      },
      value: fc.record(Object.fromEntries(all.map(({ name, writer }) => [name, writer.value]))),
    }));
}

const column = fc.oneof(
  fc.constantFrom(INT, BIGINT, FLOAT, DOUBLE, STRING, BYTES, BOOLEAN),
  fc.constantFrom(
    array(BIGINT),
    map(STRING, DOUBLE),
    row([
      { name: 'x', type: BIGINT },
      { name: 'y', type: array(STRING) },
    ]),
  ),
);
const table: fc.Arbitrary<Schema> = fc.uniqueArray(
  fc.record({ name: fc.stringMatching(/^[a-d][a-z]?$/), type: column }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 6 },
);

/** avsc's value as ours. */
function valueOf(json: unknown, type: DataType): Value {
  if (json === null || json === undefined) return null;
  const inner =
    typeof json === 'object' && !Array.isArray(json) && !Buffer.isBuffer(json) ? Object.values(json)[0] : json;
  switch (type.kind) {
    case 'ARRAY':
      return (inner as readonly unknown[]).map((item) => valueOf(item, type.element));
    case 'MAP':
      return Object.entries(inner as object).map(([key, value]) => [key, valueOf(value, type.value)]);
    case 'ROW':
      return type.fields.map((field) => valueOf((inner as Record<string, unknown>)[field.name], field.type));
    case 'BIGINT':
      return BigInt(inner as number);
    case 'VARBINARY':
      return Uint8Array.from(inner as Buffer);
    case 'FLOAT':
      return Math.fround(inner as number);
    default:
      return inner as Value;
  }
}

/** Avro asks for equal names of records; we do not. */
const renamed = (schema: unknown, reader: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map((branch) => renamed(branch, reader));
  if (schema === null || typeof schema !== 'object') return schema;
  const object = schema as Record<string, unknown>;
  const target = Array.isArray(reader) ? (reader[1] as unknown) : reader;
  const other = target as Record<string, unknown>;
  switch (object['type']) {
    case 'record':
      return {
        ...object,
        ...(other?.['type'] === 'record' ? { name: other['name'], namespace: other['namespace'] } : {}),
        fields: (object['fields'] as { name: string; type: unknown }[]).map((field) => ({
          ...field,
          type: renamed(
            field.type,
            (other?.['fields'] as { name: string; type: unknown }[] | undefined)?.find(
              ({ name }) => name === field.name,
            )?.type,
          ),
        })),
      };
    case 'array':
      return { ...object, items: renamed(object['items'], other?.['items']) };
    case 'map':
      return { ...object, values: renamed(object['values'], other?.['values']) };
    default:
      return object;
  }
};

it('reads what avsc reads', () => {
  fc.assert(
    fc.property(
      table.chain((schema) =>
        recordOf(schema).chain((writer) =>
          fc.record({
            schema: fc.constant(schema),
            writer: fc.constant(writer.schema),
            records: fc.array(writer.value, { minLength: 1, maxLength: 5 }),
          }),
        ),
      ),
      ({ schema, writer, records }) => {
        const reader = deriveSchema(schema, true);
        const readerJson = JSON.parse(schemaText(reader)) as unknown;
        const writerType = avsc.Type.forSchema(writer as never, { wrapUnions: true } as never);
        const bytes = records.map((record) => writerType.toBuffer(record));

        const readerType = avsc.Type.forSchema(readerJson as never, { wrapUnions: true } as never);
        const sameNames = avsc.Type.forSchema(renamed(writer, readerJson) as never, { wrapUnions: true } as never);
        const resolver = readerType.createResolver(sameNames);
        const expected = bytes.map((each) => {
          const record = readerType.fromBuffer(each, resolver) as Record<string, unknown>;
          return schema.map(({ name, type }) => valueOf(record[name], type));
        });

        const rows = new AvroRows(
          schema.map(({ name, type }) => ({ path: [name], type })),
          reader,
        );
        const bad: BadRecord[] = [];
        rows.begin(bytes.length);
        rows.run(
          rows.compile(parseSchema(JSON.stringify(writer))),
          spansOf(bytes),
          { from: 0, to: bytes.length, offset: 0 },
          bad,
        );
        expect(bad).toEqual([]);
        const { vectors, length } = rows.batch();
        const got = Array.from({ length }, (_, i) =>
          schema.map(({ type }, c) => getValue(vectors[c] as Vector, i, type)),
        );
        expect(got).toEqual(expected);
      },
    ),
    { numRuns: 200 },
  );
});
