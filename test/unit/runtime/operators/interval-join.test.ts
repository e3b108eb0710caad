import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Expr } from '../../../../src/plan/expr.ts';
import type { JoinType, PhysicalOf } from '../../../../src/plan/physical.ts';
import { intervalJoinOperator } from '../../../../src/runtime/operators/interval-join.ts';
import { BIGINT, BOOLEAN, INT, STRING, timestamp } from '../../../../src/types/data-type.ts';
import {
  type OperatorUnderTest,
  type Step,
  type StepValue,
  emittedRows,
  row,
  runOperator,
  watermark,
} from '../../../laws/operator-harness.ts';
import {
  type Row,
  inputNode,
  inserts,
  interleaved,
  line,
  nodeBase,
  onPort,
  schemaOf,
  withWatermarks,
} from '../../../laws/operator-inputs.ts';
import { describeOperatorLaws } from '../../../laws/operator-laws.ts';

const LEFT = schemaOf({ k: BIGINT, t: timestamp(3, 'rowtime'), a: INT });
const RIGHT = schemaOf({ u: timestamp(3, 'rowtime'), k: BIGINT, c: STRING });
const OUTPUT = [...LEFT, ...RIGHT];
const TYPES = ['inner', 'left', 'right', 'full'] as const;

/** `left.k <> left.a`, over the concatenated row. */
const K_DIFFERS: Expr = {
  kind: 'call',
  name: '<>',
  args: [
    { kind: 'column', index: 2, type: INT },
    { kind: 'cast', arg: { kind: 'column', index: 4, type: BIGINT }, try: false, type: INT },
  ],
  type: BOOLEAN,
};

interface IntervalJoinUnderTest extends OperatorUnderTest {
  readonly type: JoinType;
  readonly lower: number;
  readonly upper: number;
  readonly conditional: boolean;
}

function intervalJoin(type: JoinType, lower: number, upper: number, conditional = false): IntervalJoinUnderTest {
  const node: PhysicalOf<'interval-join'> = {
    kind: 'interval-join',
    ...nodeBase(OUTPUT),
    left: inputNode(LEFT),
    right: inputNode(RIGHT),
    type,
    leftKeys: [0],
    rightKeys: [1],
    leftTime: 1,
    rightTime: 0,
    lowerMs: lower,
    upperMs: upper,
    condition: conditional ? K_DIFFERS : null,
  };
  return {
    type,
    lower,
    upper,
    conditional,
    inputs: [LEFT, RIGHT],
    output: OUTPUT,
    create: (context) => intervalJoinOperator(node, context),
  };
}

const left = (...values: Row): Step => row('+I', values, 0);
const right = (...values: Row): Step => row('+I', values, 1);

describe('interval join', () => {
  // left.t between right.u - 5 and right.u + 10
  test('both bounds are part of the interval', () => {
    const steps = [
      right(100, 1, 'r'),
      left(1, 94, 0),
      left(1, 95, 0),
      left(1, 110, 0),
      left(1, 111, 0),
      left(2, 100, 0),
    ];
    expect(emittedRows(intervalJoin('inner', -5, 10), steps)).toEqual([
      '+I[1, 95, 0, 100, 1, r]',
      '+I[1, 110, 0, 100, 1, r]',
    ]);
  });

  test('outer rows are padded when the watermark has passed their bound', () => {
    // The last partner of a left row at 100 comes at 105, of a right row at 100 at 110.
    const rows = [left(1, 100, 0), right(100, 2, 'r')];
    const leftPadded = '+I[1, 100, 0, NULL, NULL, NULL]';
    const rightPadded = '+I[NULL, NULL, NULL, 100, 2, r]';
    const after = (time: number): string[] => emittedRows(intervalJoin('full', -5, 10), [...rows, watermark(time)]);
    expect(after(105)).toEqual([]);
    expect(after(106)).toEqual([leftPadded]);
    expect(after(110)).toEqual([leftPadded]);
    expect(after(111)).toEqual([leftPadded, rightPadded]);
  });

  test('the watermark is held back by the larger reach', () => {
    const steps = [left(1, 100, 0), watermark(106)];
    const held = (lower: number, upper: number): readonly string[] =>
      runOperator(intervalJoin('left', lower, upper), steps, { batchSize: 1, restoreEvery: null }).emitted;
    expect(held(-5, 10)).toEqual(['+I[1, 100, 0, NULL, NULL, NULL]', 'watermark 96']);
    expect(held(-7, 2)).toEqual(['watermark 99']);
  });

  test('a late row joins with what is there, is not kept, and is padded at once', () => {
    const steps = [
      right(100, 1, 'r'),
      watermark(106),
      left(1, 101, 0),
      left(1, 102, 1),
      left(2, 90, 2),
      right(100, 2, 's'),
    ];
    expect(emittedRows(intervalJoin('left', -5, 10), steps)).toEqual([
      '+I[1, 101, 0, 100, 1, r]',
      '+I[1, 102, 1, 100, 1, r]',
      '+I[2, 90, 2, NULL, NULL, NULL]',
    ]);
  });

  test('NULL keys match nothing and are padded', () => {
    const steps = [left(null, 100, 0), right(100, null, 'r'), watermark(Infinity)];
    expect(emittedRows(intervalJoin('left', -5, 10), steps)).toEqual(['+I[NULL, 100, 0, NULL, NULL, NULL]']);
  });
});

const keys: fc.Arbitrary<StepValue> = fc.option<StepValue>(fc.nat(2), { freq: 6 });
const leftRows: fc.Arbitrary<Row> = fc.tuple(keys, fc.nat(30), fc.nat(2));
const rightRows: fc.Arbitrary<Row> = fc.tuple(fc.nat(30), keys, fc.constantFrom('x', 'yz'));
const timeOf = (values: Row, port: number): number => values[port === 0 ? 1 : 0] as number;

interface Kept {
  readonly values: Row;
  readonly bound: number;
  readonly port: number;
  matched: boolean;
}

/** Keeps both sides in one array, in order of arrival. */
function model(subject: IntervalJoinUnderTest): (steps: readonly Step[]) => string[] {
  const { type, lower, upper, conditional } = subject;
  const outer = [type === 'left' || type === 'full', type === 'right' || type === 'full'];
  const holds = (l: Row, r: Row): boolean => {
    const distance = (l[1] as number) - (r[0] as number);
    return l[0] === r[1] && l[0] !== null && distance >= lower && distance <= upper && (!conditional || l[2] !== r[1]);
  };
  const padded = ({ port, values }: Kept): string =>
    line('+I', port === 0 ? [...values, null, null, null] : [null, null, null, ...values]);
  return (steps) => {
    let kept: Kept[] = [];
    let now = -Infinity;
    const emitted: string[] = [];
    for (const step of steps) {
      if (step.kind === 'watermark') {
        now = step.time;
        const gone = kept.filter(({ bound }) => bound < now).sort((a, b) => a.bound - b.bound || a.port - b.port);
        emitted.push(...gone.filter(({ port, matched }) => outer[port] === true && !matched).map(padded));
        kept = kept.filter(({ bound }) => bound >= now);
      }
      if (step.kind !== 'row') continue;
      const { port, values } = step;
      const time = timeOf(values, port);
      const mine: Kept = { values, port, bound: port === 0 ? time - lower : time + upper, matched: false };
      const partners = kept.filter(
        (other) => other.port !== port && (port === 0 ? holds(values, other.values) : holds(other.values, values)),
      );
      partners.sort((a, b) => timeOf(a.values, a.port) - timeOf(b.values, b.port));
      for (const other of partners) {
        other.matched = true;
        mine.matched = true;
        emitted.push(line('+I', port === 0 ? [...values, ...other.values] : [...other.values, ...values]));
      }
      if (now < mine.bound) kept.push(mine);
      else if (outer[port] === true && !mine.matched) emitted.push(padded(mine));
    }
    return emitted;
  };
}

const bounds = fc.tuple(fc.integer({ min: -6, max: 6 }), fc.nat(8), fc.boolean());

for (const type of TYPES) {
  describeOperatorLaws(
    `${type} interval join`,
    fc.record({
      subject: bounds.map(([lower, size, conditional]) => intervalJoin(type, lower, lower + size, conditional)),
      steps: withWatermarks(interleaved(inserts(leftRows), onPort(inserts(rightRows), 1)), timeOf),
    }),
    { modelOf: model },
  );
}
