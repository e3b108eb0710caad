/**
 * The bound logical plan: what binding makes of a query and what the rules rewrite. Plain data, one closed union.
 *
 * Columns are addressed by index into the input's schema. A filter and a projection are one node, `calc`, as in the
 * physical plan. Type attributes (`rowtime`) stand in the schemas.
 */
import type { Schema } from '../types/schema.ts';
import type { Value } from '../types/vector.ts';
import type { Expr } from './expr.ts';
import type { AggregateCall, JoinType, ScanColumn, SortKey, WindowProperty, WindowSpec } from './physical.ts';
import type { TableDefinition } from '../types/table-definition.ts';

interface NodeBase {
  readonly schema: Schema;
}

export type LogicalNode =
  | (NodeBase & { readonly kind: 'values'; readonly rows: readonly (readonly Value[])[] })
  /**
   * Reads `columns` of a table and computes `outputs` over them (the output row). `watermark.expr` and
   * `watermark.column` are over the output row. `normalizeBy`: the columns of the output row that hold the primary key,
   * where the changes that the table gives must be completed by it; null where they are taken as they come.
   */
  | (NodeBase & {
      readonly kind: 'scan';
      readonly table: TableDefinition;
      readonly normalizeBy: readonly number[] | null;
      readonly columns: readonly ScanColumn[];
      readonly outputs: readonly Expr[];
      readonly watermark: { readonly column: number; readonly expr: Expr } | null;
    })
  /** Rows whose `condition` is TRUE, as `projections`. */
  | (NodeBase & {
      readonly kind: 'calc';
      readonly input: LogicalNode;
      readonly condition: Expr | null;
      readonly projections: readonly Expr[];
    })
  /** Output = keys, then aggregates. No aggregates: DISTINCT. No keys: one group for all rows. */
  | (NodeBase & {
      readonly kind: 'aggregate';
      readonly input: LogicalNode;
      readonly keys: readonly number[];
      readonly aggregates: readonly AggregateCall[];
    })
  /** GROUP BY TUMBLE(…): output = keys, aggregates, then `properties`. */
  | (NodeBase & {
      readonly kind: 'group-window-aggregate';
      readonly input: LogicalNode;
      readonly window: WindowSpec;
      readonly timeColumn: number;
      readonly keys: readonly number[];
      readonly aggregates: readonly AggregateCall[];
      readonly properties: readonly WindowProperty[];
    })
  /** Output = input, then window_start, window_end, window_time. */
  | (NodeBase & {
      readonly kind: 'window-table-function';
      readonly input: LogicalNode;
      readonly window: WindowSpec;
      readonly timeColumn: number;
      readonly partition: readonly number[];
    })
  /** Output = input, then ROW_NUMBER() as BIGINT. Lowering needs a bound on it: Top-N or deduplication. */
  | (NodeBase & {
      readonly kind: 'row-number';
      readonly input: LogicalNode;
      readonly partition: readonly number[];
      readonly order: readonly SortKey[];
    })
  /** The rows `offset` to `offset + limit` in `order`; `limit` null = all, `order` empty = by arrival. */
  | (NodeBase & {
      readonly kind: 'sort';
      readonly input: LogicalNode;
      readonly order: readonly SortKey[];
      readonly offset: number;
      readonly limit: number | null;
    })
  | (NodeBase & { readonly kind: 'union'; readonly inputs: readonly LogicalNode[] })
  /** Each row of the input with each row that a table function of the program gives for it; see the physical node. */
  | (NodeBase & {
      readonly kind: 'correlate';
      readonly input: LogicalNode;
      readonly call: { readonly name: string; readonly args: readonly Expr[]; readonly deterministic: boolean };
      readonly outer: boolean;
    })
  /** Output = left columns then right columns; `condition` is over that row, null = every pair. */
  | (NodeBase & {
      readonly kind: 'join';
      readonly left: LogicalNode;
      readonly right: LogicalNode;
      readonly type: JoinType;
      readonly condition: Expr | null;
    });

export type LogicalKind = LogicalNode['kind'];
export type LogicalOf<K extends LogicalKind> = Extract<LogicalNode, { kind: K }>;

export function logicalInputs(node: LogicalNode): readonly LogicalNode[] {
  switch (node.kind) {
    case 'values':
    case 'scan':
      return [];
    case 'union':
      return node.inputs;
    case 'join':
      return [node.left, node.right];
    default:
      return [node.input];
  }
}

/** The node over other inputs (as many as it has). */
export function withInputs(node: LogicalNode, inputs: readonly LogicalNode[]): LogicalNode {
  const first = inputs[0] as LogicalNode;
  switch (node.kind) {
    case 'values':
    case 'scan':
      return node;
    case 'union':
      return { ...node, inputs };
    case 'join':
      return { ...node, left: first, right: inputs[1] as LogicalNode };
    default:
      return { ...node, input: first };
  }
}

/** A calc that keeps every column. */
export function filterNode(input: LogicalNode, condition: Expr): LogicalOf<'calc'> {
  return { kind: 'calc', input, condition, projections: identity(input.schema), schema: input.schema };
}

export function identity(schema: Schema): Expr[] {
  return schema.map((field, index) => ({ kind: 'column', index, type: field.type }));
}

/** Whether projections hand on the first columns of the input as they are. */
export const isIdentity = (projections: readonly Expr[], width: number): boolean =>
  projections.length === width && projections.every((expr, i) => expr.kind === 'column' && expr.index === i);
