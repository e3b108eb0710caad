/**
 * Calls of functions that a generated loop cannot make (of whole columns, and asynchronous ones) as operators of their
 * own: the calls of an expression are made from the inside out, each appends a column, and the expression reads that.
 * What a condition asks without such calls is asked first.
 *
 * A call stands where it is made for every row: also one in a branch of CASE that is not taken.
 */
import { EngineError } from '../../errors.ts';
import { conjunction, conjuncts, type Expr, exprChildren, replaceExpr, sameExpr } from '../../plan/expr.ts';
import { identity } from '../../plan/logical.ts';
import { isInsertOnly, type PhysicalNode, type UserFunctionCall } from '../../plan/physical.ts';
import type { Field, Schema } from '../../types/schema.ts';
import type { Lowering } from './lowering.ts';

type CallExpr = Extract<Expr, { kind: 'call' }>;

interface Calc {
  readonly condition: Expr | null;
  readonly projections: readonly Expr[];
}

const isDeferred = (expr: Expr): expr is CallExpr =>
  expr.kind === 'call' && expr.user !== undefined && expr.user.kind !== 'scalar';

const hasDeferred = (expr: Expr): boolean => isDeferred(expr) || exprChildren(expr).some(hasDeferred);

/** The calls whose arguments hold no further ones, each once. */
function innermost(exprs: readonly Expr[]): CallExpr[] {
  const found: CallExpr[] = [];
  const visit = (expr: Expr): void => {
    if (isDeferred(expr) && !expr.args.some(hasDeferred)) {
      if (!found.some((other) => other.user?.deterministic === true && sameExpr(other, expr))) found.push(expr);
    } else exprChildren(expr).forEach(visit);
  };
  exprs.forEach(visit);
  return found;
}

/** A calc over an input that makes its deferred calls, or null where it has none. */
export function withDeferredCalls(
  given: PhysicalNode,
  calc: Calc,
  lowering: Lowering,
): { readonly input: PhysicalNode; readonly calc: Calc } | null {
  const all = [...conjuncts(calc.condition), ...calc.projections];
  if (!isInsertOnly(given.changelog)) all.forEach(refuseForgetful);
  if (!all.some(hasDeferred)) return null;
  const first = conjunction(conjuncts(calc.condition).filter((part) => !hasDeferred(part)));
  const rest = conjunction(conjuncts(calc.condition).filter(hasDeferred));
  const filtered =
    first === null
      ? given
      : lowering.calc(given, { condition: first, projections: identity(given.schema), schema: given.schema });
  // The condition's calls first, so that the others are made for the rows that pass. One kind at a time, so that each
  // operator has calls of one kind.
  const found = innermost(rest === null ? calc.projections : conjuncts(rest));
  const calls = found.filter((each) => each.user?.kind === found[0]?.user?.kind);
  const input = callNode(filtered, calls, lowering);
  const width = filtered.schema.length;
  const over = (expr: Expr): Expr =>
    replaceExpr(expr, (part) => {
      if (!isDeferred(part)) return undefined;
      const index = calls.findIndex(
        (each) => each === part || (each.user?.deterministic === true && sameExpr(each, part)),
      );
      if (index === -1) return undefined;
      return { kind: 'column', index: width + index, type: (input.schema[width + index] as Field).type };
    });
  return {
    input,
    calc: { condition: rest === null ? null : over(rest), projections: calc.projections.map(over) },
  };
}

function callNode(input: PhysicalNode, calls: readonly CallExpr[], lowering: Lowering): PhysicalNode {
  const { input: below, args } = withArguments(
    input,
    calls.map((call) => call.args),
    lowering,
  );
  const schema: Schema = [
    ...input.schema,
    ...calls.map((call, i): Field => ({ name: `$call${lowering.nextId}_${i}`, type: call.type })),
  ];
  const made = calls.map((call, i): UserFunctionCall => ({ name: call.name, args: args[i] as number[] }));
  const common = { input: below, width: input.schema.length, calls: made, schema, changelog: input.changelog };
  return calls[0]?.user?.kind === 'async'
    ? lowering.add({
        kind: 'async-call',
        ...common,
        // An update's two halves must not overtake each other.
        ordered: !isInsertOnly(input.changelog) || calls.some((call) => call.user?.ordered === true),
      })
    : lowering.add({ kind: 'vector-call', ...common });
}

/** The input with columns for arguments behind its own, and where they stand. */
export function withArguments(
  input: PhysicalNode,
  calls: readonly (readonly Expr[])[],
  lowering: Lowering,
): { readonly input: PhysicalNode; readonly args: readonly (readonly number[])[] } {
  const projections: Expr[] = identity(input.schema);
  const schema: Field[] = [...input.schema];
  const args = calls.map((exprs) =>
    exprs.map((expr) => {
      const existing = projections.findIndex((other) => sameExpr(other, expr));
      if (existing >= 0) return existing;
      schema.push({ name: `$arg${schema.length}`, type: expr.type });
      return projections.push(expr) - 1;
    }),
  );
  return { input: lowering.calc(input, { condition: null, projections, schema }), args };
}

/** A function that may give another value for the same row cannot take back what it gave. */
function refuseForgetful(expr: Expr): void {
  if (expr.kind === 'call' && expr.user?.deterministic === false) {
    throw new EngineError(
      'unsupported',
      `calling ${expr.name}, which is not deterministic, for rows that are updated is not supported`,
      {
        detail: 'The row that an update takes back is computed again, and would be another one.',
        hint: 'Call it before the rows are aggregated or joined, or declare it deterministic.',
      },
    );
  }
  exprChildren(expr).forEach(refuseForgetful);
}
