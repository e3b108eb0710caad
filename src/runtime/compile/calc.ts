/**
 * Filter and projection as one generated loop.
 *
 * Per row: the conjuncts of the condition in order (the first that is not TRUE ends the row), then every projected
 * column is computed and stored. Without a condition, columns that are only passed on are shared with the input. With
 * one, fixed-width columns are copied and strings become (start, length) into the input's pool: no byte is copied.
 * Marks are walked with the rows, so CURRENT_WATERMARK is that of its row.
 */
import type { FunctionContext } from '../../functions/function.ts';
import { type Expr, exprChildren } from '../../plan/expr.ts';
import type { Batch, WatermarkMarks } from '../../types/batch.ts';
import type { BytePool, Vector } from '../../types/vector.ts';
import { Emitter } from './emitter.ts';
import { ExpressionEmitter } from './expression.ts';
import { foldConstants } from './fold.ts';
import { generate } from './generate.ts';
import { OutputColumn } from './output-column.ts';

export interface CalcSpec {
  readonly condition: Expr | null;
  readonly projections: readonly Expr[];
  readonly context: FunctionContext;
}

/** What the loop is handed; it returns the number of rows it kept. */
interface Frame {
  readonly input: readonly Vector[];
  readonly output: readonly unknown[];
  /** Out: the pools of columns that point into others'. */
  readonly pools: (BytePool | null)[];
  kinds: Uint8Array | null;
  keptKinds: Uint8Array;
  marks: WatermarkMarks | null;
  keptMarkRows: Int32Array;
  keptMarkTimes: Float64Array;
  /** Out. */
  keptMarks: number;
}

type Loop = (length: number, frame: Frame) => number;

export class CompiledCalc {
  readonly #loop: Loop | null;
  /** A column of the input that is shared, or a column that the loop writes. */
  readonly #columns: readonly (number | OutputColumn)[];
  readonly #filters: boolean;
  readonly #frame: Omit<Frame, 'input'>;
  #capacity = 0;

  constructor(spec: CalcSpec) {
    const condition = spec.condition === null ? null : foldConstants(spec.condition, spec.context);
    const isTrue = condition === null || (condition.kind === 'literal' && condition.value === true);
    const projections = spec.projections.map((projection) => foldConstants(projection, spec.context));
    this.#filters = !isTrue;
    const { loop, columns } = compileLoop(isTrue ? null : condition, projections, spec.context);
    this.#loop = loop;
    this.#columns = columns;
    const written = columns.filter((column) => typeof column !== 'number');
    this.#frame = {
      output: written.map((column) => column.builder),
      pools: written.map(() => null),
      kinds: null,
      keptKinds: new Uint8Array(0),
      marks: null,
      keptMarkRows: new Int32Array(16),
      keptMarkTimes: new Float64Array(16),
      keptMarks: 0,
    };
  }

  /** The rows that pass, computed; valid until the next call, and no longer than the input. */
  run(batch: Batch): Batch {
    if (this.#loop === null) return { ...batch, vectors: this.#vectors(batch, batch.length) };
    const frame: Frame = Object.assign(this.#frame, { input: batch.vectors, kinds: batch.kinds, marks: batch.marks });
    this.#reserve(batch);
    const length = this.#loop(batch.length, frame);
    const vectors = this.#vectors(batch, length);
    if (!this.#filters) return { length, vectors, kinds: batch.kinds, marks: batch.marks };
    return {
      length,
      vectors,
      kinds: batch.kinds === null ? null : frame.keptKinds,
      marks:
        batch.marks === null ? null : { length: frame.keptMarks, row: frame.keptMarkRows, time: frame.keptMarkTimes },
    };
  }

  #reserve({ length, marks }: Batch): void {
    const frame = this.#frame;
    for (const column of this.#columns) if (typeof column !== 'number') column.builder.reset();
    if (length > this.#capacity) {
      this.#capacity = Math.max(64, length);
      for (const column of this.#columns) if (typeof column !== 'number') column.builder.reserve(this.#capacity);
      frame.keptKinds = new Uint8Array(this.#capacity);
    }
    if (marks !== null && marks.length > frame.keptMarkRows.length) {
      frame.keptMarkRows = new Int32Array(marks.length);
      frame.keptMarkTimes = new Float64Array(marks.length);
    }
  }

  #vectors(batch: Batch, length: number): Vector[] {
    let written = 0;
    return this.#columns.map((column) => {
      if (typeof column === 'number') return batch.vectors[column] as Vector;
      return column.vector(length, this.#frame.pools[written++] as BytePool | null);
    });
  }
}

function conjunctsOf(expr: Expr): readonly Expr[] {
  return expr.kind === 'and' ? expr.args.flatMap(conjunctsOf) : [expr];
}

/** Takes the marks that stand before row `i`: notes where they stand among the kept rows, and the watermark. */
function marksText(keeps: boolean, context: string | null): string {
  return `while (i === nextMark) {
${context === null ? '' : `${context}.watermark = M.time[mark];`}
${
  keeps
    ? `if (kept > 0 && F.keptMarkRows[kept - 1] === m) F.keptMarkTimes[kept - 1] = M.time[mark];
else { F.keptMarkRows[kept] = m; F.keptMarkTimes[kept++] = M.time[mark]; }`
    : ''
}
nextMark = ++mark < M.length ? M.row[mark] : -1;
}`;
}

const readsWatermark = (expr: Expr): boolean =>
  (expr.kind === 'call' && expr.name === 'CURRENT_WATERMARK') || exprChildren(expr).some(readsWatermark);

function compileLoop(
  condition: Expr | null,
  projections: readonly Expr[],
  context: FunctionContext,
): { readonly loop: Loop | null; readonly columns: readonly (number | OutputColumn)[] } {
  const emitter = new Emitter(context);
  const compile = new ExpressionEmitter(emitter, (index) => ({
    vector: emitter.perBatch('w', `V[${index}]`),
    index: 'i',
  }));
  if (condition !== null) {
    for (const conjunct of conjunctsOf(condition)) emitter.push(`if (!${compile.test(conjunct)}) continue;`);
  }
  const at = condition === null ? 'i' : 'm';
  let index = 0;
  const columns = projections.map((projection) => {
    if (condition === null && projection.kind === 'column') return projection.index;
    return OutputColumn.emit(emitter, compile.emit(projection), { index: index++, type: projection.type, at });
  });
  if (condition === null && index === 0) return { loop: null, columns };
  const pools = columns
    .filter((column) => typeof column !== 'number')
    .map((column, k) => (column.foreignPool === null ? '' : `F.pools[${k}] = ${column.foreignPool};`));
  const filters = condition !== null;
  const isWatching = [...(condition === null ? [] : [condition]), ...projections].some(readsWatermark);
  const marks = filters || isWatching ? marksText(filters, isWatching ? emitter.constant(context) : null) : '';
  const body = `return function calc(n, F) {
const V = F.input, O = F.output, K = F.kinds, KO = F.keptKinds, M = F.marks;
${emitter.declared.length > 0 ? `let ${emitter.declared.join(', ')};` : ''}
${emitter.prologue.join('\n')}
${pools.join('\n')}
let m = ${filters ? '0' : 'n'}, mark = 0, kept = 0, nextMark = M !== null && M.length > 0 ? M.row[0] : -1, i = 0;
for (; i < n; i++) {
${marks}
${emitter.body}
${filters ? 'if (K !== null) KO[m] = K[i];\nm++;' : ''}
}
${marks === '' ? '' : `while (nextMark !== -1) { i = nextMark; ${marks} }\nF.keptMarks = kept;`}
return m;
};`;
  return { loop: generate<Loop>(emitter.constantNames, emitter.constants, body), columns };
}
