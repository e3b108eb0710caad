import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Expr } from '../../../../src/plan/expr.ts';
import { ALL_CHANGES, type JoinType, type PhysicalOf } from '../../../../src/plan/physical.ts';
import { joinOperator } from '../../../../src/runtime/operators/join.ts';
import { BIGINT, BOOLEAN, INT, STRING } from '../../../../src/types/data-type.ts';
import {
  type OperatorUnderTest,
  type Step,
  type StepValue,
  clock,
  emittedRows,
  row,
  runOperator,
} from '../../../laws/operator-harness.ts';
import {
  type Row,
  changes,
  changingNode,
  inputNode,
  inserts,
  interleaved,
  line,
  nodeBase,
  onPort,
  WIDE,
  schemaOf,
  wideRows,
} from '../../../laws/operator-inputs.ts';
import { describeOperatorLaws } from '../../../laws/operator-laws.ts';

const LEFT = schemaOf({ k: BIGINT, a: INT });
const RIGHT = schemaOf({ b: STRING, k: BIGINT, c: INT });
const OUTPUT = [...LEFT, ...RIGHT];
const TYPES = ['inner', 'left', 'right', 'full'] as const;

/** `left.a < right.c`, over the concatenated row. */
const A_BELOW_C: Expr = {
  kind: 'call',
  name: '<',
  args: [
    { kind: 'column', index: 1, type: INT },
    { kind: 'column', index: 4, type: INT },
  ],
  type: BOOLEAN,
};

interface JoinUnderTest extends OperatorUnderTest {
  readonly type: JoinType;
  readonly nullSafe: boolean;
  readonly conditional: boolean;
}

function join(
  type: JoinType,
  { nullSafe = false, conditional = false, changing = true, ttl = [0, 0] as readonly [number, number] } = {},
): JoinUnderTest {
  const input = changing ? changingNode : inputNode;
  const node: PhysicalOf<'join'> = {
    kind: 'join',
    ...nodeBase(OUTPUT, ALL_CHANGES),
    left: input(LEFT),
    right: input(RIGHT),
    type,
    leftKeys: [0],
    rightKeys: [1],
    nullSafe: [nullSafe],
    condition: conditional ? A_BELOW_C : null,
    leftStateTtlMs: ttl[0],
    rightStateTtlMs: ttl[1],
  };
  return {
    type,
    nullSafe,
    conditional,
    inputs: [LEFT, RIGHT],
    output: OUTPUT,
    create: (context) => joinOperator(node, context),
  };
}

const left = (op: '+I' | '-U' | '+U' | '-D', ...values: Row): Step => row(op, values, 0);
const right = (op: '+I' | '-U' | '+U' | '-D', ...values: Row): Step => row(op, values, 1);

describe('regular join as Flink emits it', () => {
  // Seen on Flink 2.3: left 1, 2, NULL; then right 1a, 1b, 3c, NULL n.
  const steps = [
    left('+I', 1, 0),
    left('+I', 2, 0),
    left('+I', null, 0),
    right('+I', 'a', 1, 0),
    right('+I', 'b', 1, 0),
    right('+I', 'c', 3, 0),
    right('+I', 'n', null, 0),
  ];
  const leftJoin = [
    '+I[1, 0, NULL, NULL, NULL]',
    '+I[2, 0, NULL, NULL, NULL]',
    '+I[NULL, 0, NULL, NULL, NULL]',
    '-D[1, 0, NULL, NULL, NULL]',
    '+I[1, 0, a, 1, 0]',
    '+I[1, 0, b, 1, 0]',
  ];

  test('left', () => expect(emittedRows(join('left'), steps)).toEqual(leftJoin));

  test('full', () => {
    expect(emittedRows(join('full'), steps)).toEqual([
      ...leftJoin,
      '+I[NULL, NULL, c, 3, 0]',
      '+I[NULL, NULL, n, NULL, 0]',
    ]);
  });

  test('left onto a count that goes from 1 to 2', () => {
    const count = [left('+I', 1, 0), right('+I', 'x', 1, 1), right('-U', 'x', 1, 1), right('+U', 'x', 1, 2)];
    expect(emittedRows(join('left'), count)).toEqual([
      '+I[1, 0, NULL, NULL, NULL]',
      '-D[1, 0, NULL, NULL, NULL]',
      '+I[1, 0, x, 1, 1]',
      '-U[1, 0, x, 1, 1]',
      '+I[1, 0, NULL, NULL, NULL]',
      '-D[1, 0, NULL, NULL, NULL]',
      '+I[1, 0, x, 1, 2]',
    ]);
  });

  test('inner forwards the kind of the row', () => {
    const update = [
      left('+I', 1, 0),
      right('+I', 'x', 1, 1),
      left('-U', 1, 0),
      left('+U', 1, 5),
      right('-D', 'x', 1, 1),
    ];
    expect(emittedRows(join('inner'), update)).toEqual([
      '+I[1, 0, x, 1, 1]',
      '-U[1, 0, x, 1, 1]',
      '+U[1, 5, x, 1, 1]',
      '-D[1, 5, x, 1, 1]',
    ]);
  });

  test('an outer row that is updated leaves as -D', () => {
    const update = [left('+I', 1, 0), right('+I', 'x', 1, 1), left('-U', 1, 0), left('+U', 1, 5)];
    expect(emittedRows(join('left'), update).slice(3)).toEqual(['-D[1, 0, x, 1, 1]', '+I[1, 5, x, 1, 1]']);
  });

  test('NULL keys match where compared null-safely', () => {
    const nulls = [left('+I', null, 0), right('+I', 'n', null, 0)];
    expect(emittedRows(join('inner', { nullSafe: true }), nulls)).toEqual(['+I[NULL, 0, n, NULL, 0]']);
  });

  test('retention per side', () => {
    const subject = join('inner', { ttl: [10, 0] });
    const expired = [
      left('+I', 1, 0),
      clock(9),
      right('+I', 'a', 1, 0),
      clock(10),
      right('+I', 'b', 1, 0),
      left('-D', 1, 0),
      left('+I', 1, 7),
    ];
    expect(emittedRows(subject, expired)).toEqual(['+I[1, 0, a, 1, 0]', '+I[1, 7, a, 1, 0]', '+I[1, 7, b, 1, 0]']);
  });
});

const maybe = (max: number): fc.Arbitrary<StepValue> => fc.option<StepValue>(fc.nat(max), { freq: 6 });
const leftRows: fc.Arbitrary<Row> = fc.tuple(maybe(3), maybe(2));
const rightRows: fc.Arbitrary<Row> = fc.tuple(fc.constantFrom('x', 'y'), maybe(3), maybe(2));

const matches = ({ nullSafe, conditional }: JoinUnderTest, l: Row, r: Row): boolean => {
  if (l[0] !== r[1] || (l[0] === null && !nullSafe)) return false;
  return !conditional || (l[1] !== null && r[2] !== null && (l[1] as number) < (r[2] as number));
};

const NO_LEFT: Row = LEFT.map(() => null);
const NO_RIGHT: Row = RIGHT.map(() => null);

/** Keeps both sides in plain arrays and counts matches anew each time. */
function model(subject: JoinUnderTest): (steps: readonly Step[]) => string[] {
  return (steps) => {
    const sides: [Row[], Row[]] = [[], []];
    const outer = [
      subject.type === 'left' || subject.type === 'full',
      subject.type === 'right' || subject.type === 'full',
    ];
    const emitted: string[] = [];
    for (const step of steps) {
      if (step.kind !== 'row') continue;
      const { port, op, values } = step;
      const isLeft = port === 0;
      const own = sides[port] as Row[];
      const others = sides[1 - port] as Row[];
      const pair = (mine: Row, other: Row): Row => (isLeft ? [...mine, ...other] : [...other, ...mine]);
      const nobody = isLeft ? NO_RIGHT : NO_LEFT;
      const me = isLeft ? NO_LEFT : NO_RIGHT;
      const holds = (mine: Row, other: Row): boolean =>
        isLeft ? matches(subject, mine, other) : matches(subject, other, mine);
      const comes = op === '+I' || op === '+U';
      if (!comes)
        own.splice(
          own.findIndex((mine) => JSON.stringify(mine) === JSON.stringify(values)),
          1,
        );
      const found = others.filter((other) => holds(values, other));
      for (const other of found) {
        const alone = outer[1 - port] === true && !own.some((mine) => holds(mine, other));
        if (comes) {
          if (alone) emitted.push(line('-D', pair(me, other)));
          emitted.push(line(outer.includes(true) ? '+I' : op, pair(values, other)));
        } else {
          emitted.push(line(outer[port] === true ? '-D' : op, pair(values, other)));
          if (alone) emitted.push(line('+I', pair(me, other)));
        }
      }
      if (found.length === 0 && outer[port] === true) emitted.push(line(comes ? '+I' : '-D', pair(values, nobody)));
      if (comes) own.push(values);
    }
    return emitted;
  };
}

const changingSteps = interleaved(changes(leftRows), changes(rightRows, { port: 1 }));

for (const type of TYPES) {
  describeOperatorLaws(
    `${type} join`,
    fc.record({
      subject: fc.record({ nullSafe: fc.boolean(), conditional: fc.boolean() }).map((drawn) => join(type, drawn)),
      steps: changingSteps,
    }),
    { modelOf: model },
  );
}

describeOperatorLaws(
  'full join of append-only inputs',
  fc.record({
    subject: fc.boolean().map((conditional) => join('full', { conditional, changing: false })),
    steps: interleaved(inserts(leftRows), onPort(inserts(rightRows), 1)),
  }),
  { modelOf: model },
);

test('what a join emitted adds up to the join of the final tables', () => {
  const subjects = fc.tuple(fc.constantFrom(...TYPES), fc.boolean(), fc.boolean());
  fc.assert(
    fc.property(subjects, changingSteps, ([type, nullSafe, conditional], steps) => {
      const subject = join(type, { nullSafe, conditional });
      const { emitted } = runOperator(subject, steps, { batchSize: 7, restoreEvery: null });
      const table = new Map<string, number>();
      for (const text of emitted) {
        const values = text.slice(2);
        const count = (table.get(values) ?? 0) + (text.startsWith('+') ? 1 : -1);
        expect(count).toBeGreaterThanOrEqual(0);
        table.set(values, count);
      }
      const rowsNow = [...table].flatMap(([values, count]) => Array<string>(count).fill(values)).sort();
      expect(rowsNow).toEqual(joinedTables(subject, finalTable(steps, 0), finalTable(steps, 1)).sort());
    }),
    { numRuns: 100 },
  );
});

function finalTable(steps: readonly Step[], port: number): Row[] {
  const table: Row[] = [];
  for (const step of steps) {
    if (step.kind !== 'row' || step.port !== port) continue;
    if (step.op.startsWith('+')) table.push(step.values);
    else
      table.splice(
        table.findIndex((values) => JSON.stringify(values) === JSON.stringify(step.values)),
        1,
      );
  }
  return table;
}

function joinedTables(subject: JoinUnderTest, lefts: readonly Row[], rights: readonly Row[]): string[] {
  const text = (l: Row, r: Row): string => line('+I', [...l, ...r]).slice(2);
  const pairs = lefts.flatMap((l) => rights.filter((r) => matches(subject, l, r)).map((r) => text(l, r)));
  const alone = (type: JoinType): boolean => subject.type === type || subject.type === 'full';
  return [
    ...pairs,
    ...(alone('left')
      ? lefts.filter((l) => !rights.some((r) => matches(subject, l, r))).map((l) => text(l, NO_RIGHT))
      : []),
    ...(alone('right')
      ? rights.filter((r) => !lefts.some((l) => matches(subject, l, r))).map((r) => text(NO_LEFT, r))
      : []),
  ];
}

test('rows of every form are found again when they go', () => {
  const output = [...WIDE, ...WIDE];
  const node: PhysicalOf<'join'> = {
    kind: 'join',
    ...nodeBase(output, ALL_CHANGES),
    left: changingNode(WIDE),
    right: changingNode(WIDE),
    type: 'full',
    leftKeys: [0],
    rightKeys: [0],
    nullSafe: [false],
    condition: null,
    leftStateTtlMs: 0,
    rightStateTtlMs: 0,
  };
  const subject: OperatorUnderTest = {
    inputs: [WIDE, WIDE],
    output,
    create: (context) => joinOperator(node, context),
  };
  fc.assert(
    fc.property(interleaved(inserts(wideRows, 12), onPort(inserts(wideRows, 12), 1)), (steps) => {
      const gone = steps.map((step) => (step.kind === 'row' ? { ...step, op: '-D' as const } : step));
      const { emitted } = runOperator(subject, [...steps, ...gone], { batchSize: 5, restoreEvery: 2 });
      const table = new Map<string, number>();
      for (const text of emitted) {
        const values = text.slice(2);
        const count = (table.get(values) ?? 0) + (text.startsWith('+') ? 1 : -1);
        expect(count).toBeGreaterThanOrEqual(0);
        table.set(values, count);
      }
      expect([...table.values()].every((count) => count === 0)).toBe(true);
      if (steps.length > 0) expect(emitted.length).toBeGreaterThan(0);
    }),
    { numRuns: 100 },
  );
});

test('a key column that is compared twice', () => {
  const input = schemaOf({ a: STRING });
  const other = schemaOf({ x: STRING, y: STRING });
  const output = [...input, ...other];
  const node: PhysicalOf<'join'> = {
    kind: 'join',
    ...nodeBase(output, ALL_CHANGES),
    left: changingNode(input),
    right: changingNode(other),
    type: 'left',
    leftKeys: [0, 0],
    rightKeys: [0, 1],
    nullSafe: [false, false],
    condition: null,
    leftStateTtlMs: 0,
    rightStateTtlMs: 0,
  };
  const subject = {
    inputs: [input, other],
    output,
    create: (context) => joinOperator(node, context),
  } satisfies OperatorUnderTest;
  const steps = [row('+I', ['p']), row('+I', ['p', 'q'], 1), row('+I', ['p', 'p'], 1), row('-D', ['p', 'p'], 1)];
  expect(emittedRows(subject, steps)).toEqual([
    '+I[p, NULL, NULL]',
    '-D[p, NULL, NULL]',
    '+I[p, p, p]',
    '-D[p, p, p]',
    '+I[p, NULL, NULL]',
  ]);
});
