-- Event-time windows over a real file: one week of earthquakes as the USGS network recorded them (examples/data/README.md).
--
--   npx millrace run examples/earthquakes.sql
--   npx millrace explain examples/earthquakes.sql     how it runs, and what state it keeps
--
-- A file is read as a stream: every row moves the watermark, and a window comes out, once and final, when the watermark
-- has passed its end. The end of the file is the end of time, so the last window comes out too.

CREATE TABLE earthquakes (
  id STRING,
  event_time TIMESTAMP(3),
  magnitude DECIMAL(4, 2),
  kind STRING,
  place STRING,
  region STRING,
  felt INT,
  location ROW<latitude DOUBLE, longitude DOUBLE, depth_km DOUBLE>,
  -- The file is ordered by time: no event comes after a later one.
  WATERMARK FOR event_time AS event_time
) WITH (
  'connector' = 'filesystem',
  'path' = 'examples/data/earthquakes.jsonl',
  'format' = 'json'
);

-- Query 1: every day's number of earthquakes, how many of them were felt by somebody, the strongest and the deepest.
SELECT
  CAST(window_start AS DATE) AS `day`,
  COUNT(*) AS quakes,
  COUNT(felt) AS felt_by_somebody,
  MAX(magnitude) AS strongest,
  MAX(location.depth_km) AS deepest_km
FROM TABLE(TUMBLE(TABLE earthquakes, DESCRIPTOR(event_time), INTERVAL '1' DAY))
WHERE kind = 'earthquake'
GROUP BY window_start, window_end;

-- Query 2: where the earth shook most, in six-hour windows that begin at 02:00, 08:00, 14:00 and 20:00.
SELECT window_start, region, COUNT(*) AS quakes, MAX(magnitude) AS strongest
FROM TABLE(TUMBLE(TABLE earthquakes, DESCRIPTOR(event_time), INTERVAL '6' HOUR, INTERVAL '2' HOUR))
WHERE magnitude >= 2.5
GROUP BY window_start, window_end, region
HAVING COUNT(*) >= 5;
