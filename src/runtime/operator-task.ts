/**
 * One subtask of an operator: its ports, each fed by one or more channels, and its output.
 *
 * Marks of the channels are merged into watermarks of the operator before it sees a batch, so an operator never knows
 * how many channels feed it.
 */
import type { Batch } from '../types/batch.ts';
import { EngineError } from '../errors.ts';
import type { Schema } from '../types/schema.ts';
import { type Vector, emptyVector } from '../types/vector.ts';
import type { EvalContext, Operator, Output } from './operator.ts';
import type { Producer, Receiver } from './receiver.ts';
import { type MergerSnapshot, WatermarkMerger } from './watermark-merger.ts';

export class OperatorTask implements Producer, Output {
  readonly name: string;
  readonly #merger: WatermarkMerger;
  readonly #evalContext: EvalContext;
  /** For batches that carry only a watermark, per port. */
  readonly #noRows: readonly (readonly Vector[])[];
  #operator: Operator | null = null;
  #relax: () => void = () => {};
  #target: Receiver | null = null;
  #open: number;
  #idleSent = false;
  /** All inputs ended while rows were in flight. */
  #ending = false;
  #done = false;

  constructor(name: string, channels: number, inputs: readonly Schema[], evalContext: EvalContext) {
    this.name = name;
    this.#merger = new WatermarkMerger(channels);
    this.#open = channels;
    this.#evalContext = evalContext;
    this.#noRows = inputs.map((schema) => schema.map((field) => emptyVector(field.type)));
  }

  /** The operator is made with this task as its output, hence after it. `relax` is its state's. */
  attach(operator: Operator, relax: () => void): void {
    this.#operator = operator;
    this.#relax = relax;
  }

  connect(target: Receiver): void {
    this.#target = target;
  }

  /** The channel `channel` (numbered over all ports) as its producer sees it. */
  receiver(port: number, channel: number): Receiver {
    const isClosed = (): boolean => this.#done || this.#connected.closed;
    return {
      get closed() {
        return isClosed();
      },
      receive: (batch) => this.#receive(port, channel, batch),
      setIdle: (idle) => this.#setIdle(port, channel, idle),
      end: () => this.#end(port, channel),
    };
  }

  push(batch: Batch): void {
    if (batch.length === 0 && batch.marks === null) return;
    this.#connected.receive(batch);
    this.#relax();
  }

  onTimer(time: number): void {
    this.#operator?.onTimer?.(time);
  }

  close(): void {
    this.#operator?.close?.();
  }

  get watermark(): number {
    return this.#merger.current;
  }

  snapshot(): MergerSnapshot {
    return this.#merger.snapshot();
  }

  restore(from: MergerSnapshot): void {
    this.#merger.restore(from);
    this.#evalContext.watermark = from.current;
  }

  /** See `Operator`; ends the output once nothing is in flight any more and all inputs have ended. */
  resume(): boolean {
    const operator = this.#operator;
    if (operator?.resume === undefined || this.#done) return false;
    const progress = operator.resume();
    if (!this.#ending || this.inFlight > 0) return progress;
    this.#ending = false;
    this.#done = true;
    this.#connected.end();
    return true;
  }

  get full(): Promise<void> | null {
    return this.#done ? null : (this.#operator?.full ?? null);
  }

  get inFlight(): number {
    return this.#operator?.inFlight ?? 0;
  }

  /** Ends the output of an operator that is done before its input is. */
  finishIfDone(): void {
    if (this.#done || this.#operator?.done !== true) return;
    this.#done = true;
    this.#connected.end();
  }

  get #connected(): Receiver {
    if (this.#target === null) throw new EngineError('internal_error', `${this.name} has no consumer`);
    return this.#target;
  }

  #receive(port: number, channel: number, batch: Batch): void {
    if (this.#done) return;
    if (batch.length > 0 && this.#merger.isIdle(channel)) this.#setIdle(port, channel, false);
    const operator = this.#operator as Operator;
    const marks = batch.marks === null ? null : this.#merger.merge(channel, batch.marks);
    if (marks !== batch.marks) {
      if (batch.length > 0 || marks !== null) {
        operator.process(port, { length: batch.length, vectors: batch.vectors, kinds: batch.kinds, marks });
      }
    } else if (batch.length > 0 || marks !== null) operator.process(port, batch);
    this.#evalContext.watermark = this.#merger.current;
    this.#relax();
    this.finishIfDone();
  }

  #setIdle(port: number, channel: number, idle: boolean): void {
    if (this.#done) return;
    const rose = this.#merger.setIdle(channel, idle);
    this.#tellIdle();
    if (rose) this.#advance(port);
  }

  #tellIdle(): void {
    if (this.#merger.allIdle === this.#idleSent) return;
    this.#idleSent = this.#merger.allIdle;
    this.#connected.setIdle(this.#idleSent);
  }

  #end(port: number, channel: number): void {
    if (this.#done) return;
    if (this.#merger.end(channel)) this.#advance(port);
    this.#open--;
    if (this.#open > 0) {
      this.#tellIdle();
      return;
    }
    this.#operator?.onEnd?.();
    if (this.inFlight > 0) {
      this.#ending = true;
      return;
    }
    this.#connected.end();
  }

  #advance(port: number): void {
    const marks = { length: 1, row: new Int32Array(1), time: new Float64Array([this.#merger.current]) };
    (this.#operator as Operator).process(port, { length: 0, vectors: this.#noRows[port] ?? [], kinds: null, marks });
    this.#evalContext.watermark = this.#merger.current;
  }
}
