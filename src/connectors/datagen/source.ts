/**
 * Rows are functions of the table's seed and their number: split i of n has rows i, i + n, i + 2n …, and a sequence's
 * value is its start plus that number. A position is therefore a count and the seed.
 */
import { EngineError } from '../../errors.ts';
import type { BatchBuilder } from '../../types/batch.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import { timeZone } from '../../types/time-zone.ts';
import type { Position, ReadRequest, ReadResult, RowReader, Source, SourceRequest, Split } from '../connector.ts';
import { Pace } from '../pacing.ts';
import { type FieldSpec, type FieldWriter, type Surroundings, orNull } from './field.ts';
import { fieldSpec } from './fields.ts';
import { FieldOptions } from './options.ts';

interface DatagenPosition {
  readonly count: number;
  readonly seed: number;
}

interface Generation {
  readonly fields: ReadonlyMap<string, FieldSpec>;
  /** Over all splits; Infinity = without end. */
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly splits: number;
  readonly context: SourceRequest['context'];
}

class DatagenReader implements RowReader {
  readonly kind = 'rows';
  readonly #generation: Generation;
  readonly #columns: ReadRequest['columns'];
  readonly #split: number;
  readonly #rows: number;
  readonly #surroundings: Surroundings;
  readonly #pace = new Pace();
  #startMs = -1;
  #startCount: number;
  #count: number;
  #bound: { readonly batch: BatchBuilder; readonly writers: readonly FieldWriter[] } | undefined;

  constructor(generation: Generation, request: ReadRequest) {
    const { context, splits, rows } = generation;
    const start = request.position as DatagenPosition | null;
    this.#generation = generation;
    this.#columns = request.columns;
    this.#split = Number(request.split.id);
    this.#rows = Math.max(0, Math.ceil((rows - this.#split) / splits));
    this.#count = start?.count ?? 0;
    this.#startCount = this.#count;
    this.#surroundings = {
      seed: start?.seed ?? Math.floor(context.random.next() * 4294967296),
      zone: timeZone(context.timeZone),
      nowMs: 0,
    };
  }

  read(into: BatchBuilder, maxRows: number): ReadResult {
    if (this.#count >= this.#rows) return 'end';
    const nowMs = this.#generation.context.clock.now();
    const due = Math.min(this.#due(nowMs), this.#rows - this.#count);
    const count = this.#pace.take(due, maxRows, nowMs);
    if (count === 0) return 'idle';
    this.#surroundings.nowMs = nowMs;
    const first = into.length;
    into.addInserts(count);
    const { splits } = this.#generation;
    for (const write of this.#writersInto(into)) {
      for (let k = 0; k < count; k++) write(first + k, (this.#count + k) * splits + this.#split);
    }
    this.#count += count;
    return this.#count === this.#rows ? 'end' : 'more';
  }

  position(): Position {
    const position: DatagenPosition = { count: this.#count, seed: this.#surroundings.seed };
    return { ...position };
  }

  async close(): Promise<void> {}

  /** Rows that the clock allows and that are not made yet; the first at once. A clock that goes back owes nothing. */
  #due(nowMs: number): number {
    if (this.#startMs < 0 || nowMs < this.#startMs) {
      this.#startMs = nowMs;
      this.#startCount = this.#count;
    }
    const { rowsPerSecond, splits } = this.#generation;
    const reached = Math.floor(((nowMs - this.#startMs) * rowsPerSecond) / splits / 1000) + 1;
    return reached - (this.#count - this.#startCount);
  }

  #writersInto(batch: BatchBuilder): readonly FieldWriter[] {
    if (this.#bound?.batch !== batch) {
      const writers = this.#columns.map((column, c) => this.#writer(column, batch.columns[c] as ColumnBuilder));
      this.#bound = { batch, writers };
    }
    return this.#bound.writers;
  }

  /** A leaf is NULL where a row above it is. */
  #writer({ kind, path }: ReadRequest['columns'][number], builder: ColumnBuilder): FieldWriter {
    let fields = this.#generation.fields;
    let field: FieldSpec | undefined;
    const above: ((index: number) => boolean)[] = [];
    for (const name of path) {
      if (field !== undefined) above.push(field.isNull(this.#surroundings));
      field = fields.get(name);
      if (field === undefined || kind === 'metadata') {
        throw new EngineError('undefined_column', `connector "datagen" has no column "${path.join('.')}"`);
      }
      fields = field.fields;
    }
    const write = (field as FieldSpec).bind(builder, this.#surroundings);
    return above.length === 0 ? write : orNull(builder, (index) => above.some((isNull) => isNull(index)), write);
  }
}

export function datagenSource({ table, options, context }: SourceRequest): Source {
  const fieldOptions = new FieldOptions(options, '');
  const fields = new Map(table.columns.map(({ name, type }) => [name, fieldSpec(type, fieldOptions.child(name))]));
  fieldOptions.checkAllUsed();
  const positive = (key: string, least: number): number | undefined => {
    const value = options.number(key);
    if (value === undefined || value >= least) return value;
    throw new EngineError('invalid_option', `option "${key}" of connector "datagen" cannot be ${value}`, {
      hint: `It is at least ${least}.`,
    });
  };
  const limit = positive('number-of-rows', 0) ?? Number.POSITIVE_INFINITY;
  const generation: Generation = {
    fields,
    rows: Math.min(limit, ...[...fields.values()].map((field) => field.count)),
    rowsPerSecond: positive('rows-per-second', 1) as number,
    splits: context.parallelism,
    context,
  };
  const splits = Array.from({ length: context.parallelism }, (_, i): Split => ({ id: String(i) }));
  return {
    boundedness: generation.rows === Number.POSITIVE_INFINITY ? 'unbounded' : 'bounded',
    changelog: { updateBefore: false, updateAfter: false, delete: false },
    guarantee: 'exactly-once',
    discoveryIntervalMs: 0,
    reading: 'parallel',
    listSplits: async () => splits,
    open: async (request) => new DatagenReader(generation, request),
    close: async () => {},
  };
}
