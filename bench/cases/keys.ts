/** Group aggregates over many keys. */
import { sumsText } from '../answer.ts';
import type { Benchmark, BenchmarkOptions } from '../benchmark.ts';
import { type DataFile, pathOf } from '../data-files.ts';
import { type KeysOptions, keysTable } from '../permuted-keys.ts';

const ROWS = 20_000_000;
const WARM_ROWS = 2_000_000;
const FILE_ROWS = 2_000_000;

export function keyBenchmarks({ shrink }: BenchmarkOptions): readonly Benchmark[] {
  const rows = ROWS / shrink;
  return [
    aggregate({
      name: 'bigint-keys',
      title: 'COUNT and SUM by BIGINT key, each key twice',
      target: 3_000_000,
      options: { rows, keyType: 'BIGINT', repeats: 2 },
    }),
    aggregate({
      name: 'string-keys',
      title: 'COUNT and SUM by 12-byte string, each key 20 times',
      target: 2_500_000,
      options: { rows, keyType: 'STRING', repeats: 20 },
    }),
    fromFile({ records: 'keys', rows: FILE_ROWS / shrink, seed: null, style: 'plain' }),
  ];
}

function aggregate(of: {
  readonly name: string;
  readonly title: string;
  readonly target: number;
  readonly options: KeysOptions;
}): Benchmark {
  const { options } = of;
  const { rows, repeats = 2 } = options;
  const keys = rows / repeats;
  return {
    name: of.name,
    title: `${of.title}: ${rows.toLocaleString('en-US')} rows, ${keys.toLocaleString('en-US')} keys`,
    target: of.target,
    limits: { rssMb: 600, pauseMs: 30 },
    rows,
    warmRows: Math.min(rows, WARM_ROWS),
    files: [],
    setup: (count) => keysTable('rows_by_key', { ...options, rows: count }),
    sinkColumns: `k ${options.keyType}, how_many BIGINT, total BIGINT, PRIMARY KEY (k) NOT ENFORCED`,
    select: 'SELECT k, COUNT(*), SUM(v) FROM rows_by_key GROUP BY k',
    // Without the keys, whose sum means nothing.
    answerSelect:
      'SELECT how_many, total FROM (SELECT k, COUNT(*) AS how_many, SUM(v) AS total FROM rows_by_key GROUP BY k)',
    answer: 'sums',
    duckdb: null,
    peer: false,
    expected: () => {
      let total = 0;
      for (let key = 0; key < keys; key++) total += repeats * (key & 0xffff) + (repeats * (repeats - 1)) / 2;
      return sumsText(keys, [rows, total]);
    },
  };
}

/** Against DuckDB, both from the same JSON file. */
function fromFile(file: DataFile): Benchmark {
  return {
    name: 'group-by-million',
    title: 'JSON, COUNT and SUM by BIGINT key, a million keys',
    target: null,
    rows: file.rows,
    files: [file],
    setup: () =>
      `CREATE TABLE pairs (k BIGINT, v BIGINT)
       WITH ('connector' = 'filesystem', 'path' = '${pathOf(file)}', 'format' = 'json');`,
    sinkColumns: 'k BIGINT, how_many BIGINT, total BIGINT, PRIMARY KEY (k) NOT ENFORCED',
    select: 'SELECT k, COUNT(*), SUM(v) FROM pairs GROUP BY k',
    answer: 'rows',
    duckdb: `SELECT k, count(*), sum(v) FROM read_json('${pathOf(file)}', format = 'newline_delimited',
      columns = {'k': 'BIGINT', 'v': 'BIGINT'}) GROUP BY k`,
    peer: true,
  };
}
