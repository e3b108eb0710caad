import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Expr } from '../../../../src/plan/expr.ts';
import { CompiledCalc } from '../../../../src/runtime/compile/calc.ts';
import { holds, interpret } from '../../../../src/runtime/compile/interpret.ts';
import { compilePredicate } from '../../../../src/runtime/compile/predicate.ts';
import { type Batch, BatchBuilder } from '../../../../src/types/batch.ts';
import { BIGINT, type DataType, INT, notNull, timestamp } from '../../../../src/types/data-type.ts';
import { type Value, type Vector, getValue } from '../../../../src/types/vector.ts';
import { Dice, SCHEMA, call, column, condition, expression, literal } from './random-expression.ts';

const context = { now: () => 0, random: () => 0.5, timeZone: 'Europe/Berlin', watermark: -Infinity };

function batchOf(rows: readonly (readonly Value[])[], kinds?: readonly number[], marks: readonly number[] = []): Batch {
  const builder = new BatchBuilder(SCHEMA);
  rows.forEach((values, r) => {
    const at = builder.addRow(kinds?.[r] ?? 0);
    values.forEach((value, c) => builder.columns[c]?.set(at, value));
    if (marks.includes(r)) builder.mark(1000 + r);
  });
  return builder.build();
}

const rowsIn = (batch: Batch, types: readonly DataType[]): Value[][] =>
  Array.from({ length: batch.length }, (_, r) => types.map((type, c) => getValue(batch.vectors[c] as Vector, r, type)));

/** The rows, or the fact that evaluation failed. */
function outcome(run: () => Value[][]): Value[][] | string {
  try {
    return run();
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('compiled expressions', () => {
  test('give what reading them row by row gives', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const g = new Dice(seed);
        const rows = g.rows(SCHEMA);
        const where = g.of(true, false) ? condition(g, 3) : null;
        const projections = Array.from({ length: 3 }, () => expression(g, 3));
        const expected = outcome(() =>
          rows
            .filter((row) => where === null || holds(where, row, context))
            .map((row) => projections.map((projection) => interpret(projection, row, context))),
        );
        const calc = new CompiledCalc({ condition: where, projections, context });
        const types = projections.map((projection) => projection.type);
        // Twice over the same calc: what a batch leaves behind must not show in the next.
        expect(outcome(() => rowsIn(calc.run(batchOf(rows)), types))).toEqual(expected);
        expect(outcome(() => rowsIn(calc.run(batchOf(rows.toReversed())), types))).toEqual(
          typeof expected === 'string' ? expected : expected.toReversed(),
        );
      }),
      { numRuns: 1000, endOnFailure: true },
    );
  }, 60_000);

  test('a predicate over two rows gives what reading it over their concatenation gives', () => {
    const half = 10;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const g = new Dice(seed);
        const rows = g.rows(SCHEMA);
        const where = condition(g, 3);
        const batch = batchOf(rows);
        const predicate = compilePredicate({ condition: where, leftColumns: half, context });
        predicate.bind(batch.vectors.slice(0, half), batch.vectors.slice(half));
        rows.forEach((left, i) =>
          rows.forEach((right, j) => {
            const row = [...left.slice(0, half), ...right.slice(half)];
            const expected = outcome(() => [[holds(where, row, context)]]);
            expect(outcome(() => [[predicate.test(i, j)]])).toEqual(expected);
          }),
        );
      }),
      { numRuns: 200, endOnFailure: true },
    );
  }, 60_000);
});

const I = 3;
const isPositive = call('>', column(I), literal(0, notNull(INT)));
const rowOf = (i: number | null): Value[] =>
  SCHEMA.map((field, c) => (c === I ? i : field.type.nullable ? null : zeroOf(field.type)));
const zeroOf = (type: DataType): Value => (type.kind === 'BIGINT' ? 0n : type.kind === 'VARCHAR' ? 'x' : 0);

describe('calc', () => {
  const filter = (projections: readonly Expr[]): CompiledCalc =>
    new CompiledCalc({ condition: isPositive, projections, context });

  test('keeps row kinds with their rows', () => {
    const result = filter([column(I)]).run(
      batchOf([rowOf(1), rowOf(-1), rowOf(2), rowOf(null), rowOf(3)], [0, 1, 2, 3, 3]),
    );
    expect(rowsIn(result, [INT])).toEqual([[1], [2], [3]]);
    expect([...(result.kinds as Uint8Array).subarray(0, 3)]).toEqual([0, 2, 3]);
  });

  test('marks stand after the rows that were before them, and those that meet become the later one', () => {
    const rows = [rowOf(-1), rowOf(1), rowOf(-1), rowOf(-1), rowOf(2)];
    const { marks } = filter([column(I)]).run(batchOf(rows, undefined, [0, 1, 2, 3, 4]));
    expect(marks).not.toBeNull();
    expect([...(marks?.row ?? [])].slice(0, marks?.length)).toEqual([0, 1, 2]);
    expect([...(marks?.time ?? [])].slice(0, marks?.length)).toEqual([1000, 1003, 1004]);
  });

  test('CURRENT_WATERMARK is that of the row, not of the batch', () => {
    const rowtime: Expr = { kind: 'column', index: 13, type: timestamp(3, 'rowtime') };
    const projections = [column(I), call('CURRENT_WATERMARK', rowtime)];
    const batch = batchOf([rowOf(1), rowOf(2), rowOf(-1), rowOf(3)], undefined, [0, 2]);
    for (const [where, expected] of [
      [
        null,
        [
          [1, null],
          [2, 1000],
          [-1, 1000],
          [3, 1002],
        ],
      ],
      [
        isPositive,
        [
          [1, null],
          [2, 1000],
          [3, 1002],
        ],
      ],
    ] as const) {
      const calc = new CompiledCalc({ condition: where, projections, context: { ...context } });
      expect(rowsIn(calc.run(batch), [INT, timestamp(3)])).toEqual(expected);
    }
  });

  test('a batch whose rows all fail still carries its marks', () => {
    const result = filter([column(I)]).run(batchOf([rowOf(-1)], undefined, [0]));
    expect(result.length).toBe(0);
    expect(result.marks?.length).toBe(1);
    expect(result.marks?.row[0]).toBe(0);
    expect(result.marks?.time[0]).toBe(1000);
  });

  test('without a condition, columns are shared with the input', () => {
    const batch = batchOf([rowOf(1)]);
    const result = new CompiledCalc({
      condition: null,
      projections: [column(I), call('+', column(I), literal(1, notNull(INT)))],
      context,
    }).run(batch);
    expect(result.vectors[0]).toBe(batch.vectors[I]);
    expect(rowsIn(result, [INT, INT])).toEqual([[1, 2]]);
  });

  test('filtered strings point into the input’s pool', () => {
    const batch = batchOf([rowOf(1), rowOf(2)]);
    const { vectors } = filter([column(12)]).run(batch);
    expect(vectors[0]).toMatchObject({ kind: 'bytes', pool: (batch.vectors[12] as { pool: unknown }).pool });
  });

  test('an error of a row says what failed', () => {
    const divide = call('/', literal(1n, notNull(BIGINT)), column(6));
    const calc = new CompiledCalc({ condition: null, projections: [divide], context });
    expect(() => calc.run(batchOf([rowOf(1)]))).toThrow(expect.objectContaining({ code: 'division_by_zero' }));
    const parse: Expr = { kind: 'cast', arg: column(12), try: false, type: notNull(INT) };
    const cast = new CompiledCalc({ condition: null, projections: [parse], context });
    expect(() => cast.run(batchOf([rowOf(1)]))).toThrow("cannot cast 'x' to INT");
  });

  test('volatile calls are computed once each, others once', () => {
    let calls = 0;
    const counting = { ...context, random: () => (calls++, 0.5) };
    const rand = call('RAND');
    new CompiledCalc({ condition: null, projections: [rand, rand], context: counting }).run(batchOf([rowOf(1)]));
    expect(calls).toBe(2);
  });
});
