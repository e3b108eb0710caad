/** Arrays and maps: size, elements, search. */
import { EngineError } from '../../errors.ts';
import { canImplicitCast, comparisonType } from '../../types/coercion.ts';
import { equalValues } from '../../types/compare.ts';
import { BOOLEAN, type DataType, INT, STRING, isCharacter, isInteger, withNullable } from '../../types/data-type.ts';
import type { Value } from '../../types/vector.ts';
import { defineFunction } from '../define.ts';
import type { BoundArgument, ResolvedCall, ScalarFunction } from '../function.ts';
import { array, firstOf, map, nullableLike, takes, text } from '../overload.ts';

type Resolved = Omit<ResolvedCall, 'name'> | undefined;
type Entries = readonly (readonly [Value, Value])[];

const sameValue = (a: Value, b: Value): boolean => (a === null || b === null ? a === b : equalValues(a, b));

function resolveItem([collection, key, ...rest]: readonly BoundArgument[]): Resolved {
  if (collection === undefined || key === undefined || rest.length > 0) return undefined;
  const { type } = collection;
  if (type.kind === 'ARRAY') {
    if (!isInteger(key.type)) return undefined;
    if (typeof key.literal === 'number' && key.literal < 1) {
      throw new EngineError('invalid_definition', `array index ${key.literal} does not exist`, {
        hint: 'Array elements are counted from 1.',
      });
    }
    return { argTypes: [type, withNullable(INT, key.type.nullable)], type: withNullable(type.element, true) };
  }
  if (type.kind !== 'MAP' || !canImplicitCast(key.type, type.key)) return undefined;
  // A text key is compared as it is: a conversion would pad or cut it.
  const keyType = isCharacter(type.key) ? key.type : withNullable(type.key, key.type.nullable);
  return { argTypes: [type, keyType], type: withNullable(type.value, true) };
}

function only(items: readonly Value[]): Value {
  if (items.length > 1) {
    throw new EngineError('cardinality_violation', `ELEMENT of an array of ${items.length} elements`, {
      hint: 'ELEMENT takes an array of at most one element.',
    });
  }
  return items[0] ?? null;
}

function resolveContains([collection, needle, ...rest]: readonly BoundArgument[]): Resolved {
  if (collection?.type.kind !== 'ARRAY' || needle === undefined || rest.length > 0) return undefined;
  const both = comparisonType('=', collection.type.element, needle.type);
  if (both === undefined) return undefined;
  const element = withNullable(both[0], collection.type.element.nullable || both[0].nullable);
  return {
    argTypes: [{ ...collection.type, element }, isCharacter(both[1]) ? needle.type : both[1]],
    type: withNullable(BOOLEAN, collection.type.nullable),
  };
}

export const COLLECTION_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'CARDINALITY',
    category: 'collection',
    signature: 'CARDINALITY(array) or CARDINALITY(map)',
    doc: 'The number of elements or entries.',
    examples: [
      { sql: 'CARDINALITY(ARRAY[1, 2])', result: '2' },
      { sql: "CARDINALITY(MAP['a', 1])", result: '1' },
    ],
    resolve: firstOf({ parameters: [array], type: INT }, { parameters: [map], type: INT }),
    evaluate: () => (items: readonly Value[]) => items.length,
  }),
  defineFunction({
    name: 'ITEM',
    category: 'collection',
    signature: 'array[index] or map[key]',
    doc: 'The element at a position, from 1, or under a key; NULL when there is none.',
    examples: [
      { sql: 'ARRAY[7, 8][2]', result: '8' },
      { sql: "MAP['a', 1]['a']", result: '1' },
    ],
    resolve: resolveItem,
    evaluate: ({ argTypes }) =>
      argTypes[0]?.kind === 'ARRAY'
        ? (items: readonly Value[], index: number) => items[index - 1] ?? null
        : (entries: Entries, key: Value) => entries.find(([other]) => sameValue(other, key))?.[1] ?? null,
  }),
  defineFunction({
    name: 'ELEMENT',
    category: 'collection',
    signature: 'ELEMENT(array)',
    doc: 'The only element of an array; NULL of an empty one, and an error of a longer one.',
    examples: [{ sql: 'ELEMENT(ARRAY[7])', result: '7' }],
    resolve: takes([array], (types) => withNullable((types[0] as { element: DataType }).element, true)),
    evaluate: () => only,
  }),
  defineFunction({
    name: 'ARRAY_CONTAINS',
    category: 'collection',
    signature: 'ARRAY_CONTAINS(array, element)',
    doc: 'Whether the element occurs in the array; NULL may be looked for too.',
    examples: [
      { sql: 'ARRAY_CONTAINS(ARRAY[1, 2], 2)', result: 'TRUE' },
      { sql: 'ARRAY_CONTAINS(ARRAY[1, 2], CAST(NULL AS INT))', result: 'FALSE' },
    ],
    nulls: 'handled',
    resolve: resolveContains,
    evaluate: () => (items: readonly Value[] | null, needle: Value) =>
      items === null ? null : items.some((item) => sameValue(item, needle)),
  }),
  defineFunction({
    name: 'ARRAY_JOIN',
    category: 'collection',
    signature: 'ARRAY_JOIN(array, delimiter [, null replacement ])',
    doc: 'The strings of an array with a delimiter between them; NULLs are left out unless there is a replacement.',
    examples: [
      { sql: "ARRAY_JOIN(ARRAY['a', 'b'], ',')", result: 'a,b' },
      { sql: "ARRAY_JOIN(ARRAY['a', CAST(NULL AS STRING)], ',', '-')", result: 'a,-' },
    ],
    resolve: takes(
      [array, text, text],
      (types) => (isCharacter((types[0] as { element: DataType }).element) ? nullableLike(STRING, types) : undefined),
      { optional: 1 },
    ),
    evaluate: () => (items: readonly (string | null)[], delimiter: string, replacement?: string) =>
      items
        .map((item) => item ?? replacement)
        .filter((item) => item !== undefined)
        .join(delimiter),
  }),
  defineFunction({
    name: 'MAP_KEYS',
    category: 'collection',
    signature: 'MAP_KEYS(map)',
    doc: 'The keys of a map as an array.',
    examples: [{ sql: "MAP_KEYS(MAP['a', 1, 'b', 2])", result: '[a, b]' }],
    resolve: takes([map], (types) => {
      const { key, nullable } = types[0] as { key: DataType; nullable: boolean };
      return { kind: 'ARRAY', element: key, nullable };
    }),
    evaluate: () => (entries: Entries) => entries.map(([key]) => key),
  }),
  defineFunction({
    name: 'MAP_VALUES',
    category: 'collection',
    signature: 'MAP_VALUES(map)',
    doc: 'The values of a map as an array.',
    examples: [{ sql: "MAP_VALUES(MAP['a', 1, 'b', 2])", result: '[1, 2]' }],
    resolve: takes([map], (types) => {
      const { value, nullable } = types[0] as { value: DataType; nullable: boolean };
      return { kind: 'ARRAY', element: value, nullable };
    }),
    evaluate: () => (entries: Entries) => entries.map(([, value]) => value),
  }),
];
