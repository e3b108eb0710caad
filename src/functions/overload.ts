/**
 * Overloads in a few words: `overloads([text, int], STRING)` reads "(string, integer) → STRING, NULL if one is NULL".
 */
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  type DataType,
  DOUBLE,
  INT,
  MAX_LENGTH,
  STRING,
  isBinary,
  isCharacter,
  isInteger,
  isNumeric,
  isTimestamp,
  varchar,
  withNullable,
  withoutTimeAttribute,
} from '../types/data-type.ts';
import type { BoundArgument, ResolvedCall } from './function.ts';

/** A kind of parameter: what an argument is converted to, or `undefined` when it is refused. */
export type Parameter = (argument: BoundArgument) => DataType | undefined;

const taking =
  (fallback: DataType, accepts: (type: DataType) => boolean, target?: DataType): Parameter =>
  ({ type }) => {
    if (type.kind === 'NULL') return fallback;
    if (!accepts(type)) return undefined;
    return withNullable(target ?? withoutTimeAttribute(type), type.nullable);
  };

/** CHAR and VARCHAR as they are. */
export const text = taking(STRING, isCharacter);
export const binary = taking(BYTES, isBinary);
export const textOrBinary = taking(STRING, (type) => isCharacter(type) || isBinary(type));
export const bool = taking(BOOLEAN, (type) => type.kind === 'BOOLEAN');
/** TINYINT to INT, as INT. */
export const int = taking(INT, (type) => isInteger(type) && type.kind !== 'BIGINT', INT);
/** Any integer, as BIGINT. */
export const bigint = taking(BIGINT, isInteger, BIGINT);
/** Any number, as DOUBLE. */
export const double = taking(DOUBLE, isNumeric, DOUBLE);
/** Any number as it is. */
export const numeric = taking(INT, isNumeric);
/** TIMESTAMP or TIMESTAMP_LTZ as it is. */
export const instant = taking({ kind: 'TIMESTAMP', precision: 3, nullable: true }, isTimestamp);
export const array = taking(
  { kind: 'ARRAY', element: { kind: 'NULL', nullable: true }, nullable: true },
  (type) => type.kind === 'ARRAY',
);
export const map = taking(
  { kind: 'MAP', key: { kind: 'NULL', nullable: true }, value: { kind: 'NULL', nullable: true }, nullable: true },
  (type) => type.kind === 'MAP',
);
export const any: Parameter = ({ type }) => withoutTimeAttribute(type);

/** The result: a type (NULL when an argument is), or a function of the converted arguments (as it says). */
type Result = DataType | ((types: readonly DataType[], args: readonly BoundArgument[]) => DataType | undefined);

interface Overload {
  readonly parameters: readonly Parameter[];
  /** How many of the parameters may be left out, from the end. */
  readonly optional?: number;
  /** The last parameter may be repeated. */
  readonly repeated?: boolean;
  readonly type: Result;
}

type Resolve = (args: readonly BoundArgument[]) => Omit<ResolvedCall, 'name'> | undefined;

/** The type with NULL possible when it is for one of `types`. */
export const nullableLike = (type: DataType, types: readonly DataType[]): DataType =>
  withNullable(
    type,
    types.some((argument) => argument.nullable),
  );

function matchOverload(overload: Overload, args: readonly BoundArgument[]): ReturnType<Resolve> {
  const { parameters } = overload;
  const least = parameters.length - (overload.optional ?? 0);
  if (args.length < least || (args.length > parameters.length && overload.repeated !== true)) return undefined;
  const argTypes: DataType[] = [];
  for (const [i, argument] of args.entries()) {
    const type = (parameters[i] ?? (parameters.at(-1) as Parameter))(argument);
    if (type === undefined) return undefined;
    argTypes.push(type);
  }
  const type =
    typeof overload.type === 'function' ? overload.type(argTypes, args) : nullableLike(overload.type, argTypes);
  return type === undefined ? undefined : { argTypes, type };
}

/** The first overload that takes the arguments. */
export const firstOf =
  (...list: readonly Overload[]): Resolve =>
  (args) => {
    for (const overload of list) {
      const found = matchOverload(overload, args);
      if (found !== undefined) return found;
    }
    return undefined;
  };

/** One list of parameters. */
export const takes = (
  parameters: readonly Parameter[],
  type: Result,
  options: { readonly optional?: number; readonly repeated?: boolean } = {},
): Resolve => firstOf({ parameters, type, ...options });

/** Text no longer than the argument at `index` (all of them together for several); NULL when an argument is. */
export const textAsLongAs =
  (...indexes: readonly number[]): Result =>
  (types) => {
    const lengths = indexes.map((index) => {
      const type = types[index];
      return type?.kind === 'CHAR' || type?.kind === 'VARCHAR' ? type.length : MAX_LENGTH;
    });
    const length = lengths.reduce((sum, own) => sum + own, 0);
    return nullableLike(varchar(Math.min(MAX_LENGTH, length)), types);
  };

/** A result that may be NULL whatever the arguments are. */
export const always =
  (type: DataType): Result =>
  () =>
    withNullable(type, true);

/** A result that is never NULL. */
export const never =
  (type: DataType): Result =>
  () =>
    withNullable(type, false);
