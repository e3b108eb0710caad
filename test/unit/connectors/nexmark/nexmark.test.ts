import { expect, test } from 'vitest';
import type { ReadRequest, RowReader } from '../../../../src/connectors/connector.ts';
import { NEXMARK_SCHEMA } from '../../../../src/connectors/nexmark/columns.ts';
import { nexmark } from '../../../../src/connectors/nexmark/index.ts';
import { fakePlatform } from '../../../../src/platform/fake-platform.ts';
import { BatchBuilder } from '../../../../src/types/batch.ts';
import { BIGINT, type DataType, INT, STRING, row, timestamp, varchar } from '../../../../src/types/data-type.ts';
import type { Schema } from '../../../../src/types/schema.ts';
import type { Value } from '../../../../src/types/vector.ts';
import { openRows, openSource, readRows, testContext, wholeColumns } from '../rows.ts';

const WHOLE = wholeColumns(NEXMARK_SCHEMA);

/** Every leaf of the schema, as a path each. */
function leaves(): ReadRequest['columns'] {
  return NEXMARK_SCHEMA.flatMap(({ name, type }) =>
    type.kind === 'ROW'
      ? type.fields.map((field) => ({ kind: 'physical' as const, path: [name, field.name], type: field.type }))
      : [{ kind: 'physical' as const, path: [name], type }],
  );
}

async function read(columns: ReadRequest['columns'], options: Readonly<Record<string, string>>): Promise<Value[][]> {
  return readRows(await openRows(nexmark, NEXMARK_SCHEMA, { 'events.num': '3000', ...options }, columns), columns);
}

test('leaves read one by one, together or beside their row are the same', async () => {
  const whole = await read(WHOLE, {});
  const expected = whole.map(([type, ...rows]) => [
    type as Value,
    ...rows.flatMap((fields, e) =>
      fields === null ? Array.from({ length: [8, 10, 7][e] as number }, () => null) : (fields as readonly Value[]),
    ),
  ]);
  const all = leaves();
  expect(await read(all, {})).toEqual(expected);
  for (let c = 0; c < all.length; c++) {
    expect(await read([all[c] as (typeof all)[number]], {})).toEqual(expected.map((values) => [values[c]]));
  }
  const beside = [...WHOLE.slice(3), all[21], WHOLE[3], all[19]] as ReadRequest['columns'];
  expect(await read(beside, {})).toEqual(
    whole.map((values, i) => [values[3], expected[i]?.[21], values[3], expected[i]?.[19]]),
  );
});

test('a table may leave out columns and fields, in any order, but not invent or retype them', async () => {
  const schema: Schema = [
    { name: 'bid', type: row([{ name: 'price', type: BIGINT }, { name: 'auction', type: BIGINT }]) }, // prettier-ignore
    { name: 'event_type', type: INT },
  ];
  const rows = await readRows(
    await openRows(nexmark, schema, { 'events.num': '3000' }, wholeColumns(schema)),
    wholeColumns(schema),
  );
  const whole = await read(WHOLE, {});
  expect(rows).toEqual(
    whole.map(([type, , , bid]) => {
      const fields = bid as readonly Value[] | null;
      return [fields === null ? null : [fields[2], fields[0]], type];
    }),
  );
  const open = (type: DataType, name = 'bid'): unknown => openSource(nexmark, [{ name, type }], {});
  expect(() => open(INT, 'bids')).toThrow('connector "nexmark" makes no column "bids"');
  expect(() => open(STRING)).toThrow(/makes column "bid" as ROW<.*not STRING/);
  expect(() => open(row([{ name: 'prize', type: BIGINT }]))).toThrow(/no field of "bid" called "prize"/);
  expect(() => open(row([{ name: 'price', type: INT }]))).toThrow(/as BIGINT, not INT/);
  open(row([{ name: 'channel', type: varchar(20) }, { name: 'dateTime', type: timestamp(3) }])); // prettier-ignore
});

test('the beginning is as the reference says: types, ids, times', async () => {
  const rows = await read(WHOLE, { 'base-time': '1970-01-01 00:00:00' });
  const types = rows.map(([type]) => type);
  // The first id is 2: two auctions, 46 bids, then whole epochs.
  expect(types.slice(0, 50)).toEqual([1, 1, ...Array.from({ length: 46 }, () => 2), 0, 1]);
  const ids = (e: number): bigint[] =>
    rows.filter(([type]) => type === e).map((values) => (values[e + 1] as readonly bigint[])[0] as bigint);
  expect(ids(1).slice(0, 5)).toEqual([1001n, 1002n, 1003n, 1004n, 1005n]);
  expect(ids(0).slice(0, 2)).toEqual([1001n, 1002n]);
  // 10,000 events a second: 0.1 ms apart.
  const times = rows.filter(([type]) => type === 2).map((values) => (values[3] as readonly number[])[5]);
  expect(times.slice(0, 10)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
});

test('splits share the events on one timeline, the last one taking the rest', async () => {
  const source = openSource(nexmark, NEXMARK_SCHEMA, { 'events.num': '1001' }, testContext(3));
  const columns = WHOLE;
  expect(source.boundedness).toBe('bounded');
  const counts: number[] = [];
  const firstAuctions: Value[] = [];
  for (const split of await source.listSplits()) {
    const rows = await readRows((await source.open({ split, position: null, columns })) as RowReader, columns);
    counts.push(rows.length);
    const auction = rows.find(([type]) => type === 1)?.[2] as readonly Value[];
    firstAuctions.push(auction[0] as Value);
    // Three splits at 10,000 a second: 0.3 ms apart in each.
    expect(auction[5]).toBeLessThan(Date.UTC(2015, 6, 15) + 50 * 0.3);
  }
  expect(counts).toEqual([333, 333, 335]);
  // First ids 2, 335 and 668: epochs 0, 6 and 13; 335 is a bid, 668 as well.
  expect(firstAuctions).toEqual([1001n, 1021n, 1042n]);
});

test('stop-at ends a split, keep-alive does not let it end', async () => {
  const stopped = openSource(nexmark, NEXMARK_SCHEMA, { 'stop-at': '100', 'keep-alive': 'true' }, testContext(2));
  expect(stopped.boundedness).toBe('bounded');
  const columns = WHOLE.slice(0, 1);
  const reader = (await stopped.open({ split: { id: '1' }, position: null, columns })) as RowReader;
  expect(await readRows(reader, columns)).toHaveLength(50);

  const alive = openSource(nexmark, NEXMARK_SCHEMA, { 'events.num': '10', 'keep-alive': 'true' });
  expect(alive.boundedness).toBe('unbounded');
  const open = (await alive.open({ split: { id: '0' }, position: null, columns })) as RowReader;
  const batch = new BatchBuilder([{ name: 'event_type', type: INT }]);
  expect(open.read(batch, 100)).toBe('more');
  expect(batch.length).toBe(10);
  expect(open.read(batch, 100)).toBe('idle');
  expect(openSource(nexmark, NEXMARK_SCHEMA, {}).boundedness).toBe('unbounded');
});

test('without max-emit-speed events keep to the wall clock, and a restart keeps the beat', async () => {
  const platform = fakePlatform({ startMs: 77_000 });
  const options = { 'events.num': '10000', 'first-event.rate': '1000', 'max-emit-speed': 'false' };
  const source = openSource(nexmark, NEXMARK_SCHEMA, options, testContext(1, platform));
  const columns = WHOLE.slice(0, 1);
  let reader = (await source.open({ split: { id: '0' }, position: null, columns })) as RowReader;
  const batch = new BatchBuilder([{ name: 'event_type', type: INT }]);
  const made: number[] = [];
  for (let step = 0; step < 6; step++) {
    const before = batch.length;
    while (reader.read(batch, 30) === 'more');
    made.push(batch.length - before);
    if (step === 2)
      reader = (await source.open({ split: { id: '0' }, position: reader.position(), columns })) as RowReader;
    await platform.clock.advance(step === 4 ? 1000 : 50);
  }
  // Event k is due k ms after the first read; the 250th thus at 250 ms.
  expect(made).toEqual([0, 50, 50, 50, 50, 1000]);
});

test('another seed is another stream; options are checked', async () => {
  const prices = async (seed: string): Promise<unknown> =>
    read([{ kind: 'physical', path: ['bid', 'price'], type: BIGINT }], { seed });
  expect(await prices('2')).not.toEqual(await prices('1'));
  expect(await prices('-7')).toEqual(await prices('-7'));
  const open = (options: Readonly<Record<string, string>>): unknown => openSource(nexmark, NEXMARK_SCHEMA, options);
  expect(() => open({ 'first-event.rate': '0' })).toThrow(/"first-event.rate" .* cannot be 0/);
  expect(() => open({ 'base-time': 'yesterday' })).toThrow(/"base-time" cannot be 'yesterday'/);
  expect(() => open({ 'bid.proportion': '-1' })).toThrow(/cannot be -1/);
  expect(() => open({ 'bid.proportion': '0', 'auction.proportion': '0', 'person.proportion': '0' })).toThrow(/nothing/);
  expect(() => open({ 'evnts.num': '5' })).toThrow(/no option "evnts.num"/);
});
