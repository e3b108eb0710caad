/**
 * Splits are independent auction houses on one timeline, as in the reference: split i of n has ids from
 * `1 + i * (events / n)`, and its random numbers from seed 1000·s + 3 + i.
 */
import { EngineError } from '../../errors.ts';
import type { BatchBuilder } from '../../types/batch.ts';
import type { ConnectorContext, Position, ReadRequest, ReadResult, RowReader, Source, Split } from '../connector.ts';
import { Pace } from '../pacing.ts';
import { NexmarkColumns } from './columns.ts';
import { NexmarkGenerator } from './generator.ts';
import type { NexmarkConfig } from './options.ts';
import { type Texts, makeTexts } from './texts.ts';

interface Share {
  readonly firstEventId: number;
  readonly events: number;
  /** Whether the split ends after its events, rather than staying alive. */
  readonly ends: boolean;
}

/** What split `index` makes of all events; the last one takes what does not divide. */
function shareOf(config: NexmarkConfig, index: number): Share {
  const { splits, eventCount, stopAt, staysAlive } = config;
  const last = index === splits - 1;
  const part = (total: number): number => {
    const each = Math.floor(total / splits);
    return last ? total - each * (splits - 1) : each;
  };
  const events = part(eventCount);
  const stop = stopAt < 0 ? Number.POSITIVE_INFINITY : part(stopAt);
  return {
    firstEventId: 1 + index * Math.floor(eventCount / splits),
    events: Math.min(events, stop),
    ends: stop <= events || !staysAlive,
  };
}

interface NexmarkPosition {
  readonly count: number;
  readonly stateLow: number;
  readonly stateHigh: number;
  /** Wall clock of the first event of a paced split; -1 before it. */
  readonly wallBaseMs: number;
}

class NexmarkReader implements RowReader {
  readonly kind = 'rows';
  readonly #config: NexmarkConfig;
  readonly #context: ConnectorContext;
  readonly #share: Share;
  readonly #columns: ReadRequest['columns'];
  readonly #generator: NexmarkGenerator;
  #wallBaseMs: number;
  readonly #pace = new Pace();
  #bound: { readonly batch: BatchBuilder; readonly columns: NexmarkColumns } | undefined;

  constructor(config: NexmarkConfig, texts: Texts, context: ConnectorContext, request: ReadRequest) {
    const index = Number(request.split.id);
    const start = request.position as NexmarkPosition | null;
    this.#config = config;
    this.#context = context;
    this.#share = shareOf(config, index);
    this.#columns = request.columns;
    this.#wallBaseMs = start?.wallBaseMs ?? -1;
    this.#generator = new NexmarkGenerator(
      { ...config.generator, firstEventId: this.#share.firstEventId },
      texts,
      start === null
        ? { count: 0, state: BigInt.asUintN(64, 1000n * config.seed + 3n + BigInt(index)) }
        : { count: start.count, state: (BigInt(start.stateHigh) << 32n) | BigInt(start.stateLow) },
    );
  }

  read(into: BatchBuilder, maxRows: number): ReadResult {
    let most = Math.min(maxRows, this.#share.events - this.#generator.count);
    if (most <= 0) return this.#share.ends ? 'end' : 'idle';
    if (this.#config.paced) {
      most = Math.min(most, this.#dueRows(maxRows));
      if (most === 0) return 'idle';
    }
    if (this.#bound?.batch !== into) this.#bound = { batch: into, columns: new NexmarkColumns(this.#columns, into) };
    const start = into.length;
    into.addInserts(most);
    this.#generator.fill(this.#bound.columns, start, start + most);
    return this.#generator.count === this.#share.events && this.#share.ends ? 'end' : 'more';
  }

  position(): Position {
    const { count, state } = this.#generator;
    const position: NexmarkPosition = {
      count,
      stateLow: Number(state & 0xffffffffn),
      stateHigh: Number(state >> 32n),
      wallBaseMs: this.#wallBaseMs,
    };
    return { ...position };
  }

  async close(): Promise<void> {}

  /** How many events to make of those that the wall clock has reached. */
  #dueRows(maxRows: number): number {
    const now = this.#context.clock.now();
    if (this.#wallBaseMs < 0) this.#wallBaseMs = now;
    const { baseTimeMs, delayUs } = this.#config.generator;
    const elapsedMs = now - this.#wallBaseMs;
    let newest = Math.floor(((elapsedMs + 1) * 1000) / delayUs);
    while (newest > this.#generator.count && this.#generator.timeOf(newest) > baseTimeMs + elapsedMs) newest--;
    return this.#pace.take(newest - this.#generator.count, maxRows, now);
  }
}

/** The latest seed's texts: splits and queries share them, and they take 60 ms to draw. */
let latest: { readonly seed: bigint; readonly texts: Texts } | undefined;

function textsOf(seed: bigint): Texts {
  if (latest?.seed !== seed) latest = { seed, texts: makeTexts(seed) };
  return latest.texts;
}

export function nexmarkSource(config: NexmarkConfig, context: ConnectorContext): Source {
  const splits = Array.from({ length: config.splits }, (_, i): Split => ({ id: String(i) }));
  return {
    boundedness: splits.every((_, i) => shareOf(config, i).ends) ? 'bounded' : 'unbounded',
    changelog: { updateBefore: false, updateAfter: false, delete: false },
    guarantee: 'exactly-once',
    discoveryIntervalMs: 0,
    reading: 'parallel',
    listSplits: async () => splits,
    open: async (request) => {
      if (!splits.some((split) => split.id === request.split.id)) {
        throw new EngineError('internal_error', `connector "nexmark" has no split "${request.split.id}"`);
      }
      return new NexmarkReader(config, textsOf(config.seed), context, request);
    },
    close: async () => {},
  };
}
