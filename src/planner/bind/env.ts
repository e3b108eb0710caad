import type { CatalogFunction } from '../../catalog/table.ts';
import type { FunctionCall } from '../../parser/ast.ts';
import type { Expr } from '../../plan/expr.ts';
import type { PlannerContext } from '../context.ts';
import type { Scope } from './scope.ts';

/** Where an expression stands. */
export interface Env {
  readonly ctx: PlannerContext;
  readonly scope: Scope;
  /** How messages call the place: `WHERE`. */
  readonly clause: string;
  readonly calls: CallHooks;
}

/** What becomes of calls that are no scalar functions; an absent hook refuses them. */
export interface CallHooks {
  /** `own`: a function of the program; else `name` is one that comes along. */
  aggregate?(call: FunctionCall, name: string, own?: CatalogFunction): Expr;
  over?(call: FunctionCall, name: string): Expr;
  /** TUMBLE_START(…) and the like. */
  windowProperty?(call: FunctionCall, name: string): Expr;
}
