/** What a field's values are: checked once for the table, then bound to the column that a query reads. */
import { EngineError } from '../../errors.ts';
import type {
  ArrayBuilder,
  BoolBuilder,
  BytesBuilder,
  ColumnBuilder,
  F64Builder,
  I32Builder,
  RowBuilder,
  TsBuilder,
} from '../../types/column-builder.ts';
import { equalValues } from '../../types/compare.ts';
import { type DataType, MAX_LENGTH, isBinary } from '../../types/data-type.ts';
import { MS_PER_DAY, cutMs, floorMod } from '../../types/datetime.ts';
import { parseDecimal, powerOfTen } from '../../types/decimal.ts';
import type { TimeZone } from '../../types/time-zone.ts';
import { getValue } from '../../types/vector.ts';
import { Draws, fieldSeed } from './draws.ts';
import { type Bind, type FieldSpec, type Surroundings, drawn, noKind, orNull } from './field.ts';
import { double, smallInteger, wholeBound, wholeNumber } from './numbers.ts';
import type { FieldOptions } from './options.ts';
import { sequence } from './sequence.ts';

export function fieldSpec(type: DataType, options: FieldOptions): FieldSpec {
  const kind = options.text('kind') ?? 'random';
  if (kind === 'sequence') return sequence(type, options);
  const fields = new Map<string, FieldSpec>();
  if (type.kind === 'ROW') {
    for (const field of type.fields) fields.set(field.name, fieldSpec(field.type, options.child(field.name)));
  }
  const nullRate = options.number('null-rate') ?? 0;
  if (nullRate < 0 || nullRate > 1) throw options.error('null-rate', 'It is a share from 0 to 1.');
  if (nullRate > 0 && !type.nullable) throw options.error('null-rate', 'The column is NOT NULL.');
  const bindValue = random(type, options, fields);
  const isNull = (surroundings: Surroundings): ((index: number) => boolean) => {
    if (nullRate === 0) return () => false;
    const draws = new Draws(fieldSeed(surroundings.seed, `${options.path}?`));
    return (index) => {
      draws.start(index);
      return draws.unit() < nullRate;
    };
  };
  return {
    count: Math.min(Number.POSITIVE_INFINITY, ...[...fields.values()].map((field) => field.count)),
    fields,
    isNull,
    bind(column, surroundings) {
      const write = bindValue(column, surroundings);
      return nullRate === 0 ? write : orNull(column, isNull(surroundings), write);
    },
  };
}

function random(type: DataType, options: FieldOptions, fields: ReadonlyMap<string, FieldSpec>): Bind {
  switch (type.kind) {
    case 'BOOLEAN':
      return drawn<BoolBuilder>(options, (column, at, draws) => {
        column.data[at] = draws.int() & 1;
      });
    case 'TINYINT':
      return smallInteger(options, -128, 127);
    case 'SMALLINT':
      return smallInteger(options, -32768, 32767);
    case 'INTEGER':
      return smallInteger(options, -2147483648, 2147483647);
    case 'INTERVAL_YEAR_MONTH':
      return smallInteger(options, 0, 120_000);
    case 'BIGINT':
      return wholeNumber(options, -(2n ** 63n), 2n ** 63n - 1n, wholeBound);
    case 'DECIMAL': {
      const largest = powerOfTen(type.precision) - 1n;
      return wholeNumber(options, 0n, largest, (text) => parseDecimal(text, type.precision, type.scale) ?? undefined);
    }
    case 'FLOAT':
      return double(options, 3.4028234663852886e38, Math.fround);
    case 'DOUBLE':
      return double(options, Number.MAX_VALUE, (value) => value);
    case 'INTERVAL_DAY_TIME':
      return double(options, 3_652_500 * MS_PER_DAY, Math.trunc);
    case 'DATE':
      return now<I32Builder>((column, at, nowMs, zone) => {
        column.data[at] = Math.floor(zone.toLocal(nowMs) / MS_PER_DAY);
      });
    case 'TIME':
      return now<I32Builder>((column, at, nowMs, zone) => {
        column.data[at] = cutMs(floorMod(zone.toLocal(nowMs), MS_PER_DAY), type.precision);
      });
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return pastTime(options, type.precision);
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return bytes(type, options);
    case 'ROW':
      return (column, surroundings) => {
        const row = column as RowBuilder;
        const writers = [...fields.values()].map((field, f) =>
          field.bind(row.fields[f] as ColumnBuilder, surroundings),
        );
        return (at, index) => {
          row.valid[at] = 1;
          for (const write of writers) write(at, index);
        };
      };
    case 'ARRAY':
      return collection(options, null, [elementSpec(type.element, options, 'element')]);
    case 'MAP':
      return collection(options, type.key, [
        elementSpec(type.key, options, 'key'),
        elementSpec(type.value, options, 'value'),
      ]);
    case 'MULTISET':
      return collection(options, type.element, [elementSpec(type.element, options, 'element'), MULTIPLICITY]);
    case 'NULL':
      throw noKind(type, 'values');
  }
}

function now<Column extends ColumnBuilder>(
  write: (column: Column, at: number, nowMs: number, zone: TimeZone) => void,
): Bind {
  return (column, surroundings) => (at) => {
    column.valid[at] = 1;
    write(column as Column, at, surroundings.nowMs, surroundings.zone);
  };
}

function pastTime(options: FieldOptions, precision: number): Bind {
  const maxPastMs = options.number('max-past') ?? 0;
  return (column, surroundings) =>
    drawn<F64Builder | TsBuilder>(options, (to, at, draws) => {
      const past = maxPastMs === 0 ? 0 : Math.floor(draws.unit() * (maxPastMs + 1));
      to.data[at] = cutMs(surroundings.nowMs - past, precision);
      if (to.kind === 'ts') to.nanos[at] = 0;
    })(column, surroundings);
}

const HEX_DIGITS = new TextEncoder().encode('0123456789abcdef');

/** Strings are hexadecimal digits, bytes any bytes. */
function bytes(type: DataType & { readonly length: number }, options: FieldOptions): Bind {
  const fixed = type.kind === 'CHAR' || type.kind === 'BINARY';
  const given = fixed ? undefined : options.number('length');
  const varies = !fixed && options.text('var-len') === 'true';
  if (given !== undefined && (given < 1 || given > type.length)) {
    throw options.error('length', `It is from 1 to ${type.length}.`);
  }
  const length = given ?? (type.length === MAX_LENGTH ? 100 : type.length);
  const binary = isBinary(type);
  return drawn<BytesBuilder>(options, (column, at, draws) => {
    const size = varies ? 1 + Math.floor(draws.unit() * length) : length;
    column.reserveBytes(size);
    const { used, pool } = column;
    let word = 0;
    for (let k = 0; k < size; k++) {
      if ((k & (binary ? 3 : 7)) === 0) word = draws.int();
      pool.u8[used + k] = binary ? word & 255 : (HEX_DIGITS[word & 15] as number);
      word >>>= binary ? 8 : 4;
    }
    column.start[at] = used;
    column.len[at] = size;
    column.used = used + size;
  });
}

function elementSpec(type: DataType, options: FieldOptions, name: string): FieldSpec {
  const spec = fieldSpec(type, options.child(name));
  if (spec.count === Number.POSITIVE_INFINITY) return spec;
  throw new EngineError('invalid_option', `connector "datagen" makes no sequence inside "${options.path}"`);
}

/** How often a value stands in a multiset: 1 to 10 times. */
const MULTIPLICITY: FieldSpec = {
  count: Number.POSITIVE_INFINITY,
  fields: new Map(),
  isNull: () => () => false,
  bind(column, { seed }) {
    const draws = new Draws(fieldSeed(seed, '*'));
    return (at, index) => {
      draws.start(index);
      column.set(at, 1 + Math.floor(draws.unit() * 10));
    };
  },
};

/** An array, or with a key a map or multiset: keys that come twice are left out, so those may be smaller. */
function collection(options: FieldOptions, key: DataType | null, parts: readonly FieldSpec[]): Bind {
  const length = options.number('length') ?? 3;
  if (length < 0 || length > 1_000_000) throw options.error('length', 'It is from 0 to 1000000.');
  return (column, surroundings) => {
    const array = column as ArrayBuilder;
    const writers = parts.map((part, p) => part.bind(array.elements[p] as ColumnBuilder, surroundings));
    return (at, index) => {
      const first = array.addElements(at, length);
      let end = first;
      for (let k = 0; k < length; k++) {
        for (const write of writers) write(end, index * length + k);
        if (key === null || !repeatsKey(array, key, first, end)) end++;
      }
      array.len[at] = end - first;
      array.used = end;
    };
  };
}

/** Whether the key at `last` also stands between `first` and it. */
function repeatsKey(array: ArrayBuilder, key: DataType, first: number, last: number): boolean {
  const keys = (array.elements[0] as ColumnBuilder).vector(last + 1);
  const value = getValue(keys, last, key);
  for (let k = first; k < last; k++) if (equalValues(getValue(keys, k, key), value)) return true;
  return false;
}
