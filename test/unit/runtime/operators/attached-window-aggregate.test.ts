import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INSERT_ONLY, type AggregateCall, type PhysicalOf } from '../../../../src/plan/physical.ts';
import { attachedWindowAggregateOperator } from '../../../../src/runtime/operators/attached-window-aggregate.ts';
import { BOOLEAN, INT, STRING, notNull, timestamp } from '../../../../src/types/data-type.ts';
import { type OperatorUnderTest, type Step, insert, runOperator, watermark } from '../../../laws/operator-harness.ts';
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
import { call, evaluate } from './aggregate-model.ts';

const TIME = notNull(timestamp(3));
const INPUT = schemaOf({ start: TIME, end: TIME, k: STRING, v: INT, f: BOOLEAN });
const END = 1;

interface Subject extends OperatorUnderTest {
  readonly node: PhysicalOf<'attached-window-aggregate'>;
}

function attached(keys: readonly number[], aggregates: readonly AggregateCall[]): Subject {
  const output = [...keys.map((key) => INPUT[key]!), ...aggregates.map(({ type }, a) => ({ name: `a${a}`, type }))];
  const node: Subject['node'] = {
    kind: 'attached-window-aggregate',
    ...nodeBase(output, INSERT_ONLY),
    input: inputNode(INPUT),
    startColumn: 0,
    endColumn: END,
    keys,
    aggregates,
    inputRetracts: false,
  };
  return { node, inputs: [INPUT], output, create: (context) => attachedWindowAggregateOperator(node, context) };
}

function modelOf({ node }: Subject): (steps: readonly Step[]) => string[] {
  return (steps) => {
    let current = -Infinity;
    let groups: { key: Row; end: number; rows: Row[] }[] = [];
    const out: string[] = [];
    for (const step of steps) {
      if (step.kind === 'row') {
        const end = step.values[END] as number;
        if (end - 1 <= current) continue;
        const key = node.keys.map((column) => step.values[column] ?? null);
        const group = groups.find((other) => JSON.stringify(other.key) === JSON.stringify(key));
        if (group === undefined) groups.push({ key, end, rows: [step.values] });
        else group.rows.push(step.values);
      } else if (step.kind === 'watermark') {
        current = step.time;
        const due = groups.filter(({ end }) => end - 1 <= current).sort((a, b) => a.end - b.end);
        groups = groups.filter((group) => !due.includes(group));
        for (const { key, rows } of due) {
          out.push(line('+I', [...key, ...node.aggregates.map((aggregate) => evaluate(aggregate, rows))]));
        }
      }
    }
    return out;
  };
}

describe('an aggregate over attached windows', () => {
  test('fires with its window and drops what comes after', () => {
    const subject = attached([0, END, 2], [call(INPUT, 'SUM', [3])]);
    const steps = [
      insert(0, 10, 'a', 1, null),
      insert(10, 20, 'a', 2, null),
      insert(0, 10, 'a', 4, null),
      watermark(9),
      insert(0, 10, 'a', 8, null),
      insert(10, 20, 'b', 16, null),
      watermark(Infinity),
    ];
    const { emitted, late, counters } = runOperator(subject, steps, { batchSize: 4, restoreEvery: 1 });
    expect(emitted).toEqual([
      '+I[0, 10, a, 5]',
      'watermark 9',
      '+I[10, 20, a, 2]',
      '+I[10, 20, b, 16]',
      'watermark Infinity',
    ]);
    expect(late).toEqual(['[0, 10, a, 8, NULL]']);
    expect(counters).toEqual({ late_rows: 1 });
  });
});

const rows = fc
  .tuple(
    fc.integer({ min: -3, max: 6 }),
    fc.constantFrom(10, 20),
    fc.constantFrom('a', 'b', null),
    fc.integer({ min: 0, max: 3 }),
    fc.boolean(),
  )
  .map(([start, size, k, v, f]): Row => [start * 10, start * 10 + size, k, v, f]);
const aggregates = fc
  .array(fc.tuple(fc.constantFrom('COUNT', 'SUM', 'LAST_VALUE'), fc.boolean(), fc.constantFrom(null, 4)), {
    maxLength: 3,
  })
  .map((all) => all.map(([name, distinct, filter]) => call(INPUT, name, [3], { distinct, filter })));

describeOperatorLaws(
  'attached-window-aggregate',
  fc
    .tuple(
      fc.constantFrom([0, END], [2, 0, END]),
      aggregates,
      withWatermarks(inserts(rows), (values) => values[0] as number),
    )
    .map(([keys, calls, steps]) => ({ subject: attached(keys, calls), steps })),
  { modelOf, runs: 40 },
);
