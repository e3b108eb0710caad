import { BIGINT, DOUBLE, type DataType, decimal, isNumeric, notNull, withNullable } from '../../types/data-type.ts';
import type { AggregateFunction } from './aggregate.ts';

/** In what the values are added up: exactly, and with room. */
function sumTypeOf(type: DataType): DataType {
  if (type.kind === 'DECIMAL') return notNull(decimal(38, type.scale));
  return notNull(type.kind === 'FLOAT' || type.kind === 'DOUBLE' ? DOUBLE : BIGINT);
}

export const AVG: AggregateFunction = {
  name: 'AVG',
  aliases: [],
  category: 'aggregate',
  signature: 'AVG([ ALL | DISTINCT ] expression)',
  doc:
    'The mean of the values that are not NULL, in their own type: integers are cut toward zero, DECIMAL(p, s) gives ' +
    'DECIMAL(38, max(6, s)). NULL for no rows.',
  examples: [
    { sql: 'AVG(amount)', result: '4' },
    { sql: 'AVG(CAST(amount AS DOUBLE))', result: '4.333333333333333' },
  ],
  volatility: 'immutable',
  resolve: ([arg, ...more]) => {
    if (arg === undefined || more.length > 0) return undefined;
    const type: DataType = arg.type.kind === 'NULL' ? { kind: 'INTEGER', nullable: true } : arg.type;
    if (!isNumeric(type)) return undefined;
    const result = type.kind === 'DECIMAL' ? decimal(38, Math.max(6, type.scale)) : type;
    return { argTypes: [type], type: withNullable(result, arg.type.nullable) };
  },
  accumulator: ({ argTypes }) => ({
    fields: [
      { name: 'sum', type: sumTypeOf(argTypes[0] as DataType) },
      { name: 'count', type: notNull(BIGINT) },
    ],
    result: { kind: 'average', sum: 'sum', count: 'count' },
    accumulate: (code) => code.add('sum', 'argument', 1) + code.add('count', 'one', 1),
    retract: (code) => code.add('sum', 'argument', -1) + code.add('count', 'one', -1),
    merge: (code) => code.add('sum', 'other', 1) + code.add('count', 'other', 1),
    mergesInAnyOrder: true,
  }),
};
