/** Whole numbers below `limit`, the same for the same seed. */
export type RandomInt = (limit: number) => number;

export function randomOf(seed: number): RandomInt {
  let state = seed >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
