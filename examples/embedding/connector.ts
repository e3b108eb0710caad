// A connector and a format of one's own, by the interfaces that ours use.
import { type Connector, type Format, Millrace } from 'millrace';

// A sink that takes every row and does nothing.
const nowhere: Connector = {
  name: 'nowhere',
  doc: 'Takes rows and forgets them.',
  options: {},
  format: 'none',
  metadata: [],
  sink: () => ({
    guarantee: 'exactly-once',
    write() {},
    flush: async () => {},
    close: async () => {},
  }),
};

// A source: one split of numbers, which a restart continues at its position.
const numbers: Connector = {
  name: 'numbers',
  doc: 'The numbers below a limit.',
  options: { limit: { type: 'int', default: '10', doc: 'Where to stop.' } },
  format: 'none',
  metadata: [],
  source: ({ options }) => ({
    boundedness: 'bounded',
    changelog: { updateBefore: false, updateAfter: false, delete: false },
    guarantee: 'exactly-once',
    discoveryIntervalMs: 0,
    reading: 'parallel',
    listSplits: async () => [{ id: 'all' }],
    open: async ({ position, columns }) => {
      const limit = options.number('limit') ?? 0;
      let next = Number(position ?? 0);
      return {
        kind: 'rows',
        read(into, maxRows) {
          for (let i = 0; i < maxRows && next < limit; i++, next++) {
            const row = into.addRow(0);
            columns.forEach((_, c) => into.columns[c]?.set(row, next));
          }
          return next < limit ? 'more' : 'end';
        },
        position: () => next,
        close: async () => {},
      };
    },
    close: async () => {},
  }),
};

// A format that writes a record for each row, with nothing in it but a dash.
const dashes: Format = {
  name: 'dashes',
  doc: 'A dash for each row.',
  options: {},
  encoder: ({ separator }) => ({
    encode({ length }) {
      const line = Buffer.concat([Buffer.from('-'), separator]);
      const u8 = Buffer.concat(Array.from({ length }, () => line));
      return {
        u8,
        length: u8.length,
        ends: Int32Array.from({ length }, (_, i) => line.length * (i + 1)),
        count: length,
      };
    },
  }),
};

await using db = await Millrace.create({ settings: { 'table.dml-sync': 'true' } });
db.connector(nowhere);
db.connector(numbers);
db.format(dashes);
const [first, second] = await db.script(`
  CREATE TABLE n (x INT) WITH ('connector' = 'numbers', 'limit' = '1000');
  CREATE TABLE sink (x INT) WITH ('connector' = 'nowhere');
  CREATE TABLE files (x INT) WITH ('connector' = 'filesystem', 'path' = 'out/dashes', 'format' = 'dashes');
  INSERT INTO sink SELECT x FROM n;
  INSERT INTO files SELECT x FROM n WHERE x < 3;`);
console.log(first?.metrics.rowsOut, second?.metrics.rowsOut);

// prints:
// 1000 3
