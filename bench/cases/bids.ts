/** Flat bids as JSON lines: windows, projection and filter. */
import type { Benchmark, BenchmarkOptions } from '../benchmark.ts';
import { type DataFile, layoutOf, pathOf } from '../data-files.ts';
import { type Layout, columnsSql, duckdbPath, duckdbSource, pathSql, typeOfRole } from '../layout.ts';
import { type Variant, variants } from '../variants.ts';

const ROWS = 1_000_000;
const VARIANT_ROWS = 500_000;

export function bidBenchmarks({ seed, shrink }: BenchmarkOptions): readonly Benchmark[] {
  const all = variants(seed).map((variant) => {
    const rows = (variant.suffix === '' ? ROWS : VARIANT_ROWS) / shrink;
    const file: DataFile = { records: 'bids', rows, seed: variant.seed, style: variant.style };
    return { variant, file };
  });
  return [
    ...all.map(({ variant, file }) => windowCount(file, variant)),
    ...all.map(({ variant, file }) => filtered(file, variant)),
    fiveColumns({ records: 'bids', rows: ROWS / shrink, seed: null, style: 'plain' }),
  ];
}

const table = (file: DataFile, watermark: string): string =>
  `CREATE TABLE bids (${columnsSql(layoutOf(file))}${watermark})
   WITH ('connector' = 'filesystem', 'path' = '${pathOf(file)}', 'format' = 'json');`;

/** What SQL and DuckDB call the channel and so on. */
const pathsIn = (
  layout: Layout,
  path: typeof pathSql,
): Record<'auction' | 'bidder' | 'price' | 'channel' | 'time' | 'extra', string> => ({
  auction: path(layout, 'auction'),
  bidder: path(layout, 'bidder'),
  price: path(layout, 'price'),
  channel: path(layout, 'channel'),
  time: path(layout, 'dateTime'),
  extra: path(layout, 'extra'),
});

function windowCount(file: DataFile, { suffix, title, slower }: Variant): Benchmark {
  const layout = layoutOf(file);
  const { channel, time } = pathsIn(layout, pathSql);
  const duck = pathsIn(layout, duckdbPath);
  return {
    name: `window-count${suffix}`,
    title: `JSON bids, count per channel and 10 s window${title}`,
    target: 3_500_000 * slower,
    rows: file.rows,
    files: [file],
    setup: () => table(file, `, WATERMARK FOR ${time} AS ${time} - INTERVAL '4' SECOND`),
    sinkColumns: 'window_start TIMESTAMP(3), channel STRING, bids BIGINT',
    select: `SELECT window_start, ${channel}, COUNT(*)
      FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(${time}), INTERVAL '10' SECOND))
      GROUP BY window_start, window_end, ${channel}`,
    answer: 'rows',
    duckdb: `SELECT epoch_ms(${duck.time}) // 10000 * 10000, ${duck.channel}, count(*)
      FROM ${duckdbSource(layout, ['channel', 'dateTime'], pathOf(file))} GROUP BY ALL`,
    peer: suffix === '',
  };
}

function filtered(file: DataFile, { suffix, title, slower }: Variant): Benchmark {
  const layout = layoutOf(file);
  const { auction, price, channel } = pathsIn(layout, pathSql);
  const duck = pathsIn(layout, duckdbPath);
  // Two thirds of the bids are above a hundred, whether in cents or not.
  const least = layout.find(({ role }) => role === 'price')?.convert === 'cents' ? 100 : 10_000;
  return {
    name: `filter${suffix}`,
    title: `JSON bids, projection and filter${title}`,
    target: 4_500_000 * slower,
    rows: file.rows,
    files: [file],
    setup: () => table(file, ''),
    sinkColumns: `auction ${typeOfRole(layout, 'auction')}, price ${typeOfRole(layout, 'price')}, channel STRING`,
    select: `SELECT ${auction}, ${price}, ${channel} FROM bids WHERE ${price} > ${least}`,
    answer: 'rows',
    duckdb: `SELECT ${duck.auction}, ${duck.price}, ${duck.channel}
      FROM ${duckdbSource(layout, ['auction', 'price', 'channel'], pathOf(file))} WHERE ${duck.price} > ${least}`,
    peer: suffix === '',
  };
}

function fiveColumns(file: DataFile): Benchmark {
  const layout = layoutOf(file);
  const { auction, bidder, price, time, extra } = pathsIn(layout, pathSql);
  const duck = pathsIn(layout, duckdbPath);
  return {
    name: 'five-columns',
    title: 'JSON bids, five columns',
    target: null,
    rows: file.rows,
    files: [file],
    setup: () => table(file, ''),
    sinkColumns: 'auction BIGINT, bidder BIGINT, price BIGINT, bid_time TIMESTAMP(3), extra STRING',
    select: `SELECT ${auction}, ${bidder}, ${price}, ${time}, ${extra} FROM bids`,
    answer: 'rows',
    duckdb: `SELECT ${duck.auction}, ${duck.bidder}, ${duck.price}, epoch_ms(${duck.time}), ${duck.extra}
      FROM ${duckdbSource(layout, ['auction', 'bidder', 'price', 'dateTime', 'extra'], pathOf(file))}`,
    peer: true,
  };
}
