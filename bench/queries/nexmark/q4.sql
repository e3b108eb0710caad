-- The average closing price of each category: an aggregate over an aggregate that keeps changing.
CREATE TABLE results (category BIGINT, final BIGINT)
WITH ('connector' = 'blackhole');

INSERT INTO results
SELECT category, AVG(final)
FROM (
  SELECT A.id, A.category, MAX(B.price) AS final
  FROM auction AS A, bid AS B
  WHERE A.id = B.auction AND B.`dateTime` BETWEEN A.`dateTime` AND A.expires
  GROUP BY A.id, A.category
)
GROUP BY category;
