/**
 * What `state-group.ts` does, with a `Map` of objects in place of state: what the state is compared with.
 *
 *   node bench/micro/map-of-objects.ts [rows] [keys]
 */
const rows = Number(process.argv[2] ?? 20e6);
const keys = Number(process.argv[3] ?? 10e6);
const strides = [7_368_787, 4_999_999];

const groups = new Map<bigint, { count: bigint; sum: bigint }>();
const key = new BigInt64Array(1);
const halves = new Int32Array(key.buffer);
const before = process.cpuUsage();
for (let i = 0; i < rows; i++) {
  const scattered = ((i * (strides[Math.floor(i / keys) % 2] as number)) % keys) * 800_000_011;
  halves[0] = scattered | 0;
  halves[1] = Math.floor(scattered / 4294967296);
  const group = groups.get(key[0] as bigint);
  if (group === undefined) groups.set(key[0] as bigint, { count: 1n, sum: BigInt(i & 63) });
  else {
    group.count += 1n;
    group.sum += BigInt(i & 63);
  }
}
const { user, system } = process.cpuUsage(before);
console.log(
  `keys=${keys} rows=${rows}: ${(rows / (user + system)).toFixed(2)} M rows per CPU-second, ` +
    `rss ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB, ${groups.size} groups`,
);
