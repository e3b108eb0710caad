/**
 * Rows per CPU-second of the json and csv formats alone, over Nexmark-like records that are made here from a seed.
 *
 *   node bench/micro/json-csv.ts
 *
 * After one warm pass, over about a second for each case. The number of rows is checked, and that none is bad.
 */
import type { DecodeColumn, Decoder } from '../../src/formats/format.ts';
import { findFormat } from '../../src/formats/registry.ts';
import { BIGINT, type DataType, INT, STRING, row, timestamp } from '../../src/types/data-type.ts';
import { type OptionSet, parseOptions } from '../../src/types/option-spec.ts';
import type { Schema } from '../../src/types/schema.ts';

const RECORDS = 50_000;
const CHUNK_BYTES = 1 << 20;
const BATCH_ROWS = 2048;

const TYPES: Readonly<Record<string, DataType>> = { b: BIGINT, s: STRING, t: timestamp(3), i: INT };
const fields = (text: string): Schema =>
  text.split(' ').map((part) => ({ name: part.slice(2), type: TYPES[part[0] as string] as DataType }));

const BID = fields('b:auction b:bidder b:price s:channel s:url t:dateTime s:extra');
const PERSON = fields('b:id s:name s:emailAddress s:creditCard s:city s:state t:dateTime s:extra');
const AUCTION = fields(
  'b:id s:itemName s:description b:initialBid b:reserve t:dateTime t:expires b:seller b:category s:extra',
);
const UNION: Schema = [
  { name: 'event_type', type: INT },
  { name: 'person', type: row(PERSON) },
  { name: 'auction', type: row(AUCTION) },
  { name: 'bid', type: row(BID) },
];

let seed = 12345;
function below(limit: number): number {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) % limit;
}
const letters = (length: number): string => Array.from({ length }, () => String.fromCharCode(97 + below(26))).join('');
const BASE = Date.UTC(2015, 6, 15);
/** As the encoder writes it: no trailing zeros in the fraction. */
function at(ms: number): string {
  const iso = new Date(BASE + ms).toISOString();
  const fraction = iso.slice(20, 23).replace(/0+$/, '');
  return iso.slice(0, 19).replace('T', ' ') + (fraction === '' ? '' : `.${fraction}`);
}

type Json = { readonly [key: string]: number | string | null | Json };

function bid(i: number, extra: number): Json {
  const channel =
    below(2) === 0 ? `channel-${below(10_000)}` : (['Google', 'Facebook', 'Baidu', 'Apple'][below(4)] as string);
  return {
    auction: 1000 + below(100_000),
    bidder: 1000 + below(100_000),
    price: 100 + below(10_000_000),
    channel,
    url: `https://www.nexmark.com/${letters(5)}/${letters(4)}/${letters(4)}/item.htm?query=1`,
    dateTime: at(Math.floor(i / 10)),
    extra: letters(20 + below(extra)),
  };
}

function event(i: number): Json {
  const kind = i % 50;
  const none = { event_type: 2, person: null, auction: null, bid: null };
  if (kind > 3) return { ...none, bid: bid(i, 80) };
  const dateTime = at(Math.floor(i / 10));
  if (kind === 0) {
    const person = {
      id: i,
      name: 'peter jones',
      emailAddress: `${letters(7)}@${letters(5)}.com`,
      creditCard: '1234 5678',
    };
    return { ...none, event_type: 0, person: { ...person, city: 'boise', state: 'id', dateTime, extra: letters(60) } };
  }
  const auction = {
    id: i,
    itemName: letters(20),
    description: letters(90),
    initialBid: below(1e5),
    reserve: below(1e6),
  };
  const rest = { dateTime, expires: at(i), seller: below(1e5), category: below(5), extra: letters(200) };
  return { ...none, event_type: 1, auction: { ...auction, ...rest } };
}

interface Spelling {
  readonly order?: 'reversed' | 'random';
  readonly space?: 'one' | 'random';
  readonly rename?: boolean;
}

function spell(value: Json[string], how: Spelling): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value);
  if (how.order === 'reversed') members.reverse();
  if (how.order === 'random') {
    for (let i = members.length - 1; i > 0; i--) {
      const k = below(i + 1);
      [members[i], members[k]] = [members[k] as (typeof members)[number], members[i] as (typeof members)[number]];
    }
  }
  const space = (): string =>
    how.space === 'one' ? ' ' : how.space === 'random' ? ([' ', '', '  ', '\t'][below(4)] as string) : '';
  const texts = members.map(
    ([name, inner]) => `"${how.rename === true ? renamed(name) : name}"${space()}:${space()}${spell(inner, how)}`,
  );
  return `{${texts.join(`,${space()}`)}}`;
}

const renamed = (name: string): string => `${name.slice(0, 3)}_${name.length}_${[...name].reverse().join('')}`;

const lines = (records: readonly Json[], how: Spelling): Buffer =>
  Buffer.from(`${records.map((record) => spell(record, how)).join('\n')}\n`);

const flat = Array.from({ length: RECORDS }, (_, i) => bid(i, 40));
const nested = Array.from({ length: RECORDS }, (_, i) => event(i));

const paths = (schema: Schema, names: string, map = (name: string): string => name): DecodeColumn[] =>
  names.split(' ').map((path) => {
    let type: DataType | undefined;
    let level = schema;
    for (const name of path.split('.')) {
      type = level.find((field) => field.name === name)?.type;
      level = type?.kind === 'ROW' ? type.fields : [];
    }
    return { path: path.split('.').map(map), type: type as DataType };
  });

function makeDecoder(format: 'json' | 'csv', schema: Schema, columns: readonly DecodeColumn[]): Decoder {
  const found = findFormat(format);
  const options = parseOptions(format, found.options as OptionSet, {});
  return found.decoder?.({ schema, columns, options, timeZone: 'UTC', position: 0 }) as Decoder;
}

function decodeOnce(decoder: Decoder, bytes: Buffer): number {
  let rows = 0;
  for (let p = 0; p < bytes.length; p += CHUNK_BYTES) {
    const chunk = bytes.subarray(p, p + CHUNK_BYTES);
    decoder.reserve(chunk.length).set(chunk);
    decoder.commit(chunk.length, p + CHUNK_BYTES >= bytes.length);
    for (let decoded = decoder.next(BATCH_ROWS); decoded !== null; decoded = decoder.next(BATCH_ROWS)) {
      rows += decoded.batch.length;
      if (decoded.bad.length > 0) throw new Error(`bad record: ${decoded.bad[0]?.reason}`);
    }
  }
  return rows;
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function report(name: string, bytes: number, once: () => number): void {
  for (let i = 0; i < 4; i++) once();
  const start = cpuSeconds();
  let rows = 0;
  let rounds = 0;
  while (cpuSeconds() - start < 1) {
    const count = once();
    if (count !== RECORDS) throw new Error(`${name}: ${count} rows of ${RECORDS}`);
    rows += count;
    rounds++;
  }
  const seconds = cpuSeconds() - start;
  const rate = (rows / seconds / 1e6).toFixed(2);
  process.stdout.write(
    `${name.padEnd(44)} ${rate.padStart(6)} M rows/CPU-s ${((bytes * rounds) / seconds / 1e6).toFixed(0).padStart(6)} MB/s\n`,
  );
}

function decodeCase(
  name: string,
  format: 'json' | 'csv',
  schema: Schema,
  columns: readonly DecodeColumn[],
  bytes: Buffer,
): void {
  report(name, bytes.length, () => decodeOnce(makeDecoder(format, schema, columns), bytes));
}

const SPELLINGS: readonly (readonly [string, Spelling])[] = [
  ['as written', {}],
  ['reversed', { order: 'reversed' }],
  ['other names', { rename: true }],
  ['a space between tokens', { space: 'one' }],
  ['random white space', { space: 'random' }],
  ['random order', { order: 'random' }],
];
for (const [name, how] of SPELLINGS) {
  const map = how.rename === true ? renamed : undefined;
  decodeCase(`json bids, 2 of 7 columns, ${name}`, 'json', BID, paths(BID, 'channel dateTime', map), lines(flat, how));
  const window = paths(UNION, 'event_type bid.channel bid.dateTime', map);
  decodeCase(`json union, 3 of 26 leaves, ${name}`, 'json', UNION, window, lines(nested, how));
}
decodeCase('json bids, all columns', 'json', BID, paths(BID, BID.map(({ name }) => name).join(' ')), lines(flat, {}));
decodeCase('json union, whole rows', 'json', UNION, paths(UNION, 'event_type person auction bid'), lines(nested, {}));

function encoded(format: 'json' | 'csv', schema: Schema, from: Buffer): Buffer {
  const decoder = makeDecoder('json', schema, paths(schema, schema.map(({ name }) => name).join(' ')));
  const found = findFormat(format);
  const options = parseOptions(format, found.options as OptionSet, {});
  const encoder = found.encoder?.({ schema, options, timeZone: 'UTC', separator: Buffer.from('\n') });
  const parts: Buffer[] = [];
  decoder.reserve(from.length).set(from);
  decoder.commit(from.length, true);
  const batch = decoder.next(BATCH_ROWS)?.batch;
  if (batch === undefined || encoder === undefined) throw new Error('nothing to encode');
  const size = encoder.encode(batch).length;
  report(`${format} written, ${schema.length} columns`, Math.round((size * RECORDS) / batch.length), () => {
    for (let k = 0; k < RECORDS; k += batch.length) encoder.encode(batch);
    return RECORDS;
  });
  for (let next: typeof batch | undefined = batch; next !== undefined; next = decoder.next(BATCH_ROWS)?.batch) {
    const { u8, length } = encoder.encode(next);
    parts.push(Buffer.from(u8.slice(0, length)));
  }
  return Buffer.concat(parts);
}

encoded('json', BID, lines(flat, {}));
encoded('json', UNION, lines(nested, {}));
const csv = encoded('csv', BID, lines(flat, {}));
decodeCase('csv bids, 2 of 7 columns', 'csv', BID, paths(BID, 'channel dateTime'), csv);
decodeCase('csv bids, all columns', 'csv', BID, paths(BID, BID.map(({ name }) => name).join(' ')), csv);
