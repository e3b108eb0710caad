/**
 * Rows per CPU-second of filters and projections: the generated loop, a loop per operation with its result in an array
 * between them, and the interpreter.
 *
 *   node bench/micro/expressions.ts
 */
import { type Expr } from '../../src/plan/expr.ts';
import { CompiledCalc } from '../../src/runtime/compile/calc.ts';
import { interpret } from '../../src/runtime/compile/interpret.ts';
import { resolveFunction } from '../../src/functions/registry.ts';
import { BIGINT, BOOLEAN, notNull } from '../../src/types/data-type.ts';
import type { Batch } from '../../src/types/batch.ts';
import { type Value, getValue } from '../../src/types/vector.ts';

const SIZE = 2048;
const SECONDS = 1;
const LONG = notNull(BIGINT);
const context = { now: () => 0, random: () => 0.5, timeZone: 'UTC', watermark: -Infinity };

const column = (index: number): Expr => ({ kind: 'column', index, type: LONG });
const literal = (value: bigint): Expr => ({ kind: 'literal', value, type: LONG });
function call(name: string, ...args: Expr[]): Expr {
  return {
    kind: 'call',
    args,
    ...resolveFunction(
      name,
      args.map((arg) => ({ type: arg.type })),
    ),
  };
}

// (a * 2 + b - c) of the rows where a < 1000
const projection = call('-', call('+', call('*', column(0), literal(2n)), column(1)), column(2));
const condition: Expr = { ...call('<', column(0), literal(1000n)), type: notNull(BOOLEAN) };

const data = [0, 1, 2].map((c) => BigInt64Array.from({ length: SIZE }, (_, i) => BigInt((i * (c + 7)) % 1500)));
const [a, b, c] = data as [BigInt64Array, BigInt64Array, BigInt64Array];
const batch: Batch = {
  length: SIZE,
  vectors: data.map((values) => ({ kind: 'i64', valid: null, data: values, halves: new Int32Array(values.buffer) })),
  kinds: null,
  marks: null,
};

const calc = new CompiledCalc({ condition, projections: [projection], context });
const fused = (): number => calc.run(batch).length;

type Kernel = (x: BigInt64Array, y: BigInt64Array, out: BigInt64Array) => void;
const kernel = (operation: string): Kernel =>
  new Function('x', 'y', 'out', `for (let i = 0; i < ${SIZE}; i++) out[i] = x[i] ${operation} y[i];`) as Kernel;
const [times, plus, minus] = [kernel('*'), kernel('+'), kernel('-')];
const less = new Function(
  'x',
  'y',
  'kept',
  `let n = 0; for (let i = 0; i < ${SIZE}; i++) if (x[i] < y[i]) kept[n++] = i; return n;`,
) as (x: BigInt64Array, y: BigInt64Array, kept: Int32Array) => number;
const gather = new Function('from', 'kept', 'n', 'out', 'for (let i = 0; i < n; i++) out[i] = from[kept[i]];') as (
  from: BigInt64Array,
  kept: Int32Array,
  n: number,
  out: BigInt64Array,
) => void;
const [two, limit] = [new BigInt64Array(SIZE).fill(2n), new BigInt64Array(SIZE).fill(1000n)];
const [t1, t2, t3, out] = [0, 1, 2, 3].map(() => new BigInt64Array(SIZE)) as [
  BigInt64Array,
  BigInt64Array,
  BigInt64Array,
  BigInt64Array,
];
const kept = new Int32Array(SIZE);
function kernels(): number {
  const n = less(a, limit, kept);
  times(a, two, t1);
  plus(t1, b, t2);
  minus(t2, c, t3);
  gather(t3, kept, n, out);
  return n;
}

const row: Value[] = [];
const results: Value[] = [];
function interpreted(): number {
  let n = 0;
  for (let i = 0; i < SIZE; i++) {
    for (let k = 0; k < 3; k++) row[k] = getValue(batch.vectors[k]!, i, LONG);
    if (interpret(condition, row, context) === true) results[n++] = interpret(projection, row, context);
  }
  return n;
}

for (const [name, run] of Object.entries({
  'one generated loop': fused,
  'a loop per operation': kernels,
  interpreter: interpreted,
})) {
  const expected = a.filter((value) => value < 1000n).length;
  for (let i = 0; i < 500; i++) if (run() !== expected) throw new Error(`${name}: wrong number of rows`);
  const before = process.cpuUsage();
  let rows = 0;
  let usage = process.cpuUsage(before);
  while (usage.user + usage.system < SECONDS * 1e6) {
    for (let i = 0; i < 10; i++) run();
    rows += 10 * SIZE;
    usage = process.cpuUsage(before);
  }
  console.log(`${name}: ${(rows / (usage.user + usage.system)).toFixed(1)} M rows per CPU-second`);
}
