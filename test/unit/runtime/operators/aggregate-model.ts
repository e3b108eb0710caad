/** Aggregates computed from the list of rows they stand for: what accumulators are compared with. */
import type { AggregateCall } from '../../../../src/plan/physical.ts';
import { resolveAggregate } from '../../../../src/functions/aggregates/registry.ts';
import type { Schema } from '../../../../src/types/schema.ts';
import type { Value } from '../../../../src/types/vector.ts';
import type { Row } from '../../../laws/operator-inputs.ts';

type CallSettings = Partial<Pick<AggregateCall, 'distinct' | 'filter' | 'constants'>>;

/** An aggregate over columns of `input`, typed as the planner would. */
export function call(input: Schema, name: string, args: readonly number[], settings: CallSettings = {}): AggregateCall {
  const bound = args.map((arg) => ({ type: input[arg]!.type }));
  const { type } = resolveAggregate(name, bound, { distinct: settings.distinct === true });
  return {
    name,
    args,
    argTypes: bound.map((arg) => arg.type),
    distinct: false,
    filter: null,
    constants: [],
    type,
    ...settings,
  };
}

const order = (a: Value, b: Value): number => (a === b ? 0 : (a as number) < (b as number) ? -1 : 1);

/** The result over `rows`, in order of arrival; numbers stand for BIGINT. */
export function evaluate(aggregate: AggregateCall, rows: readonly Row[]): Value {
  const { name, args, filter, distinct, constants } = aggregate;
  let kept = rows.filter((row) => filter === null || row[filter] === true);
  kept = kept.filter((row) => args.every((arg) => row[arg] !== null));
  if (distinct) {
    const key = (row: Row): string => JSON.stringify(args.map((arg) => row[arg]));
    kept = kept.filter((row, i) => kept.findIndex((other) => key(other) === key(row)) === i);
  }
  const values = kept.map((row) => row[args[0] ?? 0] as Value);
  const sum = values.reduce<number>((total, value) => total + (value as number), 0);
  if (name === 'COUNT') return kept.length;
  if (values.length === 0) return null;
  switch (name) {
    case 'SUM':
      return sum;
    case 'AVG':
      return aggregate.type.kind === 'DOUBLE' ? sum / values.length : Math.trunc(sum / values.length);
    case 'MIN':
      return values.toSorted(order)[0] as Value;
    case 'MAX':
      return values.toSorted(order).at(-1) as Value;
    case 'FIRST_VALUE':
      return values[0] as Value;
    case 'LAST_VALUE':
      return values.at(-1) as Value;
    case 'LISTAGG':
      return values.join(String(constants[0] ?? ','));
    default:
      throw new TypeError(name);
  }
}
