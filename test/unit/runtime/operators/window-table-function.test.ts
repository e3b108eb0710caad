import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INSERT_ONLY, type PhysicalOf, type WindowSpec } from '../../../../src/plan/physical.ts';
import { windowTableFunctionOperator } from '../../../../src/runtime/operators/window-table-function.ts';
import { INT, STRING, notNull, timestamp } from '../../../../src/types/data-type.ts';
import { type OperatorUnderTest, emittedRows, insert, row } from '../../../laws/operator-harness.ts';
import { type Row, changes, inputNode, nodeBase, schemaOf, withWatermarks } from '../../../laws/operator-inputs.ts';
import { describeOperatorLaws } from '../../../laws/operator-laws.ts';

const TIME = notNull(timestamp(3));
const INPUT = schemaOf({ t: TIME, k: STRING, v: INT });

function attach(window: WindowSpec): OperatorUnderTest {
  const output = [...INPUT, ...['window_start', 'window_end', 'window_time'].map((name) => ({ name, type: TIME }))];
  const node: PhysicalOf<'window-table-function'> = {
    kind: 'window-table-function',
    ...nodeBase(output, INSERT_ONLY),
    input: inputNode(INPUT),
    window,
    timeColumn: 0,
    partition: [],
  };
  return { inputs: [INPUT], output, create: (context) => windowTableFunctionOperator(node, context) };
}

describe('windows attached to rows', () => {
  const steps = [insert(7, 'a', 1), row('-D', [-3, null, 2])];

  test('tumbling: one each, before 1970 too', () => {
    expect(emittedRows(attach({ kind: 'tumble', sizeMs: 10, offsetMs: 0 }), steps)).toEqual([
      '+I[7, a, 1, 0, 10, 9]',
      '-D[-3, NULL, 2, -10, 0, -1]',
    ]);
  });

  test('hopping: the newest window first', () => {
    expect(emittedRows(attach({ kind: 'hop', slideMs: 5, sizeMs: 10, offsetMs: 0 }), steps)).toEqual([
      '+I[7, a, 1, 5, 15, 14]',
      '+I[7, a, 1, 0, 10, 9]',
      '-D[-3, NULL, 2, -5, 5, 4]',
      '-D[-3, NULL, 2, -10, 0, -1]',
    ]);
  });

  test('cumulating: the smallest first', () => {
    expect(emittedRows(attach({ kind: 'cumulate', stepMs: 5, sizeMs: 15, offsetMs: 0 }), steps.slice(0, 1))).toEqual([
      '+I[7, a, 1, 0, 10, 9]',
      '+I[7, a, 1, 0, 15, 14]',
    ]);
  });

  test('sessions are refused', () => {
    expect(() => emittedRows(attach({ kind: 'session', gapMs: 5 }), steps)).toThrow('is not supported');
  });
});

const rows = fc.tuple(
  fc.integer({ min: -20, max: 40 }),
  fc.constantFrom('a', null),
  fc.nat(3),
) as unknown as fc.Arbitrary<Row>;
const windows = fc.constantFrom<WindowSpec>(
  { kind: 'tumble', sizeMs: 10, offsetMs: 3 },
  { kind: 'hop', slideMs: 5, sizeMs: 15, offsetMs: 0 },
  { kind: 'cumulate', stepMs: 5, sizeMs: 15, offsetMs: -2 },
);
describeOperatorLaws(
  'window-table-function',
  fc
    .tuple(
      windows,
      withWatermarks(changes(rows), (values) => values[0] as number),
    )
    .map(([window, steps]) => ({ subject: attach(window), steps })),
);
