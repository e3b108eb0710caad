-- Two kinds of join: a regular join, which remembers both sides, and an interval join, which the watermark clears.
--
--   npx millrace run examples/join.sql
--   npx millrace explain examples/join.sql     what each of them keeps, and until when

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

CREATE TEMPORARY VIEW networks AS
SELECT *
FROM (VALUES
  ('ak', 'Alaska Earthquake Center'),
  ('ci', 'Southern California Seismic Network'),
  ('hv', 'Hawaiian Volcano Observatory'),
  ('us', 'National Earthquake Information Center')
) AS n (code, operator);

-- Query 1, a regular join: the strong earthquakes of four networks with the name of who recorded them. A network without
-- a name would still come, with NULL, if it were a LEFT JOIN.
SELECT e.event_time, e.magnitude, e.place, n.operator
FROM earthquakes AS e
JOIN networks AS n ON e.network = n.code
WHERE e.magnitude >= 5.5;

-- Query 2, an interval join: pairs of earthquakes in one region of which the second came within an hour of the first.
-- A row can be forgotten once the watermark says that nothing within its hour can come any more.
SELECT
  shock.region,
  shock.event_time AS first_at,
  shock.magnitude AS first_magnitude,
  aftershock.event_time AS then_at,
  aftershock.magnitude AS then_magnitude
FROM earthquakes AS shock
JOIN earthquakes AS aftershock
  ON shock.region = aftershock.region
  AND aftershock.event_time BETWEEN shock.event_time AND shock.event_time + INTERVAL '1' HOUR
WHERE shock.magnitude >= 4.5 AND shock.id <> aftershock.id;
