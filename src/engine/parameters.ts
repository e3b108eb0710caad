/**
 * Values of `?` and `:name`: they enter a statement as typed literals when it is bound, never as text.
 */
import { EngineError, similarNames } from '../errors.ts';
import type { Parameter, Statement } from '../parser/ast.ts';
import type { Expr } from '../plan/expr.ts';
import type { DataType } from '../types/data-type.ts';
import { fromJs, inferFromJs } from '../types/js-value.ts';
import { parseType } from './parse-type.ts';

/** A value with the SQL type that it is to have: `typed('12.50', 'DECIMAL(10, 2)')`. */
export class TypedValue {
  readonly value: unknown;
  readonly type: string;

  constructor(value: unknown, type: string) {
    this.value = value;
    this.type = type;
  }
}

/**
 * Gives a parameter a type other than the one that its JavaScript value would have (see `QueryParameters`).
 *
 * Throws `datatype_mismatch` when a query is run with it and the type cannot hold the value exactly.
 */
export function typed(value: unknown, type: string): TypedValue {
  return new TypedValue(value, type);
}

/**
 * Values for the parameters of a statement: an array for `?`, in order, or an object for `:name`.
 *
 * Their types follow from the value: boolean BOOLEAN, a whole number INT (BIGINT where it is larger), another number
 * DOUBLE, bigint BIGINT, string STRING, Date TIMESTAMP_LTZ(3), Uint8Array BYTES, an array ARRAY, null NULL; or from
 * `typed(value, type)`.
 */
export type QueryParameters = readonly unknown[] | Readonly<Record<string, unknown>>;

type Literal = Extract<Expr, { kind: 'literal' }>;

/** What takes values; elsewhere (in a view or a computed column) they would have to outlive the statement. */
const TAKE_PARAMETERS: ReadonlySet<Statement['kind']> = new Set(['query', 'insert', 'statementSet', 'explain']);

/** A lookup of the literals that stand for the parameters of a statement. */
export function bindParameters(
  statement: Statement,
  given: QueryParameters | undefined,
): (node: Parameter) => Literal | undefined {
  const nodes = parametersOf(statement);
  const [first] = nodes;
  if (first !== undefined && !TAKE_PARAMETERS.has(statement.kind)) {
    throw new EngineError('unsupported', 'parameters are only supported in queries and INSERT', {
      hint: 'Write the value itself: what is defined here outlives the call that has the values.',
      span: first.span,
    });
  }
  const values = new Map<Parameter, Literal>();
  if (given === undefined) return () => undefined;
  if (Array.isArray(given)) bindByPlace(nodes, given as readonly unknown[], values);
  else bindByName(nodes, given as Readonly<Record<string, unknown>>, values);
  return (node) => values.get(node);
}

function bindByPlace(nodes: readonly Parameter[], given: readonly unknown[], values: Map<Parameter, Literal>): void {
  const named = nodes.find((node) => node.name !== null);
  if (named !== undefined) {
    throw new EngineError('undefined_object', `parameter ":${named.name}" has no value`, {
      hint: `Give the values as an object: { ${named.name}: … }.`,
      span: named.span,
    });
  }
  if (given.length !== nodes.length) {
    throw new EngineError(
      'undefined_object',
      `the statement has ${nodes.length} parameters, and ${given.length} values`,
      {
        span: nodes[given.length]?.span,
      },
    );
  }
  nodes.forEach((node, i) => values.set(node, literalOf(given[i], `parameter ${i + 1}`, node)));
}

function bindByName(
  nodes: readonly Parameter[],
  given: Readonly<Record<string, unknown>>,
  values: Map<Parameter, Literal>,
): void {
  const literals = new Map<string, Literal>();
  for (const node of nodes) {
    const { name } = node;
    if (name === null) {
      throw new EngineError('undefined_object', 'parameter "?" has no value', {
        hint: 'Give the values as an array: "?" has no name.',
        span: node.span,
      });
    }
    if (!Object.hasOwn(given, name)) {
      const near = similarNames(name, Object.keys(given));
      throw new EngineError('undefined_object', `parameter ":${name}" has no value`, {
        hint: near.length > 0 ? `Given were values with similar names: ${near.join(', ')}.` : undefined,
        span: node.span,
      });
    }
    const literal = literals.get(name) ?? literalOf(given[name], `parameter ":${name}"`, node);
    literals.set(name, literal);
    values.set(node, literal);
  }
  const extra = Object.keys(given).find((name) => !literals.has(name));
  if (extra !== undefined) {
    throw new EngineError('undefined_object', `the statement has no parameter ":${extra}"`, {
      hint: literals.size > 0 ? `It has ${[...literals.keys()].map((name) => `":${name}"`).join(', ')}.` : undefined,
    });
  }
}

function literalOf(given: unknown, what: string, node: Parameter): Literal {
  try {
    if (!(given instanceof TypedValue)) {
      const { type, value } = inferFromJs(given, what);
      return { kind: 'literal', value, type };
    }
    const type: DataType = { ...parseType(given.type, what), nullable: true };
    const value = fromJs(type, what)(given.value);
    return { kind: 'literal', value, type: { ...type, nullable: value === null } };
  } catch (error) {
    if (error instanceof EngineError) throw error.at(node.span);
    throw error;
  }
}

/** In order of the text. */
function parametersOf(statement: Statement): readonly Parameter[] {
  const found = new Set<Parameter>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (typeof node === 'object' && node !== null) {
      if ((node as { kind?: unknown }).kind === 'parameter') found.add(node as Parameter);
      else Object.values(node).forEach(visit);
    }
  };
  visit(statement);
  return [...found].toSorted((a, b) => a.span.start - b.span.start);
}
