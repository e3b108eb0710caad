/**
 * Random queries over two histories `t` and `u`, once as Flink SQL and once as DuckDB's SQL with the same meaning: the
 * texts differ where the dialects do (types of SUM and AVG, integer division).
 */
import type { RandomSource } from './random-source.ts';

export interface QueryPair {
  readonly flink: string;
  readonly duckdb: string;
}

interface Item {
  readonly flink: string;
  readonly duckdb: string;
}

const same = (text: string): Item => ({ flink: text, duckdb: text });

export function randomQuery(random: RandomSource): QueryPair {
  return random.pick([
    groupBy,
    groupBy,
    groupBy,
    globalAggregate,
    distinct,
    unionAll,
    union,
    topN,
    topN,
    topOfAggregates,
    join,
    join,
    joinGroup,
    countOfCounts,
  ])(random);
}

function predicate(random: RandomSource, alias = ''): string {
  const column = (name: string): string => (alias === '' ? name : `${alias}.${name}`);
  const simple = (): string =>
    random.pick([
      `${column('v')} > ${random.below(20) - 10}`,
      `${column('k')} = ${random.below(5)}`,
      `${column('g')} = 'a'`,
      `${column('g')} <> 'b'`,
      `${column('g')} IS NOT NULL`,
      `${column('w')} <= ${random.below(500)}`,
      `${column('x')} BETWEEN -50 AND 25.5`,
      `${column('k')} IN (1, 2, ${random.below(5)})`,
      `NOT (${column('v')} < 0)`,
      `${column('v')} IS DISTINCT FROM 3`,
    ]);
  const first = simple();
  if (random.chance(50)) return first;
  return `(${first} ${random.pick(['AND', 'OR'])} ${simple()})`;
}

function where(random: RandomSource): string {
  return random.chance(40) ? ` WHERE ${predicate(random)}` : '';
}

function aggregate(random: RandomSource): Item {
  const filter = random.chance(25) ? ` FILTER (WHERE ${predicate(random)})` : '';
  const column = random.pick(['v', 'w', 'x']);
  const type = { v: 'INTEGER', w: 'BIGINT', x: 'DOUBLE' }[column] as string;
  switch (random.below(8)) {
    case 0:
      return same(`COUNT(*)${filter}`);
    case 1:
      return same(`COUNT(${random.pick(['k', 'g', 'v', 'w', 'x'])})${filter}`);
    case 2:
      return same(`COUNT(DISTINCT ${random.pick(['k', 'g', 'v', 'w'])})${filter}`);
    case 3:
      return { flink: `SUM(${column})${filter}`, duckdb: `CAST(SUM(${column})${filter} AS ${type})` };
    case 4:
      return { flink: `SUM(DISTINCT v)${filter}`, duckdb: `CAST(SUM(DISTINCT v)${filter} AS INTEGER)` };
    case 5:
      if (column === 'x') return same(`AVG(x)${filter}`);
      return {
        flink: `AVG(${column})${filter}`,
        duckdb: `CAST(CAST(SUM(${column})${filter} AS HUGEINT) // CAST(NULLIF(COUNT(${column})${filter}, 0) AS HUGEINT) AS ${type})`,
      };
    default:
      return same(`${random.pick(['MIN', 'MAX'])}(${random.pick(['k', 'g', 'v', 'w', 'x'])})${filter}`);
  }
}

function aggregates(random: RandomSource): Item[] {
  return Array.from({ length: 1 + random.below(3) }, () => aggregate(random));
}

const list = (items: readonly Item[], side: keyof Item): string =>
  items.map((item, i) => `${item[side]} AS c${i}`).join(', ');

function groupBy(random: RandomSource): QueryPair {
  const keys = random.some(['k', 'g', 'v'], 1 + random.below(2));
  const items = aggregates(random);
  const filter = where(random);
  const having = random.chance(25) ? ` HAVING COUNT(*) > ${random.below(3)}` : '';
  const text = (side: keyof Item): string =>
    `SELECT ${keys.join(', ')}, ${list(items, side)} FROM t${filter} GROUP BY ${keys.join(', ')}${having}`;
  return { flink: text('flink'), duckdb: text('duckdb') };
}

/** An empty input gives no row in a stream, one in DuckDB: the comparison knows. */
function globalAggregate(random: RandomSource): QueryPair {
  const items = aggregates(random);
  const filter = where(random);
  return {
    flink: `SELECT ${list(items, 'flink')} FROM t${filter}`,
    duckdb: `SELECT ${list(items, 'duckdb')} FROM t${filter} HAVING COUNT(*) > 0`,
  };
}

function distinct(random: RandomSource): QueryPair {
  return pair(
    `SELECT DISTINCT ${random.some(['k', 'g', 'v', 'w'], 1 + random.below(3)).join(', ')} FROM t${where(random)}`,
  );
}

function unionAll(random: RandomSource): QueryPair {
  return pair(`SELECT k, g, w FROM t${where(random)} UNION ALL SELECT k, g, w FROM u${where(random)}`);
}

function union(random: RandomSource): QueryPair {
  return pair(`SELECT k, g FROM t${where(random)} UNION SELECT k, g FROM u${where(random)}`);
}

function topN(random: RandomSource): QueryPair {
  const partition = random.pick(['', 'PARTITION BY k ', 'PARTITION BY k, g ']);
  const column = random.pick(['v', 'w', 'g', 'x']);
  const direction = random.pick(['ASC', 'DESC']);
  const nulls = random.chance(30) ? ` NULLS ${random.pick(['FIRST', 'LAST'])}` : '';
  const rank = random.chance(50) ? ', rn' : '';
  const condition = random.chance(25) ? 'rn BETWEEN 2 AND 4' : `rn <= ${1 + random.below(4)}`;
  const filter = where(random);
  // Text is ordered by its bytes in both; NULL is the least value in Flink unless said otherwise.
  const order = (explicit: string): string => `${column} ${direction}${explicit}, id`;
  const text = (explicit: string): string =>
    `SELECT id, k, g, v, w, x${rank} FROM (SELECT *, ROW_NUMBER() OVER (${partition}ORDER BY ${order(explicit)}) AS rn FROM t${filter}) WHERE ${condition}`;
  return {
    flink: text(nulls),
    duckdb: text(nulls === '' ? ` NULLS ${direction === 'ASC' ? 'FIRST' : 'LAST'}` : nulls),
  };
}

/** Over insertions alone these only move towards the top, so that their rows are updated in place. */
function topOfAggregates(random: RandomSource): QueryPair {
  const keys = random.some(['k', 'g', 'v'], 1 + random.below(2));
  const partition = keys.length > 1 && random.chance(40) ? `PARTITION BY ${keys[0]} ` : '';
  const [measure, direction] = random.pick([
    ['COUNT(*)', 'DESC'],
    ['COUNT(x)', 'DESC'],
    ['COUNT(DISTINCT w)', 'DESC'],
    ['MAX(w)', 'DESC'],
    ['MIN(w)', 'ASC'],
  ] as const);
  const order = [`n ${direction} NULLS LAST`, ...keys.map((key) => `${key} NULLS FIRST`)].join(', ');
  const groups = `SELECT ${keys.join(', ')}, ${measure} AS n, COUNT(*) AS c FROM t${where(random)} GROUP BY ${keys.join(', ')}`;
  const columns = `${keys.join(', ')}, n, c`;
  if (partition === '' && random.chance(30)) {
    return pair(`SELECT ${columns} FROM (${groups}) ORDER BY ${order} LIMIT ${1 + random.below(4)}`);
  }
  const rank = random.chance(50) ? ', rn' : '';
  const condition = random.chance(25) ? 'rn BETWEEN 2 AND 4' : `rn <= ${1 + random.below(4)}`;
  return pair(
    `SELECT ${columns}${rank} FROM (SELECT *, ROW_NUMBER() OVER (${partition}ORDER BY ${order}) AS rn FROM (${groups})) WHERE ${condition}`,
  );
}

function join(random: RandomSource): QueryPair {
  const type = random.pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN']);
  const more = random.chance(40)
    ? ` AND ${random.pick(['a.v < b.v', 'a.w <> b.w', "a.g = 'a'", 'b.x > 0', 'a.v + b.v > 0', predicate(random, 'b')])}`
    : '';
  const key = random.pick(['a.k = b.k', 'a.g = b.g', 'a.k = b.k AND a.g = b.g']);
  const after = random.chance(25) ? ` WHERE ${predicate(random, 'a')}` : '';
  return pair(`SELECT a.id, b.id, a.k, b.g, a.w FROM t AS a ${type} u AS b ON ${key}${more}${after}`);
}

function joinGroup(random: RandomSource): QueryPair {
  const items = [same('COUNT(*)'), { flink: 'SUM(b.v)', duckdb: 'CAST(SUM(b.v) AS INTEGER)' }, same('MAX(a.w)')];
  const type = random.pick(['JOIN', 'LEFT JOIN', 'FULL JOIN']);
  const text = (side: keyof Item): string =>
    `SELECT a.g, ${list(items, side)} FROM t AS a ${type} u AS b ON a.k = b.k GROUP BY a.g`;
  return { flink: text('flink'), duckdb: text('duckdb') };
}

function countOfCounts(random: RandomSource): QueryPair {
  const filter = where(random);
  return pair(
    `SELECT n, COUNT(*) AS c, MIN(k) AS m FROM (SELECT k, g, COUNT(*) AS n FROM t${filter} GROUP BY k, g) GROUP BY n`,
  );
}

const pair = (text: string): QueryPair => ({ flink: text, duckdb: text });
