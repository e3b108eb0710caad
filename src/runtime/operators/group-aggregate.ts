/**
 * GROUP BY over a changing table, and DISTINCT (no aggregates).
 *
 * State: one record per key, its accumulators and, where rows are taken away, how many rows it stands for; freed when
 * that is zero again, or by retention. What DISTINCT and the retractable MIN, MAX, FIRST_VALUE, LAST_VALUE and LISTAGG
 * need beside it is in tables of their own.
 *
 * Per input row, in order, marks in between: the first row of a key gives +I; later ones −U with the old and +U with
 * the new result (−U only with `emitUpdateBefore`), nothing if the two are the same and there is no retention; the
 * row that takes the last one away gives −D with the old result. A retraction for an unknown key is ignored.
 *
 * A batch is looked up as a whole (misses overlap), then one generated loop updates and emits. A key whose count falls
 * to zero keeps its record until the batch ends, since later rows of the batch know it by ref. O(1) per row, O(keys)
 * space, apart from what the side tables say.
 */
import type { AggregateCall, PhysicalOf } from '../../plan/physical.ts';
import { type Side, columnSide, compile, openRecord, storeNames, thawAgain } from '../../state/field-code.ts';
import type { RecordLayout } from '../../state/record-layout.ts';
import type { Table } from '../../state/state.ts';
import { type Batch, BatchBuilder } from '../../types/batch.ts';
import type { BytesBuilder, ColumnBuilder } from '../../types/column-builder.ts';
import { BIGINT, type DataType, notNull, physicalKind } from '../../types/data-type.ts';
import type { Field } from '../../types/schema.ts';
import type { BytesVector, Vector } from '../../types/vector.ts';
import { AggregateProgram, type ProgramText } from '../aggregate/aggregate-program.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { NO_MARKS } from '../rows/marks.ts';

type Node = PhysicalOf<'group-aggregate'>;

interface Loop {
  bindInput(columns: readonly Vector[], arrivals: number): void;
  run(
    batch: Batch,
    marks: NonNullable<Batch['marks']>,
    refs: Int32Array,
    freshRows: Int32Array,
    freshCount: number,
  ): void;
}

/** Copies key column `k` at row `i` to row `at`; strings point into the input's pool, which outlives the output. */
function copyKey(type: DataType, k: number, at: string): string {
  const c = `keys[${k}]`;
  const valid = `${c}.valid[${at}] = kv${k}[i];`;
  switch (physicalKind(type)) {
    case 'bytes':
      return `${valid} ${c}.start[${at}] = ks${k}[i]; ${c}.len[${at}] = kl${k}[i];`;
    case 'i64':
      return `${valid} ${c}.halves[2 * (${at})] = kd${k}[2 * i]; ${c}.halves[2 * (${at}) + 1] = kd${k}[2 * i + 1];`;
    case 'bool':
    case 'i32':
    case 'f64':
      return `${valid} ${c}.data[${at}] = kd${k}[i];`;
    default:
      return `${c}.copy(${at}, kw${k}, i);`;
  }
}

function bindKey(type: DataType, k: number): string {
  const v = `const kw${k} = batch.vectors[keyColumns[${k}]], kv${k} = validity(kw${k})`;
  switch (physicalKind(type)) {
    case 'bytes':
      return `${v}, ks${k} = kw${k}.start, kl${k} = kw${k}.len;`;
    case 'i64':
      return `${v}, kd${k} = kw${k}.halves;`;
    case 'bool':
    case 'i32':
    case 'f64':
      return `${v}, kd${k} = kw${k}.data;`;
    default:
      return `${v};`;
  }
}

const countsRows = ({ name, args, filter, distinct }: AggregateCall): boolean =>
  name === 'COUNT' && args.length === 0 && filter === null && !distinct;

/** Text of the loop; `rows` is the count of rows behind a record, where rows are taken away. */
function loopText(
  node: Node,
  layout: RecordLayout,
  text: ProgramText,
  keyTypes: readonly DataType[],
  rows: Side | null,
): string {
  const { emitUpdateBefore, stateTtlMs } = node;
  const keysAt = (at: string): string => keyTypes.map((type, k) => copyKey(type, k, at)).join(' ');
  const write = (at: string): string => `{ const r = ${at}; ${text.write} }`;
  const [before, after] = emitUpdateBefore ? ['n', 'n + 1'] : ['n + 1', 'n'];
  const emitBoth = emitUpdateBefore
    ? `${keysAt('n')} ${keysAt('n + 1')} kinds[n] = 1; kinds[n + 1] = 2; n += 2;`
    : `${keysAt('n')} kinds[n] = 2; n++;`;
  // A count of all rows differs after every row: then the old result is only needed where it is emitted.
  const always = stateTtlMs > 0 || node.aggregates.some(countsRows);
  const update = (change: string): string => `
    ${always && !emitUpdateBefore ? '' : write(before)}
    ${change}
    ${write(after)}
    ${always ? `{ ${emitBoth} usesKinds = true; }` : `if (!same(n)) { ${emitBoth} usesKinds = true; }`}`;
  const isZero = rows === null ? '' : `${rows.word(0)} === 0 && ${rows.word(1)} === 0`;
  const isOne = rows === null ? '' : `${rows.word(0)} === 1 && ${rows.word(1)} === 0`;
  const addRow = rows === null ? '' : `if ((${rows.word(0)} = (${rows.word(0)} + 1) | 0) === 0) ${rows.word(1)}++;`;
  const takeRow = rows === null ? '' : `if (${rows.word(0)} === 0) ${rows.word(1)}--; ${rows.word(0)}--;`;
  const retraction =
    rows === null
      ? ''
      : `if (given !== null && (given[i] & 1) === 1) {
          if (isNew) continue;
          if (${isOne}) {
            ${write('n')} ${keysAt('n')} kinds[n] = 3; n++; usesKinds = true;
            ${text.retract}
            ${text.clear}
            ${takeRow}
            continue;
          }
          ${update(text.retract + takeRow)}
          continue;
        }`;
  return `
    ${storeNames()}
    ${text.prelude}
    function same(r) { ${text.same} }
    function bindInput(columns, arrivals) { ${text.bind} }
    function run(batch, marks, refs, freshRows, freshCount) {
      const length = batch.length, given = batch.kinds, markRows = marks.row, markTimes = marks.time, markCount = marks.length;
      const kinds = builder.kinds;
      ${keyTypes.map(bindKey).join('\n')}
      let n = builder.length, m = 0, nextFresh = 0, usesKinds = false;
      for (let i = 0; i < length; i++) {
        if (m < markCount && markRows[m] <= i) {
          builder.length = n;
          do builder.mark(markTimes[m++]); while (m < markCount && markRows[m] <= i);
        }
        if (n + 2 > limit) {
          builder.length = n;
          if (usesKinds) { builder.useKinds(); usesKinds = false; }
          flush();
          n = 0;
        }
        const ref = refs[i];
        ${openRecord(layout, 'ref')} ${thawAgain(layout, 'ref')}
        ${
          rows === null
            ? 'const isNew = nextFresh < freshCount && freshRows[nextFresh] === i; if (isNew) nextFresh++;'
            : `const isNew = ${isZero};`
        }
        ${stateTtlMs > 0 ? 'table.touch(ref);' : ''}
        ${retraction}
        if (isNew) {
          ${text.start}
          ${text.accumulate}
          ${addRow}
          ${write('n')} ${keysAt('n')} kinds[n] = 0; n++;
          continue;
        }
        ${update(text.accumulate + addRow)}
      }
      builder.length = n;
      if (usesKinds) builder.useKinds();
      while (m < markCount) builder.mark(markTimes[m++]);
    }
    return { bindInput, run };`;
}

class GroupAggregate implements Operator {
  readonly #node: Node;
  readonly #context: OperatorContext;
  readonly #table: Table;
  readonly #program: AggregateProgram;
  readonly #builder: BatchBuilder;
  readonly #loop: Loop;
  readonly #flattener: ReturnType<AggregateProgram['flattener']>;
  /** Positions of the key columns that hold bytes. */
  readonly #byteKeys: readonly number[];
  readonly #rowsField: number;
  #refs = new Int32Array(0);

  constructor(node: Node, context: OperatorContext) {
    this.#node = node;
    this.#context = context;
    const input = node.input.schema;
    const keyTypes = node.keys.map((key) => (input[key] as Field).type);
    this.#program = new AggregateProgram(
      {
        calls: node.aggregates,
        input,
        keyTypes,
        functions: context.eval,
        keyFields: keyTypes.length,
        retracts: node.inputRetracts,
        merges: false,
        retentionMs: node.stateTtlMs,
        windowKey: null,
      },
      context.state,
    );
    const keyCount = keyTypes.length;
    this.#rowsField = node.inputRetracts ? keyCount + this.#program.fields.length : -1;
    this.#table = context.state.table({
      name: 'groups',
      version: 1,
      fields: [
        ...keyTypes.map((type, k) => ({ name: `k${k}`, type })),
        ...this.#program.fields,
        ...(node.inputRetracts ? [{ name: 'rows', type: notNull(BIGINT) }] : []),
      ],
      keyFields: keyCount,
      indexes: [{ kind: 'hash', fields: keyTypes.map((_, k) => k) }],
      retentionMs: node.stateTtlMs,
    });
    this.#program.attach(this.#table, keyCount);
    this.#builder = new BatchBuilder(node.schema);
    const limit = Math.max(2, context.batchSize);
    this.#builder.reserve(limit);
    this.#byteKeys = keyTypes.flatMap((type, k) => (physicalKind(type) === 'bytes' ? [k] : []));
    this.#flattener = this.#program.flattener();
    this.#loop = this.#compileLoop(keyTypes, limit);
  }

  process(_port: number, batch: Batch): void {
    const { length, vectors } = batch;
    const table = this.#table;
    table.expire();
    if (length > 0) {
      if (length > this.#refs.length) this.#refs = new Int32Array(2 * length);
      const keys = this.#node.keys.map((key) => vectors[key] as Vector);
      const index = table.hash(0);
      index.upsertAll(keys, length, this.#refs);
      this.#program.prepare(keys, vectors, length, null);
      this.#loop.bindInput(this.#flattener.flatten(vectors, length) as readonly Vector[], 0);
      this.#pointIntoInput(keys);
      table.store.thawAll(this.#refs, 0, length);
      this.#loop.run(batch, batch.marks ?? NO_MARKS, this.#refs, index.freshRows, index.freshCount);
      if (this.#node.inputRetracts) {
        this.#removeEmpty(length);
        this.#program.finish();
      }
    } else if (batch.marks !== null) {
      for (let m = 0; m < batch.marks.length; m++) this.#builder.mark(batch.marks.time[m] as number);
    }
    this.#flush();
  }

  /** Key strings of the output are those of the input: its pool serves both until the call ends. */
  #pointIntoInput(keys: readonly Vector[]): void {
    for (const k of this.#byteKeys) {
      (this.#builder.columns[k] as BytesBuilder).pool = (keys[k] as BytesVector).pool;
    }
  }

  #removeEmpty(length: number): void {
    const { store, layout } = this.#table;
    const word = layout.fields[this.#rowsField]?.word as number;
    for (let i = 0; i < length; i++) {
      const ref = this.#refs[i] as number;
      const page = store.page(ref >> layout.pageShift);
      const at = (ref & layout.slotMask) * layout.stride + word;
      if (page[at] === 0 && page[at + 1] === 0 && store.isLive(ref)) this.#table.remove(ref);
    }
  }

  #flush(): void {
    if (this.#builder.isEmpty) return;
    this.#context.output.push(this.#builder.build());
    this.#builder.reset();
  }

  #compileLoop(keyTypes: readonly DataType[], limit: number): Loop {
    const table = this.#table;
    const text = this.#program.code(table, keyTypes.length);
    const { word } = table.layout.fields[this.#rowsField] ?? { word: -1 };
    const rows: Side | null =
      word < 0 ? null : { ...columnSide('', 0, notNull(BIGINT)), word: (k) => `p[o + ${word + k}]` };
    const columns = this.#builder.columns as readonly ColumnBuilder[];
    return compile<Loop>(loopText(this.#node, table.layout, text, keyTypes, rows), {
      ...text.scope,
      store: table.store,
      table,
      builder: this.#builder,
      keys: columns.slice(0, keyTypes.length),
      c: columns.slice(keyTypes.length),
      keyColumns: this.#node.keys,
      limit,
      flush: () => this.#flush(),
    });
  }
}

export function groupAggregateOperator(node: Node, context: OperatorContext): Operator {
  return new GroupAggregate(node, context);
}
