/**
 * Mutated statements through the whole pipeline (parse, bind, plan, run over small bounded tables): each gives a result
 * or an error of the user's, with its place unless it comes from a row; none is internal, hangs or takes a second.
 */
import { describe, expect, test } from 'vitest';
import { tokenize } from '../../../src/parser/lexer.ts';
import { type Outcome, runMutant } from './mutant.ts';
import { randomOf } from '../../support/random.ts';
import { STATEMENTS } from './sql-corpus.ts';

const SEED = Number(process.env['MILLRACE_MUTATION_SEED'] ?? 20261124);
const COUNT = Number(process.env['MILLRACE_MUTATIONS'] ?? 2000);

const words: readonly (readonly string[])[] = STATEMENTS.map((text) => tokenize(text).map((token) => token.image));
const below = randomOf(SEED);
const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;

/** Tokens of the same kind in an image's place: what still parses goes further. */
const LIKE_KIND: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^[0-9.]/,
    [
      '0',
      '1',
      '2147483648',
      '9223372036854775808',
      '1e400',
      '1e-400',
      '0.000000001',
      `${'9'.repeat(38)}`,
      `${'9'.repeat(50)}`,
      '1000000',
      '0.0',
    ],
  ],
  [
    /^'/,
    [
      "''",
      "'x'",
      "'%'",
      "'0'",
      "'-1'",
      "'99999999999'",
      "'1 1:1:1'",
      "'2024-13-45'",
      "'😀'",
      "'a''b'",
      "'yyyy'",
      "'['",
      "'2'",
      "'10'",
    ],
  ],
  [
    /^(COUNT|SUM|AVG|MIN|MAX|FIRST_VALUE|LAST_VALUE|LISTAGG|ABS|UPPER|FLOOR|CEIL|SQRT|MOD|COALESCE|NULLIF|IF|GREATEST|CONCAT_WS|LPAD|SUBSTR|ROUND|ROW_NUMBER|TUMBLE|HOP|CUMULATE|SESSION|ROW|ARRAY|MAP|CARDINALITY|DATE_FORMAT|SPLIT_INDEX|REGEXP_REPLACE)$/,
    [
      'COUNT',
      'SUM',
      'AVG',
      'MIN',
      'MAX',
      'FIRST_VALUE',
      'LAST_VALUE',
      'LISTAGG',
      'ABS',
      'UPPER',
      'FLOOR',
      'MOD',
      'COALESCE',
      'NULLIF',
      'IF',
      'GREATEST',
      'LPAD',
      'ROUND',
      'ROW_NUMBER',
      'TUMBLE',
      'HOP',
      'CUMULATE',
      'SESSION',
      'ROW',
      'ARRAY',
      'MAP',
      'CARDINALITY',
      'TYPEOF',
      'REPEAT',
      'RANK',
      'PROCTIME',
      'CURRENT_WATERMARK',
      'CHAR_LENGTH',
      'SPLIT_INDEX',
      'DATE_FORMAT',
      'TO_TIMESTAMP',
    ],
  ],
  [
    /^(SECOND|MINUTE|HOUR|DAY|MONTH|YEAR)$/,
    ['SECOND', 'MINUTE', 'HOUR', 'DAY', 'MONTH', 'YEAR', 'DAY(3)', 'SECOND(0)'],
  ],
  [
    /^(INT|STRING|BIGINT|DATE|DOUBLE|DECIMAL|BOOLEAN)$/,
    [
      'INT',
      'STRING',
      'BIGINT',
      'DATE',
      'DOUBLE',
      'DECIMAL(38, 18)',
      'BOOLEAN',
      'TINYINT',
      'TIME(0)',
      'TIMESTAMP(9)',
      'TIMESTAMP_LTZ(3)',
      'BYTES',
      'CHAR(2)',
      'VARCHAR(3)',
      'FLOAT',
      'ARRAY<INT>',
      'ROW<a INT>',
      'MAP<INT, STRING>',
      'INTERVAL DAY TO SECOND',
    ],
  ],
  [
    /^(<|>|=|<=|>=|<>|\+|-|\*|\/|%|\|\|)$/,
    ['<', '>', '=', '<=', '>=', '<>', '+', '-', '*', '/', '%', '||', 'IS DISTINCT FROM', 'LIKE'],
  ],
  [
    /^(JOIN|LEFT|FULL|UNION|INTERSECT)$/,
    ['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'CROSS JOIN', 'UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT ALL'],
  ],
  [
    /^[a-z]\w*$/,
    [
      'id',
      'k',
      'v',
      'w',
      'x',
      'd',
      'ts',
      'b',
      't',
      'u',
      'c',
      'n',
      'g',
      'r',
      'arr',
      'm',
      'window_start',
      'window_end',
      'window_time',
      'rn',
      'nowhere',
      'seen',
      'big',
    ],
  ],
];

function sameKind(image: string): string {
  const kind = LIKE_KIND.find(([pattern]) => pattern.test(image));
  return kind === undefined ? image : pick(kind[1]);
}

function mutate(): string {
  const tokens = [...pick(words)];
  for (let round = 1 + below(3); round > 0; round--) {
    const at = below(tokens.length);
    const to = below(tokens.length);
    switch (below(9)) {
      case 0:
        tokens.splice(at, 1);
        break;
      case 1:
        tokens.splice(at, 0, tokens[at] ?? '');
        break;
      case 2:
        [tokens[at], tokens[to]] = [tokens[to] ?? '', tokens[at] ?? ''];
        break;
      case 3:
        tokens.splice(at, 0, pick(pick(words)));
        break;
      case 4:
        tokens[at] = pick(pick(words));
        break;
      default:
        tokens[at] = sameKind(tokens[at] ?? '');
    }
  }
  return tokens.join(' ');
}

describe('mutated statements', () => {
  test('every statement of the corpus runs, or is refused by name', async () => {
    const problems: unknown[] = [];
    for (const sql of STATEMENTS) {
      const outcome = await runMutant(sql);
      if (outcome.problem !== null) problems.push({ sql, ...outcome });
      else if (outcome.code !== null && outcome.code !== 'unsupported') problems.push({ sql, ...outcome });
    }
    expect(problems).toEqual([]);
  });

  test(`${COUNT} mutants give a result or a positioned error of the user's`, async () => {
    const problems: (Outcome & { sql: string })[] = [];
    const counts = { results: 0, refused: 0 };
    for (let i = 0; i < COUNT; i++) {
      const sql = mutate();
      const outcome = await runMutant(sql);
      counts[outcome.code === null ? 'results' : 'refused']++;
      if (outcome.problem !== null) problems.push({ sql, ...outcome });
    }
    expect(problems).toEqual([]);
    // Mutants that only fail, or only pass, would try little.
    expect(Math.min(counts.results, counts.refused)).toBeGreaterThan(COUNT / 10);
  }, 120_000);
});
