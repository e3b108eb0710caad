-- A CSV file with a header, queried as it lies there: its columns and their types are inferred.
--
--   npx millrace infer examples/data/seattle-weather.csv      the schema that was inferred
--   npx millrace run --output table examples/weather.sql
--
-- A grouping without a window is a changelog: every row of the file changes one group. `--output table` shows where it
-- ends; piped (or with `--output jsonl`) every change is a line.

SELECT
  EXTRACT(YEAR FROM `date`) AS `year`,
  weather,
  COUNT(*) AS days,
  MIN(temp_min) AS coldest,
  MAX(temp_max) AS warmest,
  MAX(precipitation) AS wettest
FROM 'examples/data/seattle-weather.csv'
WHERE weather IN ('rain', 'snow', 'sun')
GROUP BY EXTRACT(YEAR FROM `date`), weather;
