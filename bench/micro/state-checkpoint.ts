/**
 * Marks of a large state under uniform updates: the longest pause, what a restore takes, and the cost of a mark every
 * second on a small state. Usage: node bench/micro/state-checkpoint.ts [megabytes]
 */
import { type StateMark, type WrittenState, createStateBackend } from '../../src/state/state.ts';
import { GroupState } from './group-state.ts';

const megabytes = Number(process.argv[2] ?? 1024);
const BATCH = 2048;
/** Bytes that are read of a mark between two batches, as a writer beside the stream does. */
const SLICE = 4 << 20;
const clock = { now: () => 0 };
/** About what a record and its slot take. */
const RECORD_BYTES = 40;

const ms = (value: number): string => `${value.toFixed(1)} ms`;

function readSome(mark: StateMark, from: number, pages: Uint8Array[] | null): number {
  let page = from;
  for (let bytes = 0; page < mark.pageCount && bytes < SLICE; page++) {
    const read = mark.read(page);
    bytes += read.length;
    pages?.push(read.slice());
  }
  return page;
}

const state = createStateBackend({ clock });
const group = new GroupState(state, Math.round((megabytes * 1e6) / RECORD_BYTES), BATCH);
group.fill();
let usual = 0;
for (let i = 0; i < 50; i++) usual += group.step() / 50;
let written: WrittenState | null = null;
for (const name of ['first', 'second', 'third']) {
  const before = performance.now();
  const mark = state.mark();
  const marked = performance.now() - before;
  const pages: Uint8Array[] | null = name === 'third' ? [] : null;
  let longest = 0;
  let batches = 0;
  for (let page = 0; page < mark.pageCount; batches++) {
    longest = Math.max(longest, group.step());
    page = readSome(mark, page, pages);
  }
  if (pages !== null) {
    written = { description: JSON.parse(JSON.stringify(mark.describe())), page: (page) => pages[page] as Uint8Array };
  }
  mark.release(true);
  console.log(
    `${name} mark of ${(state.sizeBytes / 1e6).toFixed(0)} MB (copies among them): taken in ${ms(marked)}, longest of ` +
      `${batches} batches of ${BATCH} ${ms(longest)} (usually ${ms(usual)}), read and processed in ${ms(performance.now() - before)}`,
  );
}

const restored = createStateBackend({ clock });
const restoredGroup = new GroupState(restored, 1, BATCH);
const before = performance.now();
restored.restoreWritten([written as WrittenState]);
console.log(`restored as it was: ${ms(performance.now() - before)} for ${(restored.sizeBytes / 1e6).toFixed(0)} MB`);
restoredGroup.step();

const halves = [0, 1].map((half) => {
  const part = createStateBackend({ clock });
  const partGroup = new GroupState(part, 1, BATCH);
  const start = performance.now();
  part.restoreWritten([written as WrittenState], { from: half * 64, to: half * 64 + 64 });
  const took = performance.now() - start;
  partGroup.step();
  return took;
});
console.log(`restored as two halves: ${halves.map(ms).join(' and ')}`);

const small = createStateBackend({ clock });
const smallGroup = new GroupState(small, 10_000, BATCH);
smallGroup.fill();
const rates = [false, true, false, true, false, true].map((marks) => {
  let busy = 0;
  let next = 1000;
  const steps = 4000;
  for (let i = 0; i < steps; i++) {
    if (marks && busy >= next) {
      next += 1000;
      const start = performance.now();
      const mark = small.mark();
      for (let page = 0; page < mark.pageCount; page++) mark.read(page);
      busy += performance.now() - start + smallGroup.step();
      mark.release(true);
    } else busy += smallGroup.step();
  }
  return (steps * BATCH) / busy / 1e3;
});
console.log(
  `10,000 keys, M rows/s without and with a mark every second: ${rates.map((rate) => rate.toFixed(2)).join(', ')}`,
);
