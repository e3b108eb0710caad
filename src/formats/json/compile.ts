/** Generated text to functions, compiled once per text: decoders of the same form share their optimized code. */
import { type ReadObject, generateDecoder } from './generate.ts';
import { HELPERS } from './helpers.ts';
import type { Learned } from './learn.ts';
import type { DecodeState } from './state.ts';

export interface CompiledDecoder {
  /**
   * Decodes lines in `[pos, end)` into rows `[row, max)`; `state.status` says why it stopped, `state.row` where. Returns
   * the index of the next line.
   */
  decode(state: DecodeState, pos: number, end: number, row: number, max: number): number;
  /** Makes a row NULL throughout. */
  clear(state: DecodeState, row: number): void;
  /** Decodes the object whose inside begins at `p`; returns the index after it, or -1. */
  element(state: DecodeState, p: number, row: number): number;
}

type Factory = (helpers: typeof HELPERS & { readonly keys: unknown }) => CompiledDecoder;

const MAX_CACHED = 256;
const compiled = new Map<string, CompiledDecoder>();

export function compileDecoder(root: ReadObject, learned: Learned, failOnMissing: boolean): CompiledDecoder {
  const { source, keys } = generateDecoder(root, learned, failOnMissing);
  const identity = `${JSON.stringify(keys.map((names) => [...names.keys()]))}\n${source}`;
  let decoder = compiled.get(identity);
  if (decoder === undefined) {
    decoder = (new Function('h', source) as Factory)({ ...HELPERS, keys });
    if (compiled.size >= MAX_CACHED) compiled.delete(compiled.keys().next().value as string);
    compiled.set(identity, decoder);
  }
  return decoder;
}
