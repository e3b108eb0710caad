/**
 * Random numbers by position: the j-th draw for row i is a hash of (seed, i, j), so any row can be made without those
 * before it, whatever the batches. For one j the hash is a bijection over 2^32 rows.
 */
export class Draws {
  readonly #seed: number;
  #low = 0;
  #high = 0;
  #count = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The draws that follow are those of row `index`. */
  start(index: number): void {
    this.#low = index | 0;
    this.#high = Math.floor(index / 4294967296) | 0;
    this.#count = 0;
  }

  /** A whole number of 32 bits, signed. */
  int(): number {
    const key = mix(this.#seed + Math.imul(++this.#count, 0x9e3779b9));
    return mix(mix(this.#low + key) ^ Math.imul(key, 0x85ebca6b) ^ this.#high);
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return ((this.int() >>> 5) * 67108864 + (this.int() >>> 6)) / 9007199254740992;
  }
}

/** A bijection over 32 bits that leaves no pattern (Wellons' `triple32` without its last round). */
function mix(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 17), 0xed5ad4bb);
  z = Math.imul(z ^ (z >>> 11), 0xac4c1b51);
  return z ^ (z >>> 15);
}

/** The seed of one field out of that of the table. */
export function fieldSeed(seed: number, path: string): number {
  let hash = seed | 0;
  for (let k = 0; k < path.length; k++) hash = mix(hash + Math.imul(path.charCodeAt(k), 0x01000193));
  return mix(hash ^ path.length);
}
