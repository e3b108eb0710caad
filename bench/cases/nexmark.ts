/** The in-process source, without bytes: what the operators cost. */
import { RowsAnswer } from '../answer.ts';
import type { Benchmark, BenchmarkOptions } from '../benchmark.ts';
import { EVENTS, columnsSql } from '../layout.ts';

const ROWS = 5_000_000;
const BASE_MS = Date.parse('2015-07-15T00:00:00Z');

export function nexmarkBenchmarks({ shrink }: BenchmarkOptions): readonly Benchmark[] {
  const events = ROWS / shrink;
  return [
    {
      name: 'nexmark-window-count',
      title: 'nexmark source, bids per 10 s window',
      target: 3_000_000,
      rows: events,
      files: [],
      setup: (rows) =>
        `CREATE TABLE events (${columnsSql(EVENTS)},
           happened_at AS CASE WHEN event_type = 0 THEN person.\`dateTime\`
             WHEN event_type = 1 THEN auction.\`dateTime\` ELSE bid.\`dateTime\` END,
           WATERMARK FOR happened_at AS happened_at - INTERVAL '4' SECOND)
         WITH ('connector' = 'nexmark', 'events.num' = '${rows}');`,
      sinkColumns: 'window_start TIMESTAMP(3), bids BIGINT',
      select: `SELECT window_start, COUNT(*)
        FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(happened_at), INTERVAL '10' SECOND))
        WHERE event_type = 2 GROUP BY window_start, window_end`,
      answer: 'rows',
      duckdb: null,
      peer: false,
      expected: () => expected(events),
    },
  ];
}

/** Event k (from 1) has id k + 1, comes k tenths of a millisecond after the base, and is a bid if id mod 50 is 4 or more. */
function expected(events: number): string {
  const bids = new Map<number, number>();
  for (let k = 1; k <= events; k++) {
    if ((k + 1) % 50 < 4) continue;
    const start = Math.floor((BASE_MS + Math.floor(k / 10)) / 10_000) * 10_000;
    bids.set(start, (bids.get(start) ?? 0) + 1);
  }
  const answer = new RowsAnswer();
  for (const [start, count] of bids) answer.add([String(start), String(count)], 1);
  return answer.toString();
}
