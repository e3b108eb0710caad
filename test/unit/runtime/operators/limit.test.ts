import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALL_CHANGES, INSERT_ONLY } from '../../../../src/plan/physical.ts';
import { limitOperator } from '../../../../src/runtime/operators/limit.ts';
import { INT, STRING } from '../../../../src/types/data-type.ts';
import { type OperatorUnderTest, type Step, emittedRows, insert, row } from '../../../laws/operator-harness.ts';
import {
  type Row,
  changes,
  inputNode,
  inserts,
  line,
  nodeBase,
  schemaOf,
  withWatermarks,
} from '../../../laws/operator-inputs.ts';
import { describeOperatorLaws } from '../../../laws/operator-laws.ts';

const INPUT = schemaOf({ id: INT, k: STRING });

interface LimitUnderTest extends OperatorUnderTest {
  readonly offset: number;
  readonly limit: number;
}

function limitOf(limit: number, offset: number, inputRetracts: boolean): LimitUnderTest {
  const mode = inputRetracts ? ALL_CHANGES : INSERT_ONLY;
  const node = {
    kind: 'limit' as const,
    ...nodeBase(INPUT, mode),
    input: inputNode(INPUT, mode),
    limit,
    offset,
    inputRetracts,
  };
  return { limit, offset, inputs: [INPUT], output: INPUT, create: (context) => limitOperator(node, context) };
}

describe('limit', () => {
  test('the first rows after the offset', () => {
    const steps = [1, 2, 3, 4, 5].map((id) => insert(id, 'a'));
    expect(emittedRows(limitOf(2, 1, false), steps, 2)).toEqual(['+I[2, a]', '+I[3, a]']);
  });

  test('a row that goes is replaced by the one that arrived next', () => {
    const steps = [
      insert(1, 'a'),
      insert(2, 'a'),
      insert(3, 'a'),
      row('-D', [3, 'a']),
      insert(4, 'a'),
      row('-D', [1, 'a']),
    ];
    expect(emittedRows(limitOf(2, 0, true), steps)).toEqual(['+I[1, a]', '+I[2, a]', '-D[1, a]', '+I[4, a]']);
  });
});

const rows: fc.Arbitrary<Row> = fc.tuple(fc.nat(20), fc.constantFrom('a', null));
const bounds = fc.tuple(fc.nat(8), fc.nat(8));

describeOperatorLaws(
  'limit of an append-only input',
  fc.record({
    subject: bounds.map(([limit, offset]) => limitOf(limit, offset, false)),
    steps: withWatermarks(inserts(rows), (values) => values[0] as number),
  }),
  {
    modelOf:
      ({ limit, offset }) =>
      (steps: readonly Step[]) =>
        steps
          .filter((step) => step.kind === 'row')
          .slice(offset, offset + limit)
          .map((step) => line('+I', step.values)),
  },
);

/** The rows in order of arrival; from an offset on a change of hands of a position is an update. */
const changingModel =
  ({ limit, offset }: LimitUnderTest) =>
  (steps: readonly Step[]): string[] => {
    let before: Row[] = [];
    const emitted: string[] = [];
    for (const step of steps) {
      if (step.kind !== 'row') continue;
      const after = [...before];
      if (step.op === '+I' || step.op === '+U') after.push(step.values);
      else
        after.splice(
          after.findIndex((values) => JSON.stringify(values) === JSON.stringify(step.values)),
          1,
        );
      const old = before.slice(offset, offset + limit);
      const now = after.slice(offset, offset + limit);
      if (offset === 0) {
        emitted.push(...old.filter((values) => !now.includes(values)).map((values) => line('-D', values)));
        emitted.push(...now.filter((values) => !old.includes(values)).map((values) => line('+I', values)));
      } else {
        for (let i = 0; i < Math.max(old.length, now.length); i++) {
          const [was, is] = [old[i], now[i]];
          if (was === is) continue;
          if (was !== undefined) emitted.push(line(is === undefined ? '-D' : '-U', was));
          if (is !== undefined) emitted.push(line(was === undefined ? '+I' : '+U', is));
        }
      }
      before = after;
    }
    return emitted;
  };

describeOperatorLaws(
  'limit of a changing input',
  fc.record({ subject: bounds.map(([limit, offset]) => limitOf(limit, offset, true)), steps: changes(rows) }),
  { modelOf: changingModel },
);
