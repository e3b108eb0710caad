/**
 * Rows of a paced source come in bundles: it makes all that are due, and then nothing for so long, so that a loop that
 * asks again and again neither gets batches of one row nor keeps the processor busy.
 */
const BUNDLE_MS = 10;

export class Pace {
  #bundleMs = Number.NEGATIVE_INFINITY;

  /** How many of `due` rows to make now. */
  take(due: number, maxRows: number, nowMs: number): number {
    if (due <= 0 || (nowMs >= this.#bundleMs && nowMs - this.#bundleMs < BUNDLE_MS)) return 0;
    // What does not fit belongs to the same bundle.
    if (due > maxRows) return maxRows;
    this.#bundleMs = nowMs;
    return due;
  }
}
