import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALL_CHANGES, type PhysicalOf } from '../../../../src/plan/physical.ts';
import { deduplicateOperator } from '../../../../src/runtime/operators/deduplicate.ts';
import { BIGINT, INT, STRING, timestamp } from '../../../../src/types/data-type.ts';
import {
  type OperatorUnderTest,
  type Step,
  clock,
  emittedRows,
  insert,
  runOperator,
  watermark,
  type StepValue,
} from '../../../laws/operator-harness.ts';
import {
  type Row,
  inputNode,
  inserts,
  line,
  nodeBase,
  schemaOf,
  withWatermarks,
} from '../../../laws/operator-inputs.ts';
import { describeOperatorLaws } from '../../../laws/operator-laws.ts';

const K = 1;
const T = 3;
const INPUT = schemaOf({ id: INT, k: STRING, v: BIGINT, t: timestamp(3, 'rowtime') });
type Settings = Pick<PhysicalOf<'deduplicate'>, 'time' | 'keep'> &
  Partial<Pick<PhysicalOf<'deduplicate'>, 'emitUpdateBefore' | 'stateTtlMs' | 'keys'>>;

function deduplicate(settings: Settings): OperatorUnderTest {
  const node: PhysicalOf<'deduplicate'> = {
    kind: 'deduplicate',
    ...nodeBase(INPUT, ALL_CHANGES),
    input: inputNode(INPUT),
    keys: [K],
    timeColumn: T,
    emitUpdateBefore: true,
    stateTtlMs: 0,
    ...settings,
  };
  return { inputs: [INPUT], output: INPUT, create: (context) => deduplicateOperator(node, context) };
}

// Seen on Flink 2.3, with times in order of arrival.
const EXAMPLE: readonly Step[] = [
  insert(1, 'a', 5, 10),
  insert(2, 'a', null, 20),
  insert(3, 'b', 2147483647, 30),
  insert(4, null, 7, 40),
  insert(5, 'b', 1, 50),
  insert(6, 'a', 5, 60),
  insert(7, null, 7, 70),
];

describe('deduplicate as Flink emits it', () => {
  for (const time of ['proctime', 'rowtime'] as const) {
    test(`${time}, last`, () => {
      expect(emittedRows(deduplicate({ time, keep: 'last' }), EXAMPLE)).toEqual([
        '+I[1, a, 5, 10]',
        '-U[1, a, 5, 10]',
        '+U[2, a, NULL, 20]',
        '+I[3, b, 2147483647, 30]',
        '+I[4, NULL, 7, 40]',
        '-U[3, b, 2147483647, 30]',
        '+U[5, b, 1, 50]',
        '-U[2, a, NULL, 20]',
        '+U[6, a, 5, 60]',
        '-U[4, NULL, 7, 40]',
        '+U[7, NULL, 7, 70]',
      ]);
    });
  }

  test('rowtime, last: an earlier row is dropped, a tie replaces', () => {
    const steps = [insert(1, 'a', 1, 20), insert(2, 'a', 2, 10), insert(3, 'a', 3, 20)];
    expect(emittedRows(deduplicate({ time: 'rowtime', keep: 'last' }), steps)).toEqual([
      '+I[1, a, 1, 20]',
      '-U[1, a, 1, 20]',
      '+U[3, a, 3, 20]',
    ]);
  });

  test('a consumer that keys its rows gets no -U', () => {
    expect(
      emittedRows(deduplicate({ time: 'proctime', keep: 'last', emitUpdateBefore: false }), EXAMPLE.slice(0, 2)),
    ).toEqual(['+I[1, a, 5, 10]', '+U[2, a, NULL, 20]']);
  });

  test('proctime, last: an equal row gives nothing, with retention it does', () => {
    const steps = [insert(1, 'a', 1, 1), insert(1, 'a', 1, 2), insert(1, 'a', 2, 3)];
    expect(emittedRows(deduplicate({ time: 'proctime', keep: 'last' }), steps)).toEqual([
      '+I[1, a, 1, 1]',
      '-U[1, a, 1, 1]',
      '+U[1, a, 2, 3]',
    ]);
    expect(emittedRows(deduplicate({ time: 'proctime', keep: 'last', stateTtlMs: 9 }), steps)).toHaveLength(5);
  });

  test('proctime, first: by arrival', () => {
    const steps = [insert(1, 'a', 1, 20), insert(2, 'a', 2, 10), insert(3, null, 3, 5), insert(4, null, 4, 5)];
    expect(emittedRows(deduplicate({ time: 'proctime', keep: 'first' }), steps)).toEqual([
      '+I[1, a, 1, 20]',
      '+I[3, NULL, 3, 5]',
    ]);
  });

  test('retention: the key starts anew', () => {
    const steps = [insert(1, 'a', 1, 1), clock(9), insert(2, 'a', 2, 2), clock(10), insert(3, 'a', 3, 3)];
    expect(emittedRows(deduplicate({ time: 'proctime', keep: 'first', stateTtlMs: 10 }), steps)).toEqual([
      '+I[1, a, 1, 1]',
      '+I[3, a, 3, 3]',
    ]);
    expect(
      emittedRows(deduplicate({ time: 'rowtime', keep: 'last', stateTtlMs: 10 }), [
        ...steps,
        clock(20),
        insert(4, 'a', 4, 4),
      ]),
    ).toEqual([
      '+I[1, a, 1, 1]',
      '-U[1, a, 1, 1]',
      '+U[2, a, 2, 2]',
      '-U[2, a, 2, 2]',
      '+U[3, a, 3, 3]',
      '+I[4, a, 4, 4]',
    ]);
  });

  test('rowtime, first: the earliest row once the watermark passes it; late rows are dropped and counted', () => {
    const steps = [
      insert(1, 'a', 1, 20),
      insert(2, 'a', 2, 10),
      insert(3, 'a', 3, 10),
      insert(4, 'b', 4, 15),
      watermark(9),
      insert(5, 'b', 5, 9),
      insert(6, 'c', 6, 8),
      watermark(14),
      insert(7, 'a', 7, 14),
      watermark(Infinity),
    ];
    const result = runOperator(deduplicate({ time: 'rowtime', keep: 'first' }), steps, {
      batchSize: 100,
      restoreEvery: null,
    });
    expect(result.emitted).toEqual(['watermark 9', '+I[5, b, 5, 9]', '+I[2, a, 2, 10]', 'watermark Infinity']);
    expect(result.late).toEqual(['[6, c, 6, 8]']);
    expect(result.counters).toEqual({ late_rows: 1 });
  });
});

const rows: fc.Arbitrary<Row> = fc.tuple(
  fc.nat(3),
  fc.constantFrom('a', 'b', 'c', null),
  fc.option<StepValue>(fc.integer({ min: 0, max: 1 }), { freq: 4 }),
  fc.nat(20),
);
const steps = withWatermarks(inserts(rows), (values) => values[T] as number);

function keepLast(byRowtime: boolean, updateBefore: boolean) {
  return (all: readonly Step[]): string[] => {
    const held = new Map<unknown, Row>();
    const emitted: string[] = [];
    for (const step of all) {
      if (step.kind !== 'row') continue;
      const { values } = step;
      const old = held.get(values[K]);
      if (old !== undefined && byRowtime && (values[T] as number) < (old[T] as number)) continue;
      if (old !== undefined && !byRowtime && old.every((value, i) => i === T || value === values[i])) continue;
      held.set(values[K], values);
      if (old !== undefined && updateBefore) emitted.push(line('-U', old));
      emitted.push(line(old === undefined ? '+I' : '+U', values));
    }
    return emitted;
  };
}

for (const time of ['proctime', 'rowtime'] as const) {
  for (const emitUpdateBefore of [true, false]) {
    describeOperatorLaws(
      `deduplicate by ${time}, last, ${emitUpdateBefore ? 'with' : 'without'} -U`,
      fc.record({ subject: fc.constant(deduplicate({ time, keep: 'last', emitUpdateBefore })), steps }),
      { model: keepLast(time === 'rowtime', emitUpdateBefore) },
    );
  }
}

describeOperatorLaws(
  'deduplicate by proctime, first',
  fc.record({ subject: fc.constant(deduplicate({ time: 'proctime', keep: 'first' })), steps }),
  {
    model: (all) => {
      const seen = new Set<unknown>();
      return all.flatMap((step) => {
        if (step.kind !== 'row' || seen.has(step.values[K])) return [];
        seen.add(step.values[K]);
        return [line('+I', step.values)];
      });
    },
  },
);

describeOperatorLaws(
  'deduplicate by rowtime, first',
  fc.record({ subject: fc.constant(deduplicate({ time: 'rowtime', keep: 'first' })), steps }),
  {
    model: (all) => {
      const done = new Set<unknown>();
      let waiting: Row[] = [];
      let now = -Infinity;
      const emitted: string[] = [];
      for (const step of all) {
        if (step.kind === 'row') {
          if ((step.values[T] as number) >= now) waiting.push(step.values);
        } else if (step.kind === 'watermark') {
          now = step.time;
          const passed = waiting
            .filter((values) => (values[T] as number) <= now)
            .sort((a, b) => (a[T] as number) - (b[T] as number));
          waiting = waiting.filter((values) => (values[T] as number) > now);
          for (const values of passed) {
            if (done.has(values[K])) continue;
            done.add(values[K]);
            emitted.push(line('+I', values));
          }
        }
      }
      return emitted;
    },
  },
);
