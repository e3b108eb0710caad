import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALL_CHANGES, type PhysicalOf } from '../../../../src/plan/physical.ts';
import { rankOperator } from '../../../../src/runtime/operators/rank.ts';
import { BIGINT, INT, STRING, notNull } from '../../../../src/types/data-type.ts';
import {
  type OperatorUnderTest,
  type Step,
  clock,
  emittedRows,
  insert,
  row,
  type StepValue,
} from '../../../laws/operator-harness.ts';
import {
  type Row,
  changes,
  changingNode,
  inputNode,
  inserts,
  line,
  nodeBase,
  schemaOf,
} from '../../../laws/operator-inputs.ts';
import { describeOperatorLaws } from '../../../laws/operator-laws.ts';

const ID = 0;
const K = 1;
const V = 2;
const INPUT = schemaOf({ id: INT, k: STRING, v: BIGINT });
type RankNode = PhysicalOf<'rank'>;
type Settings = Partial<
  Pick<
    RankNode,
    'partition' | 'order' | 'from' | 'to' | 'outputRank' | 'strategy' | 'upsertKey' | 'emitUpdateBefore' | 'stateTtlMs'
  >
>;

interface RankUnderTest extends OperatorUnderTest {
  readonly node: RankNode;
}

function rank(settings: Settings): RankUnderTest {
  const output = settings.outputRank === true ? [...INPUT, { name: 'rn', type: notNull(BIGINT) }] : INPUT;
  const node: RankNode = {
    kind: 'rank',
    ...nodeBase(output, ALL_CHANGES),
    input: settings.strategy === 'retract' ? changingNode(INPUT) : inputNode(INPUT),
    partition: [],
    order: [],
    from: 1,
    to: 2,
    outputRank: false,
    strategy: 'append',
    upsertKey: [],
    emitUpdateBefore: true,
    stateTtlMs: 0,
    ...settings,
  };
  return { node, inputs: [INPUT], output, create: (context) => rankOperator(node, context) };
}

// Seen on Flink 2.3.
const EXAMPLE: readonly Step[] = [
  insert(1, 'a', 5),
  insert(2, 'a', null),
  insert(3, 'b', 2147483647),
  insert(4, null, 7),
  insert(5, 'b', 1),
  insert(6, 'a', 5),
  insert(7, null, 7),
];

describe('Top-N as Flink emits it', () => {
  const byIdDescending = { partition: [K], order: [{ column: ID, descending: true, nullsFirst: false }], to: 2 };
  for (const strategy of ['append', 'retract'] as const) {
    test(`with rank, ${strategy} strategy`, () => {
      expect(emittedRows(rank({ ...byIdDescending, outputRank: true, strategy }), EXAMPLE)).toEqual([
        '+I[1, a, 5, 1]',
        '-U[1, a, 5, 1]',
        '+U[2, a, NULL, 1]',
        '+I[1, a, 5, 2]',
        '+I[3, b, 2147483647, 1]',
        '+I[4, NULL, 7, 1]',
        '-U[3, b, 2147483647, 1]',
        '+U[5, b, 1, 1]',
        '+I[3, b, 2147483647, 2]',
        '-U[2, a, NULL, 1]',
        '+U[6, a, 5, 1]',
        '-U[1, a, 5, 2]',
        '+U[2, a, NULL, 2]',
        '-U[4, NULL, 7, 1]',
        '+U[7, NULL, 7, 1]',
        '+I[4, NULL, 7, 2]',
      ]);
    });

    test(`without rank, ${strategy} strategy`, () => {
      expect(emittedRows(rank({ ...byIdDescending, strategy }), EXAMPLE)).toEqual([
        '+I[1, a, 5]',
        '+I[2, a, NULL]',
        '+I[3, b, 2147483647]',
        '+I[4, NULL, 7]',
        '+I[5, b, 1]',
        '-D[1, a, 5]',
        '+I[6, a, 5]',
        '+I[7, NULL, 7]',
      ]);
    });

    test(`ORDER BY v LIMIT 2, ${strategy} strategy`, () => {
      const order = [{ column: V, descending: false, nullsFirst: true }];
      expect(emittedRows(rank({ order, strategy }), EXAMPLE)).toEqual([
        '+I[1, a, 5]',
        '+I[2, a, NULL]',
        '-D[1, a, 5]',
        '+I[5, b, 1]',
      ]);
    });
  }

  test('a consumer that keys its rows gets no -U', () => {
    const subject = rank({ ...byIdDescending, outputRank: true, emitUpdateBefore: false });
    expect(emittedRows(subject, EXAMPLE.slice(0, 2))).toEqual([
      '+I[1, a, 5, 1]',
      '+U[2, a, NULL, 1]',
      '+I[1, a, 5, 2]',
    ]);
  });

  test('rows that go: without rank the next one moves in', () => {
    const order = [{ column: V, descending: false, nullsFirst: true }];
    const steps = [
      insert(1, 'a', 1),
      insert(2, 'a', 2),
      insert(3, 'a', 3),
      row('-D', [1, 'a', 1]),
      row('-D', [3, 'a', 3]),
    ];
    expect(emittedRows(rank({ order, strategy: 'retract' }), steps)).toEqual([
      '+I[1, a, 1]',
      '+I[2, a, 2]',
      '-D[1, a, 1]',
      '+I[3, a, 3]',
      '-D[3, a, 3]',
    ]);
  });

  test('rows that go: with rank every later position changes hands', () => {
    const order = [{ column: V, descending: false, nullsFirst: true }];
    const steps = [
      insert(1, 'a', 1),
      insert(2, 'a', 2),
      insert(3, 'a', 3),
      row('-U', [1, 'a', 1]),
      row('+U', [1, 'a', 9]),
      row('-D', [2, 'a', 2]),
      row('-D', [1, 'a', 9]),
    ];
    expect(emittedRows(rank({ order, strategy: 'retract', outputRank: true }), steps)).toEqual([
      '+I[1, a, 1, 1]',
      '+I[2, a, 2, 2]',
      '-U[1, a, 1, 1]',
      '+U[2, a, 2, 1]',
      '-U[2, a, 2, 2]',
      '+U[3, a, 3, 2]',
      '-U[2, a, 2, 1]',
      '+U[3, a, 3, 1]',
      '-U[3, a, 3, 2]',
      '+U[1, a, 9, 2]',
      '-D[1, a, 9, 2]',
    ]);
  });

  test('a range that does not begin at 1 emits by position', () => {
    const order = [{ column: V, descending: false, nullsFirst: true }];
    const steps = [insert(1, 'a', 5), insert(2, 'a', 4), insert(3, 'a', 3), insert(4, 'a', 2)];
    expect(emittedRows(rank({ order, from: 2, to: 3 }), steps)).toEqual([
      '+I[1, a, 5]',
      '-U[1, a, 5]',
      '+U[2, a, 4]',
      '+I[1, a, 5]',
      '-U[2, a, 4]',
      '+U[3, a, 3]',
      '-U[1, a, 5]',
      '+U[2, a, 4]',
    ]);
  });

  test('a retraction of a row that never came is ignored', () => {
    expect(
      emittedRows(rank({ strategy: 'retract', partition: [K] }), [row('-D', [1, 'a', 1]), insert(2, 'a', 1)]),
    ).toEqual(['+I[2, a, 1]']);
  });

  test('a partition that nothing entered for the retention starts anew', () => {
    const subject = rank({
      partition: [K],
      order: [{ column: V, descending: false, nullsFirst: true }],
      to: 1,
      stateTtlMs: 10,
    });
    const steps = [insert(1, 'a', 1), clock(9), insert(2, 'a', 5), clock(10), insert(3, 'a', 7), insert(4, 'b', 1)];
    expect(emittedRows(subject, steps)).toEqual(['+I[1, a, 1]', '+I[3, a, 7]', '+I[4, b, 1]']);
  });
});

/** The counts of a, b, c as a, b, c, b, c, c, a, a, a, d arrive. */
const COUNTS: readonly Step[] = [
  insert(1, 'a', 1),
  insert(2, 'b', 1),
  insert(3, 'c', 1),
  row('+U', [2, 'b', 2]),
  row('+U', [3, 'c', 2]),
  row('+U', [3, 'c', 3]),
  row('+U', [1, 'a', 2]),
  row('+U', [1, 'a', 3]),
  row('+U', [1, 'a', 4]),
  insert(4, 'd', 1),
];

// Seen on Flink 2.3.
describe('Top-N of rows that only move towards the top', () => {
  const byCount = {
    strategy: 'update',
    upsertKey: [ID],
    order: [{ column: V, descending: true, nullsFirst: false }],
  } as const;

  test('without rank a kept row is updated where it moves', () => {
    expect(emittedRows(rank(byCount), COUNTS)).toEqual([
      '+I[1, a, 1]',
      '+I[2, b, 1]',
      '-U[2, b, 1]',
      '+U[2, b, 2]',
      '-D[1, a, 1]',
      '+I[3, c, 2]',
      '-U[3, c, 2]',
      '+U[3, c, 3]',
      '-D[2, b, 2]',
      '+I[1, a, 3]',
      '-U[1, a, 3]',
      '+U[1, a, 4]',
    ]);
  });

  test('with rank the rows between its places move down; its own -U comes second', () => {
    expect(emittedRows(rank({ ...byCount, outputRank: true }), COUNTS)).toEqual([
      '+I[1, a, 1, 1]',
      '+I[2, b, 1, 2]',
      '-U[1, a, 1, 1]',
      '-U[2, b, 1, 2]',
      '+U[2, b, 2, 1]',
      '+U[1, a, 1, 2]',
      '-U[1, a, 1, 2]',
      '+U[3, c, 2, 2]',
      '-U[2, b, 2, 1]',
      '-U[3, c, 2, 2]',
      '+U[3, c, 3, 1]',
      '+U[2, b, 2, 2]',
      '-U[2, b, 2, 2]',
      '+U[1, a, 3, 2]',
      '-U[3, c, 3, 1]',
      '-U[1, a, 3, 2]',
      '+U[1, a, 4, 1]',
      '+U[3, c, 3, 2]',
    ]);
  });

  test('a consumer that keys its rows gets no -U, but the row that leaves', () => {
    expect(emittedRows(rank({ ...byCount, emitUpdateBefore: false }), COUNTS.slice(0, 5))).toEqual([
      '+I[1, a, 1]',
      '+I[2, b, 1]',
      '+U[2, b, 2]',
      '-D[1, a, 1]',
      '+I[3, c, 2]',
    ]);
  });

  test('an update that leaves the order alone keeps its place among ties', () => {
    const steps = [insert(1, 'a', 5), insert(2, 'b', 5), row('+U', [1, 'c', 5]), row('+U', [2, 'd', 6])];
    expect(emittedRows(rank({ ...byCount, outputRank: true }), steps)).toEqual([
      '+I[1, a, 5, 1]',
      '+I[2, b, 5, 2]',
      '-U[1, a, 5, 1]',
      '+U[1, c, 5, 1]',
      '-U[1, c, 5, 1]',
      '-U[2, b, 5, 2]',
      '+U[2, d, 6, 1]',
      '+U[1, c, 5, 2]',
    ]);
  });

  test('a partition that nothing changed for the retention starts anew', () => {
    const subject = rank({ ...byCount, partition: [K], upsertKey: [ID, K], stateTtlMs: 10 });
    const steps = [insert(1, 'a', 1), clock(9), row('+U', [1, 'a', 2]), clock(18), row('+U', [1, 'a', 3])];
    expect(emittedRows(subject, [...steps, clock(28), row('+U', [1, 'a', 1])])).toEqual([
      '+I[1, a, 1]',
      '-U[1, a, 1]',
      '+U[1, a, 2]',
      '-U[1, a, 2]',
      '+U[1, a, 3]',
      '+I[1, a, 1]',
    ]);
  });

  test('what stands in the end are the first rows of all, although those pushed out were forgotten', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6), { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (arrivals, to) => {
        const counts = new Map<number, number>();
        const steps = arrivals.map((id) => {
          const count = (counts.get(id) ?? 0) + 1;
          counts.set(id, count);
          return row(count === 1 ? '+I' : '+U', [id, 'k', count]);
        });
        const order = [...byCount.order, { column: ID, descending: false, nullsFirst: true }];
        const standing = new Set<string>();
        for (const change of emittedRows(rank({ ...byCount, order, to }), steps)) {
          if (change.startsWith('-')) standing.delete(change.slice(2));
          else standing.add(change.slice(2));
        }
        const first = [...counts].toSorted(([a, n], [b, m]) => m - n || a - b).slice(0, to);
        expect([...standing].toSorted()).toEqual(first.map(([id, count]) => `[${id}, k, ${count}]`).toSorted());
      }),
    );
  });
});

const rows: fc.Arbitrary<Row> = fc.tuple(
  fc.nat(30),
  fc.constantFrom('a', 'b', null),
  fc.option<StepValue>(fc.integer({ min: -3, max: 3 }), { freq: 4 }),
);

const settings = fc.record({
  partition: fc.constantFrom([], [K], [K, ID]),
  order: fc.array(
    fc.record({ column: fc.constantFrom(ID, V, K), descending: fc.boolean(), nullsFirst: fc.boolean() }),
    {
      maxLength: 2,
    },
  ),
  from: fc.integer({ min: 1, max: 3 }),
  size: fc.integer({ min: 0, max: 3 }),
  outputRank: fc.boolean(),
  emitUpdateBefore: fc.boolean(),
});

const withSize = ({ size, ...rest }: { size: number; from: number }) => ({ ...rest, to: rest.from + size });

/** Sorts whole partitions after every row and reads the changes off the positions. */
function model({ node }: RankUnderTest): (steps: readonly Step[]) => string[] {
  return (steps) => {
    const partitions = new Map<string, Row[]>();
    const emitted: string[] = [];
    for (const step of steps) {
      if (step.kind !== 'row') continue;
      const key = JSON.stringify(node.partition.map((column) => step.values[column]));
      const before = partitions.get(key) ?? [];
      const after = [...before];
      if (step.op === '+I' || step.op === '+U') {
        const place = after.findIndex((other) => compare(node, other, step.values) > 0);
        after.splice(place === -1 ? after.length : place, 0, step.values);
      } else
        after.splice(
          after.findIndex((other) => JSON.stringify(other) === JSON.stringify(step.values)),
          1,
        );
      partitions.set(key, after);
      emitted.push(
        ...(node.outputRank || node.from > 1 ? byPosition(node, before, after) : byRow(node, before, after)),
      );
    }
    return emitted;
  };
}

function byPosition(node: RankNode, before: readonly Row[], after: readonly Row[]): string[] {
  const shown = (values: Row, position: number): Row => (node.outputRank ? [...values, position] : values);
  const start = before.findIndex((values, i) => values !== after[i]);
  const emitted: string[] = [];
  for (
    let i = start === -1 ? before.length : start;
    i < Math.min(node.to, Math.max(before.length, after.length));
    i++
  ) {
    if (i + 1 < node.from) continue;
    const [old, now] = [before[i], after[i]];
    if (old !== undefined && now !== undefined) {
      if (node.emitUpdateBefore) emitted.push(line('-U', shown(old, i + 1)));
      emitted.push(line('+U', shown(now, i + 1)));
    } else if (now !== undefined) emitted.push(line('+I', shown(now, i + 1)));
    else if (old !== undefined) emitted.push(line('-D', shown(old, i + 1)));
  }
  return emitted;
}

function byRow(node: RankNode, before: readonly Row[], after: readonly Row[]): string[] {
  const old = before.slice(0, node.to);
  const now = after.slice(0, node.to);
  const [was] = old;
  const [is] = now;
  // A single row over inserts changes hands by an update.
  if (node.to === 1 && node.strategy === 'append' && was !== undefined && is !== undefined) {
    return was === is ? [] : [...(node.emitUpdateBefore ? [line('-U', was)] : []), line('+U', is)];
  }
  return [
    ...old.filter((values) => !now.includes(values)).map((values) => line('-D', values)),
    ...now.filter((values) => !old.includes(values)).map((values) => line('+I', values)),
  ];
}

function compare(node: RankNode, a: Row, b: Row): number {
  for (const { column, descending, nullsFirst } of node.order) {
    const [x, y] = [a[column] as number | null, b[column] as number | null];
    if (x === y) continue;
    if (x === null || y === null) return (x === null) === nullsFirst ? -1 : 1;
    return (x < y ? -1 : 1) * (descending ? -1 : 1);
  }
  return 0;
}

describeOperatorLaws(
  'rank of an append-only input',
  fc.record({ subject: settings.map((drawn) => rank(withSize(drawn))), steps: inserts(rows) }),
  { modelOf: model },
);

describeOperatorLaws(
  'rank of a changing input',
  fc.record({
    subject: settings.map((drawn) => rank({ ...withSize(drawn), strategy: 'retract' })),
    steps: changes(rows),
  }),
  { modelOf: model },
);

/** Keeps the first rows of each partition by key, and reads the changes off the positions. */
function updateModel({ node }: RankUnderTest): (steps: readonly Step[]) => string[] {
  return (steps) => {
    const partitions = new Map<string, Row[]>();
    return steps.flatMap((step) => {
      if (step.kind !== 'row') return [];
      const text = (values: Row, columns: readonly number[]): string =>
        JSON.stringify(columns.map((column) => values[column]));
      const key = text(step.values, node.partition);
      const before = partitions.get(key) ?? [];
      const from = before.findIndex((values) => text(values, node.upsertKey) === text(step.values, node.upsertKey));
      const old = before[from];
      const after = before.filter((values) => values !== old);
      const behind = after.findIndex((values) => compare(node, values, step.values) > 0);
      const stays = old !== undefined && compare(node, old, step.values) === 0;
      const to = stays ? from : behind === -1 ? after.length : behind;
      after.splice(to, 0, step.values);
      partitions.set(key, after.slice(0, node.to));
      if (old !== undefined) return moves(node, { before, after, from, to });
      return node.outputRank || node.from > 1 ? byPosition(node, before, after) : byRow(node, before, after);
    });
  };
}

function moves(
  node: RankNode,
  { before, after, from, to }: { before: readonly Row[]; after: readonly Row[]; from: number; to: number },
): string[] {
  const [old, now] = [before[from] as Row, after[to] as Row];
  const positional = node.outputRank || node.from > 1;
  const change = (op: '-U' | '+U', values: Row, at: number): string[] =>
    (op === '-U' && !node.emitUpdateBefore) || (positional && at + 1 < node.from)
      ? []
      : [line(op, node.outputRank ? [...values, at + 1] : values)];
  if (!positional || from === to) return [...change('-U', old, from), ...change('+U', now, to)];
  if (from < to) {
    const between = before.slice(from + 1, to + 1);
    return [
      ...change('-U', old, from),
      ...between.flatMap((values, i) => [...change('-U', values, from + 1 + i), ...change('+U', values, from + i)]),
      ...change('+U', now, to),
    ];
  }
  return [
    ...change('-U', before[to] as Row, to),
    ...change('-U', old, from),
    ...change('+U', now, to),
    ...before
      .slice(to, from)
      .flatMap((values, i, { length }) => [
        ...(i + 1 < length ? change('-U', before[to + 1 + i] as Row, to + 1 + i) : []),
        ...change('+U', values, to + 1 + i),
      ]),
  ];
}

const keyed = fc.constantFrom<Settings>(
  { partition: [], upsertKey: [ID] },
  { partition: [], upsertKey: [K, ID] },
  { partition: [K], upsertKey: [ID, K] },
  { partition: [K, ID], upsertKey: [ID, K] },
);

describeOperatorLaws(
  'rank of rows updated by key',
  fc.record({
    subject: fc
      .tuple(settings, keyed)
      .map(([drawn, keys]) => rank({ ...withSize(drawn), ...keys, strategy: 'update' })),
    steps: fc
      .array(fc.tuple(fc.nat(5), fc.constantFrom('a', null), fc.option<StepValue>(fc.nat(6), { freq: 4 })), {
        maxLength: 40,
      })
      .map((all) => all.map((values, i) => row(i === 0 ? '+I' : '+U', values))),
  }),
  { modelOf: updateModel },
);
