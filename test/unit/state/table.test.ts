import { expect, test } from 'vitest';
import { keyGroupRange } from '../../../src/state/key-groups.ts';
import { type StateBackend, type TableDeclaration, createStateBackend } from '../../../src/state/state.ts';
import { BatchBuilder } from '../../../src/types/batch.ts';
import {
  BIGINT,
  type DataType,
  DOUBLE,
  INT,
  STRING,
  array,
  decimal,
  row,
  timestamp,
} from '../../../src/types/data-type.ts';
import { type Value, getValue } from '../../../src/types/vector.ts';
import { randomOf } from '../../support/random.ts';

const clock = { time: 0, now: () => clock.time };
const backend = (): StateBackend => createStateBackend({ clock });

function columns(types: readonly DataType[], rows: readonly (readonly Value[])[]) {
  const builder = new BatchBuilder(types.map((type, i) => ({ name: `c${i}`, type })));
  for (const values of rows) {
    const r = builder.addRow(0);
    builder.columns.forEach((column, c) => column.set(r, values[c] as Value));
  }
  return builder.build().vectors;
}

const KEY_TYPES: readonly { readonly type: DataType; readonly value: (n: number) => Value }[] = [
  { type: BIGINT, value: (n) => (n === 0 ? null : BigInt(n) * 3_000_000_019n) },
  { type: STRING, value: (n) => (n === 0 ? null : n === 1 ? '' : 'k'.repeat(n % 13) + n) },
  { type: INT, value: (n) => (n === 0 ? null : n - 50) },
  { type: DOUBLE, value: (n) => (n === 0 ? null : n === 1 ? NaN : n === 2 ? -0 : n === 3 ? 0 : n / 8) },
  { type: timestamp(6), value: (n) => (n === 0 ? null : { ms: n >> 2, nanos: n & 3 }) },
  { type: decimal(38, 2), value: (n) => (n === 0 ? null : (BigInt(n) - 20n) << 70n) },
  {
    type: row([
      { name: 'a', type: STRING },
      { name: 'b', type: array(INT) },
    ]),
    value: (n) => (n === 0 ? null : [`x${n >> 1}`, [n & 1, null]]),
  },
];

function read(backendTable: ReturnType<StateBackend['table']>, ref: number, field: number): Value {
  const { type } = backendTable.declaration.fields[field] as { type: DataType };
  const builder = new BatchBuilder([{ name: 'x', type }]);
  builder.addRow(0);
  backendTable.copyTo(ref, field, builder.columns[0]!, 0);
  return getValue(builder.build().vectors[0]!, 0, type);
}

const text = (value: Value): string =>
  JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : Object.is(v, -0) ? '-0' : v)) +
  (typeof value === 'number' && Number.isNaN(value) ? 'NaN' : '');

test.each(KEY_TYPES.map((key) => [key.type.kind, key] as const))(
  'a hash index keeps one record per %s key',
  (_, key) => {
    const declaration: TableDeclaration = {
      name: 't',
      version: 1,
      fields: [
        { name: 'k', type: key.type },
        { name: 'n', type: INT },
      ],
      keyFields: 1,
      indexes: [{ kind: 'hash', fields: [0] }],
    };
    const random = randomOf(7);
    let state = backend();
    let table = state.table(declaration);
    const model = new Map<string, { value: Value; count: number }>();
    for (let round = 0; round < 120; round++) {
      const values = Array.from({ length: 1 + random(40) }, () => key.value(random(200)));
      const vectors = columns(
        [key.type],
        values.map((value) => [value]),
      );
      const refs = new Int32Array(values.length);
      table.hash(0).upsertAll(vectors, values.length, refs);
      for (const ref of refs) table.setNumber(ref, 1, table.getNumber(ref, 1) + 1);
      for (const value of values) {
        const entry = model.get(text(value)) ?? { value, count: 0 };
        entry.count++;
        model.set(text(value), entry);
      }
      const gone = values.filter(() => random(4) === 0);
      table.hash(0).bind(
        columns(
          [key.type],
          gone.map((value) => [value]),
        ),
        gone.length,
      );
      gone.forEach((value, i) => {
        const ref = table.hash(0).find(i);
        expect(ref !== 0).toBe(model.delete(text(value)));
        if (ref !== 0) table.remove(ref);
      });
      if (round % 10 === 9) {
        const parts = [0, 1, 2].map((subtask) => {
          const part = backend();
          part.restore([state.snapshot()], keyGroupRange(subtask, 3));
          part.table(declaration);
          return part;
        });
        state = backend();
        state.restore(parts.map((part) => part.snapshot()));
        table = state.table(declaration);
      }
      expect(table.size).toBe(model.size);
      const found = new Map(Array.from(table.scan(), (ref) => [text(read(table, ref, 0)), table.getNumber(ref, 1)]));
      expect(found).toEqual(new Map([...model].map(([k, entry]) => [k, entry.count])));
    }
  },
);

test('a list index keeps the records of a key in order of arrival, also after a restore', () => {
  const declaration: TableDeclaration = {
    name: 't',
    version: 1,
    fields: [
      { name: 'k', type: STRING },
      { name: 'v', type: BIGINT },
    ],
    keyFields: 1,
    indexes: [
      { kind: 'list', fields: [0] },
      { kind: 'list', fields: [0, 1] },
    ],
  };
  const random = randomOf(11);
  let state = backend();
  let table = state.table(declaration);
  const model = new Map<string, bigint[]>();
  for (let step = 0; step < 3000; step++) {
    const k = `key ${random(20)}`;
    const v = BigInt(random(6));
    table.bind(columns([STRING, BIGINT], [[k, v]]), 1);
    const list = model.get(k) ?? [];
    model.set(k, list);
    if (random(5) < 3) {
      table.insert(0);
      list.push(v);
    } else {
      table.list(1).bind(columns([STRING, BIGINT], [[k, v]]), 1);
      const ref = table.list(1).find(0);
      const at = list.indexOf(v);
      expect(ref !== 0).toBe(at >= 0);
      if (ref !== 0) table.remove(ref);
      if (at >= 0) list.splice(at, 1);
    }
    if (step % 97 === 0) {
      const next = backend();
      next.restore([state.snapshot()]);
      state = next;
      table = state.table(declaration);
    }
    table.list(0).bind(columns([STRING], [[k]]), 1);
    const found: Value[] = [];
    const head = table.list(0).find(0);
    for (let ref = head; ref !== 0; ref = table.list(0).next(ref)) found.push(read(table, ref, 1));
    expect(found).toEqual(list);
    if (head !== 0) expect(read(table, table.list(0).last(head), 1)).toBe(list.at(-1));
  }
});

test.each([
  ['per key', [0], 1],
  ['over all', [], 0],
] as const)('an ordered index %s walks its order both ways, equal records by arrival', (_, fields, keyFields) => {
  const declaration: TableDeclaration = {
    name: 't',
    version: 1,
    fields: [
      { name: 'k', type: INT },
      { name: 's', type: STRING },
      { name: 'd', type: DOUBLE },
      { name: 'id', type: INT },
    ],
    keyFields,
    indexes: [
      { kind: 'list', fields: [0] },
      {
        kind: 'ordered',
        fields,
        order: [
          { field: 1, descending: true, nullsFirst: false },
          { field: 2, descending: false, nullsFirst: true },
        ],
      },
    ],
  };
  const types = declaration.fields.map((field) => field.type);
  const random = randomOf(13);
  let state = backend();
  let table = state.table(declaration);
  interface Entry {
    k: number;
    s: string | null;
    d: number | null;
    id: number;
  }
  let model: Entry[] = [];
  const compare = (a: Pick<Entry, 's' | 'd'>, b: Pick<Entry, 's' | 'd'>): number => {
    if (a.s !== b.s) return a.s === null ? 1 : b.s === null ? -1 : a.s < b.s ? 1 : -1;
    if (a.d !== b.d) return a.d === null ? -1 : b.d === null ? 1 : a.d - b.d;
    return 0;
  };
  for (let step = 0; step < 2500; step++) {
    const entry: Entry = {
      k: random(3),
      s: random(6) === 0 ? null : 'ab'.repeat(random(3)) + random(3),
      d: random(6) === 0 ? null : random(4),
      id: step,
    };
    table.bind(columns(types, [[entry.k, entry.s, entry.d, entry.id]]), 1);
    const same = (other: Entry): boolean => fields.length === 0 || other.k === entry.k;
    const index = table.ordered(1);
    const root = (): number => {
      if (fields.length === 0) return index.root();
      index.bind(columns([INT], [[entry.k]]), 1);
      return index.find(0);
    };
    const expected = model.filter(same).sort((a, b) => compare(a, b) || a.id - b.id);
    const from = expected.find((other) => compare(other, entry) >= 0);
    const sought = index.seek(root(), 0);
    expect(sought === 0 ? undefined : table.getNumber(sought, 3)).toBe(from?.id);
    if (random(5) < 3) {
      table.insert(0);
      model.push(entry);
    } else if (expected.length > 0) {
      const victim = expected[random(expected.length)] as Entry;
      let ref = index.first(root());
      while (table.getNumber(ref, 3) !== victim.id) ref = index.next(ref);
      table.remove(ref);
      model = model.filter((other) => other !== victim);
    }
    if (step % 101 === 0) {
      const next = backend();
      next.restore([state.snapshot()]);
      state = next;
      table = state.table(declaration);
      continue;
    }
    const now = model
      .filter(same)
      .sort((a, b) => compare(a, b) || a.id - b.id)
      .map((other) => other.id);
    const forward: number[] = [];
    for (let ref = index.first(root()); ref !== 0; ref = index.next(ref)) forward.push(table.getNumber(ref, 3));
    expect(forward).toEqual(now);
    const backward: number[] = [];
    for (let ref = index.last(root()); ref !== 0; ref = index.previous(ref)) backward.push(table.getNumber(ref, 3));
    expect(backward).toEqual(now.toReversed());
  }
});

test('records that were not written for the retention are gone', () => {
  const declaration: TableDeclaration = {
    name: 't',
    version: 1,
    fields: [
      { name: 'k', type: INT },
      { name: 'v', type: STRING },
    ],
    keyFields: 1,
    indexes: [{ kind: 'hash', fields: [0] }],
    retentionMs: 50,
  };
  const random = randomOf(17);
  clock.time = 1000;
  let state = backend();
  let table = state.table(declaration);
  const model = new Map<number, number>();
  for (let step = 0; step < 2000; step++) {
    clock.time += random(6);
    table.expire();
    for (const [k, time] of model) if (time + 50 <= clock.time) model.delete(k);
    const k = random(60);
    const refs = new Int32Array(1);
    table.hash(0).upsertAll(columns([INT], [[k]]), 1, refs);
    table.touch(refs[0] as number);
    model.set(k, clock.time);
    if (step % 53 === 0) {
      const next = backend();
      next.restore([state.snapshot()]);
      state = next;
      table = state.table(declaration);
    }
    expect(Array.from(table.scan(), (ref) => table.getNumber(ref, 0)).sort((a, b) => a - b)).toEqual(
      [...model.keys()].sort((a, b) => a - b),
    );
  }
});

test('cells restore by their merge rule', () => {
  const cells = [
    { name: 'low', initial: -Infinity, merge: 'min' },
    { name: 'high', initial: 0, merge: 'max' },
    { name: 'total', initial: 0, merge: 'sum' },
  ] as const;
  const snapshots = [3, 8].map((value) => {
    const state = backend();
    for (const cell of cells) state.cell(cell).value = value;
    return state.snapshot();
  });
  const state = backend();
  state.restore(snapshots);
  expect(cells.map((cell) => state.cell(cell).value)).toEqual([3, 8, 11]);
});

test('a damaged snapshot and another table version are refused', () => {
  const declaration: TableDeclaration = {
    name: 't',
    version: 1,
    fields: [{ name: 'k', type: INT }],
    keyFields: 1,
    indexes: [{ kind: 'hash', fields: [0] }],
  };
  const state = backend();
  state.table(declaration);
  const snapshot = state.snapshot();
  const damaged = snapshot.slice();
  damaged[damaged.length - 1]! ^= 1;
  expect(() => backend().restore([damaged])).toThrow('checksum does not match');
  const refused = (changed: Partial<TableDeclaration>): (() => unknown) => {
    const other = backend();
    other.restore([snapshot]);
    return () => other.table({ ...declaration, ...changed });
  };
  expect(refused({ version: 2 })).toThrow('state table "t" was stored by another query: its version is 1, not 2');
  expect(refused({ fields: [{ name: 'k', type: BIGINT }] })).toThrow('its field 1 is k INT, not k BIGINT');
  expect(refused({ fields: [...declaration.fields, { name: 'v', type: INT }] })).toThrow(
    'its field 2 is absent, not v INT',
  );
  expect(refused({ keyFields: 0 })).toThrow('its key has 1 fields, not 0');
  expect(refused({ name: 'u' })).toThrow('state table "u" was not stored');
});

test('a record may be wider than a page', () => {
  const width = 9000;
  const fields = [
    { name: 'k', type: INT },
    ...Array.from({ length: width }, (_, i) => ({ name: `c${i}`, type: DOUBLE })),
  ];
  const declaration: TableDeclaration = {
    name: 't',
    version: 1,
    fields,
    keyFields: 1,
    indexes: [{ kind: 'hash', fields: [0] }],
  };
  const state = backend();
  const table = state.table(declaration);
  const keys = columns([INT], [[1], [2], [1], [3]]);
  const refs = new Int32Array(4);
  table.hash(0).upsertAll(keys, 4, refs);
  for (const ref of refs) table.setNumber(ref, width, table.getNumber(ref, width) + ref);
  table.remove(refs[1] as number);
  const copy = backend();
  copy.restore([state.snapshot()], keyGroupRange(0, 1));
  const restored = copy.table(declaration);
  restored.hash(0).bind(keys, 4);
  const values = [0, 1, 2, 3].map((row) => {
    const ref = restored.hash(0).find(row);
    return ref === 0 ? null : restored.getNumber(ref, width);
  });
  expect(values).toEqual([2 * (refs[0] as number), null, 2 * (refs[0] as number), refs[3]]);
});
