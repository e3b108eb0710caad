/**
 * What a watermark after every row costs: the nexmark source into a window count and into a plain filter, with a mark
 * after every row that moves the watermark and with one every 200 ms of event time at the most; per CPU-second.
 *
 *   node bench/micro/watermarks.ts [events]
 */
import { runInsert } from '../engine-runner.ts';

const events = Number(process.argv[2] ?? 4e6);

const setup = (interval: string): string => `
  SET 'pipeline.auto-watermark-interval' = '${interval}';
  CREATE TABLE events (
    event_type INT, bid ROW<auction BIGINT, price BIGINT, \`dateTime\` TIMESTAMP(3)>, \`dateTime\` AS bid.\`dateTime\`,
    ts AS COALESCE(bid.\`dateTime\`, TIMESTAMP '2015-07-15 00:00:00'), WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
  ) WITH ('connector' = 'nexmark', 'events.num' = '${events}');
  CREATE TABLE counts (window_start TIMESTAMP(3), n BIGINT) WITH ('connector' = 'blackhole');
  CREATE TABLE prices (auction BIGINT, price BIGINT) WITH ('connector' = 'blackhole');`;

const QUERIES = {
  'window count': `INSERT INTO counts SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts),
    INTERVAL '10' SECOND)) WHERE event_type = 2 GROUP BY window_start, window_end;`,
  filter: 'INSERT INTO prices SELECT bid.auction, bid.price FROM events WHERE event_type = 2 AND bid.price > 10000;',
};

for (const [name, query] of Object.entries(QUERIES)) {
  for (const interval of ['0 ms', '200 ms']) {
    await runInsert(setup(interval), query);
    const before = process.cpuUsage();
    await runInsert(setup(interval), query);
    const { user, system } = process.cpuUsage(before);
    console.log(`${name}, interval ${interval}: ${(events / (user + system)).toFixed(2)} M events per CPU-second`);
  }
}
