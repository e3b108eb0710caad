/**
 * Regular join of two changing inputs; both sides are kept.
 *
 * State: each side's rows in lists by join key (equal rows are separate records); on a side that may retract also an
 * index over whole rows, which finds what a retraction means; on an outer side each row's number of matches. Rows with
 * a NULL in the key match nothing and are not kept. With retention a row goes when it was not written for that long (a
 * change of its number of matches is a write); a retraction of a row that is not there is ignored.
 *
 * What a row gives, as Flink's StreamingJoinOperator does, match by match in order of arrival:
 * - a row that comes: where the match was alone on an outer side −D[null, match]; then [row, match], as +I if either
 *   side is outer, else of the row's own kind. Without a match on an outer side: +I[row, null].
 * - a row that goes: [row, match] as −D if its side is outer, else of the row's own kind; then +I[null, match] where
 *   the match is now alone on an outer side. Without a match on an outer side: −D[row, null].
 *
 * Cost: two hash probes a row, plus one step per match.
 */
import { type JoinType, type PhysicalNode, type PhysicalOf, isInsertOnly } from '../../plan/physical.ts';
import type { ListIndex, Table } from '../../state/state.ts';
import { type Batch, DELETE, INSERT, isRetraction } from '../../types/batch.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import { INT, notNull } from '../../types/data-type.ts';
import type { Vector } from '../../types/vector.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { NO_MARKS } from '../rows/marks.ts';
import { NullKeyMask } from '../rows/null-keys.ts';
import { type RowCopier, compileRowCopier, padWithNulls } from '../rows/row-copier.ts';
import { RowOutput } from '../rows/row-output.ts';
import { PairCondition, RowPairs } from '../rows/row-pairs.ts';
import { RowStorage } from '../rows/row-storage.ts';

interface Side {
  readonly storage: RowStorage;
  readonly table: Table;
  readonly byKey: ListIndex;
  readonly byRow: ListIndex | null;
  readonly outer: boolean;
  readonly matchesField: number;
  /** Output columns: where the side's begin, how many they are, and where each field of a record goes. */
  readonly first: number;
  readonly width: number;
  readonly targets: readonly ColumnBuilder[];
  readonly copy: RowCopier;
  /** For batches of this side against the rows of the other. */
  condition: PairCondition | null;
}

class JoinOperator implements Operator {
  readonly #output: RowOutput;
  readonly #sides: readonly [Side, Side];
  readonly #nullKeys: NullKeyMask;
  readonly #pairs = new RowPairs();
  #heads = new Int32Array(1024);

  constructor(node: PhysicalOf<'join'>, context: OperatorContext) {
    this.#output = new RowOutput(node.schema, context.output, context.batchSize);
    this.#nullKeys = new NullKeyMask(node.nullSafe);
    const left = this.#side(context, node.left, {
      name: 'left',
      keys: node.leftKeys,
      outer: isOuter(node.type, 'left'),
      first: 0,
      retentionMs: node.leftStateTtlMs,
    });
    const right = this.#side(context, node.right, {
      name: 'right',
      keys: node.rightKeys,
      outer: isOuter(node.type, 'right'),
      first: node.left.schema.length,
      retentionMs: node.rightStateTtlMs,
    });
    this.#sides = [left, right];
    if (node.condition === null) return;
    const schemas = { left: node.left.schema, right: node.right.schema };
    left.condition = new PairCondition(node.condition, context.eval, { ...schemas, batchIsLeft: true, ...right });
    right.condition = new PairCondition(node.condition, context.eval, { ...schemas, batchIsLeft: false, ...left });
  }

  #side(
    context: OperatorContext,
    input: PhysicalNode,
    of: {
      readonly name: string;
      readonly keys: readonly number[];
      readonly outer: boolean;
      readonly first: number;
      readonly retentionMs: number;
    },
  ): Side {
    const bookkeeping = of.outer ? [{ name: 'matches', type: notNull(INT) }] : [];
    const storage = new RowStorage(input.schema, of.keys, bookkeeping);
    const { keyFields, rowFields } = storage;
    // Where the key is the whole row, its list holds equal rows only and finds retracted ones as well.
    const needsRowIndex = !isInsertOnly(input.changelog) && keyFields.length < rowFields.length;
    const table = context.state.table({
      name: of.name,
      version: 1,
      fields: storage.fields,
      keyFields: keyFields.length,
      indexes: [
        { kind: 'list', fields: keyFields },
        ...(needsRowIndex ? [{ kind: 'list' as const, fields: rowFields }] : []),
      ],
      retentionMs: of.retentionMs,
    });
    return {
      storage,
      table,
      byKey: table.list(0),
      byRow: needsRowIndex ? table.list(1) : isInsertOnly(input.changelog) ? null : table.list(0),
      outer: of.outer,
      matchesField: storage.bookkeeping,
      first: of.first,
      width: input.schema.length,
      targets: storage.targets(this.#output, of.first),
      copy: compileRowCopier(input.schema),
      condition: null,
    };
  }

  process(port: number, batch: Batch): void {
    const { length, vectors } = batch;
    const marks = batch.marks ?? NO_MARKS;
    const side = this.#sides[port] as Side;
    const other = this.#sides[1 - port] as Side;
    side.table.expire();
    other.table.expire();
    let mark = 0;
    if (length > 0) {
      const keys = side.storage.keyVectors(vectors);
      const mask = this.#nullKeys.of(keys, length);
      if (this.#heads.length < length) this.#heads = new Int32Array(length * 2);
      other.byKey.findAll(keys, length, this.#heads, mask);
      side.table.bind(side.storage.source(vectors), length);
      side.byRow?.bind(side.storage.rowVectors(vectors), length);
      for (let row = 0, end = 0; row < length; row++) {
        if (row === end) end = this.#gather(row, length, side, other, vectors);
        for (; mark < marks.length && (marks.row[mark] as number) <= row; mark++) {
          this.#output.mark(marks.time[mark] as number);
        }
        const kind = batch.kinds === null ? INSERT : (batch.kinds[row] as number);
        const keep = mask === null || mask[row] === 1;
        if (isRetraction(kind)) this.#goes(side, other, batch, row, kind, keep);
        else this.#comes(side, other, batch, row, kind, keep);
      }
    }
    for (; mark < marks.length; mark++) this.#output.mark(marks.time[mark] as number);
    this.#output.flush();
  }

  /**
   * Collects the matches of rows from `from` on and returns the row where it stopped. The other side's rows do not
   * change during the call, so what was found for the whole batch holds.
   */
  #gather(from: number, length: number, side: Side, other: Side, vectors: readonly Vector[]): number {
    const pairs = this.#pairs;
    const { byKey } = other;
    pairs.begin(from);
    let row = from;
    for (; row < length && !pairs.isEnough; row++) {
      for (let ref = this.#heads[row] as number; ref !== 0; ref = byKey.next(ref)) pairs.add(ref);
      pairs.endRow();
    }
    side.condition?.apply(pairs, vectors);
    return row;
  }

  #comes(side: Side, other: Side, batch: Batch, row: number, kind: number, keep: boolean): void {
    const { refs } = this.#pairs;
    const start = this.#pairs.startOf(row);
    const end = this.#pairs.endOf(row);
    const pairKind = side.outer || other.outer ? INSERT : kind;
    for (let pair = start; pair < end; pair++) {
      const match = refs[pair] as number;
      if (other.outer) {
        const matches = other.table.getNumber(match, other.matchesField);
        if (matches === 0) this.#emitAlone(DELETE, side, other, match);
        other.table.setNumber(match, other.matchesField, matches + 1);
        other.table.touch(match);
      }
      this.#emitPair(pairKind, side, other, batch, row, match);
    }
    if (side.outer && start === end) this.#emitPadded(INSERT, side, other, batch, row);
    if (!keep) return;
    const ref = side.table.insert(row);
    if (side.outer && end > start) side.table.setNumber(ref, side.matchesField, end - start);
  }

  #goes(side: Side, other: Side, batch: Batch, row: number, kind: number, kept: boolean): void {
    if (kept) {
      const ref = (side.byRow as ListIndex).find(row);
      if (ref === 0) return;
      side.table.remove(ref);
    }
    const { refs } = this.#pairs;
    const start = this.#pairs.startOf(row);
    const end = this.#pairs.endOf(row);
    const pairKind = side.outer ? DELETE : kind;
    for (let pair = start; pair < end; pair++) {
      const match = refs[pair] as number;
      this.#emitPair(pairKind, side, other, batch, row, match);
      if (!other.outer) continue;
      const matches = other.table.getNumber(match, other.matchesField);
      if (matches === 1) this.#emitAlone(INSERT, side, other, match);
      other.table.setNumber(match, other.matchesField, matches - 1);
      other.table.touch(match);
    }
    if (side.outer && start === end) this.#emitPadded(DELETE, side, other, batch, row);
  }

  #emitPair(kind: number, side: Side, other: Side, batch: Batch, row: number, match: number): void {
    const at = this.#output.addRow(kind);
    side.copy(this.#output.columns, side.first, at, batch.vectors, row);
    other.table.copyAllTo(match, 0, other.targets, at);
  }

  /** The batch's row without a match. */
  #emitPadded(kind: number, side: Side, other: Side, batch: Batch, row: number): void {
    const at = this.#output.addRow(kind);
    side.copy(this.#output.columns, side.first, at, batch.vectors, row);
    padWithNulls(this.#output.columns, other.first, other.width, at);
  }

  /** A stored row of the other side without a match. */
  #emitAlone(kind: number, side: Side, other: Side, ref: number): void {
    const at = this.#output.addRow(kind);
    other.table.copyAllTo(ref, 0, other.targets, at);
    padWithNulls(this.#output.columns, side.first, side.width, at);
  }
}

export function isOuter(type: JoinType, side: 'left' | 'right'): boolean {
  return type === 'full' || type === side;
}

export function joinOperator(node: PhysicalOf<'join'>, context: OperatorContext): Operator {
  return new JoinOperator(node, context);
}
