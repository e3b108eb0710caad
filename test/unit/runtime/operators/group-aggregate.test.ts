import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALL_CHANGES, type AggregateCall, type PhysicalOf } from '../../../../src/plan/physical.ts';
import { groupAggregateOperator } from '../../../../src/runtime/operators/group-aggregate.ts';
import { BIGINT, BOOLEAN, FLOAT, INT, SMALLINT, STRING, TINYINT, decimal } from '../../../../src/types/data-type.ts';
import type { Schema } from '../../../../src/types/schema.ts';
import { type OperatorUnderTest, type Step, clock, emittedRows, insert, row } from '../../../laws/operator-harness.ts';
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
import { call, evaluate } from './aggregate-model.ts';

type Node = PhysicalOf<'group-aggregate'>;
type Settings = Partial<Pick<Node, 'keys' | 'aggregates' | 'inputRetracts' | 'emitUpdateBefore' | 'stateTtlMs'>>;

interface Subject extends OperatorUnderTest {
  readonly node: Node;
}

function groupBy(input: Schema, settings: Settings): Subject {
  const keys = settings.keys ?? [];
  const aggregates = settings.aggregates ?? [];
  const output: Schema = [
    ...keys.map((key) => input[key]!),
    ...aggregates.map((aggregate, a) => ({ name: `a${a}`, type: aggregate.type })),
  ];
  const node: Node = {
    kind: 'group-aggregate',
    ...nodeBase(output, ALL_CHANGES),
    input: settings.inputRetracts === true ? changingNode(input) : inputNode(input),
    keys,
    aggregates,
    inputRetracts: false,
    emitUpdateBefore: true,
    stateTtlMs: 0,
    ...settings,
  };
  return { node, inputs: [input], output, create: (context) => groupAggregateOperator(node, context) };
}

/** The changelog of a grouped query from the rows behind each group. */
function modelOf({ node }: Subject): (steps: readonly Step[]) => string[] {
  return (steps) => {
    const groups = new Map<string, Row[]>();
    const out: string[] = [];
    for (const step of steps) {
      if (step.kind !== 'row') continue;
      const key = node.keys.map((column) => step.values[column] ?? null);
      const name = JSON.stringify(key);
      const rows = groups.get(name) ?? [];
      const result = (): Row => [...key, ...node.aggregates.map((aggregate) => evaluate(aggregate, rows))];
      const before = rows.length === 0 ? null : result();
      if (step.op === '+I' || step.op === '+U') rows.push(step.values);
      else {
        const at = rows.findIndex((other) => JSON.stringify(other) === JSON.stringify(step.values));
        if (at < 0) continue;
        rows.splice(at, 1);
      }
      groups.set(name, rows);
      const after = rows.length === 0 ? null : result();
      if (before === null && after !== null) out.push(line('+I', after));
      else if (before !== null && after === null) out.push(line('-D', before));
      else if (before !== null && after !== null && JSON.stringify(before) !== JSON.stringify(after)) {
        if (node.emitUpdateBefore) out.push(line('-U', before));
        out.push(line('+U', after));
      }
    }
    return out;
  };
}

const K = 1;
const V = 2;
const EXAMPLE_INPUT = schemaOf({ id: INT, k: STRING, v: INT });
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
const count = call(EXAMPLE_INPUT, 'COUNT', []);

describe('group aggregates as Flink emits them', () => {
  test('COUNT(*) per key', () => {
    expect(emittedRows(groupBy(EXAMPLE_INPUT, { keys: [K], aggregates: [count] }), EXAMPLE)).toEqual([
      '+I[a, 1]',
      '-U[a, 1]',
      '+U[a, 2]',
      '+I[b, 1]',
      '+I[NULL, 1]',
      '-U[b, 1]',
      '+U[b, 2]',
      '-U[a, 2]',
      '+U[a, 3]',
      '-U[NULL, 1]',
      '+U[NULL, 2]',
    ]);
  });

  test('MAX emits nothing while it stays', () => {
    const subject = groupBy(EXAMPLE_INPUT, { keys: [K], aggregates: [call(EXAMPLE_INPUT, 'MAX', [V])] });
    expect(emittedRows(subject, EXAMPLE)).toEqual(['+I[a, 5]', '+I[b, 2147483647]', '+I[NULL, 7]']);
  });

  test('LAST_VALUE skips NULLs', () => {
    const subject = groupBy(EXAMPLE_INPUT, { keys: [K], aggregates: [call(EXAMPLE_INPUT, 'LAST_VALUE', [V])] });
    expect(
      emittedRows(
        subject,
        EXAMPLE.filter((step) => step.kind === 'row' && step.values[1] === 'a'),
      ),
    ).toEqual(['+I[a, 5]']);
  });

  test('a count of counts', () => {
    const input = schemaOf({ k: STRING, n: BIGINT });
    const counts = emittedRows(groupBy(EXAMPLE_INPUT, { keys: [K], aggregates: [count] }), EXAMPLE).map((text) => {
      const [op, k, n] = /^(..)\[(.*), (\d+)\]$/.exec(text)!.slice(1) as [Parameters<typeof row>[0], string, string];
      return row(op, [k === 'NULL' ? null : k, Number(n)]);
    });
    const subject = groupBy(input, { keys: [1], aggregates: [call(input, 'COUNT', [])], inputRetracts: true });
    expect(emittedRows(subject, counts).slice(0, 10)).toEqual([
      '+I[1, 1]',
      '-D[1, 1]',
      '+I[2, 1]',
      '+I[1, 1]',
      '-U[1, 1]',
      '+U[1, 2]',
      '-U[1, 2]',
      '+U[1, 1]',
      '-U[2, 1]',
      '+U[2, 2]',
    ]);
  });

  test('a retraction for an unknown key is ignored', () => {
    const subject = groupBy(EXAMPLE_INPUT, { keys: [K], aggregates: [count], inputRetracts: true });
    expect(emittedRows(subject, [row('-D', [1, 'a', 1]), insert(1, 'a', 1), row('-U', [2, 'b', 1])])).toEqual([
      '+I[a, 1]',
    ]);
  });

  test('without −U, and without keys', () => {
    const aggregates = [count, call(EXAMPLE_INPUT, 'SUM', [V])];
    const subject = groupBy(EXAMPLE_INPUT, { aggregates, emitUpdateBefore: false });
    expect(emittedRows(subject, EXAMPLE.slice(0, 4))).toEqual([
      '+I[1, 5]',
      '+U[2, 5]',
      '+U[3, -2147483644]',
      '+U[4, -2147483637]',
    ]);
    expect(emittedRows(subject, [])).toEqual([]);
  });
});

describe('types of aggregates', () => {
  const input = schemaOf({ i: INT, big: BIGINT, dec: decimal(10, 2), wide: decimal(38, 2) });
  const all = ['SUM', 'AVG', 'MIN', 'MAX'].flatMap((name) => [0, 1, 2, 3].map((arg) => call(input, name, [arg])));

  test('INT and BIGINT wrap, an average of INT is cut, DECIMAL is exact', () => {
    const steps = [
      insert(2147483647, 9223372036854775807n, 12345678901n, 10n ** 33n),
      insert(2147483646, 2n, -12345678902n, 3n),
    ];
    expect(emittedRows(groupBy(input, { aggregates: all }), steps).at(-1)).toBe(
      `+U[-3, -9223372036854775807, -1, ${10n ** 33n + 3n}, ` +
        // AVG: (2147483647 + 2147483646) / 2 cut; the BIGINT sum wraps; −0.01 / 2 = −0.005 at scale 6; half of 10³³ + 3 with four more digits
        `2147483646, -4611686018427387903, -5000, ${(10n ** 33n + 3n) * 5000n}, ` +
        `2147483646, 2, -12345678902, 3, 2147483647, 9223372036854775807, 12345678901, ${10n ** 33n}]`,
    );
  });

  test('a sum beyond 38 digits is NULL', () => {
    const top = 10n ** 38n - 1n;
    const subject = groupBy(input, { aggregates: [call(input, 'SUM', [3])] });
    expect(emittedRows(subject, [insert(0, 0, 0, top), insert(0, 0, 0, 1n), insert(0, 0, 0, -1n)])).toEqual([
      `+I[${top}]`,
      `-U[${top}]`,
      '+U[NULL]',
      '-U[NULL]',
      `+U[${top}]`,
    ]);
  });
});

describe('narrow types', () => {
  const input = schemaOf({ tiny: TINYINT, small: SMALLINT, float: FLOAT });

  test('TINYINT and SMALLINT wrap, FLOAT stays FLOAT', () => {
    const aggregates = [0, 1, 2].flatMap((arg) => ['SUM', 'AVG'].map((name) => call(input, name, [arg])));
    const steps = [insert(100, 32000, Math.fround(0.1)), insert(100, 800, Math.fround(0.2))];
    const sum = Math.fround(Math.fround(0.1) + Math.fround(0.2));
    const mean = Math.fround((Math.fround(0.1) + Math.fround(0.2)) / 2);
    expect(emittedRows(groupBy(input, { aggregates }), steps).at(-1)).toBe(
      // 200 − 256, 32800 − 65536; the averages are over sums that do not wrap
      `+U[-56, 100, -32736, 16400, ${sum}, ${mean}]`,
    );
  });
});

describe('retention', () => {
  const subject = (retentive: Settings): Subject =>
    groupBy(EXAMPLE_INPUT, { keys: [K], aggregates: [count], stateTtlMs: 100, ...retentive });

  test('a key starts again after its time', () => {
    const steps = [
      insert(1, 'a', 1),
      clock(99),
      insert(2, 'a', 1),
      clock(150),
      insert(3, 'b', 1),
      clock(199),
      insert(4, 'a', 1),
    ];
    expect(emittedRows(subject({}), steps)).toEqual(['+I[a, 1]', '-U[a, 1]', '+U[a, 2]', '+I[b, 1]', '+I[a, 1]']);
  });

  test('an unchanged result is sent again', () => {
    const max = call(EXAMPLE_INPUT, 'MAX', [V]);
    expect(emittedRows(subject({ aggregates: [max] }), [insert(1, 'a', 5), insert(2, 'a', 3)])).toEqual([
      '+I[a, 5]',
      '-U[a, 5]',
      '+U[a, 5]',
    ]);
  });
});

const INPUT = schemaOf({ k: STRING, j: INT, v: INT, s: STRING, f: BOOLEAN });
const rows: fc.Arbitrary<Row> = fc.tuple(
  fc.constantFrom('a', 'b', 'a long key that is not inline', null),
  fc.constantFrom(1, 2),
  fc.option(fc.integer({ min: -3, max: 3 }), { freq: 4 }),
  fc.option(fc.constantFrom('', 'x', 'yy', 'a longer text'), { freq: 4 }),
  fc.option(fc.boolean(), { freq: 4 }),
) as fc.Arbitrary<Row>;
const name = fc.constantFrom('COUNT', 'SUM', 'AVG', 'MIN', 'MAX', 'FIRST_VALUE', 'LAST_VALUE', 'LISTAGG');
const calls: fc.Arbitrary<AggregateCall> = fc
  .tuple(name, fc.constantFrom(2, 3), fc.boolean(), fc.boolean())
  .map(([aggregate, arg, distinct, filtered]) => {
    const text = aggregate === 'LISTAGG' || (arg === 3 && !/SUM|AVG/.test(aggregate));
    const settings = { distinct, filter: filtered ? 4 : null, constants: aggregate === 'LISTAGG' ? ['; '] : [] };
    return call(INPUT, aggregate, aggregate === 'COUNT' && text ? [3, 2] : [text ? 3 : 2], settings);
  });
const settings = fc.record({
  keys: fc.constantFrom([], [0], [1], [1, 0]),
  aggregates: fc.oneof(fc.constant([call(INPUT, 'COUNT', [])]), fc.array(calls, { maxLength: 4 })),
  emitUpdateBefore: fc.boolean(),
});

describeOperatorLaws(
  'group-aggregate over an append-only table',
  fc.tuple(settings, inserts(rows)).map(([given, steps]) => ({ subject: groupBy(INPUT, given), steps })),
  { modelOf, runs: 60 },
);

/** DISTINCT keeps no order of arrival for what is taken away, so positional results over it are left out. */
const retractable = (aggregate: AggregateCall): boolean =>
  !aggregate.distinct || !['FIRST_VALUE', 'LAST_VALUE', 'LISTAGG'].includes(aggregate.name);

describeOperatorLaws(
  'group-aggregate over a changing table',
  fc.tuple(settings, changes(rows)).map(([given, steps]) => ({
    subject: groupBy(INPUT, { ...given, aggregates: given.aggregates.filter(retractable), inputRetracts: true }),
    steps,
  })),
  { modelOf, runs: 60 },
);

/** Time passes between some of the rows. */
const withClock = (steps: fc.Arbitrary<Step[]>): fc.Arbitrary<Step[]> =>
  fc.tuple(steps, fc.array(fc.nat(30), { minLength: 1, maxLength: 10 })).map(([all, pauses]) => {
    let now = 0;
    return all.flatMap((step, i) => {
      const pause = pauses[i % pauses.length] as number;
      return pause < 10 ? [step] : [clock((now += pause)), step];
    });
  });

/** The model of a group whose rows are forgotten when none came for the retention; every row is a write. */
function retentiveModelOf({ node }: Subject): (steps: readonly Step[]) => string[] {
  return (steps) => {
    const groups = new Map<string, { rows: Row[]; written: number }>();
    const out: string[] = [];
    let now = 0;
    for (const step of steps) {
      if (step.kind === 'clock') now = step.now;
      if (step.kind !== 'row') continue;
      const key = node.keys.map((column) => step.values[column] ?? null);
      let group = groups.get(JSON.stringify(key));
      if (group === undefined || group.written + node.stateTtlMs <= now) group = { rows: [], written: now };
      groups.set(JSON.stringify(key), group);
      group.written = now;
      const result = (rows: readonly Row[]): Row => [
        ...key,
        ...node.aggregates.map((aggregate) => evaluate(aggregate, rows)),
      ];
      if (group.rows.length > 0) out.push(line('-U', result(group.rows)));
      group.rows.push(step.values);
      out.push(line(group.rows.length > 1 ? '+U' : '+I', result(group.rows)));
    }
    return out;
  };
}

describeOperatorLaws(
  'group-aggregate with retention',
  fc.tuple(settings, withClock(inserts(rows))).map(([given, steps]) => ({
    subject: groupBy(INPUT, {
      ...given,
      aggregates: given.aggregates.filter((aggregate) => !aggregate.distinct),
      emitUpdateBefore: true,
      stateTtlMs: 60,
    }),
    steps,
  })),
  { modelOf: retentiveModelOf, runs: 60 },
);

describeOperatorLaws(
  'group-aggregate with retention over a changing table',
  fc.tuple(settings, withClock(changes(rows))).map(([given, steps]) => ({
    subject: groupBy(INPUT, { ...given, inputRetracts: true, stateTtlMs: 60 }),
    steps,
  })),
  { runs: 40 },
);
