/** A connector whose sources and sinks do what a test tells them, for tests of what the runtime does around them. */
import type { Connector, ReadResult, Sink, Split } from '../../../src/connectors/connector.ts';
import { Engine, type Job } from '../../../src/engine.ts';
import { type FakePlatform, fakePlatform } from '../../../src/platform/fake-platform.ts';
import type { GraphSnapshot } from '../../../src/runtime/graph-content.ts';
import type { Session } from '../../../src/session.ts';
import type { BatchBuilder } from '../../../src/types/batch.ts';
import { type Value, type Vector, getValue } from '../../../src/types/vector.ts';

/** What a split's reader does, call by call; a list of rows is appended and more may come. */
export type Step = readonly (readonly Value[])[] | 'idle' | 'end' | Promise<unknown> | Error;

export interface ProbeSource {
  readonly splits: Record<string, Step[]>;
  readonly unbounded?: boolean;
  readonly discoveryMs?: number;
  readonly closing?: () => Promise<void>;
}

export interface ProbeSink {
  readonly write?: (rows: readonly string[]) => void | Promise<void>;
  readonly close?: (clean: boolean) => Promise<void>;
}

export class Probe {
  readonly platform: FakePlatform = fakePlatform({ startMs: 1_000_000 });
  readonly sources = new Map<string, ProbeSource>();
  readonly sinks = new Map<string, ProbeSink>();
  /** What happened, in order. */
  readonly log: string[] = [];
  /** The splits that were opened, and where. */
  readonly opened: string[] = [];
  readonly engine: Engine;
  readonly session: Session;

  constructor(settings: Readonly<Record<string, string>> = {}) {
    this.engine = new Engine(this.platform, [this.#connector()]);
    this.session = this.engine.openSession();
    for (const [key, value] of Object.entries(settings)) this.session.settings.set(key, value);
  }

  /** Runs statements one after another; the jobs that they started. */
  run(...statements: readonly string[]): Promise<Job[]> {
    return this.#run(statements, null);
  }

  /** Starts a statement's job from a snapshot. */
  async restore(statement: string, from: GraphSnapshot | null): Promise<Job> {
    const [job] = await this.#run([statement], structuredClone(from));
    if (job === undefined) throw new Error('no job');
    return job;
  }

  async #run(statements: readonly string[], restoreFrom: GraphSnapshot | null): Promise<Job[]> {
    const jobs: Job[] = [];
    for (const sql of statements) {
      const result = await this.session.executeSql(sql, {
        restoreFrom,
        target: ({ schema }) => ({
          write: ({ length, vectors, kinds }) => {
            for (let i = 0; i < length; i++) {
              const values = schema.map(({ type }, c) => show(getValue(vectors[c] as Vector, i, type)));
              this.log.push(`${['+I', '-U', '+U', '-D'][kinds?.[i] ?? 0]}[${values.join(', ')}]`);
            }
          },
        }),
      });
      if (result.kind === 'query' || result.kind === 'insert') jobs.push(result.job);
    }
    return jobs;
  }

  #connector(): Connector {
    return {
      name: 'probe',
      doc: 'For tests.',
      options: {},
      format: 'none',
      metadata: [],
      sinkAccepts: 'all',
      source: ({ table }) => {
        const name = table.path.at(-1) ?? '';
        const source = this.sources.get(name);
        if (source === undefined) throw new Error(`no source ${name}`);
        return {
          boundedness: source.unbounded === true ? 'unbounded' : 'bounded',
          changelog: { updateBefore: false, updateAfter: false, delete: false },
          guarantee: 'exactly-once',
          discoveryIntervalMs: source.discoveryMs ?? 0,
          reading: 'parallel',
          listSplits: () => Promise.resolve(Object.keys(source.splits).map((id): Split => ({ id }))),
          open: ({ split, position, columns }) => {
            this.opened.push(`${split.id} at ${position === null ? 'its start' : String(position)}`);
            let read = typeof position === 'number' ? position : 0;
            return Promise.resolve({
              kind: 'rows',
              read: (into, maxRows) => {
                // Which of a step's values are asked for.
                const indexes = columns.map(({ path }) => table.columns.findIndex(({ name }) => name === path[0]));
                const before = into.length;
                const result = this.#read(source.splits[split.id] ?? [], indexes, into, maxRows);
                read += into.length - before;
                return result;
              },
              position: () => read,
              close: () => {
                this.log.push(`close split ${split.id}`);
                return source.closing?.() ?? Promise.resolve();
              },
            });
          },
          close: () => Promise.resolve(),
        };
      },
      sink: ({ table, schema }): Sink => {
        const name = table.path.at(-1) ?? '';
        const sink = this.sinks.get(name) ?? {};
        return {
          guarantee: 'at-least-once',
          write: ({ length, vectors, kinds }) => {
            const rows = Array.from({ length }, (_, i) => {
              const values = schema.map(({ type }, c) => show(getValue(vectors[c] as Vector, i, type)));
              return `${['+I', '-U', '+U', '-D'][kinds?.[i] ?? 0]}[${values.join(', ')}]`;
            });
            for (const row of rows) this.log.push(`${name} ${row}`);
            return sink.write?.(rows);
          },
          onWatermark: (time) => void this.log.push(`${name} watermark ${time}`),
          flush: () => Promise.resolve(),
          close: (clean) => {
            this.log.push(`${name} close ${clean ? 'clean' : 'failed'}`);
            return sink.close?.(clean) ?? Promise.resolve();
          },
        };
      },
    };
  }

  #read(
    steps: Step[],
    columns: readonly number[],
    into: BatchBuilder,
    maxRows: number,
  ): ReadResult | Promise<ReadResult> {
    const step = steps[0];
    if (step === undefined || step === 'idle') {
      steps.shift();
      return 'idle';
    }
    if (step === 'end') return 'end';
    if (step instanceof Error) throw step;
    if (step instanceof Promise) {
      steps.shift();
      return step.then(() => 'more' as const);
    }
    step.slice(0, maxRows).forEach((row) => {
      const index = into.addRow(0);
      columns.forEach((from, c) => into.columns[c]?.set(index, row[from] ?? null));
    });
    if (step.length > maxRows) steps[0] = step.slice(maxRows);
    else steps.shift();
    return 'more';
  }
}

const show = (value: Value): string => (value === null ? 'NULL' : String(value));

/** A promise and what settles it. */
export const deferred = (): PromiseWithResolvers<void> => Promise.withResolvers<void>();

/** Lets everything run that can. */
export async function settle(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
