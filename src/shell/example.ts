/** Data that comes along: an auction site, made up as it goes, at the pace of the clock. */
export const EXAMPLE_DDL = `
CREATE CATALOG example WITH ('type' = 'generic_in_memory', 'default-database' = 'auction');
CREATE TABLE example.auction.events (
  event_type INT,
  person ROW<id BIGINT, name STRING, city STRING, state STRING, \`dateTime\` TIMESTAMP(3)>,
  auction ROW<id BIGINT, itemName STRING, initialBid BIGINT, reserve BIGINT, \`dateTime\` TIMESTAMP(3), seller BIGINT, category BIGINT>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, \`dateTime\` TIMESTAMP(3)>,
  ts AS CASE WHEN event_type = 0 THEN person.\`dateTime\` WHEN event_type = 1 THEN auction.\`dateTime\` ELSE bid.\`dateTime\` END,
  WATERMARK FOR ts AS ts - INTERVAL '0.1' SECOND
) COMMENT 'persons, auctions and bids, 10,000 a second'
WITH ('connector' = 'nexmark', 'max-emit-speed' = 'false');
CREATE VIEW example.auction.bids AS
SELECT bid.auction, bid.bidder, bid.price, bid.channel, ts FROM example.auction.events WHERE event_type = 2;
`;

export const EXAMPLE_QUERY = `SELECT channel, COUNT(*) AS bids, MAX(price) AS highest
FROM example.auction.bids
GROUP BY channel ORDER BY bids DESC LIMIT 5;`;
