import { BIGINT, notNull, withoutTimeAttribute } from '../../types/data-type.ts';
import type { AggregateFunction } from './aggregate.ts';

export const COUNT: AggregateFunction = {
  name: 'COUNT',
  aliases: [],
  category: 'aggregate',
  signature: 'COUNT(*) | COUNT([ ALL ] expression) | COUNT(DISTINCT expression1 [, expression2]*)',
  doc: 'The number of rows, of rows where no expression is NULL, or of different values. Zero for no rows.',
  examples: [
    { sql: 'COUNT(*)', result: '4' },
    { sql: 'COUNT(amount)', result: '3' },
    { sql: 'COUNT(DISTINCT item)', result: '2' },
    { sql: 'COUNT(*) FILTER (WHERE amount > 2)', result: '2' },
  ],
  volatility: 'immutable',
  resolve: (args) => ({ argTypes: args.map((arg) => withoutTimeAttribute(arg.type)), type: notNull(BIGINT) }),
  accumulator: () => ({
    fields: [{ name: 'count', type: notNull(BIGINT) }],
    result: { kind: 'field', field: 'count' },
    accumulate: (code) => code.add('count', 'one', 1),
    retract: (code) => code.add('count', 'one', -1),
    merge: (code) => code.add('count', 'other', 1),
    mergesInAnyOrder: true,
  }),
};
