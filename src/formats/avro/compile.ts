/** Generated text to functions, compiled once: decoders of the same schema and columns share their optimized code. */
import { type GeneratedAvro, generateAvro } from './generate.ts';
import { type AvroState, HELPERS } from './helpers.ts';
import type { Read } from './read-plan.ts';
import type { AvroType } from './schema.ts';

/**
 * Decodes records `[from, to)`, each `offset` bytes behind its start, into rows from `state.row` on; gives the first
 * that is bad, or `to`.
 */
type DecodeRun = (
  state: AvroState,
  u8: Uint8Array,
  view: DataView,
  start: Int32Array,
  end: Int32Array,
  from: number,
  to: number,
  offset: number,
) => number;

/**
 * Decodes records that stand one after another in `[from, end)` into rows from `state.row` to `max`; false when one is
 * bad. `state.p` is then where it begins, else behind the last.
 */
type DecodeSequence = (
  state: AvroState,
  u8: Uint8Array,
  view: DataView,
  from: number,
  end: number,
  max: number,
) => boolean;

interface Decoders {
  readonly decode: DecodeRun;
  readonly sequence: DecodeSequence;
}

export interface CompiledAvro extends Decoders {
  readonly reasons: readonly string[];
  /** Builders whose texts point into the input. */
  readonly inPlace: readonly number[];
}

type Factory = (helpers: typeof HELPERS, constants: Pick<GeneratedAvro, 'constants' | 'types'>) => Decoders;

const MAX_CACHED = 256;
const factories = new Map<string, Factory>();

export function compileAvro(writer: AvroType, root: Read): CompiledAvro {
  const { source, reasons, constants, types, inPlace } = generateAvro(writer, root);
  let factory = factories.get(source);
  if (factory === undefined) {
    factory = new Function('h', 'c', source) as Factory;
    if (factories.size >= MAX_CACHED) factories.delete(factories.keys().next().value as string);
    factories.set(source, factory);
  }
  return { ...factory(HELPERS, { constants, types }), reasons, inPlace };
}
