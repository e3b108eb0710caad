import { type DataType, physicalKind, withNullable, withoutTimeAttribute } from '../../types/data-type.ts';
import type { FunctionExample } from '../function.ts';
import type { AggregateFunction } from './aggregate.ts';

/** MIN and MAX: one value over append-only input, all values with their counts where rows are taken away. */
function extreme(name: 'MIN' | 'MAX', doc: string, examples: readonly FunctionExample[]): AggregateFunction {
  const direction = name === 'MIN' ? -1 : 1;
  return {
    name,
    aliases: [],
    category: 'aggregate',
    signature: `${name}([ ALL | DISTINCT ] expression)`,
    doc,
    examples,
    volatility: 'immutable',
    resolve: ([arg, ...more]) => {
      if (arg === undefined || more.length > 0) return undefined;
      const type: DataType =
        arg.type.kind === 'NULL' ? { kind: 'INTEGER', nullable: true } : withoutTimeAttribute(arg.type);
      return ['row', 'array', 'map'].includes(physicalKind(type)) ? undefined : { argTypes: [type], type };
    },
    accumulator: ({ argTypes, retracts }) => ({
      fields: [{ name: 'value', type: withNullable(argTypes[0] as DataType, true), startsNull: true }],
      result: { kind: 'field', field: 'value' },
      ...(retracts ? { kept: { kind: name === 'MIN' ? ('least' as const) : ('greatest' as const) } } : {}),
      accumulate: (code) =>
        `if (${code.isNull('value')} || ${code.isOrdered('argument', 'value', direction)}) { ${code.assign('value', 'argument')} }`,
      retract: () => '',
      merge: (code) =>
        `if (!(${code.isNull('value', 'other')}) && (${code.isNull('value')} || ${code.isOrdered('other', 'value', direction)})) {
          ${code.assign('value', 'other')} }`,
      mergesInAnyOrder: true,
    }),
  };
}

export const MIN = extreme('MIN', 'The least value that is not NULL. NULL for no rows.', [
  { sql: 'MIN(amount)', result: '2' },
]);
export const MAX = extreme('MAX', 'The greatest value that is not NULL. NULL for no rows.', [
  { sql: 'MAX(item)', result: 'pear' },
]);
