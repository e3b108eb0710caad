import type { Query } from '../../parser/ast.ts';
import type { LogicalNode } from '../../plan/logical.ts';
import type { SortKey } from '../../plan/physical.ts';
import type { PlannerContext } from '../context.ts';

/** Where a query stands: what its table names mean. */
export interface QueryEnv {
  readonly ctx: PlannerContext;
  /** Queries named by WITH, innermost last. */
  readonly named: ReadonlyMap<string, LogicalNode>;
  /** Where relative names start: the session's, or those of the view that is being expanded. */
  readonly catalog: string;
  readonly database: string;
  /** Views that are being expanded, to find one that contains itself. */
  readonly views: readonly string[];
  /** Binds a query inside of this one; handed in, since everything below a query may hold queries. */
  readonly bindQuery: (query: Query, env: QueryEnv) => LogicalNode;
}

/** What a body gives: its rows, and the order of ORDER BY over them; columns beyond `width` only serve the order. */
export interface BoundBody {
  readonly node: LogicalNode;
  readonly order: readonly SortKey[];
  readonly width: number;
}
