-- Broken records: seven good lines and five that are not what the table says (examples/data/sensor-readings.jsonl).
--
--   npx millrace run examples/dead-letter.sql; cat out/dead-letters/*
--
-- By default a broken record fails the job and says where it is. A table can instead skip such records, which counts
-- them, or hand them to a table of their own, bytes and all. That table is declared like any other, with any of the
-- columns below, and may have any connector.

CREATE TABLE readings (
  sensor STRING,
  reading DECIMAL(8, 2),
  taken_at TIMESTAMP(3),
  WATERMARK FOR taken_at AS taken_at - INTERVAL '10' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = 'examples/data/sensor-readings.jsonl',
  'format' = 'json'
);

CREATE TABLE rejects (
  payload BYTES,
  source_name STRING,
  split_position BIGINT,
  reason STRING
) WITH (
  'connector' = 'filesystem',
  'path' = 'out/dead-letters',
  'format' = 'json'
);

-- Given as settings, not in WITH, so that Flink takes the CREATE TABLE too.
SET 'millrace.table.readings.on-error' = 'dead-letter';
SET 'millrace.table.readings.dead-letter' = 'rejects';

-- Query 1: the good rows, minute by minute; the broken ones are in out/dead-letters afterwards.
SELECT window_start, sensor, COUNT(*) AS readings, MAX(reading) AS highest
FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(taken_at), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, sensor;

SET 'millrace.table.readings.on-error' = 'skip';

-- Query 2: the same rows when broken records are only counted (`--metrics-file` has the number).
SELECT sensor, reading, taken_at FROM readings;
