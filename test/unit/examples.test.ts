import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

// Every file in examples/ runs as it stands. What it should say is computed here, from the data, without the engine.

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
// The examples write to out/ in the working directory.
const folder = mkdtempSync(join(tmpdir(), 'millrace-examples-'));
symlinkSync(join(root, 'examples'), join(folder, 'examples'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Row = Readonly<Record<string, unknown>>;

interface Run {
  readonly status: number | null;
  readonly stderr: string;
  /** What each query's changelog adds up to, sorted. */
  readonly tables: readonly (readonly Row[])[];
  /** The row kinds that each query emitted. */
  readonly kinds: readonly ReadonlySet<string>[];
}

function runExample(name: string): Run {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'src/cli/main.ts'), 'run', '--output', 'jsonl', join('examples', name)],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' }, maxBuffer: 1 << 28 },
  );
  const counts: Map<string, number>[] = [];
  const kinds: Set<string>[] = [];
  for (const line of stdout.split('\n')) {
    if (line === '') continue;
    const { op, row, query = 1 } = JSON.parse(line) as { op: string; row: Row; query?: number };
    const table = (counts[query - 1] ??= new Map());
    const key = JSON.stringify(row);
    const count = (table.get(key) ?? 0) + (op === '-U' || op === '-D' ? -1 : 1);
    if (count < 0) throw new Error(`${op} takes away a row that is not there: ${line}`);
    table.set(key, count);
    (kinds[query - 1] ??= new Set()).add(op);
  }
  const tables = counts.map((table) =>
    [...table].flatMap(([key, count]) => Array.from({ length: count }, () => normalize(JSON.parse(key) as Row))),
  );
  return { status, stderr, tables: tables.map(sorted), kinds };
}

/** Times as epoch milliseconds, so that nothing depends on how many digits of a fraction are written. */
function normalize(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:/.test(value) ? millis(value) : value,
    ]),
  );
}

const millis = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

function sorted(rows: readonly Row[]): readonly Row[] {
  return rows
    .map((row) => ({ row, text: JSON.stringify(row) }))
    .toSorted((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ row }) => row);
}

function groupBy<T>(rows: readonly T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const at = key(row);
    const group = groups.get(at);
    if (group === undefined) groups.set(at, [row]);
    else group.push(row);
  }
  return groups;
}

const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));

interface Quake {
  readonly id: string;
  readonly event_time: string;
  readonly magnitude: number;
  readonly kind: string;
  readonly place: string;
  readonly region: string;
  readonly network: string;
  readonly felt: number | null;
  readonly location: { readonly depth_km: number };
}

const quakes = readFileSync(join(root, 'examples/data/earthquakes.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Quake)
  .map((quake) => ({ ...quake, at: millis(quake.event_time) }));

const HOUR = 3_600_000;

test('there is a test for every example', () => {
  const files = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.sql'));
  const tested = readFileSync(fileURLToPath(import.meta.url), 'utf8');
  expect(files.filter((name) => !tested.includes(`runExample('${name}')`))).toEqual([]);
});

test('earthquakes.sql: windows over a file', () => {
  const { status, tables, kinds } = runExample('earthquakes.sql');
  expect(status).toBe(0);
  const days = groupBy(
    quakes.filter(({ kind }) => kind === 'earthquake'),
    ({ event_time }) => event_time.slice(0, 10),
  );
  expect(tables[0]).toEqual(
    sorted(
      [...days].map(([day, rows]) => ({
        day,
        quakes: rows.length,
        felt_by_somebody: rows.filter(({ felt }) => felt !== null).length,
        strongest: most(rows.map(({ magnitude }) => magnitude)),
        deepest_km: most(rows.map(({ location }) => location.depth_km)),
      })),
    ),
  );
  const start = (at: number): number => Math.floor((at - 2 * HOUR) / (6 * HOUR)) * 6 * HOUR + 2 * HOUR;
  const places = groupBy(
    quakes.filter(({ magnitude }) => magnitude >= 2.5),
    ({ at, region }) => JSON.stringify([start(at), region]),
  );
  expect(tables[1]).toEqual(
    sorted(
      [...places.values()]
        .filter((rows) => rows.length >= 5)
        .map((rows) => ({
          window_start: start(rows[0]?.at as number),
          region: rows[0]?.region,
          quakes: rows.length,
          strongest: most(rows.map(({ magnitude }) => magnitude)),
        })),
    ),
  );
  expect(kinds).toEqual([new Set(['+I']), new Set(['+I'])]);
});

test('weather.sql: a CSV file with a header', () => {
  const { status, tables } = runExample('weather.sql');
  expect(status).toBe(0);
  const [, ...lines] = readFileSync(join(root, 'examples/data/seattle-weather.csv'), 'utf8').trimEnd().split('\n');
  const days = lines.map((line) => {
    const [date, precipitation, warm, cold, , weather] = line.split(',') as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    return {
      year: Number(date.slice(0, 4)),
      rain: Number(precipitation),
      warm: Number(warm),
      cold: Number(cold),
      weather,
    };
  });
  const groups = groupBy(
    days.filter(({ weather }) => ['rain', 'snow', 'sun'].includes(weather)),
    ({ year, weather }) => JSON.stringify([year, weather]),
  );
  expect(tables[0]).toEqual(
    sorted(
      [...groups.values()].map((rows) => ({
        year: rows[0]?.year,
        weather: rows[0]?.weather,
        days: rows.length,
        coldest: least(rows.map(({ cold }) => cold)),
        warmest: most(rows.map(({ warm }) => warm)),
        wettest: most(rows.map(({ rain }) => rain)),
      })),
    ),
  );
});

test('nexmark-windows.sql: overlapping and growing windows', () => {
  const { status, tables } = runExample('nexmark-windows.sql');
  expect(status).toBe(0);
  const base = Date.parse('2015-07-15T00:00:00Z');
  // Event k has id k + 1 and comes k tenths of a millisecond after the start; 46 of 50 ids are bids.
  const bidsBetween = (from: number, to: number): number => {
    let bids = 0;
    for (let k = 1; k <= 300_000; k++) {
      const at = base + Math.floor(k / 10);
      if (at >= from && at < to && (k + 1) % 50 >= 4) bids++;
    }
    return bids;
  };
  const [hop = [], cumulate = []] = tables;
  const ten = [-5, 0, 5, 10, 15, 20, 25].map((start) => base + start * 1000);
  expect([...new Set(hop.map((row) => Number(row['window_start'])))].toSorted((a, b) => a - b)).toEqual(ten);
  expect(hop.length).toBe(ten.length * 4);
  for (const row of hop) expect(Number(row['window_end']) - Number(row['window_start'])).toBe(10_000);
  const starts = [0, 15_000];
  const windows = starts.flatMap((start) => [3000, 6000, 9000, 12_000, 15_000].map((length) => ({ start, length })));
  expect(cumulate.map(({ window_start, window_end, bids }) => ({ window_start, window_end, bids }))).toEqual(
    sorted(
      windows.map(({ start, length }) => ({
        window_start: base + start,
        window_end: base + start + length,
        bids: bidsBetween(base + start, base + start + length),
      })),
    ),
  );
});

test('top-n.sql: Top-N and deduplication', () => {
  const { status, tables, kinds } = runExample('top-n.sql');
  expect(status).toBe(0);
  const networks = groupBy(
    quakes.filter(({ network }) => ['ak', 'ci', 'us'].includes(network)),
    ({ network }) => network,
  );
  expect(tables[0]).toEqual(
    sorted(
      [...networks.values()].flatMap((rows) =>
        rows
          .toSorted((a, b) => b.magnitude - a.magnitude || a.at - b.at)
          .slice(0, 3)
          .map(({ network, magnitude, at, place }, i) => ({
            network,
            place_in_list: i + 1,
            magnitude,
            event_time: at,
            place,
          })),
      ),
    ),
  );
  const rare = groupBy(
    quakes.filter(({ region }) => ['Chile', 'Greenland', 'Japan', 'Panama', 'Peru'].includes(region)),
    ({ region }) => region,
  );
  expect(tables[1]).toEqual(
    sorted(
      [...rare.values()].map((rows) => {
        const last = rows.at(-1);
        return { region: last?.region, event_time: last?.at, magnitude: last?.magnitude };
      }),
    ),
  );
  expect(kinds[1]).toEqual(new Set(['+I', '-U', '+U']));
});

test('join.sql: a regular join and an interval join', () => {
  const { status, tables, kinds } = runExample('join.sql');
  expect(status).toBe(0);
  const operators: Readonly<Record<string, string>> = {
    ak: 'Alaska Earthquake Center',
    ci: 'Southern California Seismic Network',
    hv: 'Hawaiian Volcano Observatory',
    us: 'National Earthquake Information Center',
  };
  expect(tables[0]).toEqual(
    sorted(
      quakes
        .filter(({ magnitude, network }) => magnitude >= 5.5 && operators[network] !== undefined)
        .map(({ at, magnitude, place, network }) => ({
          event_time: at,
          magnitude,
          place,
          operator: operators[network],
        })),
    ),
  );
  const pairs = quakes
    .filter(({ magnitude }) => magnitude >= 4.5)
    .flatMap((shock) =>
      quakes
        .filter(
          ({ id, region, at }) => id !== shock.id && region === shock.region && at >= shock.at && at <= shock.at + HOUR,
        )
        .map((after) => ({
          region: shock.region,
          first_at: shock.at,
          first_magnitude: shock.magnitude,
          then_at: after.at,
          then_magnitude: after.magnitude,
        })),
    );
  expect(pairs.length).toBe(18);
  expect(tables[1]).toEqual(sorted(pairs));
  expect(kinds[1]).toEqual(new Set(['+I']));
});

test('dead-letter.sql: broken records', () => {
  const { status, tables } = runExample('dead-letter.sql');
  expect(status).toBe(0);
  const at = (time: string): number => millis(`2024-03-01 ${time}`);
  expect(tables[0]).toEqual(
    sorted([
      { window_start: at('08:00:00'), sensor: 'boiler', readings: 2, highest: 72 },
      { window_start: at('08:00:00'), sensor: 'outlet', readings: 1, highest: 54 },
      { window_start: at('08:01:00'), sensor: 'intake', readings: 1, highest: 11.5 },
      { window_start: at('08:01:00'), sensor: 'boiler', readings: 1, highest: 73.25 },
      { window_start: at('08:02:00'), sensor: 'outlet', readings: 1, highest: 55 },
      { window_start: at('08:02:00'), sensor: 'intake', readings: 1, highest: 12 },
    ]),
  );
  expect(tables[1]?.length).toBe(7);
  const lines = readFileSync(join(root, 'examples/data/sensor-readings.jsonl'), 'utf8').trimEnd().split('\n');
  const broken = [2, 4, 6, 8, 10].map((line) => ({
    payload: lines[line],
    split_position: lines.slice(0, line).reduce((bytes, text) => bytes + Buffer.byteLength(text) + 1, 0),
  }));
  const rejects = filesIn('out/dead-letters')
    .flatMap((text) => text.trimEnd().split('\n'))
    .map(
      (line) => JSON.parse(line) as { payload: string; split_position: number; reason: string; source_name: string },
    );
  expect(
    rejects.map(({ payload, split_position }) => ({
      payload: Buffer.from(payload, 'base64').toString(),
      split_position,
    })),
  ).toEqual(broken);
  for (const { reason, source_name } of rejects) {
    expect(reason).not.toBe('');
    expect(source_name).toContain('readings');
  }
});

test('files-out.sql: results as files by day', () => {
  const { status } = runExample('files-out.sql');
  expect(status).toBe(0);
  const hours = groupBy(quakes, ({ event_time }) => event_time.slice(0, 13));
  const days = groupBy([...hours], ([hour]) => hour.slice(0, 10));
  expect(readdirSync(join(folder, 'out/quakes-by-hour')).sort()).toEqual(
    [...days.keys()].map((day) => `day=${day}`).sort(),
  );
  for (const [day, of] of days) {
    const lines = filesIn(`out/quakes-by-hour/day=${day}`).flatMap((text) => text.trimEnd().split('\n'));
    const rows = lines.map((line) => {
      const [start = '', count, strongest] = line.replaceAll('"', '').split(',');
      return { hour: millis(start), quakes: Number(count), strongest: Number(strongest) };
    });
    expect(sorted(rows)).toEqual(
      sorted(
        of.map(([hour, group]) => ({
          hour: millis(`${hour}:00:00`),
          quakes: group.length,
          strongest: most(group.map(({ magnitude }) => magnitude)),
        })),
      ),
    );
  }
});

/** The visible files of a directory, as text. */
function filesIn(path: string): string[] {
  return readdirSync(join(folder, path))
    .filter((name) => !name.startsWith('.') && !name.startsWith('_'))
    .sort()
    .map((name) => readFileSync(join(folder, path, name), 'utf8'));
}
