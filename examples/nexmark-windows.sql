-- Overlapping and growing windows over a generated stream: the bids of an auction site.
--
--   npx millrace run examples/nexmark-windows.sql
--   npx millrace run --set parallelism.default=2 examples/nexmark-windows.sql     two subtasks, another auction house each
--
-- `nexmark` is the auction site that stream engines are measured on. The same seed makes the same stream every time.
-- 300,000 events at 10,000 a second of event time are 30 seconds of it, made as fast as they can be.

CREATE TABLE auction_site (
  event_type INT,
  person ROW<`dateTime` TIMESTAMP(3)>,
  auction ROW<`dateTime` TIMESTAMP(3)>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, `dateTime` TIMESTAMP(3)>,
  -- Exactly one of the three rows is there in an event.
  happened_at AS CASE
    WHEN event_type = 0 THEN person.`dateTime`
    WHEN event_type = 1 THEN auction.`dateTime`
    ELSE bid.`dateTime`
  END,
  WATERMARK FOR happened_at AS happened_at - INTERVAL '0.1' SECOND
) WITH (
  'connector' = 'nexmark',
  'events.num' = '300000',
  'seed' = '7'
);

CREATE TEMPORARY VIEW bids AS
SELECT bid.auction, bid.bidder, bid.price, bid.channel, happened_at
FROM auction_site
WHERE event_type = 2;

-- Query 1: every five seconds, the bids of the ten seconds before on the four large channels. An event is kept once, in
-- its five-second slice, however many windows overlap.
SELECT window_start, window_end, channel, COUNT(*) AS bids, MAX(price) AS highest
FROM TABLE(HOP(TABLE bids, DESCRIPTOR(happened_at), INTERVAL '5' SECOND, INTERVAL '10' SECOND))
WHERE channel IN ('Google', 'Facebook', 'Baidu', 'Apple')
GROUP BY window_start, window_end, channel;

-- Query 2: the volume of bids since the beginning of each 15 seconds, as it grows, every 3 seconds.
SELECT window_start, window_end, COUNT(*) AS bids, COUNT(DISTINCT auction) AS auctions, SUM(price) AS volume
FROM TABLE(CUMULATE(TABLE bids, DESCRIPTOR(happened_at), INTERVAL '3' SECOND, INTERVAL '15' SECOND))
GROUP BY window_start, window_end;
