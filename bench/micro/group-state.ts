/** A GROUP BY with COUNT and SUM over BIGINT keys, fed with keys in a scattered order: state of a chosen size. */
import { resolveAggregate } from '../../src/functions/aggregates/registry.ts';
import { ALL_CHANGES, INSERT_ONLY, type PhysicalOf } from '../../src/plan/physical.ts';
import { Counters } from '../../src/runtime/counters.ts';
import type { Operator } from '../../src/runtime/operator.ts';
import { groupAggregateOperator } from '../../src/runtime/operators/group-aggregate.ts';
import type { StateBackend } from '../../src/state/state.ts';
import type { Vector } from '../../src/types/vector.ts';
import { BIGINT } from '../../src/types/data-type.ts';

const schema = [
  { name: 'k', type: BIGINT },
  { name: 'v', type: BIGINT },
];
const { type: sumType } = resolveAggregate('SUM', [{ type: BIGINT }], { distinct: false });
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

const clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve(), schedule: () => () => {} };

export class GroupState {
  readonly #operator: Operator;
  readonly #keys: number;
  readonly #size: number;
  readonly #keyData: BigInt64Array;
  readonly #keyHalves: Int32Array;
  readonly #vectors: readonly Vector[];
  #at = 0;

  constructor(state: StateBackend, keys: number, batchSize: number) {
    this.#keys = keys;
    this.#size = batchSize;
    this.#keyData = new BigInt64Array(batchSize);
    this.#keyHalves = new Int32Array(this.#keyData.buffer);
    const values = new BigInt64Array(batchSize).map((_, i) => BigInt(i & 63));
    this.#vectors = [
      { kind: 'i64', valid: null, data: this.#keyData, halves: this.#keyHalves },
      { kind: 'i64', valid: null, data: values, halves: new Int32Array(values.buffer) },
    ];
    this.#operator = groupAggregateOperator(node, {
      output: { push: () => {} },
      state,
      clock,
      random: { next: () => 0.5 },
      eval: { now: () => 0, random: () => 0.5, timeZone: 'UTC', watermark: -Infinity },
      counters: new Counters(),
      batchSize,
      subtask: 0,
      parallelism: 1,
      scheduleTimer: () => {},
    });
  }

  /** The next batch, keys in an order that has nothing to do with memory; gives what it took in ms. */
  step(): number {
    const halves = this.#keyHalves;
    const round = Math.floor(this.#at / this.#keys);
    const stride = round % 2 === 0 ? 7_368_787 : 4_999_999;
    for (let i = 0; i < this.#size; i++) {
      const scattered = (((this.#at + i) * stride) % this.#keys) * 800_000_011;
      halves[2 * i] = scattered | 0;
      halves[2 * i + 1] = Math.floor(scattered / 4294967296);
    }
    this.#at += this.#size;
    const before = performance.now();
    this.#operator.process(0, { length: this.#size, vectors: this.#vectors, kinds: null, marks: null });
    return performance.now() - before;
  }

  /** Once through all keys. */
  fill(): void {
    while (this.#at < this.#keys) this.step();
  }
}
