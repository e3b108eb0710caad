/**
 * The script of `millrace demo`: event-time windows over a generated auction site, at the pace of the clock. It needs
 * no server and no file.
 */
export const DEMO_SQL = `-- A stream of auction events, made up as it goes: 10,000 a second for six seconds.
CREATE TABLE auction_site (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING,
             \`dateTime\` TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT,
              \`dateTime\` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, \`dateTime\` TIMESTAMP(3),
          extra STRING>,
  ts AS CASE WHEN event_type = 0 THEN person.\`dateTime\` WHEN event_type = 1 THEN auction.\`dateTime\` ELSE bid.\`dateTime\` END,
  WATERMARK FOR ts AS ts - INTERVAL '0.1' SECOND
) WITH (
  'connector' = 'nexmark',
  'events.num' = '60000',
  'max-emit-speed' = 'false'
);

-- For every second of event time: the bids of the large channels. A window is final when the watermark passes its end.
SELECT window_start, bid.channel, COUNT(*) AS bids, MAX(bid.price) AS highest, SUM(bid.price) AS volume
FROM TABLE(TUMBLE(TABLE auction_site, DESCRIPTOR(ts), INTERVAL '1' SECOND))
WHERE event_type = 2 AND bid.channel IN ('Google', 'Facebook', 'Baidu', 'Apple')
GROUP BY window_start, window_end, bid.channel;
`;

export const DEMO_BEFORE = `An auction site, 10,000 events a second for six seconds; bids per channel in windows of one second of event time.
`;

export const DEMO_AFTER = `
That was a continuous query: windows closed as event time passed them, while events kept coming.

Try next:
  npx millrace                                     a prompt: live tables, completion, HELP;
  npx millrace sql "SELECT 1 + 1 AS answer"
  npx millrace run examples/earthquakes.sql        a query file over a real data file
  npx millrace explain examples/earthquakes.sql    how it runs, and what state it keeps
  ls examples                                      more query files, each runs as it stands
`;
