-- The other side of query 8: who sold in each ten seconds, each once.
CREATE TABLE results (seller BIGINT, starttime TIMESTAMP(3), endtime TIMESTAMP(3))
WITH ('connector' = 'blackhole');

INSERT INTO results
SELECT seller, window_start, window_end
FROM TABLE(TUMBLE(TABLE auction, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND))
GROUP BY seller, window_start, window_end;
