/** Schemas, plan nodes and random streams to try operators with. */
import fc from 'fast-check';
import { ALL_CHANGES, INSERT_ONLY, type PhysicalNode } from '../../src/plan/physical.ts';
import {
  BOOLEAN,
  DOUBLE,
  type DataType,
  INT,
  STRING,
  array,
  decimal,
  row as rowType,
  timestamp,
} from '../../src/types/data-type.ts';
import type { Schema } from '../../src/types/schema.ts';
import { type RowKindName, type Step, type StepValue, row, watermark } from './operator-harness.ts';
import type { ChangelogMode } from '../../src/types/table-definition.ts';

export const schemaOf = (columns: Readonly<Record<string, DataType>>): Schema =>
  Object.entries(columns).map(([name, type]) => ({ name, type }));

let nextId = 1;

/** What every plan node has. */
export const nodeBase = (schema: Schema, changelog: ChangelogMode = INSERT_ONLY) => ({
  id: nextId++,
  schema,
  changelog,
});

/** Stands for whatever feeds the operator. */
export const inputNode = (schema: Schema, changelog: ChangelogMode = INSERT_ONLY): PhysicalNode => ({
  kind: 'values',
  rows: [],
  ...nodeBase(schema, changelog),
});

export const changingNode = (schema: Schema): PhysicalNode => inputNode(schema, ALL_CHANGES);

export type Row = readonly StepValue[];

/** A column of each form that a record can hold. */
export const WIDE = schemaOf({
  text: STRING,
  flag: BOOLEAN,
  t3: timestamp(3),
  t9: timestamp(9),
  wide: decimal(38, 2),
  real: DOUBLE,
  list: array(STRING),
  nested: rowType([
    { name: 'a', type: INT },
    { name: 'b', type: STRING },
  ]),
});

const orNull = (values: fc.Arbitrary<StepValue>): fc.Arbitrary<StepValue> => fc.option<StepValue>(values, { freq: 4 });

export const wideRows: fc.Arbitrary<Row> = fc.tuple(
  orNull(fc.constantFrom('', 'p', 'a text that is longer than most')),
  orNull(fc.boolean()),
  orNull(fc.nat(20)),
  orNull(fc.record({ ms: fc.nat(9), nanos: fc.nat(999_999) })),
  orNull(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })),
  orNull(fc.constantFrom(0, 1.5, -2.25)),
  orNull(fc.array(fc.constantFrom('p', 'qr', null), { maxLength: 3 })),
  orNull(fc.tuple(fc.nat(9), fc.constantFrom('s', null))),
);

/** An append-only stream of rows. */
export const inserts = (rows: fc.Arbitrary<Row>, maxLength = 40): fc.Arbitrary<Step[]> =>
  fc.array(rows, { maxLength }).map((all) => all.map((values) => row('+I', values)));

/**
 * A changelog that is consistent: what is taken away was there. A deletion or the first half of an update picks one
 * of the live rows; −U and +U follow one another.
 */
export function changes(rows: fc.Arbitrary<Row>, { maxLength = 40, port = 0 } = {}): fc.Arbitrary<Step[]> {
  const draw = fc.record({ what: fc.nat(9), pick: fc.nat(1000), values: rows });
  return fc.array(draw, { maxLength }).map((draws) => {
    const live: Row[] = [];
    return draws.flatMap(({ what, pick, values }) => {
      if (what < 5 || live.length === 0) {
        live.push(values);
        return [row('+I', values, port)];
      }
      const [gone] = live.splice(pick % live.length, 1) as [Row];
      if (what < 7) return [row('-D', gone, port)];
      live.push(values);
      return [row('-U', gone, port), row('+U', values, port)];
    });
  });
}

/** Watermarks put between the rows: after a row with time t, sometimes, the watermark `t − delay`. */
export function withWatermarks(
  steps: fc.Arbitrary<Step[]>,
  timeOf: (values: Row, port: number) => number,
): fc.Arbitrary<Step[]> {
  return fc.tuple(steps, fc.array(fc.nat(5), { minLength: 1, maxLength: 20 })).map(([all, delays]) => {
    let highest = -Infinity;
    const out = all.flatMap((step, i) => {
      const delay = delays[i % delays.length] as number;
      if (step.kind !== 'row' || delay === 5) return [step];
      const next = timeOf(step.values, step.port) - delay;
      if (next <= highest) return [step];
      highest = next;
      return [step, watermark(next)];
    });
    return [...out, watermark(Infinity)];
  });
}

/** Two streams as one list of steps, in an order drawn. */
export function interleaved(left: fc.Arbitrary<Step[]>, right: fc.Arbitrary<Step[]>): fc.Arbitrary<Step[]> {
  return fc.tuple(left, right, fc.array(fc.boolean(), { minLength: 100, maxLength: 100 })).map(([a, b, turns]) => {
    const out: Step[] = [];
    let i = 0;
    let j = 0;
    for (let t = 0; i < a.length || j < b.length; t++) {
      const takeLeft = j >= b.length || (i < a.length && turns[t % turns.length] === true);
      out.push((takeLeft ? a[i++] : b[j++]) as Step);
    }
    return out;
  });
}

export const onPort = (steps: fc.Arbitrary<Step[]>, port: number): fc.Arbitrary<Step[]> =>
  steps.map((all) => all.map((step) => (step.kind === 'row' ? { ...step, port } : step)));

/** One line of output as the harness writes it. */
export const line = (op: RowKindName, values: Row): string =>
  `${op}[${values.map((value) => (value === null ? 'NULL' : String(value))).join(', ')}]`;
