import { type Vector, validityOf } from '../../types/vector.ts';

/** Which rows of a batch have a key that can match at all: NULL equals nothing, unless compared null-safely. */
export class NullKeyMask {
  readonly #nullSafe: readonly boolean[];
  #mask = new Uint8Array(0);

  constructor(nullSafe: readonly boolean[]) {
    this.#nullSafe = nullSafe;
  }

  /** One byte a row, 0 = matches nothing; `null` when every row may match. Reused by the next call. */
  of(keys: readonly Vector[], length: number): Uint8Array | null {
    let mask: Uint8Array | null = null;
    for (let k = 0; k < keys.length; k++) {
      const key = keys[k] as Vector;
      if (key.valid === null || this.#nullSafe[k] === true) continue;
      if (mask === null) {
        if (this.#mask.length < length) this.#mask = new Uint8Array(length * 2);
        mask = this.#mask;
        mask.set(key.valid.subarray(0, length));
        continue;
      }
      const valid = validityOf(key, length);
      for (let row = 0; row < length; row++) if (valid[row] === 0) mask[row] = 0;
    }
    return mask;
  }
}
