/**
 * The physical plan: one closed union of plain, structured-cloneable nodes. What a node means stands here, on one
 * page; how it is executed stands in `runtime/operators/<kind>.ts`.
 *
 * Columns are addressed by index into the input's schema. `changelog` lists the row kinds that a node may emit.
 */
import type { Schema } from '../types/schema.ts';
import type { DataType } from '../types/data-type.ts';
import type { ChangelogMode, TableDefinition } from '../types/table-definition.ts';
import type { Value } from '../types/vector.ts';
import type { Expr } from './expr.ts';

export const INSERT_ONLY: ChangelogMode = { updateBefore: false, updateAfter: false, delete: false };
export const ALL_CHANGES: ChangelogMode = { updateBefore: true, updateAfter: true, delete: true };
export const isInsertOnly = (mode: ChangelogMode): boolean => !mode.updateBefore && !mode.updateAfter && !mode.delete;
/** Changes by key: +U alone says that a row is new or another, and of a row that goes -D may hold no more than the key. */
export const isUpsert = (mode: ChangelogMode): boolean => mode.updateAfter && !mode.updateBefore;

interface NodeBase {
  /** Unique in the plan and stable for one query text: names the operator's state. */
  readonly id: number;
  readonly schema: Schema;
  readonly changelog: ChangelogMode;
}

/**
 * One column that a scan decodes: a leaf path into the table's physical row (`['bid', 'price']`), or a metadata key.
 * A leaf below a NULL row is NULL.
 */
export type ScanColumn =
  | { readonly kind: 'physical'; readonly path: readonly string[]; readonly type: DataType }
  | { readonly kind: 'metadata'; readonly key: string; readonly type: DataType };

/** How watermarks come about at a scan: `expr` over the scan's output row, for the rowtime column `column`. */
export interface WatermarkSpec {
  readonly column: number;
  readonly expr: Expr;
  /** 0 = after every row; else as Flink's periodic generator. */
  readonly intervalMs: number;
  /** 0 = a silent split holds the watermark for ever. */
  readonly idleTimeoutMs: number;
}

export interface SortKey {
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** An aggregate over columns of the input. `filter`: a BOOLEAN column; only TRUE rows count. */
export interface AggregateCall {
  readonly name: string;
  readonly args: readonly number[];
  readonly argTypes: readonly DataType[];
  readonly distinct: boolean;
  readonly filter: number | null;
  readonly type: DataType;
  /** A function of the program, by the name that the catalog gives it. */
  readonly user?: boolean | undefined;
  /** Constant arguments (the separator of LISTAGG), in order, after the column arguments. */
  readonly constants: readonly Value[];
}

/** A call of a function of the program, by the name that the catalog gives it, over columns of the input. */
export interface UserFunctionCall {
  readonly name: string;
  readonly args: readonly number[];
}

/** All times in milliseconds. */
export type WindowSpec =
  | { readonly kind: 'tumble'; readonly sizeMs: number; readonly offsetMs: number }
  | { readonly kind: 'hop'; readonly slideMs: number; readonly sizeMs: number; readonly offsetMs: number }
  | { readonly kind: 'cumulate'; readonly stepMs: number; readonly sizeMs: number; readonly offsetMs: number }
  | { readonly kind: 'session'; readonly gapMs: number };

/** What a window contributes to a row: TIMESTAMP(3) bounds; `time` is end − 1 ms as a rowtime attribute. */
export type WindowProperty = 'start' | 'end' | 'time';

export type JoinType = 'inner' | 'left' | 'right' | 'full';

export type PhysicalNode =
  /** Literal rows, then the end. */
  | (NodeBase & { readonly kind: 'values'; readonly rows: readonly (readonly Value[])[] })
  /**
   * Reads a table: `columns` from the connector, then `computed` expressions over them (the whole output row), then
   * watermarks per split. Bad records and a NULL rowtime are settled here.
   */
  | (NodeBase & {
      readonly kind: 'scan';
      readonly table: TableDefinition;
      readonly columns: readonly ScanColumn[];
      /** The output row over `columns`; `null` = the columns as they are. */
      readonly computed: readonly Expr[] | null;
      readonly watermark: WatermarkSpec | null;
      /** Where the scan's rows count as late or bad go: `millrace.on-error`, `millrace.late-rows`. */
      readonly onError: 'fail' | 'skip' | 'dead-letter';
      readonly deadLetter: TableDefinition | null;
      readonly lateRows: TableDefinition | null;
    })
  /** Keeps rows whose `condition` is TRUE and computes `projections` of them. Passes row kinds. */
  | (NodeBase & {
      readonly kind: 'calc';
      readonly input: PhysicalNode;
      readonly condition: Expr | null;
      readonly projections: readonly Expr[];
    })
  /** Deals rows to the subtasks of the next operator: by hash of `keys`, or all to subtask 0 when `keys` is empty. */
  | (NodeBase & { readonly kind: 'exchange'; readonly input: PhysicalNode; readonly keys: readonly number[] })
  /**
   * One accumulator row per key, output = keys then aggregates. First row of a key +I, then −U/+U (−U only if
   * `emitUpdateBefore`), nothing where the result did not change (unless `stateTtlMs` > 0), −D when the count is back
   * at zero. `inputRetracts`: the input holds −U or −D, so the aggregates must be retractable. No aggregates: DISTINCT.
   */
  | (NodeBase & {
      readonly kind: 'group-aggregate';
      readonly input: PhysicalNode;
      readonly keys: readonly number[];
      readonly aggregates: readonly AggregateCall[];
      readonly inputRetracts: boolean;
      readonly emitUpdateBefore: boolean;
      readonly stateTtlMs: number;
    })
  /**
   * Aggregates per key and window of the rowtime column; output = keys, aggregates, then `properties`. Emits +I when
   * the watermark reaches end − 1 ms. `style` decides late rows: `table-function` drops a row only when all of its
   * windows have fired, `group` likewise per window. `timeColumn` holds epoch ms (local wall clock for LTZ).
   */
  | (NodeBase & {
      readonly kind: 'window-aggregate';
      readonly input: PhysicalNode;
      readonly window: WindowSpec;
      readonly timeColumn: number;
      readonly keys: readonly number[];
      readonly aggregates: readonly AggregateCall[];
      readonly properties: readonly WindowProperty[];
      readonly style: 'table-function' | 'group';
      readonly inputRetracts: boolean;
      readonly lateRows: TableDefinition | null;
    })
  /**
   * Aggregates per key and per window that an upstream node already attached as columns (a cascade by the same
   * window_start and window_end). Output = keys (which hold the window columns), then aggregates.
   */
  | (NodeBase & {
      readonly kind: 'attached-window-aggregate';
      readonly input: PhysicalNode;
      readonly startColumn: number | null;
      readonly endColumn: number;
      /** The windows were cut on the wall clock of the session's zone: their time attribute is TIMESTAMP_LTZ. */
      readonly onLocalTime?: boolean | undefined;
      readonly keys: readonly number[];
      readonly aggregates: readonly AggregateCall[];
      readonly inputRetracts: boolean;
    })
  /** Appends window_start, window_end, window_time; one row per window of a row, newest window first. */
  | (NodeBase & {
      readonly kind: 'window-table-function';
      readonly input: PhysicalNode;
      readonly window: WindowSpec;
      readonly timeColumn: number;
      /** SESSION only: sessions are per partition key. */
      readonly partition: readonly number[];
    })
  /**
   * The rows `from` to `to` (1-based, inclusive) of each partition in `order`; with `outputRank` the row number
   * (BIGINT) is the last column and rows are re-emitted as it changes. `strategy` is what the input needs: `append`,
   * insertions only; `update`, a row replaces the one with its `upsertKey` (columns that hold `partition`) and only
   * moves towards the top, without −U and −D; `retract`, any changes. `upsertKey` is empty but for `update`.
   */
  | (NodeBase & {
      readonly kind: 'rank';
      readonly input: PhysicalNode;
      readonly partition: readonly number[];
      readonly order: readonly SortKey[];
      readonly from: number;
      readonly to: number;
      readonly outputRank: boolean;
      readonly strategy: 'append' | 'update' | 'retract';
      readonly upsertKey: readonly number[];
      readonly emitUpdateBefore: boolean;
      readonly stateTtlMs: number;
    })
  /**
   * One row per key: the first or last by time. `rowtime` + first: the earliest row, +I when the watermark passes it;
   * `rowtime` + last: updates as later rows arrive (a tie replaces); `proctime`: by arrival.
   */
  | (NodeBase & {
      readonly kind: 'deduplicate';
      readonly input: PhysicalNode;
      readonly keys: readonly number[];
      readonly time: 'rowtime' | 'proctime';
      readonly timeColumn: number;
      readonly keep: 'first' | 'last';
      readonly emitUpdateBefore: boolean;
      readonly stateTtlMs: number;
    })
  /** The first `limit` rows after `offset`, by arrival; on a retracting input the rows it kept stay consistent. */
  | (NodeBase & {
      readonly kind: 'limit';
      readonly input: PhysicalNode;
      readonly offset: number;
      readonly limit: number;
      readonly inputRetracts: boolean;
    })
  /** Releases rows in `order`, whose first key is the ascending rowtime column, as the watermark passes them. */
  | (NodeBase & {
      readonly kind: 'temporal-sort';
      readonly input: PhysicalNode;
      readonly timeColumn: number;
      readonly order: readonly SortKey[];
    })
  /** All rows of all inputs; the watermark is the least of theirs. */
  | (NodeBase & { readonly kind: 'union'; readonly inputs: readonly PhysicalNode[] })
  /**
   * Regular join; output = left columns then right columns. `leftKeys[i]` equals `rightKeys[i]` (NULL never matches
   * unless `nullSafe[i]`); `condition` is the rest, over the concatenated row. Both sides are kept in state.
   * `leftUnique`/`rightUnique`: the join key contains that side's unique key (at most one row per key).
   */
  | (NodeBase & {
      readonly kind: 'join';
      readonly left: PhysicalNode;
      readonly right: PhysicalNode;
      readonly type: JoinType;
      readonly leftKeys: readonly number[];
      readonly rightKeys: readonly number[];
      readonly nullSafe: readonly boolean[];
      readonly condition: Expr | null;
      readonly leftStateTtlMs: number;
      readonly rightStateTtlMs: number;
    })
  /**
   * Rows of two append-only streams with equal keys and `left.time` in [right.time + lowerMs, right.time + upperMs].
   * Inner matches come at once; null-padding of outer sides once the watermark passed the bound. State is freed by
   * watermark, and the output's watermark is held back by the larger of the two bounds.
   */
  | (NodeBase & {
      readonly kind: 'interval-join';
      readonly left: PhysicalNode;
      readonly right: PhysicalNode;
      readonly type: JoinType;
      readonly leftKeys: readonly number[];
      readonly rightKeys: readonly number[];
      readonly leftTime: number;
      readonly rightTime: number;
      readonly lowerMs: number;
      readonly upperMs: number;
      readonly condition: Expr | null;
    })
  /**
   * Makes whole changes of changes by key. The last row of each key that meets `condition` is kept: its first row gives
   * +I, another one −U/+U (−U only if `emitUpdateBefore`), an equal one nothing (unless `stateTtlMs` > 0), one that does
   * not meet `condition` −D. −D of the input needs the key only and gives −D of the row that is kept, if there is one.
   */
  | (NodeBase & {
      readonly kind: 'changelog-normalize';
      readonly input: PhysicalNode;
      readonly keys: readonly number[];
      readonly condition: Expr | null;
      readonly emitUpdateBefore: boolean;
      readonly stateTtlMs: number;
    })
  /**
   * Appends to the first `width` columns of the input one column a call: what a function of the program gives that takes
   * whole columns. The columns beyond `width` are arguments.
   */
  | (NodeBase & {
      readonly kind: 'vector-call';
      readonly input: PhysicalNode;
      readonly width: number;
      readonly calls: readonly UserFunctionCall[];
    })
  /**
   * As `vector-call`, of functions that give promises. Rows wait in state until all of their calls have come back, and
   * go on in order with `ordered`, or where one of the functions wants that.
   */
  | (NodeBase & {
      readonly kind: 'async-call';
      readonly input: PhysicalNode;
      readonly width: number;
      readonly calls: readonly UserFunctionCall[];
      readonly ordered: boolean;
    })
  /**
   * Each row of the input (its first `width` columns) with each row that a table function gives for it; with `outer`
   * with NULLs where it gives none. Row kinds stay.
   */
  | (NodeBase & {
      readonly kind: 'correlate';
      readonly input: PhysicalNode;
      readonly width: number;
      readonly call: UserFunctionCall;
      readonly outer: boolean;
    })
  /** Takes -U away where the consumer keys its rows and does not need it. */
  | (NodeBase & { readonly kind: 'drop-update-before'; readonly input: PhysicalNode })
  /**
   * Writes to a table. `notNull`: columns that the sink declares NOT NULL, by index. `keyOnlyDeletes`: of a row of kind
   * -D no more than the key can be relied on.
   */
  | (NodeBase & {
      readonly kind: 'sink';
      readonly input: PhysicalNode;
      readonly table: TableDefinition;
      readonly notNull: readonly number[];
      readonly keyOnlyDeletes?: boolean | undefined;
      readonly notNullPolicy: 'error' | 'drop';
    })
  /** The result of a SELECT, handed to whoever runs it. `notNull`: columns whose type is NOT NULL, by index. */
  | (NodeBase & {
      readonly kind: 'collect';
      readonly input: PhysicalNode;
      readonly notNull: readonly number[];
      readonly notNullPolicy: 'error' | 'drop';
    });

export type PhysicalKind = PhysicalNode['kind'];
export type PhysicalOf<K extends PhysicalKind> = Extract<PhysicalNode, { kind: K }>;

/** The inputs of a node, in port order. */
export function inputsOf(node: PhysicalNode): readonly PhysicalNode[] {
  switch (node.kind) {
    case 'values':
    case 'scan':
      return [];
    case 'union':
      return node.inputs;
    case 'join':
    case 'interval-join':
      return [node.left, node.right];
    default:
      return [node.input];
  }
}
