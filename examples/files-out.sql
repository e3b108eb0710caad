-- Results as files: a windowed INSERT into a directory with a sub-directory per day.
--
--   npx millrace run examples/files-out.sql; find out/quakes-by-hour -type f
--
-- A file takes its name when it is complete, so that nobody reads half a one; run again, it adds files to those that
-- are there.

CREATE TABLE earthquakes (
  event_time TIMESTAMP(3),
  magnitude DECIMAL(4, 2),
  region STRING,
  WATERMARK FOR event_time AS event_time
) WITH (
  'connector' = 'filesystem',
  'path' = 'examples/data/earthquakes.jsonl',
  'format' = 'json'
);

CREATE TABLE quakes_by_hour (
  hour_start TIMESTAMP(3),
  quakes BIGINT,
  strongest DECIMAL(4, 2),
  `day` STRING
) PARTITIONED BY (`day`) WITH (
  'connector' = 'filesystem',
  'path' = 'out/quakes-by-hour',
  'format' = 'csv'
);

INSERT INTO quakes_by_hour
SELECT window_start, COUNT(*), MAX(magnitude), CAST(CAST(window_start AS DATE) AS STRING)
FROM TABLE(TUMBLE(TABLE earthquakes, DESCRIPTOR(event_time), INTERVAL '1' HOUR))
GROUP BY window_start, window_end;
