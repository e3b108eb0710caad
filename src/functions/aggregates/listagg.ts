import { STRING, isCharacter, withNullable } from '../../types/data-type.ts';
import type { AggregateFunction } from './aggregate.ts';

export const LISTAGG: AggregateFunction = {
  name: 'LISTAGG',
  aliases: [],
  category: 'aggregate',
  signature: 'LISTAGG(expression [, separator])',
  doc: 'The texts that are not NULL, joined in order of arrival; the separator, a literal, is "," by default. NULL for no rows.',
  examples: [
    { sql: 'LISTAGG(item)', result: 'pear,apple,pear,pear' },
    { sql: "LISTAGG(DISTINCT item, '; ')", result: 'pear; apple' },
  ],
  volatility: 'immutable',
  resolve: ([arg, separator, ...more]) => {
    if (arg === undefined || more.length > 0) return undefined;
    if (arg.type.kind !== 'NULL' && !isCharacter(arg.type)) return undefined;
    if (separator !== undefined && typeof separator.literal !== 'string') return undefined;
    const type = withNullable(STRING, arg.type.nullable);
    return { argTypes: separator === undefined ? [type] : [type, separator.type], type };
  },
  accumulator: ({ constants, retracts }) => {
    const separator = constants[0] ?? ',';
    return {
      fields: [{ name: 'value', type: STRING, startsNull: true }],
      result: { kind: 'field', field: 'value' },
      ...(retracts ? { kept: { kind: 'concatenated' as const, separator } } : {}),
      accumulate: (code) => code.append('value', 'argument', separator),
      retract: () => '',
      merge: (code) => `if (!(${code.isNull('value', 'other')})) { ${code.append('value', 'other', separator)} }`,
      mergesInAnyOrder: false,
    };
  },
};
