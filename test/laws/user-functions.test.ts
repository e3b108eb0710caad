/** Aggregate, table and vectorized functions of a program under the laws of operators, against naive models. */
import fc from 'fast-check';
import type { UserFunction } from '../../src/functions/user/user-function.ts';
import type { OperatorContext } from '../../src/runtime/operator.ts';
import { correlateOperator } from '../../src/runtime/operators/correlate.ts';
import { groupAggregateOperator } from '../../src/runtime/operators/group-aggregate.ts';
import { vectorCallOperator } from '../../src/runtime/operators/vector-call.ts';
import { BIGINT, STRING } from '../../src/types/data-type.ts';
import { type OperatorUnderTest, type Step, row } from './operator-harness.ts';
import {
  type Row,
  changes,
  changingNode,
  inputNode,
  inserts,
  line,
  nodeBase,
  schemaOf,
  withWatermarks,
} from './operator-inputs.ts';
import { describeOperatorLaws } from './operator-laws.ts';

const INPUT = schemaOf({ k: STRING, v: BIGINT });
const base = { name: 'f', variadic: false, deterministic: true, strict: false } as const;

const withFunction = (context: OperatorContext, definition: UserFunction): OperatorContext => ({
  ...context,
  eval: { ...context.eval, userFunction: () => definition },
});

const rows: fc.Arbitrary<Row> = fc.tuple(
  fc.constantFrom('a', 'b', 'a key that is longer than most'),
  fc.option(fc.nat(9), { nil: null }),
);

type Op = Extract<Step, { kind: 'row' }>['op'];
const rowsOf = (steps: readonly Step[]): { readonly op: Op; readonly k: string; readonly v: number | null }[] =>
  steps.flatMap((step) =>
    step.kind === 'row' ? [{ op: step.op, k: step.values[0] as string, v: step.values[1] as number | null }] : [],
  );

/** All values of a group as text, in order of value: the state grows and shrinks. */
const BAG: UserFunction = {
  ...base,
  kind: 'aggregate',
  args: [BIGINT],
  returns: STRING,
  create: () => [],
  accumulate: (state, v) => [...(state as unknown[]), v],
  retract: (state, v) => {
    const bag = state as unknown[];
    bag.splice(bag.indexOf(v), 1);
  },
  result: (state) => (state as unknown[]).map(String).toSorted().join(' '),
};

const bagSchema = schemaOf({ k: STRING, bag: STRING });

const bags: OperatorUnderTest = {
  inputs: [INPUT],
  output: bagSchema,
  create: (context) =>
    groupAggregateOperator(
      {
        kind: 'group-aggregate',
        ...nodeBase(bagSchema),
        input: changingNode(INPUT),
        keys: [0],
        aggregates: [
          {
            name: 'f',
            user: true,
            args: [1],
            argTypes: [BIGINT],
            distinct: false,
            filter: null,
            type: STRING,
            constants: [],
          },
        ],
        inputRetracts: true,
        emitUpdateBefore: true,
        stateTtlMs: 0,
      },
      withFunction(context, BAG),
    ),
};

function bagsModel(steps: readonly Step[]): string[] {
  const groups = new Map<string, string[]>();
  const out: string[] = [];
  for (const { op, k, v } of rowsOf(steps)) {
    const bag = groups.get(k) ?? [];
    const before = bag.toSorted().join(' ');
    const isNew = bag.length === 0;
    if (op === '+I' || op === '+U') bag.push(String(v));
    else bag.splice(bag.indexOf(String(v)), 1);
    groups.set(k, bag);
    const after = bag.toSorted().join(' ');
    if (isNew) out.push(line('+I', [k, after]));
    else if (bag.length === 0) out.push(line('-D', [k, before]));
    else out.push(line('-U', [k, before]), line('+U', [k, after]));
  }
  return out;
}

describeOperatorLaws(
  'an aggregate function of a program',
  changes(rows).map((steps) => ({ subject: bags, steps })),
  { model: bagsModel },
);

/** `v` copies of the key; `outer` keeps those without any. */
const COPIES: UserFunction = {
  ...base,
  kind: 'table',
  args: [STRING, BIGINT],
  single: false,
  returns: schemaOf({ copy: STRING, number: BIGINT }),
  *call(k, v) {
    for (let i = 0; i < Number(v); i++) yield i % 2 === 0 ? [k, BigInt(i)] : { copy: k, number: i };
  },
};

const copiesSchema = schemaOf({ k: STRING, v: BIGINT, copy: STRING, number: BIGINT });

describeOperatorLaws(
  'a table function of a program',
  fc
    .record({ outer: fc.boolean(), steps: withWatermarks(changes(rows), (values) => Number(values[1])) })
    .map(({ outer, steps }) => ({
      steps,
      subject: {
        inputs: [INPUT],
        output: copiesSchema,
        outer,
        create: (context: OperatorContext) =>
          correlateOperator(
            {
              kind: 'correlate',
              ...nodeBase(copiesSchema),
              input: changingNode(INPUT),
              width: 2,
              call: { name: 'f', args: [0, 1] },
              outer,
            },
            withFunction(context, COPIES),
          ),
      },
    })),
  {
    modelOf:
      ({ outer }) =>
      (steps) =>
        rowsOf(steps).flatMap(({ op, k, v }) => {
          const copies = Array.from({ length: v ?? 0 }, (_, i) => line(op, [k, v, k, i]));
          return copies.length === 0 && outer ? [line(op, [k, v, null, null])] : copies;
        }),
  },
);

const LENGTHS: UserFunction = {
  ...base,
  kind: 'vectorized',
  args: [STRING, BIGINT],
  returns: STRING,
  call: (length, k, v) =>
    Array.from({ length }, (_, i) =>
      v?.valid !== null && v?.valid[i] === 0 ? null : `${String(k?.values[i])} ${String(v?.values[i])}`,
    ),
};

const lengthsSchema = schemaOf({ k: STRING, v: BIGINT, text: STRING });

const lengths: OperatorUnderTest = {
  inputs: [INPUT],
  output: lengthsSchema,
  create: (context) =>
    vectorCallOperator(
      {
        kind: 'vector-call',
        ...nodeBase(lengthsSchema),
        input: inputNode(INPUT),
        width: 2,
        calls: [{ name: 'f', args: [0, 1] }],
      },
      withFunction(context, LENGTHS),
    ),
};

describeOperatorLaws(
  'a vectorized function of a program',
  inserts(rows).map((steps) => ({ subject: lengths, steps: steps.length === 0 ? [row('+I', ['a', 1])] : steps })),
  {
    model: (steps) => rowsOf(steps).map(({ op, k, v }) => line(op, [k, v, v === null ? null : `${k} ${v}`])),
  },
);
