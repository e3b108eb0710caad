/** Random schemas, rows of them and batches over such rows, for the laws of formats. */
import fc from 'fast-check';
import { type Batch, BatchBuilder } from '../../src/types/batch.ts';
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
  row,
  time,
  timestamp,
  timestampLtz,
} from '../../src/types/data-type.ts';
import type { Schema } from '../../src/types/schema.ts';
import type { Value } from '../../src/types/vector.ts';

const MIN_MS = Date.UTC(2000, 0, 1) - 2000 * 365.2425 * 86_400_000 + 86_400_000;
const MAX_MS = Date.UTC(9999, 11, 31);

const SCALARS: readonly DataType[] = [
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
  decimal(18, 0),
  decimal(18, 9),
  decimal(38, 10),
  DATE,
  time(0),
  time(3),
  timestamp(0),
  timestamp(3),
  timestamp(6),
  timestamp(9),
  timestampLtz(3),
  timestampLtz(6),
  { kind: 'INTERVAL_DAY_TIME', nullable: true },
  { kind: 'INTERVAL_YEAR_MONTH', nullable: true },
];

const name = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,12}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'a b', 'é', '日本', '😀', 'a"b', 'a\\b', 'tab\t', ''),
  },
);

const scalarType = fc.constantFrom(...SCALARS);

const { type: anyType } = fc.letrec<{ type: DataType; fields: readonly { name: string; type: DataType }[] }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalarType,
    tie('fields').map((fields) => row(fields)),
    tie('type').map((element) => array(element)),
    tie('type').map((value) => map(STRING, value)),
    fc.constant(multiset(STRING)),
  ),
  fields: fc.uniqueArray(fc.record({ name, type: tie('type') }), {
    selector: (field) => field.name,
    minLength: 1,
    maxLength: 5,
  }),
}));

const schemaOf = (type: fc.Arbitrary<DataType>, names: fc.Arbitrary<string>): fc.Arbitrary<Schema> =>
  fc.uniqueArray(fc.record({ name: names, type }), { selector: (field) => field.name, minLength: 1, maxLength: 8 });

export const nestedSchema = schemaOf(anyType, name);

/** Types that a CSV field can hold. */
export const flatSchema = schemaOf(
  fc.oneof(
    { weight: 6, arbitrary: scalarType },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        array(INT),
        row([
          { name: 'x', type: BIGINT },
          { name: 'y', type: DATE },
        ]),
      ),
    },
  ),
  fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/),
);

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\r', '\t', ',', ';', '\0', '/', '{', 'é', '😀', 'u', 'a', ' '),
    maxLength: 12,
  }),
);

function integer(bits: bigint): fc.Arbitrary<bigint> {
  const limit = 1n << (bits - 1n);
  return fc.oneof(
    fc.bigInt({ min: -limit, max: limit - 1n }),
    fc.bigInt({ min: -100n, max: 100n }),
    fc.constantFrom(-limit, limit - 1n, 0n),
  );
}

/** Values that the type can hold, as `getValue` gives them; NULL one time in five. */
export function valueOf(type: DataType): fc.Arbitrary<Value> {
  return fc.option(nonNullOf(type), { freq: 4, nil: null });
}

function nonNullOf(type: DataType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return text;
    case 'BINARY':
    case 'VARBINARY':
      return fc.uint8Array({ maxLength: 12 });
    case 'BOOLEAN':
      return fc.boolean();
    case 'TINYINT':
      return integer(8n).map(Number);
    case 'SMALLINT':
      return integer(16n).map(Number);
    case 'INTEGER':
    case 'INTERVAL_YEAR_MONTH':
      return integer(32n).map(Number);
    case 'INTERVAL_DAY_TIME':
      return integer(50n).map(Number);
    case 'BIGINT':
      return integer(64n);
    case 'DECIMAL': {
      const limit = 10n ** BigInt(type.precision) - 1n;
      return fc.oneof(
        fc.bigInt({ min: -limit, max: limit }),
        fc.bigInt({ min: -9n, max: 9n }),
        fc.constantFrom(limit, -limit),
      );
    }
    case 'FLOAT':
      return fc.float();
    case 'DOUBLE':
      return fc.oneof(
        fc.double(),
        fc.integer(),
        fc.double({ min: -1e6, max: 1e6 }).map((v) => Math.round(v * 100) / 100),
      );
    case 'DATE':
      return fc.integer({ min: Math.ceil(MIN_MS / 86_400_000), max: Math.floor(MAX_MS / 86_400_000) });
    case 'TIME':
      return fc
        .integer({ min: 0, max: 86_399 })
        .chain((seconds) =>
          type.precision === 0
            ? fc.constant(seconds * 1000)
            : fc.integer({ min: 0, max: 999 }).map((ms) => seconds * 1000 + ms),
        );
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const { precision } = type;
      const unit = precision === 0 ? 1000 : 1;
      const ms = fc
        .oneof(
          fc.integer({ min: Math.ceil(MIN_MS), max: MAX_MS }),
          fc.integer({ min: 1_436_918_400_000, max: 1_436_918_500_000 }),
        )
        .map((value) => Math.floor(value / unit) * unit);
      if (precision <= 3) return ms;
      const step = 10 ** (9 - precision);
      return fc.record({ ms, nanos: fc.integer({ min: 0, max: 999_999 }).map((nanos) => nanos - (nanos % step)) });
    }
    case 'ROW':
      return fc.tuple(...type.fields.map((field) => valueOf(field.type)));
    case 'ARRAY':
      return fc.array(valueOf(type.element), { maxLength: 4 });
    case 'MAP':
      return entries(valueOf(type.value));
    case 'MULTISET':
      return entries(fc.integer({ min: 1, max: 100 }));
    case 'NULL':
      return fc.constant(null);
  }
}

/** JavaScript objects, which one law goes through, put keys that are numbers first. */
const key = text.map((value) => (/^\d/.test(value) ? `k${value}` : value));

const entries = (value: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.uniqueArray(fc.tuple(key, value), { selector: (entry) => entry[0], maxLength: 4 });

export interface Table {
  readonly schema: Schema;
  readonly rows: readonly (readonly Value[])[];
}

export const tableOf = (schema: fc.Arbitrary<Schema>): fc.Arbitrary<Table> =>
  schema.chain((fields) =>
    fc.record({
      schema: fc.constant(fields),
      rows: fc.array(fc.tuple(...fields.map((field) => valueOf(field.type))), { minLength: 1, maxLength: 12 }),
    }),
  );

export function batchOf(table: Table): Batch {
  const builder = new BatchBuilder(table.schema);
  builder.addInserts(table.rows.length);
  table.rows.forEach((values, r) => values.forEach((value, c) => builder.columns[c]?.set(r, value)));
  return builder.build();
}
