/**
 * The Nexmark queries of `bench/queries/nexmark` by hand for DuckDB, over tables `person`, `auction` and `bid` whose
 * `rowid` is the order of arrival: of equal rows a stream takes the one that came first, or last, and so do these.
 */

const PRICES = [
  '',
  ' FILTER (WHERE price < 10000)',
  ' FILTER (WHERE price >= 10000 AND price < 1000000)',
  ' FILTER (WHERE price >= 1000000)',
];

const each = (aggregate: string): string => PRICES.map((filter) => `${aggregate}${filter}`).join(', ');

const DAY = `strftime("dateTime", '%Y-%m-%d')`;
/** Windows by hand: the epoch is a multiple of ten seconds. */
const TEN_SECONDS = `time_bucket(INTERVAL 10 SECOND, "dateTime", TIMESTAMP '1970-01-01')`;
const JOINED = `auction AS a JOIN bid AS b ON a.id = b.auction AND b."dateTime" >= a."dateTime" AND b."dateTime" <= a.expires`;
const CHANNEL_ID = `CASE WHEN regexp_matches(url, '(&|^)channel_id=') THEN regexp_extract(url, '(&|^)channel_id=([^&]*)', 2) END`;

export const DUCKDB_QUERIES: Readonly<Record<string, string>> = {
  q0: `SELECT auction, bidder, price, "dateTime", extra FROM bid`,
  q1: `SELECT auction, bidder, CAST(price * 908 AS DECIMAL(23, 0)) * CAST(0.001 AS DECIMAL(4, 3)), "dateTime", extra FROM bid`,
  q2: `SELECT auction, price FROM bid WHERE auction % 123 = 0`,
  q3: `SELECT p.name, p.city, p.state, a.id FROM auction AS a JOIN person AS p ON a.seller = p.id
    WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA')`,
  q4: `SELECT category, CAST(sum(final) AS BIGINT) // count(*)
    FROM (SELECT a.id, a.category, max(b.price) AS final FROM ${JOINED} GROUP BY ALL) GROUP BY category`,
  'q5-counts': `SELECT auction, s, s + INTERVAL 10 SECOND, count(*)
    FROM (SELECT auction, time_bucket(INTERVAL 2 SECOND, "dateTime", TIMESTAMP '1970-01-01') - to_seconds(2 * i) AS s FROM bid, range(5) AS r(i))
    GROUP BY ALL`,
  q7: `SELECT b.auction, b.price, b.bidder, b."dateTime", b.extra
    FROM bid AS b JOIN (SELECT max(price) AS highest, ${TEN_SECONDS} AS s FROM bid GROUP BY s) AS m
      ON b.price = m.highest AND b."dateTime" >= m.s AND b."dateTime" <= m.s + INTERVAL 10 SECOND`,
  'q8-persons': `SELECT DISTINCT id, name, ${TEN_SECONDS} AS s, s + INTERVAL 10 SECOND FROM person`,
  'q8-sellers': `SELECT DISTINCT seller, ${TEN_SECONDS} AS s, s + INTERVAL 10 SECOND FROM auction`,
  q9: `SELECT a.*, b.auction, b.bidder, b.price, b."dateTime", b.extra FROM ${JOINED}
    QUALIFY row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b."dateTime", b.rowid) = 1`,
  q10: `SELECT auction, bidder, price, "dateTime", extra, ${DAY}, strftime("dateTime", '%H:%M') FROM bid`,
  q11: `SELECT bidder, count(*), min("dateTime"), max("dateTime") + INTERVAL 10 SECOND
    FROM (
      SELECT bidder, "dateTime", sum(opens) OVER (PARTITION BY bidder ORDER BY "dateTime", id) AS session
      FROM (
        SELECT bidder, "dateTime", rowid AS id, CASE WHEN "dateTime" - lag("dateTime") OVER (PARTITION BY bidder ORDER BY "dateTime", rowid) <= INTERVAL 10 SECOND THEN 0 ELSE 1 END AS opens
        FROM bid
      )
    ) GROUP BY bidder, session`,
  q14: `SELECT auction, bidder, CAST(price * 908 AS DECIMAL(23, 0)) * CAST(0.001 AS DECIMAL(4, 3)),
      CASE WHEN hour("dateTime") BETWEEN 8 AND 18 THEN 'dayTime' WHEN hour("dateTime") IN (7, 19) THEN 'otherTime' ELSE 'nightTime' END,
      "dateTime", extra
    FROM bid WHERE price * 908 > 1000000000 AND price * 908 < 50000000000`,
  q15: `SELECT ${DAY} AS d, ${each('count(*)')}, ${each('count(DISTINCT bidder)')}, ${each('count(DISTINCT auction)')}
    FROM bid GROUP BY d`,
  q16: `SELECT channel, ${DAY} AS d, strftime(max("dateTime"), '%H:%M'), ${each('count(*)')},
      ${each('count(DISTINCT bidder)')}, ${each('count(DISTINCT auction)')}
    FROM bid GROUP BY channel, d`,
  q17: `SELECT auction, ${DAY} AS d, ${each('count(*)')}, min(price), max(price), CAST(sum(price) AS BIGINT) // count(*),
      CAST(sum(price) AS BIGINT)
    FROM bid GROUP BY auction, d`,
  q18: `SELECT auction, bidder, price, channel, url, "dateTime", extra FROM bid
    QUALIFY row_number() OVER (PARTITION BY bidder, auction ORDER BY "dateTime" DESC, rowid DESC) = 1`,
  q19: `SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC, rowid) AS n FROM bid QUALIFY n <= 10`,
  q20: `SELECT b.*, a."itemName", a.description, a."initialBid", a.reserve, a."dateTime", a.expires, a.seller, a.category, a.extra
    FROM bid AS b JOIN auction AS a ON b.auction = a.id WHERE a.category = 10`,
  q21: `SELECT * FROM (
      SELECT auction, bidder, price, channel,
        coalesce(CAST(list_position(['apple', 'google', 'facebook', 'baidu'], lower(channel)) - 1 AS VARCHAR), ${CHANNEL_ID}) AS c
      FROM bid) WHERE c IS NOT NULL`,
  q22: `SELECT auction, bidder, price, channel, split_part(url, '/', 4), split_part(url, '/', 5), split_part(url, '/', 6) FROM bid`,
  q23: `SELECT b.bidder, b.price, b.channel, b.url, b.extra, p.id, p.name, p."emailAddress", p."creditCard", p.city, p.state, p.extra,
      a."itemName", a.description, a."initialBid", a.reserve, a."dateTime", a.expires, a.seller, a.category, a.extra
    FROM bid AS b JOIN person AS p ON p.id = b.bidder JOIN auction AS a ON a.seller = b.bidder`,
};

/** Fills the tables from files that the engine wrote. */
export function loadEvents(path: string): readonly string[] {
  const events = `read_json('${path}/*', format = 'newline_delimited', columns = {
    event_type: 'INTEGER',
    person: 'STRUCT(id BIGINT, name VARCHAR, "emailAddress" VARCHAR, "creditCard" VARCHAR, city VARCHAR, state VARCHAR, "dateTime" TIMESTAMP, extra VARCHAR)',
    auction: 'STRUCT(id BIGINT, "itemName" VARCHAR, description VARCHAR, "initialBid" BIGINT, reserve BIGINT, "dateTime" TIMESTAMP, expires TIMESTAMP, seller BIGINT, category BIGINT, extra VARCHAR)',
    bid: 'STRUCT(auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, url VARCHAR, "dateTime" TIMESTAMP, extra VARCHAR)'
  })`;
  return ['person', 'auction', 'bid'].map(
    (name, type) =>
      `CREATE OR REPLACE TABLE ${name} AS SELECT unnest(${name}) FROM ${events} WHERE event_type = ${type}`,
  );
}
