/**
 * Rows of a paced source come in bundles: it makes all that are due, and then nothing for so long, so that a loop that
 * asks again and again neither gets batches of one row nor keeps the processor busy.
 */
export const PACE_MS = 10;
