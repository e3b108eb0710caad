import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveSchema } from '../../src/formats/avro/derive.ts';
import { schemaText } from '../../src/formats/avro/schema.ts';
import type { DecodeColumn } from '../../src/formats/format.ts';
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  type DataType,
  FLOAT,
  INT,
  SMALLINT,
  STRING,
  TINYINT,
  array,
  decimal,
  map,
  multiset,
  notNull,
  row,
  time,
  timestamp,
  timestampLtz,
} from '../../src/types/data-type.ts';
import type { Schema } from '../../src/types/schema.ts';
import type { Value } from '../../src/types/vector.ts';
import { avscType, toAvsc } from '../support/avro-oracle.ts';
import { encodeRecords } from '../unit/formats/encode.ts';
import { decodeRecords } from '../unit/formats/records.ts';
import { valueOf } from './format-values.ts';

const COMMON = [
  STRING,
  BYTES,
  BOOLEAN,
  TINYINT,
  SMALLINT,
  INT,
  BIGINT,
  FLOAT,
  DOUBLE,
  decimal(5, 2),
  decimal(18, 9),
  decimal(38, 10),
  DATE,
  time(0),
  time(3),
  timestamp(0),
  timestamp(3),
];
const LEGACY = COMMON;
const CURRENT = [...COMMON, timestamp(6), timestampLtz(3), timestampLtz(6), timestamp(4)];

const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/);

const schemaOf = (scalars: readonly DataType[]): fc.Arbitrary<Schema> => {
  const { fields } = fc.letrec<{ type: DataType; fields: { name: string; type: DataType }[] }>((tie) => ({
    type: fc
      .tuple(
        fc.oneof(
          { depthSize: 'small', withCrossShrink: true },
          { weight: 6, arbitrary: fc.constantFrom(...scalars) },
          tie('fields').map((inner) => row(inner)),
          tie('type').map((element) => array(element)),
          tie('type').map((value) => map(STRING, value)),
          fc.constant(multiset(STRING)),
        ),
        fc.boolean(),
      )
      .map(([type, required]) => (required ? notNull(type) : type)),
    fields: fc.uniqueArray(fc.record({ name, type: tie('type') }), {
      selector: (field) => field.name,
      minLength: 1,
      maxLength: 6,
    }),
  }));
  return fields;
};

/** Values that the type takes: NULL only where it may be. */
function valid(type: DataType): fc.Arbitrary<Value> {
  const inner = (): fc.Arbitrary<Value> => {
    switch (type.kind) {
      case 'ROW':
        return fc.tuple(...type.fields.map((field) => valid(field.type)));
      case 'ARRAY':
        return fc.array(valid(type.element), { maxLength: 4 });
      case 'MAP':
        return fc.uniqueArray(fc.tuple(fc.stringMatching(/^k[a-zé]{0,4}$/), valid(type.value)), {
          selector: ([key]) => key,
          maxLength: 4,
        });
      default:
        return valueOf(type).filter((value) => value !== null);
    }
  };
  return type.nullable ? fc.option(inner(), { freq: 4, nil: null }) : inner();
}

const tableOf = (scalars: readonly DataType[]): fc.Arbitrary<{ schema: Schema; rows: Value[][] }> =>
  schemaOf(scalars).chain((schema) =>
    fc.record({
      schema: fc.constant(schema),
      rows: fc.array(fc.tuple(...schema.map(({ type }) => valid(type))), { minLength: 1, maxLength: 10 }),
    }),
  );

describe.each([
  { legacy: true, scalars: LEGACY },
  { legacy: false, scalars: CURRENT },
])('avro, legacy timestamps: $legacy', ({ legacy, scalars }) => {
  const options = { 'timestamp_mapping.legacy': String(legacy) };

  it('writes what avsc writes, and reads what it wrote', () => {
    fc.assert(
      fc.property(tableOf(scalars), ({ schema, rows }) => {
        const derived = deriveSchema(schema, legacy);
        const type = avscType(JSON.parse(schemaText(derived)));
        const expected = rows.map((values) => type.toBuffer(toAvsc(values, derived, row(schema))));
        const setup = { format: 'avro', schema, options };
        expect(encodeRecords(setup, rows)).toEqual(expected);
        const decoded = decodeRecords(setup, expected);
        expect(decoded.bad).toEqual([]);
        expect(decoded.rows).toEqual(rows);
      }),
      { numRuns: 150 },
    );
  });

  it('reads back its JSON', () => {
    fc.assert(
      fc.property(tableOf(scalars), ({ schema, rows }) => {
        const setup = { format: 'avro', schema, options: { ...options, encoding: 'json' } };
        const decoded = decodeRecords(setup, encodeRecords(setup, rows));
        expect(decoded.bad).toEqual([]);
        expect(decoded.rows).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same however records are dealt to calls, and for some of the columns', () => {
    fc.assert(
      fc.property(
        tableOf(scalars),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
        fc.infiniteStream(fc.nat()),
        ({ schema, rows }, calls, random) => {
          const setup = { format: 'avro', schema, options };
          const records = encodeRecords(setup, rows);
          const columns = leafPaths(schema).filter(() => (random.next().value as number) % 2 === 0);
          const decoded = decodeRecords({ ...setup, columns }, records, calls);
          expect(decoded.bad).toEqual([]);
          expect(decoded.rows).toEqual(rows.map((values) => columns.map(({ path }) => follow(schema, values, path))));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('makes bad records of damaged ones, and never fails', () => {
    fc.assert(
      fc.property(
        tableOf(scalars),
        fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'add')), { minLength: 1, maxLength: 8 }),
        ({ schema, rows }, damages) => {
          const setup = { format: 'avro', schema, options };
          const records = encodeRecords(setup, rows) as Buffer[];
          const damaged = damages.map(([at, byte, how], i) => {
            const record = Buffer.from(records[i % records.length] as Buffer);
            if (how === 'cut') return record.subarray(0, at % (record.length + 1));
            if (how === 'add') return Buffer.concat([record, Buffer.of(byte)]);
            if (record.length > 0) record[at % record.length] = byte;
            return record;
          });
          const decoded = decodeRecords(setup, [...damaged, ...records]);
          expect(decoded.rows.length + decoded.bad.length).toBe(damaged.length + records.length);
          expect(decoded.rows.slice(-records.length)).toEqual(rows);
          damages.forEach(([, , how], i) => {
            if (how === 'add') expect(decoded.bad.map(({ position }) => position)).toContain(i);
          });
          for (const { bytes, position } of decoded.bad) expect(Buffer.from(bytes)).toEqual(damaged[position]);
        },
      ),
      { numRuns: 100 },
    );
  });
});

function leafPaths(schema: Schema): DecodeColumn[] {
  const paths: DecodeColumn[] = [];
  const visit = (fields: Schema, above: readonly string[], optional: boolean): void => {
    for (const { name: field, type } of fields) {
      // What lies below a row that may be NULL may be NULL.
      paths.push({ path: [...above, field], type: optional ? { ...type, nullable: true } : type });
      if (type.kind === 'ROW') visit(type.fields, [...above, field], optional || type.nullable);
    }
  };
  visit(schema, [], false);
  return paths;
}

function follow(schema: Schema, values: readonly Value[], path: readonly string[]): Value {
  let fields = schema;
  let current: readonly Value[] | null = values;
  let value: Value = null;
  for (const part of path) {
    if (current === null) return null;
    const place = fields.findIndex((field) => field.name === part);
    value = current[place] as Value;
    const type = fields[place]?.type;
    fields = type?.kind === 'ROW' ? type.fields : [];
    current = type?.kind === 'ROW' ? (value as readonly Value[] | null) : null;
  }
  return value;
}
