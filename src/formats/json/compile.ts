/** Generated text to functions, compiled once: decoders of the same columns and form share their optimized code. */
import { type ReadObject, generateDecoder } from './generate.ts';
import { HELPERS } from './helpers.ts';
import type { Learned, LearnedMember } from './learn.ts';
import { typeToString } from '../../types/data-type.ts';
import type { DecodeState } from './state.ts';

export interface CompiledDecoder {
  /**
   * Decodes lines in `[pos, end)` into rows `[row, max)`; `state.status` says why it stopped, `state.row` where. Returns
   * the index of the next line.
   */
  decode(state: DecodeState, pos: number, end: number, row: number, max: number): number;
  /**
   * Decodes records `[record, end)` of `state.starts` and `state.ends` likewise, and notes which record a row comes
   * from. Returns the next record.
   */
  records(state: DecodeState, record: number, end: number, row: number, max: number): number;
  /** Makes a row NULL throughout. */
  clear(state: DecodeState, row: number): void;
  /** Decodes the object whose inside begins at `p`; returns the index after it, or -1. */
  element(state: DecodeState, p: number, row: number): number;
}

type Factory = (helpers: typeof HELPERS & { readonly keys: unknown }) => CompiledDecoder;

const MAX_CACHED = 256;
const compiled = new Map<string, CompiledDecoder>();

export function compileDecoder(root: ReadObject, learned: Learned, state: DecodeState): CompiledDecoder {
  const identity = identityOf(learned, state);
  let decoder = compiled.get(identity);
  if (decoder === undefined) {
    const { source, keys } = generateDecoder(root, learned, state.failOnMissing);
    decoder = (new Function('h', source) as Factory)({ ...HELPERS, keys });
    if (compiled.size >= MAX_CACHED) compiled.delete(compiled.keys().next().value as string);
    compiled.set(identity, decoder);
  }
  return decoder;
}

/** All that the text depends on, which is much quicker to write down than the text. */
function identityOf(learned: Learned, { slots, failOnMissing, capacity }: DecodeState): string {
  const columns = slots.map(({ path, type, presence }) => [path, typeToString(type), presence]);
  const forms = [...learned].map(([path, { layout, known }]) => [
    path,
    layout === undefined ? null : [layout.loose, latin1(layout.tail), layout.members.map(describe)],
    known.map(describe),
  ]);
  return JSON.stringify([failOnMissing, capacity, columns, forms]);
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const describe = ({ name, key, literal, token }: LearnedMember): readonly string[] => [
  name,
  latin1(key),
  latin1(literal),
  token,
];
