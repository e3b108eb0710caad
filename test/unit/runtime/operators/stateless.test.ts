import fc from 'fast-check';
import { ALL_CHANGES, INSERT_ONLY } from '../../../../src/plan/physical.ts';
import { dropUpdateBeforeOperator } from '../../../../src/runtime/operators/drop-update-before.ts';
import { unionOperator } from '../../../../src/runtime/operators/union.ts';
import { BIGINT, INT, STRING } from '../../../../src/types/data-type.ts';
import type { OperatorUnderTest, StepValue } from '../../../laws/operator-harness.ts';
import {
  type Row,
  changes,
  changingNode,
  interleaved,
  line,
  nodeBase,
  onPort,
  WIDE,
  schemaOf,
  wideRows,
  withWatermarks,
} from '../../../laws/operator-inputs.ts';
import { describeOperatorLaws } from '../../../laws/operator-laws.ts';

const INPUT = schemaOf({ id: INT, k: STRING, v: BIGINT });
const rows: fc.Arbitrary<Row> = fc.tuple(fc.nat(20), fc.constantFrom('a', 'bc', null), fc.option<StepValue>(fc.nat(9)));
const steps = withWatermarks(changes(rows), (values) => values[0] as number);

const union: OperatorUnderTest = {
  inputs: [INPUT, INPUT],
  output: INPUT,
  create: (context) =>
    unionOperator(
      { kind: 'union', ...nodeBase(INPUT, ALL_CHANGES), inputs: [changingNode(INPUT), changingNode(INPUT)] },
      context,
    ),
};

describeOperatorLaws('union', fc.record({ subject: fc.constant(union), steps: interleaved(steps, onPort(steps, 1)) }), {
  model: (all) => all.flatMap((step) => (step.kind === 'row' ? [line(step.op, step.values)] : [])),
});

const dropUpdateBefore = (schema: typeof INPUT): OperatorUnderTest => ({
  inputs: [schema],
  output: schema,
  create: (context) =>
    dropUpdateBeforeOperator(
      { kind: 'drop-update-before', ...nodeBase(schema, INSERT_ONLY), input: changingNode(schema) },
      context,
    ),
});

describeOperatorLaws('drop-update-before', fc.record({ subject: fc.constant(dropUpdateBefore(INPUT)), steps }), {
  model: (all) => all.flatMap((step) => (step.kind === 'row' && step.op !== '-U' ? [line(step.op, step.values)] : [])),
});

// Every physical form goes through the row copier.
describeOperatorLaws(
  'drop-update-before of every form',
  fc.record({ subject: fc.constant(dropUpdateBefore(WIDE)), steps: changes(wideRows) }),
);
