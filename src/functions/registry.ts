/**
 * Every scalar function by name. A call is resolved to an overload here, and found again by the compiler under the
 * canonical name that resolution gave.
 */
import { EngineError, similarNames, unsupported } from '../errors.ts';
import { typeToString } from '../types/data-type.ts';
import type { BoundArgument, FunctionInfo, ResolvedCall, ScalarFunction, Volatility } from './function.ts';
import { COLLECTION_FUNCTIONS } from './collection/collection.ts';
import { CONDITIONAL_FUNCTIONS } from './conditional/conditional.ts';
import { MATHEMATICAL_FUNCTIONS } from './numeric/mathematics.ts';
import { RANDOM_FUNCTIONS } from './numeric/random.ts';
import { ROUNDING_FUNCTIONS } from './numeric/rounding.ts';
import { ARITHMETIC_OPERATORS } from './operators/arithmetic.ts';
import { COMPARISON_OPERATORS } from './operators/comparison.ts';
import { TRUTH_TESTS } from './operators/truth.ts';
import { CASE_FUNCTIONS } from './string/case.ts';
import { ENCODE_FUNCTIONS } from './string/encode.ts';
import { PARSE_FUNCTIONS } from './string/parse.ts';
import { REGEX_FUNCTIONS } from './string/regex.ts';
import { SEARCH_FUNCTIONS } from './string/search.ts';
import { SLICE_FUNCTIONS } from './string/slice.ts';
import { TRIM_FUNCTIONS } from './string/trim.ts';
import { ADD_FUNCTIONS } from './temporal/add.ts';
import { EXTRACT_FUNCTIONS } from './temporal/extract.ts';
import { NOW_FUNCTIONS } from './temporal/now.ts';
import { TIME_TEXT_FUNCTIONS } from './temporal/text.ts';
import { TO_TIMESTAMP_LTZ } from './temporal/to-timestamp-ltz.ts';
import { TRUNCATE_FUNCTIONS } from './temporal/truncate.ts';
import { UNSUPPORTED_FUNCTIONS } from './unsupported-functions.ts';

const ALL: readonly ScalarFunction[] = [
  ...ARITHMETIC_OPERATORS,
  ...COMPARISON_OPERATORS,
  ...TRUTH_TESTS,
  ...CONDITIONAL_FUNCTIONS,
  ...MATHEMATICAL_FUNCTIONS,
  ...ROUNDING_FUNCTIONS,
  ...RANDOM_FUNCTIONS,
  ...CASE_FUNCTIONS,
  ...SLICE_FUNCTIONS,
  ...TRIM_FUNCTIONS,
  ...SEARCH_FUNCTIONS,
  ...REGEX_FUNCTIONS,
  ...ENCODE_FUNCTIONS,
  ...PARSE_FUNCTIONS,
  ...NOW_FUNCTIONS,
  ...EXTRACT_FUNCTIONS,
  ...TRUNCATE_FUNCTIONS,
  ...ADD_FUNCTIONS,
  ...TIME_TEXT_FUNCTIONS,
  TO_TIMESTAMP_LTZ,
  ...COLLECTION_FUNCTIONS,
];

const byName = new Map<string, ScalarFunction>();
for (const definition of ALL) {
  for (const name of [definition.name, ...definition.aliases]) byName.set(name, definition);
}

/** Whether `name` (in any case) is a scalar function, also one that is known but not supported. */
export function isScalarFunction(name: string): boolean {
  const key = name.toUpperCase();
  return byName.has(key) || UNSUPPORTED_FUNCTIONS.has(key);
}

/**
 * The overload of a call. Fails with `undefined_function` for an unknown name, `unsupported` for a function of the
 * dialect that is not there, `datatype_mismatch` when no overload takes the arguments.
 */
export function resolveFunction(name: string, args: readonly BoundArgument[]): ResolvedCall {
  const key = name.toUpperCase();
  const definition = byName.get(key);
  if (definition === undefined) throw unknownFunction(key);
  const found = definition.resolve(args);
  if (found !== undefined) return { name: definition.name, ...found };
  const types = args.map((argument) => typeToString({ ...argument.type, nullable: true })).join(', ');
  const isOperator = !/^\w+$/.test(definition.name);
  throw new EngineError(
    'datatype_mismatch',
    `${isOperator ? 'operator' : 'function'} ${definition.name} does not take (${types})`,
    { hint: `It is called as ${definition.signature}.` },
  );
}

function unknownFunction(name: string): EngineError {
  if (UNSUPPORTED_FUNCTIONS.has(name)) return unsupported(`function ${name}`);
  const similar = similarNames(name, byName.keys()).map((candidate) => `"${candidate}"`);
  return new EngineError('undefined_function', `function "${name}" does not exist`, {
    hint: similar.length > 0 ? `Functions with similar names: ${similar.join(', ')}.` : undefined,
  });
}

/** The function under its canonical name, as a `call` expression holds it. */
export function scalarFunction(name: string): ScalarFunction {
  const definition = byName.get(name);
  if (definition === undefined) throw new EngineError('internal_error', `function "${name}" is not registered`);
  return definition;
}

/** How a call of a `call` expression behaves when it is made again. */
export function volatilityOf(call: {
  readonly name: string;
  readonly user?: { readonly deterministic: boolean } | undefined;
}): Volatility {
  if (call.user === undefined) return scalarFunction(call.name).volatility;
  return call.user.deterministic ? 'immutable' : 'volatile';
}

/** All scalar functions and operators, by name. */
export function functionInfos(): readonly FunctionInfo[] {
  return ALL.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
