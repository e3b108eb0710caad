/**
 * The input files in bench/.data, made once. Those of the standard layout come from the `nexmark` source through the json
 * encoder; the others hold the same records, written out again with other names, types, orders or white space.
 */
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '../src/platform/seeded-random.ts';
import { BIDS, EVENTS, type Field, type Layout, columnsSql, drawLayout, shuffle } from './layout.ts';
import { runInsert } from './engine-runner.ts';
import { keysTable } from './permuted-keys.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '.data');

export interface DataFile {
  readonly records: 'bids' | 'events' | 'keys';
  readonly rows: number;
  /** null = the standard layout. */
  readonly seed: number | null;
  /** `orders`: another order of keys in every record; `spaces`: white space, at random, between tokens. */
  readonly style: 'plain' | 'orders' | 'spaces';
}

export function layoutOf({ records, seed }: DataFile): Layout {
  const standard = records === 'bids' ? BIDS : EVENTS;
  return seed === null ? standard : drawLayout(standard, seed);
}

export function pathOf({ records, rows, seed, style }: DataFile): string {
  return join(folder, `${[records, rows, seed === null ? 'standard' : `seed${seed}`, style].join('-')}.jsonl`);
}

/** Makes the file unless it is there. */
export async function ensureFile(file: DataFile): Promise<void> {
  const path = pathOf(file);
  if (existsSync(path)) return;
  mkdirSync(folder, { recursive: true });
  if (file.seed === null && file.style === 'plain') return writeStandard(file, path);
  const standard: DataFile = { ...file, seed: null, style: 'plain' };
  await ensureFile(standard);
  await rewrite(standard, file);
}

const nexmark = (events: number): string => `
  CREATE TABLE nexmark_events (${columnsSql(EVENTS)})
  WITH ('connector' = 'nexmark', 'events.num' = '${events}');`;

/** How many events of the generator hold so many bids: 46 of 50 ids, from id 2 on. */
function eventsForBids(bids: number): number {
  const rest = bids % 46;
  return rest === 0 ? (bids / 46) * 50 - 2 : Math.floor(bids / 46) * 50 + 4 + rest - 2;
}

async function writeStandard(file: DataFile, path: string): Promise<void> {
  const temporary = `${path}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  const sink = (columns: string): string => `
    CREATE TABLE target (${columns})
    WITH ('connector' = 'filesystem', 'path' = '${temporary}', 'format' = 'json', 'sink.rolling-policy.file-size' = '16gb');`;
  if (file.records === 'events') {
    await runInsert(
      nexmark(file.rows) + sink(columnsSql(EVENTS)),
      'INSERT INTO target SELECT event_type, person, auction, bid FROM nexmark_events',
    );
  } else if (file.records === 'bids') {
    // One channel in forty and one url in thirty-three is NULL.
    await runInsert(
      nexmark(eventsForBids(file.rows)) + sink(columnsSql(BIDS)),
      `INSERT INTO target SELECT bid.auction, bid.bidder, bid.price,
         CASE WHEN bid.price % 40 = 7 THEN CAST(NULL AS STRING) ELSE bid.channel END,
         CASE WHEN bid.price % 33 = 0 THEN CAST(NULL AS STRING) ELSE bid.url END,
         bid.\`dateTime\`, bid.extra
       FROM nexmark_events WHERE event_type = 2`,
    );
  } else {
    await runInsert(
      keysTable('permuted', { rows: file.rows, keyType: 'BIGINT' }) + sink('k BIGINT, v BIGINT'),
      'INSERT INTO target SELECT k, v FROM permuted',
    );
  }
  const [name, ...more] = readdirSync(temporary);
  if (name === undefined || more.length > 0) throw new Error(`${temporary} holds ${more.length + 1} files, not one`);
  renameSync(join(temporary, name), path);
  rmSync(temporary, { recursive: true });
}

type Json = string | number | boolean | null | { readonly [key: string]: Json };

async function rewrite(from: DataFile, to: DataFile): Promise<void> {
  const layout = layoutOf(to);
  const random = new SeededRandom(to.seed ?? 1);
  const temporary = `${pathOf(to)}.tmp`;
  const output = createWriteStream(temporary);
  let lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(pathOf(from)) })) {
    lines.push(writeRecord(JSON.parse(line) as Json, layout, to.style, random));
    if (lines.length < 2000) continue;
    if (!output.write(`${lines.join('\n')}\n`)) await once(output, 'drain');
    lines = [];
  }
  output.end(lines.length === 0 ? '' : `${lines.join('\n')}\n`);
  await once(output, 'close');
  renameSync(temporary, pathOf(to));
}

const SPACES = ['', '', ' ', '  ', '\t'];

function writeRecord(record: Json, layout: Layout, style: DataFile['style'], random: SeededRandom): string {
  const space = style === 'spaces' ? () => SPACES[Math.floor(random.next() * SPACES.length)] as string : () => '';
  const write = (value: Json, fields: Layout): string => {
    const values = value as { readonly [key: string]: Json };
    const order = style === 'orders' ? shuffle(fields, () => random.next()) : fields;
    const members = order.map((field) => {
      const of = values[field.role.slice(field.role.indexOf('.') + 1)] as Json;
      const text = of === null || field.fields === null ? scalar(of, field) : write(of, field.fields);
      return `${space()}"${field.name}"${space()}:${space()}${text}${space()}`;
    });
    return `{${members.join(',')}}`;
  };
  return write(record, layout);
}

function scalar(value: Json, { convert, type }: Field): string {
  if (value === null) return 'null';
  if (convert === 'zone') return JSON.stringify(`${value as string}Z`);
  if (convert !== 'cents') return JSON.stringify(value);
  const units = (value as number) / 100;
  return type === 'DOUBLE' ? String(units) : units.toFixed(2);
}
