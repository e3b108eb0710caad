/**
 * What a filter that compacts costs against one that leaves a selection vector, in nanoseconds a row of the input, for
 * 1, 4 and 8 BIGINT columns that a kernel adds up afterwards, once or several times.
 *
 *   node bench/micro/compaction.ts
 */
const SIZE = 2048;
const SECONDS = 0.25;

interface Batch {
  readonly kept: Uint8Array;
  readonly columns: readonly BigInt64Array[];
}

/** Rows to pass on are drawn, so that the branch of the filter cannot be foretold. */
function batch(columnCount: number, share: number): Batch {
  let seed = 1;
  const draw = (): number => ((seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) >>> 16) / 65_536;
  return {
    kept: Uint8Array.from({ length: SIZE }, () => (draw() < share ? 1 : 0)),
    columns: Array.from({ length: columnCount }, (_, c) =>
      BigInt64Array.from({ length: SIZE }, (__, i) => BigInt(i + c)),
    ),
  };
}

const kernel = (body: string): ((a: unknown, b: unknown, total: BigInt64Array, length: number) => void) =>
  // Made anew for each case, as the engine does, so that no case sees the types of another.
  new Function('a', 'b', 'total', 'length', body) as ReturnType<typeof kernel>;

const dense = (): ReturnType<typeof kernel> => kernel('for (let i = 0; i < length; i++) total[0] = total[0] + a[i];');
const selected = (): ReturnType<typeof kernel> =>
  kernel('for (let i = 0; i < length; i++) total[0] = total[0] + a[b[i]];');

function compacting({ kept, columns }: Batch, passes: number): () => bigint {
  const out = columns.map(() => new BigInt64Array(SIZE));
  const names = columns.map((_, c) => c);
  const filter = new Function(
    'kept',
    'from',
    'to',
    `const ${names.map((c) => `f${c} = from[${c}], t${c} = to[${c}]`).join(', ')};
     let n = 0;
     for (let i = 0; i < ${SIZE}; i++) if (kept[i] === 1) { ${names.map((c) => `t${c}[n] = f${c}[i];`).join(' ')} n++; }
     return n;`,
  ) as (kept: Uint8Array, from: readonly BigInt64Array[], to: readonly BigInt64Array[]) => number;
  const add = dense();
  const total = new BigInt64Array(1);
  return () => {
    const length = filter(kept, columns, out);
    for (let pass = 0; pass < passes; pass++) for (const column of out) add(column, null, total, length);
    return total[0] as bigint;
  };
}

function selecting({ kept, columns }: Batch, passes: number): () => bigint {
  const selection = new Int32Array(SIZE);
  const filter = new Function(
    'kept',
    'selection',
    `let n = 0; for (let i = 0; i < ${SIZE}; i++) if (kept[i] === 1) selection[n++] = i; return n;`,
  ) as (kept: Uint8Array, selection: Int32Array) => number;
  const add = selected();
  const total = new BigInt64Array(1);
  return () => {
    const length = filter(kept, selection);
    for (let pass = 0; pass < passes; pass++) for (const column of columns) add(column, selection, total, length);
    return total[0] as bigint;
  };
}

function nanosecondsPerRow(run: () => bigint): number {
  for (let i = 0; i < 2000; i++) run();
  const before = process.cpuUsage();
  let rows = 0;
  let usage = process.cpuUsage(before);
  while (usage.user + usage.system < SECONDS * 1e6) {
    for (let i = 0; i < 100; i++) run();
    rows += 100 * SIZE;
    usage = process.cpuUsage(before);
  }
  return ((usage.user + usage.system) * 1e3) / rows;
}

console.log('| columns | rows kept | kernels behind | compacting ns/row | selecting ns/row |');
console.log('| ---: | ---: | ---: | ---: | ---: |');
for (const columnCount of [1, 4, 8]) {
  for (const share of [0.1, 0.66]) {
    for (const passes of [1, 3]) {
      const input = batch(columnCount, share);
      const [a, b] = [compacting(input, passes), selecting(input, passes)];
      if (a() !== b()) throw new Error('the sums differ');
      const cells = [columnCount, share, passes, nanosecondsPerRow(a).toFixed(2), nanosecondsPerRow(b).toFixed(2)];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}
