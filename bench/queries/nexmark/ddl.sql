-- The auction site: one stream of persons, auctions and bids, and a view of each.
--
-- `generated` makes the events, `recorded` reads them from files that hold them as JSON lines; the queries are over
-- NEXMARK_TABLE, one of the two.

CREATE TABLE generated (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING,
    `dateTime` TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3),
    expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING>,
  -- Exactly one of the three rows is there in an event.
  `dateTime` AS CASE
    WHEN event_type = 0 THEN person.`dateTime`
    WHEN event_type = 1 THEN auction.`dateTime`
    ELSE bid.`dateTime`
  END,
  WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND
) WITH (
  'connector' = 'nexmark',
  'events.num' = '${EVENTS_NUM}',
  'first-event.rate' = '${TPS}',
  'base-time' = '${BASE_TIME}',
  'person.proportion' = '${PERSON_PROPORTION}',
  'auction.proportion' = '${AUCTION_PROPORTION}',
  'bid.proportion' = '${BID_PROPORTION}'
);

CREATE TABLE recorded WITH (
  'connector' = 'filesystem',
  'path' = '${EVENTS_PATH}',
  'format' = 'json'
) LIKE generated (EXCLUDING OPTIONS);

-- The views take the time of the event, which is the rowtime, and not that of the nested row.
CREATE VIEW person AS
SELECT person.id, person.name, person.emailAddress, person.creditCard, person.city, person.state, `dateTime`, person.extra
FROM ${NEXMARK_TABLE}
WHERE event_type = 0;

CREATE VIEW auction AS
SELECT auction.id, auction.itemName, auction.description, auction.initialBid, auction.reserve, `dateTime`, auction.expires,
  auction.seller, auction.category, auction.extra
FROM ${NEXMARK_TABLE}
WHERE event_type = 1;

CREATE VIEW bid AS
SELECT bid.auction, bid.bidder, bid.price, bid.channel, bid.url, `dateTime`, bid.extra
FROM ${NEXMARK_TABLE}
WHERE event_type = 2;
