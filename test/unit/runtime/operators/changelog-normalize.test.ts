import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Expr } from '../../../../src/plan/expr.ts';
import { ALL_CHANGES, type PhysicalOf } from '../../../../src/plan/physical.ts';
import { changelogNormalizeOperator } from '../../../../src/runtime/operators/changelog-normalize.ts';
import { BIGINT, INT, STRING } from '../../../../src/types/data-type.ts';
import type { Schema } from '../../../../src/types/schema.ts';
import {
  type OperatorUnderTest,
  type RowKindName,
  type Step,
  clock,
  emittedRows,
  row,
  runOperator,
  watermark,
} from '../../../laws/operator-harness.ts';
import {
  type Row,
  WIDE,
  changingNode,
  line,
  nodeBase,
  schemaOf,
  wideRows,
  withWatermarks,
} from '../../../laws/operator-inputs.ts';
import { describeOperatorLaws } from '../../../laws/operator-laws.ts';

const INPUT = schemaOf({ k: STRING, id: INT, v: BIGINT });
const ABOVE_3: Expr = {
  kind: 'call',
  name: '>',
  args: [
    { kind: 'column', index: 2, type: BIGINT },
    { kind: 'literal', value: 3n, type: BIGINT },
  ],
  type: { kind: 'BOOLEAN', nullable: true },
};

type Settings = Partial<
  Pick<PhysicalOf<'changelog-normalize'>, 'keys' | 'condition' | 'emitUpdateBefore' | 'stateTtlMs'>
>;

function normalize(
  settings: Settings = {},
  schema: Schema = INPUT,
): OperatorUnderTest & { readonly settings: Settings } {
  const node: PhysicalOf<'changelog-normalize'> = {
    kind: 'changelog-normalize',
    ...nodeBase(schema, ALL_CHANGES),
    input: changingNode(schema),
    keys: [1],
    condition: null,
    emitUpdateBefore: true,
    stateTtlMs: 0,
    ...settings,
  };
  return { settings, inputs: [schema], output: schema, create: (context) => changelogNormalizeOperator(node, context) };
}

const upsert = (id: number, k: string | null, v: number | null): Step => row('+U', [k, id, v]);
const gone = (id: number): Step => row('-D', [null, id, null]);

// Seen on Flink 2.3 reading the same records by upsert-kafka.
const EXAMPLE: readonly Step[] = [
  upsert(1, 'a', 5),
  upsert(1, 'a', 5),
  upsert(1, 'a', 7),
  upsert(2, 'b', 1),
  gone(2),
  gone(3),
  upsert(1, 'a', 2),
  upsert(1, 'a', 1),
  upsert(1, 'a', 9),
  gone(1),
  upsert(4, 'c', 2),
  upsert(4, 'c', 8),
  upsert(5, 'd', 8),
  upsert(5, 'd', 1),
  gone(5),
  upsert(6, 'x', null),
  upsert(6, null, 4),
];

const SOME = [
  '+I[a, 1, 5]',
  '-U[a, 1, 5]',
  '+U[a, 1, 7]',
  '-D[a, 1, 7]',
  '+I[a, 1, 9]',
  '-D[a, 1, 9]',
  '+I[c, 4, 8]',
  '+I[d, 5, 8]',
  '-D[d, 5, 8]',
  '+I[NULL, 6, 4]',
];

describe('changes by key are completed as Flink does', () => {
  test('all rows', () => {
    expect(emittedRows(normalize(), EXAMPLE.slice(0, 10))).toEqual([
      '+I[a, 1, 5]',
      '-U[a, 1, 5]',
      '+U[a, 1, 7]',
      '+I[b, 2, 1]',
      '-D[b, 2, 1]',
      '-U[a, 1, 7]',
      '+U[a, 1, 2]',
      '-U[a, 1, 2]',
      '+U[a, 1, 1]',
      '-U[a, 1, 1]',
      '+U[a, 1, 9]',
      '-D[a, 1, 9]',
    ]);
  });

  test('rows that meet a condition', () => {
    expect(emittedRows(normalize({ condition: ABOVE_3 }), EXAMPLE)).toEqual(SOME);
  });

  test('with retention an equal row is emitted', () => {
    expect(emittedRows(normalize({ condition: ABOVE_3, stateTtlMs: 3_600_000 }), EXAMPLE)).toEqual(
      SOME.toSpliced(1, 0, '-U[a, 1, 5]', '+U[a, 1, 5]'),
    );
  });

  test('without -U for who keys its rows', () => {
    expect(emittedRows(normalize({ emitUpdateBefore: false }), EXAMPLE.slice(0, 5))).toEqual([
      '+I[a, 1, 5]',
      '+U[a, 1, 7]',
      '+I[b, 2, 1]',
      '-D[b, 2, 1]',
    ]);
  });

  test('retention: a key without a row for that long starts anew, and its deletion is of nothing', () => {
    const steps = [
      upsert(1, 'a', 1),
      upsert(2, 'b', 1),
      clock(6),
      upsert(1, 'a', 1),
      clock(10),
      upsert(1, 'a', 2),
      gone(2),
      clock(20),
      upsert(1, 'a', 3),
    ];
    expect(emittedRows(normalize({ stateTtlMs: 10 }), steps)).toEqual([
      '+I[a, 1, 1]',
      '+I[b, 2, 1]',
      '-U[a, 1, 1]',
      '+U[a, 1, 1]',
      '-U[a, 1, 1]',
      '+U[a, 1, 2]',
      '+I[a, 1, 3]',
    ]);
  });

  test('watermarks keep their place between the rows', () => {
    const { emitted } = runOperator(normalize(), [upsert(1, 'a', 1), watermark(5), upsert(1, 'a', 2), watermark(9)], {
      batchSize: 1024,
      restoreEvery: null,
    });
    expect(emitted).toEqual(['+I[a, 1, 1]', 'watermark 5', '-U[a, 1, 1]', '+U[a, 1, 2]', 'watermark 9']);
  });
});

/** A `Map` by key. */
function model({ condition, emitUpdateBefore = true, stateTtlMs = 0 }: Settings) {
  return (steps: readonly Step[]): string[] => {
    const kept = new Map<unknown, Row>();
    return steps.flatMap((step) => {
      if (step.kind !== 'row') return [];
      const [k, id, v] = step.values as [string | null, number, number | null];
      const old = kept.get(id);
      const now: Row | null =
        step.op === '-D' || (condition !== undefined && condition !== null && !(v !== null && v > 3))
          ? null
          : [k, id, v];
      if (now === null) {
        kept.delete(id);
        return old === undefined ? [] : [line('-D', old)];
      }
      kept.set(id, now);
      if (old === undefined) return [line('+I', now)];
      if (stateTtlMs === 0 && old[0] === k && old[2] === v) return [];
      return [...(emitUpdateBefore ? [line('-U', old)] : []), line('+U', now)];
    });
  };
}

const kinds = fc.constantFrom<RowKindName>('+I', '+U', '+U', '-D');
const values = fc.tuple(
  fc.option(fc.constantFrom('', 'a', 'a text that is longer than most')),
  fc.nat(4),
  fc.option(fc.nat(6)),
);
const steps = withWatermarks(
  fc
    .array(fc.tuple(kinds, values), { maxLength: 60 })
    .map((all) => all.map(([op, [k, id, v]]) => (op === '-D' ? gone(id) : row(op, [k, id, v])))),
  ([, id]) => id as number,
);
const subjects = fc
  .record<Settings>({
    condition: fc.constantFrom(null, ABOVE_3),
    emitUpdateBefore: fc.boolean(),
    stateTtlMs: fc.constantFrom(0, 1000),
  })
  .map((settings) => normalize(settings));

describeOperatorLaws('changelog-normalize', fc.record({ subject: subjects, steps }), {
  modelOf: ({ settings }) => model(settings),
});

const wideSteps = fc
  .array(fc.tuple(kinds, wideRows), { maxLength: 30 })
  .map((all) => all.map(([op, values]) => row(op, values)));

describeOperatorLaws(
  'changelog-normalize of every form',
  fc.record({ subject: fc.constant(normalize({ keys: [0, 7] }, WIDE)), steps: wideSteps }),
);
