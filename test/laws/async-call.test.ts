/**
 * The laws of an asynchronous operator: whatever the batches, whenever calls come back and in which order, and with a
 * snapshot and a restore between any two calls while rows are in flight, what comes out is the same; unordered, the same
 * between any two watermarks.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AsyncUserFunction } from '../../src/functions/user/user-function.ts';
import { Counters } from '../../src/runtime/counters.ts';
import type { Operator, OperatorContext } from '../../src/runtime/operator.ts';
import { asyncCallOperator } from '../../src/runtime/operators/async-call.ts';
import { NO_MARKS } from '../../src/runtime/rows/marks.ts';
import { MemoryBudget, type StateBackend, createStateBackend } from '../../src/state/state.ts';
import { type Batch, BatchBuilder, ROW_KIND_NAMES } from '../../src/types/batch.ts';
import { BIGINT, STRING } from '../../src/types/data-type.ts';
import { type Vector, getValue } from '../../src/types/vector.ts';
import { memoryFile } from '../support/memory-file.ts';
import { randomOf } from '../support/random.ts';
import { inputNode, nodeBase, schemaOf } from './operator-inputs.ts';

const INPUT = schemaOf({ id: BIGINT, text: STRING });
const OUTPUT = schemaOf({ id: BIGINT, text: STRING, result: STRING });

type Step =
  | { readonly kind: 'row'; readonly op: number; readonly id: bigint; readonly text: string | null }
  | { readonly kind: 'watermark'; readonly time: number };

interface Options {
  readonly seed: number;
  readonly batchSize: number;
  readonly ordered: boolean;
  readonly concurrency: number;
  readonly restores: boolean;
  readonly spilled: boolean;
}

class Run {
  readonly #options: Options;
  readonly #random: () => number;
  readonly #builder = new BatchBuilder(INPUT);
  readonly emitted: string[] = [];
  /** Calls that have not come back, of the operator that lives. */
  #pending: (() => void)[] = [];
  most = 0;
  #state: StateBackend;
  #operator: Operator;

  constructor(options: Options) {
    this.#options = options;
    const random = randomOf(options.seed);
    this.#random = () => random(1000) / 1000;
    this.#state = this.#freshState();
    this.#operator = this.#create();
  }

  async run(steps: readonly Step[]): Promise<string[]> {
    for (const step of steps) {
      if (step.kind === 'watermark') this.#builder.mark(step.time);
      else {
        const at = this.#builder.addRow(step.op);
        this.#builder.columns[0]?.set(at, step.id);
        this.#builder.columns[1]?.set(at, step.text);
      }
      if (this.#builder.length >= this.#options.batchSize) await this.#flush();
    }
    await this.#flush();
    this.#operator.onEnd?.();
    for (let turns = 0; (this.#operator.inFlight ?? 0) > 0; turns++) {
      if (turns > 10_000) throw new Error('rows stay in flight');
      await this.#turn();
    }
    this.#operator.close?.();
    return this.emitted;
  }

  async #flush(): Promise<void> {
    if (this.#builder.isEmpty) return;
    this.#operator.process(0, this.#builder.build());
    this.#builder.reset();
    const turns = Math.floor(this.#random() * 4);
    for (let i = 0; i < turns; i++) await this.#turn();
    // As the driver does: no more while the operator is full.
    for (let i = 0; (this.#operator.full ?? null) !== null; i++) {
      if (i > 10_000) throw new Error('the operator stays full');
      await this.#turn();
    }
  }

  /** Some calls come back, or a restore happens; then the operator gets its turn. */
  async #turn(): Promise<void> {
    this.#state.relax();
    if (this.#options.restores && this.#random() < 0.3) this.#restore();
    else {
      const count = Math.floor(this.#random() * 3);
      for (let i = 0; i < count && this.#pending.length > 0; i++) {
        const [comeBack] = this.#pending.splice(Math.floor(this.#random() * this.#pending.length), 1);
        comeBack?.();
      }
      // The promises of the call settle.
      for (let i = 0; i < 20; i++) await Promise.resolve();
    }
    this.#operator.resume?.();
  }

  #restore(): void {
    this.#operator.close?.();
    const snapshot = this.#state.snapshot();
    this.#state = this.#freshState();
    this.#state.restore([snapshot]);
    this.#pending = [];
    this.#operator = this.#create();
  }

  #create(): Operator {
    const pending = this.#pending;
    const definition: AsyncUserFunction = {
      kind: 'async',
      name: 'f',
      args: [STRING, BIGINT],
      variadic: false,
      deterministic: true,
      strict: false,
      returns: STRING,
      ordered: this.#options.ordered,
      concurrency: this.#options.concurrency,
      timeoutMs: 1000,
      attempts: 1,
      retryDelayMs: 0,
      call: (text, id) =>
        new Promise((resolve) => {
          pending.push(() => resolve(`${String(text)}/${String(id)}`));
          this.most = Math.max(this.most, pending.length);
        }),
    };
    return asyncCallOperator(
      {
        kind: 'async-call',
        ...nodeBase(OUTPUT),
        input: inputNode(INPUT),
        width: 2,
        calls: [{ name: 'f', args: [1, 0] }],
        ordered: this.#options.ordered,
      },
      this.#context(definition),
    );
  }

  #context(definition: AsyncUserFunction): OperatorContext {
    return {
      output: { push: (batch) => this.#record(batch) },
      state: this.#state,
      clock: {
        now: () => 0,
        monotonic: () => 0,
        sleep: () => Promise.resolve(),
        schedule: () => () => undefined,
      },
      random: { next: () => 0.5 },
      eval: { now: () => 0, random: () => 0.5, timeZone: 'UTC', watermark: -Infinity, userFunction: () => definition },
      counters: new Counters(),
      batchSize: this.#options.batchSize,
      subtask: 0,
      parallelism: 1,
      scheduleTimer: () => {},
      wake: () => {},
    };
  }

  #freshState(): StateBackend {
    const clock = { now: (): number => 0 };
    if (!this.#options.spilled) return createStateBackend({ clock });
    const budget = new MemoryBudget({ limitBytes: 256, file: memoryFile() });
    return createStateBackend({ clock, pages: { recordWords: 48, heapShift: 6, spills: true }, budget });
  }

  #record({ length, kinds, vectors, marks }: Batch): void {
    const given = marks ?? NO_MARKS;
    let mark = 0;
    for (let i = 0; i <= length; i++) {
      for (; mark < given.length && (given.row[mark] as number) <= i; mark++) this.emitted.push(`${given.time[mark]}`);
      if (i === length) break;
      const values = OUTPUT.map(({ type }, c) => String(getValue(vectors[c] as Vector, i, type)));
      this.emitted.push(`${ROW_KIND_NAMES[(kinds === null ? 0 : kinds[i]) as 0]} ${values.join(' ')}`);
    }
  }
}

const isMark = (line: string): boolean => !/^[+-]/.test(line);

/** Rows with what the function gives, marks between them; of neighbouring marks the last. */
function expected(steps: readonly Step[]): string[] {
  const lines: string[] = [];
  for (const step of steps) {
    if (step.kind === 'row')
      lines.push(`${ROW_KIND_NAMES[step.op as 0]} ${step.id} ${step.text} ${step.text}/${step.id}`);
    else {
      if (lines.length > 0 && isMark(lines.at(-1) as string)) lines.pop();
      lines.push(String(step.time));
    }
  }
  return lines;
}

/** Marks that came on their own in between say the same as the last of them. */
const withoutRepeatedMarks = (lines: readonly string[]): string[] =>
  lines.filter((line, i) => !(isMark(line) && lines[i + 1] !== undefined && isMark(lines[i + 1] as string)));

/** Rows between two marks in an order of their own; a mark on its own is still a mark. */
function sortedBetweenMarks(lines: readonly string[]): string[] {
  const sorted: string[] = [];
  let part: string[] = [];
  for (const line of [...lines, '']) {
    if (line !== '' && !isMark(line)) part.push(line);
    else {
      sorted.push(...part.toSorted(), line);
      part = [];
    }
  }
  return sorted;
}

const anySteps = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          op: fc.integer({ min: 0, max: 3 }),
          text: fc.option(fc.constantFrom('a', 'bb', 'c'.repeat(300)), { nil: null }),
        }),
      },
      { weight: 1, arbitrary: fc.constant('watermark' as const) },
    ),
    { maxLength: 40 },
  )
  .map((items) =>
    items.map((item, i): Step =>
      item === 'watermark' ? { kind: 'watermark', time: i } : { kind: 'row', id: BigInt(i), ...item },
    ),
  );

const anyOptions = fc.record({
  seed: fc.integer({ min: 1 }),
  batchSize: fc.constantFrom(1, 3, 64),
  concurrency: fc.constantFrom(1, 2, 7),
  restores: fc.boolean(),
  spilled: fc.boolean(),
});

describe('an asynchronous function', () => {
  test('in order gives what a synchronous one would', async () => {
    await fc.assert(
      fc.asyncProperty(anySteps, anyOptions, async (steps, options) => {
        const run = new Run({ ...options, ordered: true });
        expect(withoutRepeatedMarks(await run.run(steps))).toEqual(expected(steps));
        expect(run.most).toBeLessThanOrEqual(options.concurrency);
      }),
      { numRuns: 200 },
    );
  });

  test('out of order gives the same between any two watermarks', async () => {
    await fc.assert(
      fc.asyncProperty(anySteps, anyOptions, async (steps, options) => {
        const run = new Run({ ...options, ordered: false });
        const emitted = withoutRepeatedMarks(await run.run(steps));
        expect(sortedBetweenMarks(emitted)).toEqual(sortedBetweenMarks(expected(steps)));
        expect(run.most).toBeLessThanOrEqual(options.concurrency);
      }),
      { numRuns: 200 },
    );
  });
});
