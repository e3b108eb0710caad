/**
 * Group aggregation over many keys: rows per CPU-second, memory, longest pause.
 * Usage: node bench/micro/state-group.ts [bigint|string] [rows] [keys]
 */
import { resolveAggregate } from '../../src/functions/aggregates/registry.ts';
import { ALL_CHANGES, INSERT_ONLY, type PhysicalOf } from '../../src/plan/physical.ts';
import { Counters } from '../../src/runtime/counters.ts';
import { groupAggregateOperator } from '../../src/runtime/operators/group-aggregate.ts';
import { createStateBackend } from '../../src/state/state.ts';
import type { Batch } from '../../src/types/batch.ts';
import { BIGINT, STRING } from '../../src/types/data-type.ts';
import { type Vector, newPool } from '../../src/types/vector.ts';

const kind = process.argv[2] ?? 'bigint';
const rows = Number(process.argv[3] ?? (kind === 'bigint' ? 20e6 : 10e6));
const keys = Number(process.argv[4] ?? (kind === 'bigint' ? 10e6 : 1e6));
const SIZE = 1024;

const keyType = kind === 'bigint' ? BIGINT : STRING;
const schema = [
  { name: 'k', type: keyType },
  { name: 'v', type: BIGINT },
];
const bound = [{ type: BIGINT }];
const { type: sumType } = resolveAggregate('SUM', bound, { distinct: false });
const { type: countType } = resolveAggregate('COUNT', [], { distinct: false });
const common = { distinct: false, filter: null, constants: [] };
const node: PhysicalOf<'group-aggregate'> = {
  kind: 'group-aggregate',
  id: 1,
  changelog: ALL_CHANGES,
  schema: [schema[0]!, { name: 'n', type: countType }, { name: 's', type: sumType }],
  input: { kind: 'values', id: 2, rows: [], schema, changelog: INSERT_ONLY },
  keys: [0],
  aggregates: [
    { ...common, name: 'COUNT', args: [], argTypes: [], type: countType },
    { ...common, name: 'SUM', args: [1], argTypes: [BIGINT], type: sumType },
  ],
  inputRetracts: false,
  emitUpdateBefore: true,
  stateTtlMs: 0,
};

let emitted = 0;
const clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve(), schedule: () => () => {} };
const state = createStateBackend({ clock });
const operator = groupAggregateOperator(node, {
  output: { push: (batch) => void (emitted += batch.length) },
  state,
  clock,
  random: { next: () => 0.5 },
  eval: { now: () => 0, random: () => 0.5, timeZone: 'UTC', watermark: -Infinity },
  counters: new Counters(),
  batchSize: SIZE,
  subtask: 0,
  parallelism: 1,
  scheduleTimer: () => {},
});

// Two passes over all keys, each in another order: a multiplicative permutation modulo the number of keys.
const strides = [7_368_787, 4_999_999];
const keyData = new BigInt64Array(SIZE);
const keyHalves = new Int32Array(keyData.buffer);
const valueData = new BigInt64Array(SIZE).map((_, i) => BigInt(i & 63));
const pool = newPool(SIZE * 12);
const start = Int32Array.from({ length: SIZE }, (_, i) => i * 12);
const len = new Int32Array(SIZE).fill(12);
const keyVector: Vector =
  kind === 'bigint'
    ? { kind: 'i64', valid: null, data: keyData, halves: keyHalves }
    : { kind: 'bytes', valid: null, pool, start, len };
const vectors: Vector[] = [
  keyVector,
  { kind: 'i64', valid: null, data: valueData, halves: new Int32Array(valueData.buffer) },
];

function fill(from: number): void {
  const stride = strides[Math.floor(from / keys) % 2] as number;
  for (let i = 0; i < SIZE; i++) {
    let key = ((from + i) * stride) % keys;
    if (kind === 'bigint') {
      const scattered = key * 800_000_011;
      keyHalves[2 * i] = scattered | 0;
      keyHalves[2 * i + 1] = Math.floor(scattered / 4294967296);
    } else {
      for (let j = 11; j >= 0; j--) {
        pool.u8[i * 12 + j] = 48 + (key % 10);
        key = Math.floor(key / 10);
      }
    }
  }
}

let longest = 0;
let busy = 0;
for (let from = 0; from < rows; from += SIZE) {
  fill(from);
  const batch: Batch = { length: SIZE, vectors, kinds: null, marks: null };
  const before = process.cpuUsage();
  operator.process(0, batch);
  const cpu = process.cpuUsage(before);
  const tookMs = (cpu.user + cpu.system) / 1e3;
  busy += tookMs;
  if (tookMs > longest) longest = tookMs;
}
console.log(
  `${kind} keys=${keys} rows=${rows}: ${(rows / busy / 1e3).toFixed(2)} M rows per CPU-second, emitted ${emitted}, ` +
    `longest call ${longest.toFixed(1)} ms of CPU, rss ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB, ` +
    `state ${(state.sizeBytes / 1e6).toFixed(0)} MB`,
);
