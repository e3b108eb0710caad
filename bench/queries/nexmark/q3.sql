-- Who sells in category 10, in three states.
CREATE TABLE results (name STRING, city STRING, state STRING, id BIGINT)
WITH ('connector' = 'blackhole');

INSERT INTO results
SELECT P.name, P.city, P.state, A.id
FROM auction AS A
JOIN person AS P ON A.seller = P.id
WHERE A.category = 10 AND (P.state = 'OR' OR P.state = 'ID' OR P.state = 'CA');
