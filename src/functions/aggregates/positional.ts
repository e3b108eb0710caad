import { type DataType, DOUBLE, notNull, withNullable, withoutTimeAttribute } from '../../types/data-type.ts';
import type { FunctionExample } from '../function.ts';
import type { AggregateFunction } from './aggregate.ts';

/**
 * FIRST_VALUE and LAST_VALUE by arrival. Where accumulators are merged each remembers when its value arrived; where
 * rows are taken away all values are kept.
 */
function positional(
  name: 'FIRST_VALUE' | 'LAST_VALUE',
  doc: string,
  examples: readonly FunctionExample[],
): AggregateFunction {
  const first = name === 'FIRST_VALUE';
  return {
    name,
    aliases: [],
    category: 'aggregate',
    signature: `${name}(expression)`,
    doc,
    examples,
    volatility: 'immutable',
    resolve: ([arg, ...more]) => {
      if (arg === undefined || more.length > 0) return undefined;
      const type: DataType =
        arg.type.kind === 'NULL' ? { kind: 'INTEGER', nullable: true } : withoutTimeAttribute(arg.type);
      return { argTypes: [type], type };
    },
    accumulator: ({ argTypes, retracts, merges }) => {
      const value = { name: 'value', type: withNullable(argTypes[0] as DataType, true), startsNull: true };
      const arrives = merges && !retracts;
      return {
        fields: arrives ? [value, { name: 'arrival', type: notNull(DOUBLE) }] : [value],
        result: { kind: 'field', field: 'value' },
        ...(retracts ? { kept: { kind: first ? ('first' as const) : ('last' as const) } } : {}),
        accumulate: (code) => {
          const take = code.assign('value', 'argument') + (arrives ? code.assignArrival('arrival') : '');
          return first ? `if (${code.isNull('value')}) { ${take} }` : take;
        },
        retract: () => '',
        merge: (code) => {
          const sooner = code.isOrdered('other', arrives ? 'arrival' : 'value', first ? -1 : 1);
          const wins = arrives ? `(${code.isNull('value')} || ${sooner})` : first ? code.isNull('value') : 'true';
          const take = code.assign('value', 'other') + (arrives ? code.assign('arrival', 'other') : '');
          return `if (!(${code.isNull('value', 'other')}) && ${wins}) { ${take} }`;
        },
        mergesInAnyOrder: arrives,
      };
    },
  };
}

export const FIRST_VALUE = positional(
  'FIRST_VALUE',
  'The value that arrived first, NULLs left out. NULL for no rows.',
  [{ sql: 'FIRST_VALUE(amount)', result: '5' }],
);
export const LAST_VALUE = positional('LAST_VALUE', 'The value that arrived last, NULLs left out. NULL for no rows.', [
  { sql: 'LAST_VALUE(amount)', result: '6' },
]);
