/**
 * Appends window_start, window_end and window_time to each row, once per window of the row: HOP the newest window
 * first, CUMULATE the smallest first. No state, nothing is late here, row kinds and watermarks pass. Tumbling windows
 * share the input's columns and cost three stores a row; the others copy the row once per window.
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import { type Batch, INSERT } from '../../types/batch.ts';
import { F64Builder } from '../../types/column-builder.ts';
import type { Field } from '../../types/schema.ts';
import type { F64Vector } from '../../types/vector.ts';
import { type WindowClock, type Windowing, windowClock, windowing } from '../aggregate/windowing.ts';
import type { Operator, OperatorContext, Output } from '../operator.ts';
import { type MarkedRows, walkMarks } from '../rows/marks.ts';
import { type RowCopier, compileRowCopier } from '../rows/row-copier.ts';
import { RowOutput } from '../rows/row-output.ts';

type Node = PhysicalOf<'window-table-function'>;

interface Windows {
  readonly windowing: Windowing;
  readonly clock: WindowClock;
  readonly timeColumn: number;
}

class TumblingWindows implements Operator {
  readonly #windows: Windows;
  readonly #output: Output;
  readonly #bounds = [new F64Builder(), new F64Builder(), new F64Builder()] as const;
  #capacity = 0;

  constructor(windows: Windows, output: Output) {
    this.#windows = windows;
    this.#output = output;
  }

  process(_port: number, batch: Batch): void {
    const { length, vectors, kinds, marks } = batch;
    const { windowing, clock, timeColumn } = this.#windows;
    if (length > this.#capacity) {
      this.#capacity = 2 * length;
      for (const column of this.#bounds) column.reserve(this.#capacity);
    }
    const [starts, ends, times] = this.#bounds;
    const given = vectors[timeColumn] as F64Vector;
    let start = 0;
    let end = 0;
    let time = 0;
    for (let i = 0; i < length; i++) {
      const local = clock.toLocal(given.data[i] as number);
      if (local < start || local >= end) {
        start = windowing.sliceStart(local);
        end = start + windowing.sliceMs;
        time = clock.toInstant(end - 1);
      }
      starts.data[i] = start;
      ends.data[i] = end;
      times.data[i] = time;
    }
    const bounds = this.#bounds.map((column) => column.vector(length));
    this.#output.push({ length, vectors: [...vectors, ...bounds], kinds, marks });
  }
}

class OverlappingWindows implements Operator, MarkedRows {
  readonly #windows: Windows;
  readonly #newestFirst: boolean;
  readonly #copy: RowCopier;
  readonly #rows: RowOutput;
  readonly #width: number;

  constructor(node: Node, windows: Windows, context: OperatorContext) {
    this.#windows = windows;
    this.#newestFirst = node.window.kind === 'hop';
    this.#copy = compileRowCopier(node.input.schema);
    this.#rows = new RowOutput(node.schema, context.output, context.batchSize);
    this.#width = node.input.schema.length;
  }

  process(_port: number, batch: Batch): void {
    walkMarks(batch, this);
    this.#rows.flush();
  }

  rows(batch: Batch, from: number, to: number): void {
    const { windowing, clock, timeColumn } = this.#windows;
    const times = (batch.vectors[timeColumn] as F64Vector).data;
    for (let row = from; row < to; row++) {
      const slice = windowing.sliceStart(clock.toLocal(times[row] as number)) + windowing.sliceMs;
      const first = windowing.firstEnd(slice);
      const last = windowing.lastEnd(slice);
      for (let k = first; k <= last; k += windowing.everyMs) {
        this.#emit(batch, row, this.#newestFirst ? first + last - k : k);
      }
    }
  }

  mark(time: number): void {
    this.#rows.mark(time);
  }

  #emit(batch: Batch, row: number, end: number): void {
    const at = this.#rows.addRow(batch.kinds === null ? INSERT : (batch.kinds[row] as number));
    const { columns } = this.#rows;
    this.#copy(columns, 0, at, batch.vectors, row);
    columns[this.#width]?.set(at, this.#windows.windowing.startOf(end));
    columns[this.#width + 1]?.set(at, end);
    columns[this.#width + 2]?.set(at, this.#windows.clock.toInstant(end - 1));
  }
}

export function windowTableFunctionOperator(node: Node, context: OperatorContext): Operator {
  const isInstant = (node.input.schema[node.timeColumn] as Field).type.kind === 'TIMESTAMP_LTZ';
  const windows: Windows = {
    windowing: windowing(node.window),
    clock: windowClock(isInstant, context.eval.timeZone),
    timeColumn: node.timeColumn,
  };
  return node.window.kind === 'tumble'
    ? new TumblingWindows(windows, context.output)
    : new OverlappingWindows(node, windows, context);
}
