import { describe, expect, test } from 'vitest';
import { errorOf, harness } from './harness.ts';

const SENSORS = `
  CREATE TABLE sensors (
    id BIGINT NOT NULL COMMENT 'the sensor',
    reading ROW<celsius DOUBLE, at_ms BIGINT>,
    room STRING,
    pos BIGINT METADATA FROM 'offset' VIRTUAL,
    ts TIMESTAMP(3),
    fahrenheit AS reading.celsius * 9 / 5 + 32,
    PRIMARY KEY (id) NOT ENFORCED,
    WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
  ) COMMENT 'what the house feels' PARTITIONED BY (room)
  WITH ('connector' = 'all', 'path' = '/tmp/x', 'password' = 'hunter2')`;

describe('DESCRIBE and SHOW', () => {
  test('DESCRIBE tells name, type, nullability, key, origin, watermark and comment', () => {
    expect(harness(SENSORS).define('DESCRIBE sensors')).toEqual({
      columns: ['name', 'type', 'null', 'key', 'extras', 'watermark', 'comment'],
      rows: [
        ['id', 'BIGINT', 'FALSE', 'PRI(id)', '', '', 'the sensor'],
        ['reading', 'ROW<`celsius` DOUBLE, `at_ms` BIGINT>', 'TRUE', '', '', '', ''],
        ['room', 'STRING', 'TRUE', '', '', '', ''],
        ['pos', 'BIGINT', 'TRUE', '', "METADATA FROM 'offset' VIRTUAL", '', ''],
        ['ts', 'TIMESTAMP(3) *ROWTIME*', 'TRUE', '', '', "ts - INTERVAL '5' SECOND", ''],
        ['fahrenheit', 'DOUBLE', 'TRUE', '', 'AS reading.celsius * 9 / 5 + 32', '', ''],
      ],
    });
  });

  test('DESCRIBE EXTENDED tells how often a row counts, whatever fails', () => {
    const facts = (connector: string): unknown =>
      harness(`CREATE TABLE t (a INT) WITH ('connector' = '${connector}')`)
        .define('DESCRIBE EXTENDED t')
        ?.rows.map((row) => row.slice(0, 2));
    expect(facts('all')).toEqual([
      ['a', 'INT'],
      ['# connector', 'all'],
      ['# read', 'at-least-once'],
      ['# written', 'exactly-once'],
    ]);
    expect(facts('only-sink')).toEqual([
      ['a', 'INT'],
      ['# connector', 'only-sink'],
      ['# written', 'exactly-once'],
    ]);
  });

  test('SHOW CREATE TABLE makes the table again, without its secrets', () => {
    const { define } = harness(SENSORS);
    const text = define('SHOW CREATE TABLE sensors')?.rows[0]?.[0] ?? '';
    expect(text).toBe(`CREATE TABLE \`default_catalog\`.\`default_database\`.\`sensors\` (
  \`id\` BIGINT NOT NULL COMMENT 'the sensor',
  \`reading\` ROW<\`celsius\` DOUBLE, \`at_ms\` BIGINT>,
  \`room\` STRING,
  \`pos\` BIGINT METADATA FROM 'offset' VIRTUAL,
  \`ts\` TIMESTAMP(3),
  \`fahrenheit\` AS reading.celsius * 9 / 5 + 32,
  WATERMARK FOR \`ts\` AS ts - INTERVAL '5' SECOND,
  CONSTRAINT \`PK_id\` PRIMARY KEY (\`id\`) NOT ENFORCED
)
COMMENT 'what the house feels'
PARTITIONED BY (\`room\`)
WITH (
  'connector' = 'all',
  'path' = '/tmp/x',
  'password' = '******'
)
`);
    define('DROP TABLE sensors');
    define(text);
    expect(define('SHOW CREATE TABLE sensors')?.rows[0]?.[0]).toBe(text);
  });

  test('SHOW lists by name and pattern', () => {
    const { define } = harness(`${SENSORS}; CREATE VIEW warm AS SELECT id FROM sensors WHERE fahrenheit > 70;
      CREATE TEMPORARY TABLE s_2 (a INT); CREATE TABLE sx2 (a INT)`);
    expect(define('SHOW TABLES')?.rows).toEqual([['s_2'], ['sensors'], ['sx2'], ['warm']]);
    expect(define("SHOW TABLES LIKE 's\\_%'")?.rows).toEqual([['s_2']]);
    expect(define("SHOW TABLES NOT LIKE 's%'")?.rows).toEqual([['warm']]);
    expect(define('SHOW VIEWS')?.rows).toEqual([['warm']]);
    expect(define('SHOW CURRENT DATABASE')).toEqual({
      columns: ['current database name'],
      rows: [['default_database']],
    });
    expect(define('SHOW CREATE VIEW warm')?.rows[0]?.[0]).toBe(
      'CREATE VIEW `default_catalog`.`default_database`.`warm` (\n  `id`\n)\nAS SELECT id FROM sensors WHERE fahrenheit > 70\n',
    );
    expect(define('SHOW FUNCTIONS')?.rows).toContainEqual(['upper']);
  });
});

describe('CREATE TABLE', () => {
  const refused: readonly (readonly [sql: string, message: string, at: string])[] = [
    ['CREATE TABLE t (a INT, a STRING)', 'column "a" is declared twice', 'a STRING'],
    ['CREATE TABLE t (a INT, PRIMARY KEY (b) NOT ENFORCED)', 'column "b" does not exist', 'b'],
    [
      'CREATE TABLE t (a INT, b AS a + 1, PRIMARY KEY (b) NOT ENFORCED)',
      'column "b" cannot be part of a PRIMARY KEY',
      'b',
    ],
    [
      'CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED, PRIMARY KEY (a) NOT ENFORCED)',
      'a table has one PRIMARY KEY',
      'PRIMARY KEY (a) NOT ENFORCED',
    ],
    ['CREATE TABLE t (a INT, b AS c + 1)', 'column "c" does not exist', 'c'],
    ['CREATE TABLE t (a INT, b AS a + 1, c AS b + 1)', 'column "b" does not exist', 'b'],
    [
      'CREATE TABLE t (a INT, WATERMARK FOR a AS a)',
      'the watermark\'s column "a" must be TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p up to 3, not INT',
      'a',
    ],
    [
      'CREATE TABLE t (a TIMESTAMP(6), WATERMARK FOR a AS a)',
      'the watermark\'s column "a" must be TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p up to 3, not TIMESTAMP(6)',
      'a',
    ],
    ['CREATE TABLE t (a DECIMAL(39, 0))', 'DECIMAL cannot have 39 here', 'DECIMAL(39, 0)'],
    ['CREATE TABLE t (a INT) PARTITIONED BY (x)', 'column "x" does not exist', 'x'],
    ['CREATE TABLE t AS SELECT 1', 'CREATE TABLE … AS is not supported', 'SELECT 1'],
  ];
  test.each(refused)('%s', (sql, message, at) => {
    expect(errorOf(sql, () => harness().define(sql))).toMatchObject({ message, at });
  });

  test('a key makes its columns NOT NULL', () => {
    const { define } = harness('CREATE TABLE t (a INT, b INT, PRIMARY KEY (a, b) NOT ENFORCED)');
    expect(define('DESCRIBE t')?.rows.map((row) => row.slice(0, 4))).toEqual([
      ['a', 'INT', 'FALSE', 'PRI(a, b)'],
      ['b', 'INT', 'FALSE', 'PRI(a, b)'],
    ]);
  });

  test('IF NOT EXISTS keeps what is there; without it that is an error', () => {
    const { define } = harness('CREATE TABLE t (a INT)');
    define('CREATE TABLE IF NOT EXISTS t (b INT)');
    expect(define('DESCRIBE t')?.rows[0]?.[0]).toBe('a');
    expect(() => define('CREATE TABLE t (b INT)')).toThrow('table "default_catalog.default_database.t" already exists');
  });

  test('a computed watermark column is found behind its computed columns', () => {
    const { text } = harness(
      "CREATE TABLE t (ms BIGINT, ts AS TO_TIMESTAMP_LTZ(ms, 3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND, x INT) WITH ('connector' = 'all')",
    );
    expect(text('SELECT x FROM t')).toBe(`Calc(select=[x])
+- TableSourceScan(table=[default_catalog.default_database.t], columns=[ms, x], select=[TO_TIMESTAMP_LTZ(ms, 3) AS ts, x], watermark=[ts: (ts - 1000:INTERVAL)])`);
  });
});

describe('LIKE', () => {
  test('takes everything over, options may be overwritten', () => {
    const { define } = harness(SENSORS);
    define("CREATE TABLE copy (extra INT) WITH ('path' = '/tmp/y') LIKE sensors");
    const { columns, watermark, primaryKey, options } = tableOf(define, 'copy');
    expect(columns).toEqual(['id', 'reading', 'room', 'pos', 'ts', 'fahrenheit', 'extra']);
    expect([watermark, primaryKey]).toEqual(["ts - INTERVAL '5' SECOND", 'PRI(id)']);
    expect(options).toContain("'path' = '/tmp/y'");
    expect(options).toContain("'connector' = 'all'");
  });
  test('leaves out what is excluded', () => {
    const { define } = harness(SENSORS);
    define("CREATE TABLE bare WITH ('connector' = 'all') LIKE sensors (EXCLUDING ALL)");
    const { columns, watermark, primaryKey, options } = tableOf(define, 'bare');
    expect(columns).toEqual(['id', 'reading', 'room', 'ts']);
    expect([watermark, primaryKey]).toEqual(['', '']);
    expect(options).not.toContain('path');
  });

  function tableOf(define: ReturnType<typeof harness>['define'], name: string) {
    const rows = define(`DESCRIBE ${name}`)?.rows ?? [];
    return {
      columns: rows.map((row) => row[0]),
      watermark: rows.find((row) => row[0] === 'ts')?.[5],
      primaryKey: rows[0]?.[3],
      options: define(`SHOW CREATE TABLE ${name}`)?.rows[0]?.[0] ?? '',
    };
  }
});

describe('ALTER TABLE', () => {
  const columns = (define: ReturnType<typeof harness>['define']): string[] =>
    (define('DESCRIBE sensors')?.rows ?? []).map((row) => `${row[0]} ${row[1]}${row[4] === '' ? '' : ` ${row[4]}`}`);

  test('ADD and MODIFY columns, where they are told to be; computed columns follow', () => {
    const { define } = harness(SENSORS);
    define('ALTER TABLE sensors ADD (storey INT AFTER room, double_id AS id * 2 FIRST)');
    define('ALTER TABLE sensors MODIFY (id INT NOT NULL, room VARCHAR(10) FIRST)');
    expect(columns(define)).toEqual([
      'room VARCHAR(10)',
      'double_id INT AS id * 2',
      'id INT',
      'reading ROW<`celsius` DOUBLE, `at_ms` BIGINT>',
      'storey INT',
      "pos BIGINT METADATA FROM 'offset' VIRTUAL",
      'ts TIMESTAMP(3) *ROWTIME*',
      'fahrenheit DOUBLE AS reading.celsius * 9 / 5 + 32',
    ]);
  });

  test('DROP and RENAME refuse what something is made of', () => {
    const { define } = harness(SENSORS);
    expect(() => define('ALTER TABLE sensors DROP reading')).toThrow(
      'column "reading" is used by computed column "fahrenheit"',
    );
    expect(() => define('ALTER TABLE sensors DROP ts')).toThrow('column "ts" is used by the watermark');
    expect(() => define('ALTER TABLE sensors RENAME reading TO r')).toThrow(
      'column "reading" is used by computed column "fahrenheit"',
    );
    define('ALTER TABLE sensors DROP WATERMARK');
    define('ALTER TABLE sensors DROP (ts, fahrenheit)');
    define('ALTER TABLE sensors RENAME id TO sensor');
    expect(columns(define)[0]).toBe('sensor BIGINT');
    expect(define('DESCRIBE sensors')?.rows[0]?.[3]).toBe('PRI(sensor)');
    define('ALTER TABLE sensors DROP PRIMARY KEY');
    expect(define('DESCRIBE sensors')?.rows[0]?.[3]).toBe('');
  });

  test('watermark, key, options and name', () => {
    const { define } = harness("CREATE TABLE t (a INT, ts TIMESTAMP(3)) WITH ('connector' = 'all', 'path' = 'x')");
    define("ALTER TABLE t ADD WATERMARK FOR ts AS ts - INTERVAL '1' MINUTE");
    define('ALTER TABLE t ADD PRIMARY KEY (a) NOT ENFORCED');
    define("ALTER TABLE t SET ('path' = 'y')");
    define('ALTER TABLE t RENAME TO u');
    const text = define('SHOW CREATE TABLE u')?.rows[0]?.[0];
    expect(text).toContain("WATERMARK FOR `ts` AS ts - INTERVAL '1' MINUTE");
    expect(text).toContain('CONSTRAINT `PK_a` PRIMARY KEY (`a`) NOT ENFORCED');
    expect(text).toContain("'path' = 'y'");
    define("ALTER TABLE u RESET ('path')");
    expect(define('SHOW CREATE TABLE u')?.rows[0]?.[0]).not.toContain('path');
    expect(() => define("ALTER TABLE u RESET ('connector')")).toThrow('option "connector" cannot be reset');
    expect(() => define('DESCRIBE t')).toThrow('table "t" does not exist');
  });
});

describe('views', () => {
  const TABLE = "CREATE TABLE t (a INT, b STRING) WITH ('connector' = 'all')";
  test('rename their columns, and are bound again when used', () => {
    const { define, types } = harness(`${TABLE}; CREATE VIEW v (x, y) AS SELECT a + 1, b FROM t`);
    expect(types('SELECT y, x FROM v')).toEqual(['y STRING', 'x INT']);
    define('ALTER TABLE t DROP b');
    expect(() => types('SELECT x FROM v')).toThrow(
      'view "default_catalog.default_database.v": column "b" does not exist',
    );
  });
  test('resolve names where they were made', () => {
    const { define, types } = harness(`${TABLE}; CREATE VIEW v AS SELECT a FROM t; CREATE DATABASE other; USE other`);
    expect(types('SELECT a FROM default_database.v')).toEqual(['a INT']);
    expect(() => types('SELECT a FROM v')).toThrow('table "v" does not exist');
    expect(define('SHOW TABLES')?.rows).toEqual([]);
  });
  test('cannot have two columns of one name, nor themselves inside', () => {
    const { define, types } = harness(TABLE);
    expect(() => define('CREATE VIEW v AS SELECT a, a FROM t')).toThrow('a view cannot have two columns "a"');
    define('CREATE VIEW v AS SELECT a FROM t');
    expect(() => define('ALTER VIEW v AS SELECT a FROM v')).toThrow('contains itself');
    expect(types('SELECT a FROM v')).toEqual(['a INT']);
  });
});

describe('temporary tables', () => {
  test('stand before permanent ones', () => {
    const { define, types } = harness(
      `CREATE TABLE t (a INT) WITH ('connector' = 'all'); CREATE TEMPORARY TABLE t (b STRING) WITH ('connector' = 'all')`,
    );
    expect(types('SELECT * FROM t')).toEqual(['b STRING']);
    expect(() => define('DROP TABLE t')).toThrow('temporary table "default_catalog.default_database.t" exists');
    define('DROP TEMPORARY TABLE t');
    expect(types('SELECT * FROM t')).toEqual(['a INT']);
  });
});

describe('options', () => {
  const table = (options: string): ReturnType<typeof harness> =>
    harness(`CREATE TABLE t (a INT, b STRING) WITH (${options})`);
  const messages: readonly (readonly [options: string, message: string, hint: string])[] = [
    ["'connector' = 'all', 'pth' = 'x'", 'connector "all" has no option "pth"', 'Options with similar names: "path".'],
    [
      "'connector' = 'all', 'milrace.on-error' = 'skip'",
      'connector "all" has no option "milrace.on-error"',
      'Options with similar names: "millrace.on-error".',
    ],
    [
      "'connector' = 'files', 'format' = 'json', 'json.ignore-parse-error' = 'true'",
      'format "json" has no option "ignore-parse-error"',
      'Options with similar names: "ignore-parse-errors".',
    ],
    [
      "'connector' = 'files'",
      'table "default_catalog.default_database.t" needs the option "format"',
      'There are: json.',
    ],
    ["'connector' = 'files', 'format' = 'jsn'", 'format "jsn" does not exist', 'Formats with similar names: "json".'],
    ["'connector' = 'apend'", 'connector "apend" does not exist', 'Connectors with similar names: "append".'],
    [
      "'path' = 'x'",
      'table "default_catalog.default_database.t" has no option "connector"',
      "Add WITH ('connector' = '…'); there are: all, any-upsert, append, cdc, files, only-sink, upsert, upserts.",
    ],
    [
      "'connector' = 'all', 'millrace.on-error' = 'ignore'",
      'option "millrace.on-error" cannot be \'ignore\'',
      "It takes one of 'fail', 'skip', 'dead-letter'.",
    ],
  ];
  test.each(messages)('%s', (options, message, hint) => {
    const sql = 'SELECT a FROM t';
    expect(errorOf(sql, () => table(options).plan(sql))).toMatchObject({
      code: 'invalid_option',
      message,
      hint,
      at: 't',
    });
  });

  test('a hint adds options to a table, unless hints are switched off', () => {
    const { plan, settings } = table("'connector' = 'all'");
    const sql = "SELECT a FROM t /*+ OPTIONS('path' = 'y') */";
    expect(JSON.stringify(plan(sql))).toContain('"path":"y"');
    settings.set('table.dynamic-table-options.enabled', 'false');
    expect(() => plan(sql)).toThrow('the OPTIONS hint is switched off');
  });

  test("Millrace's own options can be SET, which leaves the DDL alone", () => {
    const { plan, settings, define } = table("'connector' = 'all'");
    settings.set('millrace.table.t.on-error', 'skip');
    expect(JSON.stringify(plan('SELECT a FROM t'))).toContain('"onError":"skip"');
    define("CREATE TABLE bad (payload BYTES, reason STRING) WITH ('connector' = 'append')");
    settings.set('millrace.table.default_database.t.late-rows', 'bad');
    settings.set('millrace.table.t.on-error', 'dead-letter');
    expect(() => plan('SELECT a FROM t')).toThrow('needs the option "millrace.dead-letter"');
    settings.set('millrace.table.t.dead-letter', 'bad');
    const scan = JSON.stringify(plan('SELECT a FROM t'));
    expect(scan).toContain('"deadLetter":{"path":["default_catalog","default_database","bad"]');
    expect(scan).toContain('"lateRows":{"path":["default_catalog","default_database","bad"]');
  });

  test('a table for bad records has known columns only', () => {
    const { plan, settings, define } = table("'connector' = 'all'");
    define("CREATE TABLE bad (payload BYTES, cause STRING) WITH ('connector' = 'append')");
    settings.set('millrace.table.t.late-rows', 'bad');
    expect(() => plan('SELECT a FROM t')).toThrow('table "bad" has a column "cause"');
    settings.set('millrace.table.t.late-rows', 'nowhere');
    expect(() => plan('SELECT a FROM t')).toThrow('table "nowhere" does not exist');
  });
});

describe('what the grammar knows and the engine does not', () => {
  test.each([
    ['DELETE FROM t WHERE a = 1', 'DELETE in a stream is not supported'],
    ['UPDATE t SET a = 1', 'UPDATE in a stream is not supported'],
    ["CREATE CATALOG c WITH ('type' = 'jdbc')", "a catalog of type 'jdbc' is not supported"],
    ["ADD JAR '/x.jar'", 'ADD JAR is not supported'],
  ])('%s', (sql, message) => {
    expect(() => harness().define(sql)).toThrow(message);
  });

  test.each(['', ' LANGUAGE JAVA', ' LANGUAGE SCALA', ' LANGUAGE PYTHON'])('CREATE FUNCTION%s', (language) => {
    const create = (): unknown => harness().define(`CREATE FUNCTION twice AS 'com.example.Twice'${language}`);
    expect(create).toThrow(`a function in ${language.slice(10) || 'JAVA'} is not supported`);
  });
});

describe('INSERT', () => {
  const TABLES = `CREATE TABLE s (a INT, m BIGINT METADATA FROM 'stamp', b STRING, c AS a + 1) PARTITIONED BY (b) WITH ('connector' = 'all');
    CREATE TABLE t (a TINYINT, b BIGINT, c STRING) WITH ('connector' = 'all')`;
  test('brings columns into the order and types of the sink: physical ones, then writable metadata', () => {
    const { text } = harness(TABLES);
    expect(text('INSERT INTO s SELECT a, b, c FROM t'))
      .toBe(`Sink(table=[default_catalog.default_database.s], fields=[a, b, m])
+- Calc(select=[CAST(a AS INT) AS a, c AS b, b AS m])
   +- TableSourceScan(table=[default_catalog.default_database.t], columns=[a, b, c])`);
  });
  test('columns that are left out are NULL', () => {
    expect(harness(TABLES).text('INSERT INTO s (b) SELECT c FROM t')).toContain(
      'select=[NULL AS a, c AS b, NULL AS m]',
    );
  });
  test('a static partition is a constant', () => {
    expect(harness(TABLES).text("INSERT INTO s PARTITION (b = 'x') SELECT a, b FROM t")).toContain(
      "select=[CAST(a AS INT) AS a, 'x' AS b, b AS m]",
    );
  });
  test('metadata must be there, and writable', () => {
    const { plan } = harness(`CREATE TABLE x (a INT, o BIGINT METADATA FROM 'offset') WITH ('connector' = 'all');
      CREATE TABLE y (a INT, o BIGINT METADATA FROM 'nothing' VIRTUAL) WITH ('connector' = 'all')`);
    expect(() => plan('INSERT INTO x SELECT 1, 2')).toThrow('connector "all" cannot write metadata \'offset\'');
    expect(() => plan('SELECT o FROM y')).toThrow('connector "all" has no metadata \'nothing\'');
    expect(plan('SELECT o FROM x').schema[0]?.type.kind).toBe('BIGINT');
  });
  test('into a computed column or a view is refused', () => {
    const { plan, define } = harness(TABLES);
    define('CREATE VIEW v AS SELECT a FROM t');
    expect(() => plan('INSERT INTO s (c) SELECT 1')).toThrow(
      'column "c" of "default_catalog.default_database.s" cannot be written to',
    );
    expect(() => plan('INSERT INTO v SELECT 1')).toThrow('cannot write to view "v"');
  });
});
