/** The nested union stream as JSON lines. */
import type { Benchmark, BenchmarkOptions } from '../benchmark.ts';
import { type DataFile, layoutOf, pathOf } from '../data-files.ts';
import { columnsSql, duckdbPath, duckdbSource, pathSql } from '../layout.ts';
import { type Variant, variants } from '../variants.ts';

const ROWS = 1_000_000;
const VARIANT_ROWS = 500_000;

export function eventBenchmarks({ seed, shrink }: BenchmarkOptions): readonly Benchmark[] {
  return variants(seed).map((variant) => {
    const rows = (variant.suffix === '' ? ROWS : VARIANT_ROWS) / shrink;
    return windowCount({ records: 'events', rows, seed: variant.seed, style: variant.style }, variant);
  });
}

function windowCount(file: DataFile, { suffix, title, slower }: Variant): Benchmark {
  const layout = layoutOf(file);
  const of = (role: string): string => pathSql(layout, role);
  const duck = (role: string): string => duckdbPath(layout, role);
  return {
    name: `union-window-count${suffix}`,
    title: `nested JSON events, count per bid channel and 10 s window${title}`,
    target: 2_500_000 * slower,
    rows: file.rows,
    files: [file],
    setup: () =>
      `CREATE TABLE events (${columnsSql(layout)},
         happened_at AS CASE WHEN ${of('event_type')} = 0 THEN ${of('person.dateTime')}
           WHEN ${of('event_type')} = 1 THEN ${of('auction.dateTime')} ELSE ${of('bid.dateTime')} END,
         WATERMARK FOR happened_at AS happened_at - INTERVAL '4' SECOND)
       WITH ('connector' = 'filesystem', 'path' = '${pathOf(file)}', 'format' = 'json');`,
    sinkColumns: 'window_start TIMESTAMP(3), channel STRING, bids BIGINT',
    select: `SELECT window_start, ${of('bid.channel')}, COUNT(*)
      FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(happened_at), INTERVAL '10' SECOND))
      WHERE ${of('event_type')} = 2
      GROUP BY window_start, window_end, ${of('bid.channel')}`,
    answer: 'rows',
    duckdb: `SELECT epoch_ms(${duck('bid.dateTime')}) // 10000 * 10000, ${duck('bid.channel')}, count(*)
      FROM ${duckdbSource(layout, ['event_type', 'bid.channel', 'bid.dateTime'], pathOf(file))}
      WHERE ${duck('event_type')} = 2 GROUP BY ALL`,
    peer: suffix === '',
  };
}
