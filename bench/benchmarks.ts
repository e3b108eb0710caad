/** All benchmarks, in the order of the table. */
import type { Benchmark, BenchmarkOptions } from './benchmark.ts';
import { bidBenchmarks } from './cases/bids.ts';
import { eventBenchmarks } from './cases/events.ts';
import { keyBenchmarks } from './cases/keys.ts';
import { nexmarkBenchmarks } from './cases/nexmark.ts';

export function benchmarks(options: BenchmarkOptions): readonly Benchmark[] {
  return [
    ...bidBenchmarks(options),
    ...eventBenchmarks(options),
    ...nexmarkBenchmarks(options),
    ...keyBenchmarks(options),
  ];
}
