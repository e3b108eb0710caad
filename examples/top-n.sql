-- Top-N and deduplication: ROW_NUMBER over a partition, kept up to date as rows arrive.
--
--   npx millrace run --output table examples/top-n.sql        where it ends
--   npx millrace run --output changelog examples/top-n.sql    how it gets there
--
-- The pattern is an inner query that numbers the rows and an outer one that keeps the first N. A row that is pushed out
-- is taken back (-D or -U) before the one that replaces it comes.

CREATE TABLE earthquakes (
  id STRING,
  event_time TIMESTAMP(3),
  magnitude DECIMAL(4, 2),
  place STRING,
  region STRING,
  network STRING,
  WATERMARK FOR event_time AS event_time
) WITH (
  'connector' = 'filesystem',
  'path' = 'examples/data/earthquakes.jsonl',
  'format' = 'json'
);

-- Query 1: the three strongest earthquakes that each of three networks recorded; of equal ones the earlier.
SELECT network, place_in_list, magnitude, event_time, place
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY network ORDER BY magnitude DESC, event_time ASC) AS place_in_list
  FROM earthquakes
  WHERE network IN ('ak', 'ci', 'us')
)
WHERE place_in_list <= 3;

-- Query 2: the latest earthquake of each of the rarer regions (deduplication: the last row by time).
SELECT region, event_time, magnitude
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY region ORDER BY event_time DESC) AS newest
  FROM earthquakes
  WHERE region IN ('Chile', 'Greenland', 'Japan', 'Panama', 'Peru')
)
WHERE newest = 1;
