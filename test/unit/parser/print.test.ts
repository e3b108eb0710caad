import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freeWords, reservedWords } from '../../../src/parser/keywords.ts';
import { parseExpression, parseScript, parseStatement } from '../../../src/parser/parser.ts';
import { printSql } from '../../../src/parser/print.ts';
import { withoutSpans } from './corpus.ts';

const word = fc.constantFrom(
  'a',
  'b',
  'Total',
  'x_1',
  ...freeWords.filter((free) => !/^(IF|MAP|DESCRIPTOR)$/.test(free)),
);
const quoted = fc
  .oneof(fc.constantFrom(...reservedWords), fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme-ascii' }))
  .map((name) => `\`${name.replaceAll('`', '``')}\``);
const name = fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: quoted });
const column = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
const text = fc.string({ maxLength: 8, unit: 'grapheme' }).map((value) => `'${value.replaceAll("'", "''")}'`);
const unit = fc.constantFrom('YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND');
const simpleType = fc.constantFrom(
  'INT',
  'STRING',
  'DECIMAL(10, 2)',
  'TIMESTAMP(3)',
  'TIMESTAMP_LTZ(3)',
  'VARCHAR(5)',
  'INTERVAL DAY TO SECOND(3)',
);
const literal = fc.oneof(
  text,
  fc.constantFrom('1', '12.50', '.5', '1e3', 'NULL', 'TRUE', 'UNKNOWN', "X'00ff'", "DATE '2024-01-01'"),
  fc.tuple(unit).map(([of]) => `INTERVAL '5' ${of}`),
);

function template(strings: TemplateStringsArray, ...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...parts).map((values) => strings.map((fixed, index) => fixed + (values[index] ?? '')).join(''));
}

function optional(part: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(fc.constant(''), part);
}

function list(part: fc.Arbitrary<string>, minLength = 1): fc.Arbitrary<string> {
  return fc.array(part, { minLength, maxLength: 3 }).map((items) => items.join(', '));
}

const grammar = fc.letrec<Record<'type' | 'expression' | 'sort' | 'window' | 'query' | 'select' | 'table', string>>(
  (tie) => {
    const type = tie('type');
    const expression = tie('expression');
    const sort = tie('sort');
    const query = tie('query');
    const table = tie('table');
    const not = fc.constantFrom('', 'NOT ');
    const binary = fc.constantFrom('OR', 'AND', '=', '<>', '<', '>=', '+', '-', '*', '/', '%', '||');
    const alias = template` AS ${name}${optional(template` (${list(name)})`)}`;
    return {
      type: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        simpleType,
        template`ARRAY<${type}>`,
        template`MAP<${type}, ${type}>`,
        template`ROW<${name} ${type} NOT NULL, ${name} ${type}>`,
        template`${type} NOT NULL ARRAY`,
      ),
      expression: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        column,
        literal,
        template`${expression} ${binary} ${expression}`,
        template`(${expression} ${binary} ${expression})`,
        template`(${expression})`,
        template`${fc.constantFrom('-', '+', 'NOT')} ${expression}`,
        template`(${expression}) IS ${not}${fc.constantFrom('NULL', 'TRUE', 'UNKNOWN', 'JSON OBJECT')}`,
        template`(${expression}) IS ${not}DISTINCT FROM (${expression})`,
        template`(${expression}) ${not}BETWEEN (${expression}) AND (${expression})`,
        template`(${expression}) ${not}LIKE (${expression}) ESCAPE ${text}`,
        template`(${expression}) ${not}IN (${list(expression)})`,
        template`(${expression}) ${not}IN (${query})`,
        template`(${expression}) > ALL (${query})`,
        template`EXISTS (${query})`,
        template`(${query})`,
        template`CASE WHEN ${expression} THEN ${expression} ELSE ${expression} END`,
        template`CASE ${expression} WHEN ${list(expression)} THEN ${expression} END`,
        template`CAST(${expression} AS ${type})`,
        template`TRY_CAST(${expression} AS ${type})`,
        template`${name}(${list(expression, 0)})`,
        template`COUNT(DISTINCT ${list(expression)}) FILTER (WHERE ${expression})`,
        template`SUM(${expression}) OVER ${tie('window')}`,
        template`f(${word} => ${expression})`,
        template`EXTRACT(${unit} FROM ${expression})`,
        template`FLOOR(${expression} TO ${unit})`,
        template`POSITION((${expression}) IN ${expression})`,
        template`TRIM(LEADING ${expression} FROM ${expression})`,
        template`SUBSTRING(${expression} FROM ${expression})`,
        template`TIMESTAMPADD(${unit}, ${expression}, ${expression})`,
        template`((${expression}) - (${expression})) ${unit}`,
        template`(${expression}, ${expression})`,
        template`ROW(${list(expression, 0)})`,
        template`ARRAY[${list(expression, 0)}]`,
        template`MAP[${expression}, ${expression}]`,
        template`(${expression})[${expression}]`,
        template`(${expression}).${name}`,
        template`JSON_VALUE(${expression}, ${text} RETURNING ${type} DEFAULT ${literal} ON EMPTY)`,
        template`JSON_OBJECT(KEY ${text} VALUE ${expression} NULL ON NULL)`,
      ),
      sort: template`${expression}${fc.constantFrom('', ' ASC', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST')}`,
      window: fc.oneof(
        name,
        template`(${optional(template`PARTITION BY ${list(expression)}`)} ORDER BY ${sort} ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)`,
      ),
      table: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        template`${name}${optional(alias)}`,
        template`${name} /*+ OPTIONS('k' = 'v') */ FOR SYSTEM_TIME AS OF ${column}${alias}`,
        template`(${query})${alias}`,
        template`TABLE(TUMBLE(TABLE ${name}, DESCRIPTOR(${name}), ${literal}))${optional(alias)}`,
        template`LATERAL TABLE(${name}(${list(expression, 0)}))${alias}`,
        template`UNNEST(${expression}) WITH ORDINALITY${alias}`,
        template`${table} ${fc.constantFrom('JOIN', 'LEFT JOIN', 'FULL JOIN')} (${table}) ON ${expression}`,
        template`${table} CROSS JOIN (${table} JOIN (${table}) USING (${list(name)}))`,
      ),
      select: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        template`SELECT ${list(expression)}`,
        template`SELECT ${fc.constantFrom('', 'DISTINCT ')}*, ${name}.*, ${expression} AS ${name} FROM ${list(table)}`,
        template`SELECT ${expression} FROM ${table} WHERE ${expression} GROUP BY ${list(expression)}, ROLLUP (${column}, (${column}, ${column})), GROUPING SETS ((), (${column})) HAVING ${expression}`,
        template`SELECT ${expression} ${name} FROM ${table} WINDOW ${name} AS (PARTITION BY ${expression}) QUALIFY ${expression}`,
        template`VALUES (${list(expression)}), (${list(expression)})`,
        template`TABLE ${name}`,
      ),
      query: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        tie('select'),
        template`${tie('select')} ORDER BY ${list(sort)} LIMIT 5 OFFSET 2`,
        template`(${query}) ${fc.constantFrom('UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT ALL')} (${query})`,
        template`${tie('select')} UNION ALL ${tie('select')} INTERSECT ${tie('select')}`,
        template`WITH ${name} (${list(name)}) AS (${query}) ${tie('select')}`,
      ),
    };
  },
);

const runs = { numRuns: 200, seed: 7 };

describe('printing', () => {
  it('an expression and parsing it gives the same tree', () => {
    fc.assert(
      fc.property(grammar.expression, (sql) => {
        const tree = parseExpression(sql);
        const printed = printSql(tree);
        const again = parseExpression(printed);
        expect(withoutSpans(again)).toEqual(withoutSpans(tree));
        expect(printSql(again)).toBe(printed);
      }),
      runs,
    );
  });

  it('a query and parsing it gives the same tree', () => {
    fc.assert(
      fc.property(grammar.query, (sql) => {
        const tree = parseStatement(sql);
        const printed = printSql(tree);
        const again = parseStatement(printed);
        expect(withoutSpans(again)).toEqual(withoutSpans(tree));
        expect(printSql(again)).toBe(printed);
      }),
      runs,
    );
  });

  it('quotes what needs quotes', () => {
    const printed = (sql: string): string => printSql(parseStatement(sql));
    expect(printed('select `a`, `b c`, `select`, `x``y`, `1a` from `t`')).toBe(
      'SELECT a, `b c`, `select`, `x``y`, `1a` FROM t',
    );
    expect(printed("SET 'a' = 'it''s'")).toBe("SET 'a' = 'it''s'");
    expect(printed('SELECT (a + b) * c - (d - e), NOT (a AND b)')).toBe('SELECT (a + b) * c - (d - e), NOT (a AND b)');
  });
});

describe('any text', () => {
  it('parses or gives user errors', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (sql) => {
        for (const error of parseScript(sql).errors) expect(error.domain).toBe('user');
      }),
      { numRuns: 2000, seed: 7 },
    );
  });
});
