/** Every aggregate function by name. A call is resolved here, and found again by the runtime under the canonical name. */
import { EngineError, similarNames, unsupported } from '../../errors.ts';
import { typeToString, withNullable } from '../../types/data-type.ts';
import type { BoundArgument, FunctionInfo, ResolvedCall } from '../function.ts';
import type { AggregateFunction } from './aggregate.ts';
import { AVG } from './avg.ts';
import { COUNT } from './count.ts';
import { MAX, MIN } from './extreme.ts';
import { LISTAGG } from './listagg.ts';
import { FIRST_VALUE, LAST_VALUE } from './positional.ts';
import { SUM, SUM0 } from './sum.ts';

const ALL: readonly AggregateFunction[] = [AVG, COUNT, FIRST_VALUE, LAST_VALUE, LISTAGG, MAX, MIN, SUM];

const byName = new Map([...ALL, SUM0].map((definition) => [definition.name, definition]));

/** Aggregates of the dialect that are not there yet: calling one is `unsupported`, not `undefined_function`. */
const UNSUPPORTED: ReadonlySet<string> = new Set(
  `APPROX_COUNT_DISTINCT ARRAY_AGG BITMAP_AND_AGG BITMAP_AND_CARDINALITY_AGG BITMAP_BUILD_AGG
  BITMAP_BUILD_CARDINALITY_AGG BITMAP_OR_AGG BITMAP_OR_CARDINALITY_AGG BITMAP_XOR_AGG BITMAP_XOR_CARDINALITY_AGG
  COLLECT INTERSECTION FUSION JSON_ARRAYAGG JSON_OBJECTAGG PERCENTILE SINGLE_VALUE STDDEV STDDEV_POP STDDEV_SAMP VARIANCE
  VAR_POP VAR_SAMP`.split(/\s+/),
);

/** Whether `name` (in any case) is an aggregate function, also one that is known but not supported. */
export function isAggregate(name: string): boolean {
  const key = name.toUpperCase();
  return byName.has(key) || UNSUPPORTED.has(key);
}

/**
 * The overload of a call; COUNT(*) has no arguments. Fails with `undefined_function` for an unknown name, `unsupported`
 * for an aggregate of the dialect that is not there, `datatype_mismatch` when it does not take the arguments.
 */
export function resolveAggregate(
  name: string,
  args: readonly BoundArgument[],
  { distinct }: { readonly distinct: boolean },
): ResolvedCall {
  const key = name.toUpperCase();
  const definition = byName.get(key);
  if (definition === undefined) {
    if (UNSUPPORTED.has(key)) throw unsupported(`aggregate function ${key}`, `There are ${names()}.`);
    const similar = similarNames(
      key,
      ALL.map((candidate) => candidate.name),
    );
    throw new EngineError('undefined_function', `aggregate function "${key}" does not exist`, {
      hint: similar.length > 0 ? `Aggregates with similar names: ${similar.join(', ')}.` : undefined,
    });
  }
  const resolved = definition.resolve(args, distinct);
  if (resolved !== undefined) return { name: definition.name, ...resolved };
  const types = args.map((argument) => typeToString(withNullable(argument.type, true))).join(', ');
  throw new EngineError('datatype_mismatch', `aggregate function ${definition.name} does not take (${types})`, {
    hint: `It is called as ${definition.signature}.`,
  });
}

const names = (): string => ALL.map((definition) => definition.name).join(', ');

/** The function under its canonical name, as an aggregate call holds it. */
export function aggregateFunction(name: string): AggregateFunction {
  const definition = byName.get(name);
  if (definition === undefined) throw new EngineError('internal_error', `aggregate "${name}" is not registered`);
  return definition;
}

/** The aggregate functions that SQL can call, by name. */
export function aggregateInfos(): readonly FunctionInfo[] {
  return ALL;
}
