/** Chance: numbers and UUIDs. With a seed the numbers are those of java.util.Random, one generator per call. */
import { DOUBLE, INT, char, notNull } from '../../types/data-type.ts';
import { defineFunction } from '../define.ts';
import type { CallSite, ScalarFunction } from '../function.ts';
import { firstOf, int, never, takes } from '../overload.ts';

const MASK = (1n << 48n) - 1n;
const MULTIPLIER = 0x5deece66dn;

/** java.util.Random: a 48-bit linear congruence. */
class JavaRandom {
  #seed: bigint;

  constructor(seed: number) {
    this.#seed = (BigInt(seed) ^ MULTIPLIER) & MASK;
  }

  #next(bits: number): number {
    this.#seed = (this.#seed * MULTIPLIER + 0xbn) & MASK;
    return Number(BigInt.asIntN(32, this.#seed >> BigInt(48 - bits)));
  }

  nextDouble(): number {
    return ((this.#next(26) >>> 0) * 2 ** 27 + (this.#next(27) >>> 0)) * 2 ** -53;
  }

  nextInt(bound: number): number {
    let bits = this.#next(31);
    if ((bound & -bound) === bound) return Number((BigInt(bound) * BigInt(bits)) >> 31n);
    let value = bits % bound;
    // The last, incomplete stretch of the range would favour small values.
    while (bits - value + (bound - 1) > 2147483647) {
      bits = this.#next(31);
      value = bits % bound;
    }
    return value;
  }
}

/** The generator of a call with a seed, made at the first row. */
function seeded(): (seed: number) => JavaRandom {
  let random: JavaRandom | undefined;
  return (seed) => (random ??= new JavaRandom(seed));
}

const belowBound = (bound: number, uniform: number): number | null => (bound <= 0 ? null : Math.floor(uniform * bound));

function uuid({ context }: CallSite): () => string {
  return () => {
    let digits = '';
    for (let word = 0; word < 8; word++)
      digits += Math.floor(context.random() * 65536)
        .toString(16)
        .padStart(4, '0');
    const variant = '89ab'[Math.floor(context.random() * 4)] as string;
    return [
      digits.slice(0, 8),
      digits.slice(8, 12),
      `4${digits.slice(13, 16)}`,
      variant + digits.slice(17, 20),
      digits.slice(20),
    ].join('-');
  };
}

export const RANDOM_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'RAND',
    category: 'arithmetic',
    signature: 'RAND([ seed ])',
    doc: 'A random DOUBLE from 0 to below 1.',
    examples: [],
    volatility: 'volatile',
    resolve: firstOf({ parameters: [], type: never(DOUBLE) }, { parameters: [int], type: DOUBLE }),
    evaluate({ argTypes, context }) {
      if (argTypes.length === 0) return () => context.random();
      const generator = seeded();
      return (seed: number) => generator(seed).nextDouble();
    },
  }),
  defineFunction({
    name: 'RAND_INTEGER',
    category: 'arithmetic',
    signature: 'RAND_INTEGER([ seed, ] bound)',
    doc: 'A random INT from 0 to below the bound.',
    examples: [],
    volatility: 'volatile',
    resolve: firstOf({ parameters: [int], type: INT }, { parameters: [int, int], type: INT }),
    evaluate({ argTypes, context }) {
      if (argTypes.length === 1) return (bound: number) => belowBound(bound, context.random());
      const generator = seeded();
      return (seed: number, bound: number) => (bound <= 0 ? null : generator(seed).nextInt(bound));
    },
  }),
  defineFunction({
    name: 'UUID',
    category: 'arithmetic',
    signature: 'UUID()',
    doc: 'A random (version 4) UUID.',
    examples: [],
    volatility: 'volatile',
    resolve: takes([], notNull(char(36))),
    evaluate: uuid,
  }),
];
