import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INSERT_ONLY, type AggregateCall, type PhysicalOf, type WindowSpec } from '../../../../src/plan/physical.ts';
import { windowAggregateOperator } from '../../../../src/runtime/operators/window-aggregate.ts';
import { BOOLEAN, INT, STRING, notNull, timestamp } from '../../../../src/types/data-type.ts';
import type { Schema } from '../../../../src/types/schema.ts';
import { type OperatorUnderTest, type Step, insert, runOperator, watermark } from '../../../laws/operator-harness.ts';
import {
  type Row,
  changes,
  changingNode,
  inputNode,
  inserts,
  line,
  nodeBase,
  schemaOf,
  withWatermarks,
} from '../../../laws/operator-inputs.ts';
import { describeOperatorLaws } from '../../../laws/operator-laws.ts';
import { call, evaluate } from './aggregate-model.ts';

type Node = PhysicalOf<'window-aggregate'>;
type Settings = Partial<Pick<Node, 'keys' | 'aggregates' | 'inputRetracts' | 'properties'>>;

interface Subject extends OperatorUnderTest {
  readonly node: Node;
}

const T = 0;

function windowed(input: Schema, window: WindowSpec, settings: Settings = {}): Subject {
  const { keys = [], aggregates = [], properties = ['start', 'end'] } = settings;
  const output: Schema = [
    ...keys.map((key) => input[key]!),
    ...aggregates.map((aggregate, a) => ({ name: `a${a}`, type: aggregate.type })),
    ...properties.map((property) => ({ name: property, type: notNull(timestamp(3)) })),
  ];
  const node: Node = {
    kind: 'window-aggregate',
    ...nodeBase(output, INSERT_ONLY),
    input: settings.inputRetracts === true ? changingNode(input) : inputNode(input),
    window,
    timeColumn: T,
    keys,
    aggregates,
    properties,
    style: 'table-function',
    inputRetracts: settings.inputRetracts === true,
    lateRows: null,
  };
  return { node, inputs: [input], output, create: (context) => windowAggregateOperator(node, context) };
}

const rowsOf = (subject: Subject, steps: readonly Step[]): string[] =>
  runOperator(subject, steps, { batchSize: 1024, restoreEvery: null }).emitted.filter((text) => text.startsWith('+'));

// Seen on Flink 2.3; in seconds.
const SECONDS = schemaOf({ s: notNull(timestamp(3)), k: STRING, v: INT });
const EXAMPLE: readonly Step[] = (
  [
    [1, 'a', 1],
    [4, 'b', 2],
    [12, 'a', 4],
    [7, 'a', 8],
    [2, 'a', 16],
    [26, 'b', 32],
    [14, 'b', 64],
    [30, 'a', 128],
  ] as const
)
  .reduce<{ steps: Step[]; high: number }>(
    ({ steps, high }, [s, k, v]) => ({
      steps: [...steps, insert(s, k, v), ...(s > high ? [watermark(s)] : [])],
      high: Math.max(high, s),
    }),
    { steps: [], high: -Infinity },
  )
  .steps.concat(watermark(Infinity));
const sum = call(SECONDS, 'SUM', [2]);

describe('windows with late rows as Flink emits them', () => {
  test('tumbling by key', () => {
    const subject = windowed(SECONDS, { kind: 'tumble', sizeMs: 10, offsetMs: 0 }, { keys: [1], aggregates: [sum] });
    const { emitted, late, counters } = runOperator(subject, EXAMPLE, { batchSize: 3, restoreEvery: null });
    expect(emitted).toEqual([
      'watermark 4',
      '+I[a, 1, 0, 10]',
      '+I[b, 2, 0, 10]',
      'watermark 12',
      '+I[a, 4, 10, 20]',
      'watermark 26',
      '+I[b, 32, 20, 30]',
      '+I[a, 128, 30, 40]',
      'watermark Infinity',
    ]);
    expect(late).toEqual(['[7, a, 8]', '[2, a, 16]', '[14, b, 64]']);
    expect(counters).toEqual({ late_rows: 3 });
  });

  test('hopping: a row still counts in the windows that have not fired', () => {
    const subject = windowed(
      SECONDS,
      { kind: 'hop', slideMs: 5, sizeMs: 15, offsetMs: 0 },
      { aggregates: [sum], properties: ['end'] },
    );
    expect(rowsOf(subject, EXAMPLE)).toEqual(
      [
        [3, 5],
        [3, 10],
        [31, 15],
        [12, 20],
        [4, 25],
        [32, 30],
        [160, 35],
        [160, 40],
        [128, 45],
      ].map((row) => line('+I', row)),
    );
    expect(runOperator(subject, EXAMPLE, { batchSize: 1, restoreEvery: 1 }).late).toEqual(['[14, b, 64]']);
  });

  test('cumulating: an unchanged step repeats, a step before the first row is silent', () => {
    const subject = windowed(SECONDS, { kind: 'cumulate', stepMs: 5, sizeMs: 15, offsetMs: 0 }, { aggregates: [sum] });
    expect(rowsOf(subject, EXAMPLE)).toEqual(
      [
        [3, 0, 5],
        [3, 0, 10],
        [31, 0, 15],
        [32, 15, 30],
        [128, 30, 35],
        [128, 30, 40],
        [128, 30, 45],
      ].map((row) => line('+I', row)),
    );
  });

  test('offsets, also before 1970', () => {
    const starts = (offsetMs: number): string[] =>
      rowsOf(windowed(SECONDS, { kind: 'tumble', sizeMs: 10, offsetMs }, { keys: [1], properties: ['start'] }), [
        insert(-3, 'x', 0),
        insert(1, 'y', 0),
        insert(12, 'z', 0),
        watermark(Infinity),
      ]);
    expect(starts(0)).toEqual(['+I[x, -10]', '+I[y, 0]', '+I[z, 10]']);
    expect(starts(3)).toEqual(['+I[x, -7]', '+I[y, -7]', '+I[z, 3]']);
    expect(starts(-3)).toEqual(['+I[x, -3]', '+I[y, -3]', '+I[z, 7]']);
  });

  test('sessions, ends included; a late row merges into an open session', () => {
    const subject = windowed(SECONDS, { kind: 'session', gapMs: 5000 }, { aggregates: [call(SECONDS, 'COUNT', [])] });
    const times = [0, 5000, 10001, 30000, 25500];
    const steps = times.flatMap((time, i) => [insert(time, 'x', 0), ...(i < 4 ? [watermark(time)] : [])]);
    expect(rowsOf(subject, [...steps, watermark(Infinity)])).toEqual([
      '+I[2, 0, 10000]',
      '+I[1, 10001, 15001]',
      '+I[2, 25500, 35000]',
    ]);
  });
});

const INPUT = schemaOf({ t: notNull(timestamp(3)), k: STRING, v: INT, s: STRING, f: BOOLEAN });
const rows = fc.tuple(
  fc.integer({ min: -20, max: 60 }),
  fc.constantFrom('a', 'b', 'a key of some length', null),
  fc.option(fc.integer({ min: -3, max: 3 }), { freq: 4 }),
  fc.option(fc.constantFrom('', 'x', 'yy'), { freq: 4 }),
  fc.option(fc.boolean(), { freq: 4 }),
) as fc.Arbitrary<Row>;

/** Every window of a row, as [start, end], newest last. */
function windowsOf(time: number, window: WindowSpec): [number, number][] {
  const found: [number, number][] = [];
  for (let start = -200; start <= 200; start++) {
    const aligned = (step: number): boolean => window.kind !== 'session' && (start - window.offsetMs) % step === 0;
    if (window.kind === 'tumble' && aligned(window.sizeMs)) found.push([start, start + window.sizeMs]);
    if (window.kind === 'hop' && aligned(window.slideMs)) found.push([start, start + window.sizeMs]);
    if (window.kind === 'cumulate' && aligned(window.sizeMs)) {
      for (let size = window.stepMs; size <= window.sizeMs; size += window.stepMs) found.push([start, start + size]);
    }
  }
  return found.filter(([start, end]) => start <= time && time < end);
}

/** Keeps the rows of every window and key, and evaluates them when the window fires. */
function modelOf({ node }: Subject): (steps: readonly Step[]) => string[] {
  return (steps) => {
    let current = -Infinity;
    const out: string[] = [];
    const windows = new Map<string, { start: number; end: number; keys: Map<string, { key: Row; rows: Row[] }> }>();
    for (const step of steps) {
      if (step.kind === 'row') {
        const time = step.values[T] as number;
        for (const [start, end] of windowsOf(time, node.window)) {
          if (end - 1 <= current) continue;
          const name = `${start} ${end}`;
          const window = windows.get(name) ?? { start, end, keys: new Map<string, { key: Row; rows: Row[] }>() };
          windows.set(name, window);
          const key = node.keys.map((column) => step.values[column] ?? null);
          const entry = window.keys.get(JSON.stringify(key)) ?? { key, rows: [] };
          window.keys.set(JSON.stringify(key), entry);
          if (step.op === '+I' || step.op === '+U') entry.rows.push(step.values);
          else {
            const at = entry.rows.findIndex((other) => JSON.stringify(other) === JSON.stringify(step.values));
            if (at >= 0) entry.rows.splice(at, 1);
          }
        }
      } else if (step.kind === 'watermark') {
        current = step.time;
        const due = [...windows.entries()]
          .filter(([, { end }]) => end - 1 <= current)
          .sort(([, a], [, b]) => a.end - b.end);
        for (const [name, { start, end, keys }] of due) {
          windows.delete(name);
          for (const { key, rows: all } of keys.values()) {
            if (all.length === 0) continue;
            out.push(line('+I', [...key, ...node.aggregates.map((aggregate) => evaluate(aggregate, all)), start, end]));
          }
        }
      }
    }
    return out;
  };
}

/** Sessions as sets of rows: a row pulls together what its interval touches. */
function sessionModelOf({ node }: Subject): (steps: readonly Step[]) => string[] {
  const gap = node.window.kind === 'session' ? node.window.gapMs : 0;
  return (steps) => {
    interface Session {
      id: number;
      start: number;
      end: number;
      key: Row;
      rows: { order: number; op: string; values: Row }[];
    }
    let sessions: Session[] = [];
    let current = -Infinity;
    let order = 0;
    const out: string[] = [];
    for (const step of steps) {
      if (step.kind === 'row') {
        const time = step.values[T] as number;
        const key = node.keys.map((column) => step.values[column] ?? null);
        const touches = (session: Session): boolean =>
          JSON.stringify(session.key) === JSON.stringify(key) && session.start <= time + gap && session.end >= time;
        const joined = sessions.filter(touches);
        const start = Math.min(time, ...joined.map((session) => session.start));
        const end = Math.max(time + gap, ...joined.map((session) => session.end));
        if (end - 1 <= current) continue;
        sessions = sessions.filter((session) => !joined.includes(session));
        const rows = [
          ...joined.flatMap((session) => session.rows),
          { order: order++, op: step.op, values: step.values },
        ];
        sessions.push({ id: Math.min(order, ...joined.map((session) => session.id)), start, end, key, rows });
      } else if (step.kind === 'watermark') {
        current = step.time;
        const due = sessions
          .filter((session) => session.end - 1 <= current)
          .sort((a, b) => a.end - b.end || a.id - b.id);
        sessions = sessions.filter((session) => !due.includes(session));
        for (const { key, rows, start, end } of due) {
          const live: Row[] = [];
          for (const { op, values } of rows.toSorted((a, b) => a.order - b.order)) {
            if (op === '+I' || op === '+U') live.push(values);
            else {
              const at = live.findIndex((other) => JSON.stringify(other) === JSON.stringify(values));
              if (at >= 0) live.splice(at, 1);
            }
          }
          if (live.length === 0) continue;
          out.push(line('+I', [...key, ...node.aggregates.map((aggregate) => evaluate(aggregate, live)), start, end]));
        }
      }
    }
    return out;
  };
}

const calls: fc.Arbitrary<AggregateCall> = fc
  .tuple(
    fc.constantFrom('COUNT', 'SUM', 'AVG', 'MIN', 'MAX', 'FIRST_VALUE', 'LAST_VALUE', 'LISTAGG'),
    fc.constantFrom(2, 3),
    fc.integer({ min: 0, max: 3 }),
    fc.boolean(),
  )
  .map(([aggregate, arg, distinct, filtered]) => {
    const text = aggregate === 'LISTAGG' || (arg === 3 && !/SUM|AVG/.test(aggregate));
    const settings = {
      distinct: distinct === 0,
      filter: filtered ? 4 : null,
      constants: aggregate === 'LISTAGG' ? ['; '] : [],
    };
    return call(INPUT, aggregate, aggregate === 'COUNT' && text ? [3, 2] : [text ? 3 : 2], settings);
  });
const settings = fc.record({ keys: fc.constantFrom([], [1]), aggregates: fc.array(calls, { maxLength: 3 }) });
const offsetMs = fc.integer({ min: -4, max: 4 });
const windows: Readonly<Record<string, fc.Arbitrary<WindowSpec>>> = {
  tumbling: fc.record({ kind: fc.constant('tumble' as const), sizeMs: fc.constantFrom(1, 7, 10), offsetMs }),
  hopping: fc
    .tuple(fc.constantFrom([5, 15], [4, 6], [7, 3], [5, 5]), offsetMs)
    .map(([[slideMs, sizeMs], offset]) => ({ kind: 'hop', slideMs: slideMs!, sizeMs: sizeMs!, offsetMs: offset })),
  session: fc.record({ kind: fc.constant('session' as const), gapMs: fc.constantFrom(1, 3, 8) }),
  cumulating: fc.record({
    kind: fc.constant('cumulate' as const),
    stepMs: fc.constantFrom(3, 6),
    sizeMs: fc.constant(12),
    offsetMs,
  }),
};

const timed = (steps: fc.Arbitrary<Step[]>): fc.Arbitrary<Step[]> =>
  withWatermarks(steps, (values) => values[T] as number);

for (const [name, window] of Object.entries(windows)) {
  describeOperatorLaws(
    `window-aggregate, ${name}`,
    fc
      .tuple(window, settings, timed(inserts(rows)))
      .map(([spec, given, steps]) => ({ subject: windowed(INPUT, spec, given), steps })),
    { modelOf: name === 'session' ? sessionModelOf : modelOf, runs: 40 },
  );

  const retractable = (aggregate: AggregateCall): boolean =>
    !aggregate.distinct || !['FIRST_VALUE', 'LAST_VALUE', 'LISTAGG'].includes(aggregate.name);
  describeOperatorLaws(
    `window-aggregate over a changing table, ${name}`,
    fc.tuple(window, settings, timed(changes(rows))).map(([spec, { keys, aggregates }, steps]) => ({
      subject: windowed(INPUT, spec, { keys, aggregates: aggregates.filter(retractable), inputRetracts: true }),
      steps,
    })),
    { modelOf: name === 'session' ? sessionModelOf : modelOf, runs: 30 },
  );
}
