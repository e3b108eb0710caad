-- One side of query 8: the persons of each ten seconds, each once.
CREATE TABLE results (id BIGINT, name STRING, starttime TIMESTAMP(3), endtime TIMESTAMP(3))
WITH ('connector' = 'blackhole');

INSERT INTO results
SELECT id, name, window_start, window_end
FROM TABLE(TUMBLE(TABLE person, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND))
GROUP BY id, name, window_start, window_end;
