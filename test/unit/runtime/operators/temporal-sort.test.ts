import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { temporalSortOperator } from '../../../../src/runtime/operators/temporal-sort.ts';
import { BIGINT, STRING, timestamp } from '../../../../src/types/data-type.ts';
import {
  type OperatorUnderTest,
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

const T = 1;
const INPUT = schemaOf({ k: STRING, t: timestamp(3, 'rowtime'), v: BIGINT });

const byTimeThenValueDescending: OperatorUnderTest = {
  inputs: [INPUT],
  output: INPUT,
  create: (context) =>
    temporalSortOperator(
      {
        kind: 'temporal-sort',
        ...nodeBase(INPUT),
        input: inputNode(INPUT),
        timeColumn: T,
        order: [
          { column: T, descending: false, nullsFirst: true },
          { column: 2, descending: true, nullsFirst: false },
        ],
      },
      context,
    ),
};

describe('temporal sort', () => {
  // Seen on Flink 2.3: with the watermark at each row's own time, only 1, 4, 12, 26, 30 come out.
  test('rows that are not later than the last one released are dropped and counted', () => {
    let highest = -1;
    const steps = [1, 4, 12, 7, 2, 26, 14, 30].flatMap((time) => {
      const rows = [insert('a', time, 0)];
      if (time <= highest) return rows;
      highest = time;
      return [...rows, watermark(time)];
    });
    const { emitted, counters, late } = runOperator(byTimeThenValueDescending, steps, {
      batchSize: 100,
      restoreEvery: null,
    });
    expect(emitted.filter((text) => text.startsWith('+I'))).toEqual(
      [1, 4, 12, 26, 30].map((time) => `+I[a, ${time}, 0]`),
    );
    expect(counters).toEqual({ late_rows: 3 });
    expect(late).toEqual(['[a, 7, 0]', '[a, 2, 0]', '[a, 14, 0]']);
  });

  test('a row between the last one released and the watermark comes with the next watermark', () => {
    const steps = [insert('a', 1, 0), watermark(10), insert('b', 5, 0), watermark(11)];
    const { emitted } = runOperator(byTimeThenValueDescending, steps, { batchSize: 100, restoreEvery: null });
    expect(emitted).toEqual(['+I[a, 1, 0]', 'watermark 10', '+I[b, 5, 0]', 'watermark 11']);
  });
});

const rows: fc.Arbitrary<Row> = fc.tuple(fc.constantFrom('x', 'y'), fc.nat(20), fc.option<StepValue>(fc.nat(2)));

describeOperatorLaws(
  'temporal sort',
  fc.record({
    subject: fc.constant(byTimeThenValueDescending),
    steps: withWatermarks(inserts(rows), (values) => values[T] as number),
  }),
  {
    model: (steps) => {
      let waiting: Row[] = [];
      let last = -Infinity;
      const emitted: string[] = [];
      for (const step of steps) {
        if (step.kind === 'row' && (step.values[T] as number) > last) waiting.push(step.values);
        if (step.kind !== 'watermark') continue;
        const ready = waiting.filter((values) => (values[T] as number) <= step.time);
        waiting = waiting.filter((values) => !ready.includes(values));
        const rank = (values: Row): number => (values[2] === null ? -1 : (values[2] as number));
        ready.sort((a, b) => (a[T] as number) - (b[T] as number) || rank(b) - rank(a));
        for (const values of ready) {
          last = values[T] as number;
          emitted.push(line('+I', values));
        }
      }
      return emitted;
    },
  },
);
