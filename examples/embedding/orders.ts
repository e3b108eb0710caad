// Rows pushed from the program, and a window over them.
import { Millrace } from 'millrace';

await using db = await Millrace.create();

const orders = db.table('orders', {
  columns: { item: 'STRING NOT NULL', amount: 'INT', ts: 'TIMESTAMP(3)' },
  watermark: { column: 'ts', as: "ts - INTERVAL '5' SECOND" },
});

const totals = await db.query<{ item: string; total: number | null; window_end: string }>(
  `SELECT item, SUM(amount) AS total, window_end
   FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
   WHERE amount > :least
   GROUP BY item, window_start, window_end`,
  { least: 0 },
);

// The promise resolves when there is room for more: a slow query slows the writer down.
await orders.push({ item: 'pear', amount: 3, ts: '2024-02-29 12:00:05' });
await orders.push([
  { item: 'plum', amount: 1, ts: '2024-02-29 12:00:30' },
  { item: 'pear', amount: 4, ts: '2024-02-29 12:00:55' },
  { item: 'pear', amount: -1, ts: '2024-02-29 12:00:56' },
  { item: 'plum', amount: 9, ts: '2024-02-29 12:01:10' },
]);
orders.end();

for await (const { item, total, window_end } of totals) console.log(window_end, item, total);
console.log(totals.job.status, totals.job.metrics.rowsIn, 'rows in');

// prints:
// 2024-02-29 12:01:00.000 pear 7
// 2024-02-29 12:01:00.000 plum 1
// 2024-02-29 12:02:00.000 plum 9
// finished 5 rows in
