/** Functions of the program, from what the program says of them. */
import { EngineError } from '../errors.ts';
import type {
  AggregateUserFunction,
  ArgumentColumn,
  AsyncUserFunction,
  TableUserFunction,
  UserFunction,
} from '../functions/user/user-function.ts';
import type { DataType } from '../types/data-type.ts';
import type { JsValue } from '../types/js-value.ts';
import { parseDurationMs } from '../types/option-spec.ts';
import type { Schema } from '../types/schema.ts';
import { parseType } from './parse-type.ts';

/** What all kinds of functions say. */
interface SpecBase {
  /** SQL types of the arguments; one that ends in `...` may be repeated, or left out. */
  readonly args?: readonly string[];
  /** Whether the same arguments always give the same value. True when it is not said. */
  readonly deterministic?: boolean;
  /** Whether a NULL argument gives NULL without a call. False when it is not said: the function is called with null. */
  readonly strict?: boolean;
}

/** A function that gives a value per row. */
export interface ScalarSpec extends SpecBase {
  readonly kind?: 'scalar';
  readonly returns: string;
}

/** A function that is given whole columns, and gives one. */
export interface VectorizedSpec extends SpecBase {
  readonly kind: 'vectorized';
  readonly returns: string;
}

/** A function that gives a promise of a value. */
export interface AsyncSpec extends SpecBase {
  readonly kind: 'async';
  readonly returns: string;
  /** Rows come out in the order in which they came in. True when it is not said; always so where rows are updated. */
  readonly ordered?: boolean;
  /** Calls at a time; 10 when it is not said. */
  readonly concurrency?: number;
  /** Milliseconds, or a duration (`'3 min'`, which it is when it is not said): the time of all attempts of one call. */
  readonly timeout?: number | string;
  /** Calls in all until one succeeds; 3 when it is not said. */
  readonly attempts?: number;
  /** Milliseconds or a duration between two attempts; `'100 ms'` when it is not said. */
  readonly retryDelay?: number | string;
}

/** A function that gives rows: `CROSS JOIN LATERAL TABLE(f(x))`. */
export interface TableFunctionSpec extends SpecBase {
  readonly kind: 'table';
  /** Columns by name, or one type: its column is then `f0`, and the function gives plain values. */
  readonly returns: string | Readonly<Record<string, string>>;
}

/** What a function is: argument and result types in SQL, and how it is called. */
export type FunctionSpec = ScalarSpec | VectorizedSpec | AsyncSpec | TableFunctionSpec;

/**
 * An aggregate function. Its state is JSON (also bigints, at any depth) and is kept per group by the engine, with its
 * checkpoints.
 */
export interface AggregateSpec<State = unknown> extends SpecBase {
  readonly returns: string;
  /** The state of no rows. */
  create(): State;
  /** Takes a row in: changes the state, or gives the next one. */
  // Arguments are as the types of `args` say, which the type system cannot see: hence any.
  // oxlint-disable-next-line typescript/no-explicit-any
  accumulate(state: State, ...args: any[]): State | void;
  /** Takes a row back out; needed where rows are updated. */
  // oxlint-disable-next-line typescript/no-explicit-any
  retract?(state: State, ...args: any[]): State | void;
  result(state: State): unknown;
}

/** The implementation of a function that is no aggregate. */
// Arguments are as the types of `args` say, which the type system cannot see: hence any.
// oxlint-disable-next-line typescript/no-explicit-any
export type FunctionBody = (...args: any[]) => unknown;

/** A function checked and with its types bound. Throws `invalid_definition` or the error of a type. */
export function userFunction(
  name: string,
  spec: FunctionSpec | AggregateSpec,
  body: FunctionBody | null,
): UserFunction {
  const bad = (what: string, hint?: string): EngineError =>
    new EngineError('invalid_definition', `function ${name} ${what}`, { hint });
  const types = spec.args ?? [];
  const args = types.map((text, i): DataType => {
    if (typeof text !== 'string') throw bad(`has no type for argument ${i + 1}`, "Types are texts: args: ['STRING'].");
    return parseType(text.replace(/\.\.\.$/, ''), `argument ${i + 1} of function ${name}`);
  });
  const repeated = types.findIndex((text) => text.endsWith('...'));
  if (repeated !== -1 && repeated !== types.length - 1) throw bad('can only repeat its last argument');
  const base = {
    name,
    args,
    variadic: repeated !== -1,
    deterministic: spec.deterministic ?? true,
    strict: spec.strict ?? false,
  };
  const result = (): DataType => {
    if (typeof spec.returns === 'string') return parseType(spec.returns, `the result of function ${name}`);
    throw bad('has no type for its result', "Say it: returns: 'STRING'.");
  };
  if (isAggregateSpec(spec)) {
    const { accumulate, retract } = spec;
    return {
      ...base,
      kind: 'aggregate',
      returns: result(),
      create: () => spec.create(),
      accumulate: (state, ...values) => accumulate.call(spec, state, ...values),
      retract: retract === undefined ? null : (state, ...values) => retract.call(spec, state, ...values),
      result: (state) => spec.result(state),
    } satisfies AggregateUserFunction;
  }
  if (body === null || typeof body !== 'function') throw bad('is not a function');
  const call = (...values: readonly JsValue[]): unknown => body(...values);
  switch (spec.kind ?? 'scalar') {
    case 'scalar':
      return { ...base, kind: 'scalar', returns: result(), call };
    case 'vectorized':
      return {
        ...base,
        kind: 'vectorized',
        returns: result(),
        call: (length: number, ...columns: readonly ArgumentColumn[]) => body(length, ...columns),
      };
    case 'async': {
      const given = spec as AsyncSpec;
      return {
        ...base,
        kind: 'async',
        returns: result(),
        ordered: given.ordered ?? true,
        concurrency: whole(given.concurrency ?? 10, bad, 'concurrency'),
        attempts: whole(given.attempts ?? 3, bad, 'attempts'),
        timeoutMs: milliseconds(given.timeout ?? '3 min', bad, 'timeout'),
        retryDelayMs: milliseconds(given.retryDelay ?? '100 ms', bad, 'retryDelay'),
        call: async (...values) => body(...values),
      } satisfies AsyncUserFunction;
    }
    case 'table': {
      const { returns } = spec;
      const columns = typeof returns === 'string' ? { f0: returns } : returns;
      return {
        ...base,
        kind: 'table',
        single: typeof returns === 'string',
        returns: Object.entries(columns).map(([column, type]): Schema[number] => ({
          name: column,
          type: parseType(type, `column "${column}" of function ${name}`),
        })),
        call: (...values) => body(...values) as Iterable<unknown>,
      } satisfies TableUserFunction;
    }
    default:
      throw bad(`cannot be of kind '${String(spec.kind)}'`, 'It is scalar, vectorized, async or table.');
  }
}

type Bad = (what: string, hint?: string) => EngineError;

function whole(value: number, bad: Bad, what: string): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw bad(`has a ${what} of ${value}`, 'It is a whole number from 1 on.');
}

function milliseconds(value: number | string, bad: Bad, what: string): number {
  const ms = typeof value === 'number' ? value : parseDurationMs(value);
  if (ms !== undefined && Number.isFinite(ms) && ms >= 0) return ms;
  throw bad(`has a ${what} of ${value}`, "It is milliseconds, or a duration like '30 s'.");
}

function isAggregateSpec(spec: FunctionSpec | AggregateSpec): spec is AggregateSpec {
  return 'accumulate' in spec;
}
