/**
 * Tumbling window COUNT(*) per string key, watermark after every row: rows per CPU-second without decoding.
 * Usage: node bench/micro/state-window.ts [rows] [keys] [marks: 1 or 0]
 */
import { resolveAggregate } from '../../src/functions/aggregates/registry.ts';
import { INSERT_ONLY, type PhysicalOf } from '../../src/plan/physical.ts';
import { Counters } from '../../src/runtime/counters.ts';
import { windowAggregateOperator } from '../../src/runtime/operators/window-aggregate.ts';
import { createStateBackend } from '../../src/state/state.ts';
import { STRING, notNull, timestamp } from '../../src/types/data-type.ts';
import { newPool } from '../../src/types/vector.ts';

const rows = Number(process.argv[2] ?? 20e6);
const keys = Number(process.argv[3] ?? 20);
const withMarks = process.argv[4] !== '0';
const SIZE = 1024;

const schema = [
  { name: 'k', type: STRING },
  { name: 't', type: notNull(timestamp(3)) },
];
const { type: countType } = resolveAggregate('COUNT', [], { distinct: false });
const node: PhysicalOf<'window-aggregate'> = {
  kind: 'window-aggregate',
  id: 1,
  changelog: INSERT_ONLY,
  schema: [schema[0]!, { name: 'n', type: countType }, { name: 'window_start', type: notNull(timestamp(3)) }],
  input: { kind: 'values', id: 2, rows: [], schema, changelog: INSERT_ONLY },
  window: { kind: 'tumble', sizeMs: 10_000, offsetMs: 0 },
  timeColumn: 1,
  keys: [0],
  aggregates: [
    { name: 'COUNT', args: [], argTypes: [], distinct: false, filter: null, constants: [], type: countType },
  ],
  properties: ['start'],
  style: 'table-function',
  inputRetracts: false,
  lateRows: null,
};

let counted = 0n;
const clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve(), schedule: () => () => {} };
const operator = windowAggregateOperator(node, {
  output: {
    push: (batch) => {
      const counts = batch.vectors[1] as { data: BigInt64Array };
      for (let i = 0; i < batch.length; i++) counted += counts.data[i]!;
    },
  },
  state: createStateBackend({ clock }),
  clock,
  random: { next: () => 0.5 },
  eval: { now: () => 0, random: () => 0.5, timeZone: 'UTC', watermark: -Infinity },
  counters: new Counters(),
  batchSize: SIZE,
  subtask: 0,
  parallelism: 1,
  scheduleTimer: () => {},
});

const pool = newPool(SIZE * 16);
const start = new Int32Array(SIZE);
const len = new Int32Array(SIZE);
let used = 0;
for (let i = 0; i < SIZE; i++) {
  const text = `channel-${(i * 7919) % keys}`;
  start[i] = used;
  len[i] = pool.buf.utf8Write(text, used);
  used += len[i]!;
}
const time = new Float64Array(SIZE);
const markTimes = new Float64Array(SIZE);
const markRows = Int32Array.from({ length: SIZE }, (_, i) => i + 1);

let busy = 0;
for (let from = 0; from < rows; from += SIZE) {
  for (let i = 0; i < SIZE; i++) {
    time[i] = 1_600_000_000_000 + Math.floor((from + i) / 10);
    markTimes[i] = time[i]! - 4000;
  }
  const before = process.cpuUsage();
  operator.process(0, {
    length: SIZE,
    vectors: [
      { kind: 'bytes', valid: null, pool, start, len },
      { kind: 'f64', valid: null, data: time },
    ],
    kinds: null,
    marks: withMarks ? { length: SIZE, row: markRows, time: markTimes } : null,
  });
  const used = process.cpuUsage(before);
  busy += (used.user + used.system) / 1e3;
}
operator.process(0, {
  length: 0,
  vectors: [],
  kinds: null,
  marks: { length: 1, row: new Int32Array(1), time: new Float64Array([Infinity]) },
});
const total = Math.ceil(rows / SIZE) * SIZE;
if (counted !== BigInt(total)) throw new Error(`counted ${counted} of ${total} rows`);
console.log(
  `keys=${keys} marks=${withMarks}: ${(total / busy / 1e3).toFixed(2)} M rows per CPU-second, ${((busy * 1e6) / total).toFixed(1)} ns a row`,
);
