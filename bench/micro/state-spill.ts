/**
 * GROUP BY over state of several times the memory budget, keys uniform: rows per second, by the clock of the wall and of
 * the CPU, and resident memory.
 * Usage: node bench/micro/state-spill.ts [budget in megabytes] [times] [rows]
 */
import { tmpdir } from 'node:os';
import { nodeFileSystem } from '../../src/platform/node-file-system.ts';
import { MemoryBudget, createStateBackend } from '../../src/state/state.ts';
import { GroupState } from './group-state.ts';

const megabytes = Number(process.argv[2] ?? 64);
const times = Number(process.argv[3] ?? 4);
const rows = Number(process.argv[4] ?? 1_000_000);
const BATCH = 2048;
/** Of a record in a page of 4 KiB. */
const RECORD_BYTES = 32;

const path = `${tmpdir()}/millrace-state-spill-${process.pid}`;
const base = process.memoryUsage.rss();
const file = await nodeFileSystem.openPositioned(path);
const budget = new MemoryBudget({ limitBytes: megabytes * 1e6, file });
const state = createStateBackend({ clock: { now: () => 0 }, budget });
const keys = Math.round((megabytes * 1e6 * times) / RECORD_BYTES);
const group = new GroupState(state, keys, BATCH);
let longest = 0;
/** Thousand rows per second, of the wall and of the CPU. */
function run(count: number): string {
  longest = 0;
  let busy = 0;
  const start = performance.now();
  for (let done = 0; done < count; done += BATCH) {
    const before = process.cpuUsage();
    const took = group.step();
    state.relax();
    const { user, system } = process.cpuUsage(before);
    busy += (user + system) / 1e3;
    longest = Math.max(longest, took);
  }
  const wall = count / (performance.now() - start);
  return `${wall.toFixed(0)} K rows/s (${(count / busy).toFixed(0)} K per CPU-second)`;
}
const filled = run(keys);
const updated = run(rows);
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
console.log(
  `${keys} keys, ${times} times ${mb(budget.limitBytes)}: filled with ${filled}, updated with ${updated}, ` +
    `longest batch ${longest.toFixed(0)} ms, pages in memory ${mb(budget.usedBytes)}, state ` +
    `${mb(state.sizeBytes)} with slots, rss ${mb(process.memoryUsage.rss() - base)} more than at the start, file ${mb(budget.log.sizeBytes)}`,
);
const { heapTotal, arrayBuffers } = process.memoryUsage();
console.log(`of the rss: heap ${mb(heapTotal)}, array buffers ${mb(arrayBuffers)}`);
const before = performance.now();
const mark = state.mark();
let read = 0;
let page = 0;
while (page < mark.pageCount) {
  for (let k = 0; k < 1000 && page < mark.pageCount; k++) read += mark.read(page++).length;
  group.step();
  state.relax();
}
mark.release(true);
console.log(
  `mark of ${mb(read)} read in ${(performance.now() - before).toFixed(0)} ms beside updates, rss ${mb(process.memoryUsage.rss() - base)}`,
);
await file.close();
await nodeFileSystem.remove(path);
