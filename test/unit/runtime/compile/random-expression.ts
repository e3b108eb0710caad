import { resolveFunction } from '../../../../src/functions/registry.ts';
import type { Expr } from '../../../../src/plan/expr.ts';
import { commonType } from '../../../../src/types/coercion.ts';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  type DataType,
  DOUBLE,
  INT,
  SMALLINT,
  STRING,
  TINYINT,
  array,
  char,
  decimal,
  notNull,
  row,
  sameType,
  timestamp,
  withNullable,
} from '../../../../src/types/data-type.ts';
import type { Schema } from '../../../../src/types/schema.ts';
import type { Value } from '../../../../src/types/vector.ts';

// Random typed expressions over a fixed schema that has every physical form, with and without NULLs.

export const SCHEMA: Schema = [
  { name: 'flag', type: BOOLEAN },
  { name: 'tiny', type: TINYINT },
  { name: 'small', type: notNull(SMALLINT) },
  { name: 'i', type: INT },
  { name: 'j', type: notNull(INT) },
  { name: 'b', type: BIGINT },
  { name: 'c', type: notNull(BIGINT) },
  { name: 'd', type: DOUBLE },
  { name: 'e', type: notNull(DOUBLE) },
  { name: 'dec', type: decimal(10, 2) },
  { name: 'wide', type: decimal(30, 5) },
  { name: 's', type: STRING },
  { name: 't', type: notNull(STRING) },
  { name: 'ts3', type: timestamp(3) },
  { name: 'ts9', type: timestamp(9) },
  { name: 'day', type: DATE },
  {
    name: 'nested',
    type: row([
      { name: 'x', type: INT },
      { name: 'y', type: STRING },
    ]),
  },
  { name: 'list', type: array(INT) },
];

const TEXTS = ['', 'a', 'abc', 'abcd', 'abcdefgh-ij', 'é', '😀b', 'ABC', 'zz%', '12', '-3.5'];

/** A stream of choices that follows from a seed (xorshift32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }

  of<T>(...choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  rows(schema: Schema): Value[][] {
    return Array.from({ length: this.below(13) }, () => schema.map((field) => this.value(field.type)));
  }

  /** A value of a type, often a small or an extreme one. */
  value(type: DataType): Value {
    return type.nullable && this.below(4) === 0 ? null : this.#plainValue(type);
  }

  #plainValue(type: DataType): Value {
    switch (type.kind) {
      case 'BOOLEAN':
        return this.of(true, false);
      case 'TINYINT':
        return this.of(-128, -1, 0, 1, 2, 127);
      case 'SMALLINT':
        return this.of(-32768, -1, 0, 1, 300, 32767);
      case 'INTEGER':
        return this.of(-2147483648, -7, -1, 0, 1, 2, 3, 100, 2147483647);
      case 'BIGINT':
        return this.of(-9223372036854775808n, -5n, -1n, 0n, 1n, 2n, 4294967296n, 9223372036854775807n);
      case 'DOUBLE':
        return this.of(-1e300, -1.5, -0, 0, 0.1, 1, 2.5, 1e10, Infinity, NaN);
      case 'DECIMAL': {
        const most = 10n ** BigInt(type.precision) - 1n;
        return this.of(-most, most, most / 7n, 0n, 1n, -150n, 12345n);
      }
      case 'VARCHAR':
      case 'CHAR':
        return this.of(...TEXTS);
      case 'TIMESTAMP':
        return type.precision <= 3
          ? this.of(-86_400_001, -1, 0, 1_632_486_896_789)
          : this.of({ ms: -1, nanos: 999_999 }, { ms: 0, nanos: 0 }, { ms: 0, nanos: 1 }, { ms: 1e12, nanos: 5 });
      case 'DATE':
        return this.of(-1, 0, 18_894);
      case 'ROW':
        return type.fields.map((field) => this.value(field.type));
      case 'ARRAY':
        return Array.from({ length: this.below(4) }, () => this.value(type.element));
      default:
        throw new Error(`no values of ${type.kind}`);
    }
  }
}

const castTo = (arg: Expr, type: DataType): Expr => {
  const target = withNullable(type, arg.type.nullable);
  return sameType(arg.type, target) ? arg : { kind: 'cast', arg, try: false, type: target };
};

export function call(name: string, ...args: readonly Expr[]): Expr {
  // Constants are not shown to the resolution, which would refuse 1 / 0 at once.
  const resolved = resolveFunction(
    name,
    args.map(({ type }) => ({ type })),
  );
  return {
    kind: 'call',
    name: resolved.name,
    args: args.map((arg, i) => castTo(arg, resolved.argTypes[i] as DataType)),
    type: resolved.type,
  };
}

export const column = (index: number): Expr => ({
  kind: 'column',
  index,
  type: (SCHEMA[index] as { type: DataType }).type,
});
export const literal = (value: Value, type: DataType): Expr => ({ kind: 'literal', value, type });

const anyOf = (...args: readonly Expr[]): boolean => args.some((arg) => arg.type.nullable);
const truth = (...args: readonly Expr[]): DataType => withNullable(BOOLEAN, anyOf(...args));

type Make = (g: Dice, depth: number) => Expr;

const pick = (g: Dice, ...choices: readonly Make[]): Make => g.of(...choices);

const columnsOfKind = (...kinds: readonly DataType['kind'][]): Make => {
  const found = SCHEMA.flatMap((field, index) => (kinds.includes(field.type.kind) ? [index] : []));
  return (g) => column(g.of(...found));
};
const constantOf =
  (type: DataType): Make =>
  (g) => {
    const value = g.value(type);
    return literal(value, withNullable(type, value === null));
  };

const operator =
  (name: string, left: Make, right: Make): Make =>
  (g, depth) =>
    call(name, left(g, depth - 1), right(g, depth - 1));

const choice =
  (make: Make): Make =>
  (g, depth) => {
    const [then, otherwise] = [make(g, depth - 1), make(g, depth - 1)];
    const type = commonType([then.type, otherwise.type]) as DataType;
    return {
      kind: 'case',
      branches: [{ when: condition(g, depth - 1), then: castTo(then, type) }],
      otherwise: castTo(otherwise, type),
      type,
    };
  };

const cast =
  (make: Make, type: DataType, tries = false): Make =>
  (g, depth) => {
    const arg = make(g, depth - 1);
    return { kind: 'cast', arg, try: tries, type: withNullable(type, tries || arg.type.nullable) };
  };

const number: Make = (g, depth) => {
  const leaf = pick(
    g,
    columnsOfKind('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'DOUBLE', 'DECIMAL'),
    constantOf(INT),
    constantOf(BIGINT),
    constantOf(decimal(5, 2)),
  );
  if (depth <= 0) return leaf(g, 0);
  const exact: Make = (g, depth) => cast(number, g.of(INT, BIGINT, decimal(12, 2)))(g, depth);
  return pick(
    g,
    leaf,
    operator('+', number, number),
    operator('-', number, number),
    operator('*', number, number),
    operator('/', number, number),
    operator('%', exact, exact),
    choice(number),
    cast(number, BIGINT),
    cast(number, INT),
    cast(number, TINYINT),
    cast(number, DOUBLE),
    cast(number, decimal(12, 4)),
    cast(number, decimal(38, 6)),
    cast(text, INT, true),
    (g, depth) => call('NEGATE', number(g, depth - 1)),
    (g, depth) => call('ABS', number(g, depth - 1)),
    (g, depth) => call('COALESCE', number(g, depth - 1), number(g, depth - 1)),
    (g, depth) => call('CHAR_LENGTH', text(g, depth - 1)),
    () => call('CARDINALITY', column(17)),
    (g, depth) => call('ITEM', column(17), cast(number, INT)(g, depth)),
    () => ({ kind: 'field', arg: column(16), index: 0, type: INT }),
  )(g, depth);
};

const text: Make = (g, depth) => {
  const leaf = pick(g, columnsOfKind('VARCHAR'), constantOf(char(3)), constantOf(STRING));
  if (depth <= 0) return leaf(g, 0);
  return pick(
    g,
    leaf,
    choice(text),
    choice(text),
    operator('||', text, text),
    (g, depth) => call('UPPER', text(g, depth - 1)),
    (g, depth) => call('SUBSTRING', text(g, depth - 1), literal(g.of(-2, 0, 2), notNull(INT))),
    (g, depth) => call('COALESCE', text(g, depth - 1), text(g, depth - 1)),
    cast(number, STRING),
    cast(time, STRING),
    () => ({ kind: 'field', arg: column(16), index: 1, type: STRING }),
  )(g, depth);
};

const time: Make = (g, depth) => {
  if (depth <= 0) return columnsOfKind('TIMESTAMP')(g, 0);
  return pick(
    g,
    columnsOfKind('TIMESTAMP'),
    choice(time),
    (g, depth) => call('+', time(g, depth - 1), literal(5000, { kind: 'INTERVAL_DAY_TIME', nullable: false })),
    (g, depth) => call('-', time(g, depth - 1), literal(13, { kind: 'INTERVAL_YEAR_MONTH', nullable: false })),
    cast(columnsOfKind('DATE'), timestamp(3)),
    cast(columnsOfKind('TIMESTAMP'), timestamp(1)),
    cast(columnsOfKind('TIMESTAMP'), timestamp(6)),
  )(g, depth);
};

const COMPARISONS = ['=', '<>', '<', '<=', '>', '>=', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM'] as const;

export const condition: Make = (g, depth) => {
  if (depth <= 0) return columnsOfKind('BOOLEAN')(g, 0);
  const compare =
    (make: Make): Make =>
    (g, depth) =>
      operator(g.of(...COMPARISONS), make, make)(g, depth);
  const connective: Make = (g, depth) => {
    const args = Array.from({ length: 2 + g.below(2) }, () => condition(g, depth - 1));
    return { kind: g.of('and' as const, 'or' as const), args, type: truth(...args) };
  };
  const membership =
    (make: Make): Make =>
    (g, depth) => {
      const arg = make(g, depth - 1);
      const items = Array.from({ length: 1 + g.below(4) }, () => make(g, 0));
      const type = commonType([arg.type, ...items.map((item) => item.type)]) as DataType;
      const cast = items.map((item) => castTo(item, type));
      return { kind: 'in', arg: castTo(arg, type), items: cast, type: truth(arg, ...cast) };
    };
  return pick(
    g,
    columnsOfKind('BOOLEAN'),
    compare(number),
    compare(number),
    compare(text),
    compare(text),
    compare(time),
    connective,
    connective,
    (g, depth) => {
      const arg = condition(g, depth - 1);
      return { kind: 'not', arg, type: arg.type };
    },
    membership(number),
    membership(text),
    (g, depth) => call('IS NULL', g.of(number, text, time)(g, depth - 1)),
    (g, depth) => call('IS NOT FALSE', condition(g, depth - 1)),
    (g, depth) => call('LIKE', text(g, depth - 1), literal(g.of('a%', '%c', '%b%', 'abc', 'a_c%'), notNull(char(4)))),
  )(g, depth);
};

/** An expression of any type. */
export const expression: Make = (g, depth) =>
  pick(
    g,
    number,
    text,
    time,
    condition,
    (g) => column(g.of(16, 17)),
    (g, depth) => choice(() => column(16))(g, depth),
  )(g, depth);
