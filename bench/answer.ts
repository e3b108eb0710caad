/**
 * Answers in a form that can be compared across engines: the number of rows that a changelog leaves, and either a sum of
 * hashes of their texts (order does not matter) or the sums of their columns.
 */
import type { ResultTarget } from '../src/engine/result-target.ts';
import type { Batch } from '../src/types/batch.ts';
import type { DataType } from '../src/types/data-type.ts';
import { type Value, getValue } from '../src/types/vector.ts';
import type { Schema } from '../src/types/schema.ts';
import type { AnswerKind } from './benchmark.ts';

export class RowsAnswer {
  #rows = 0;
  #hash = 0;

  /** `sign` −1 takes a row back. */
  add(texts: readonly string[], sign: 1 | -1): void {
    let hash = 0x811c9dc5;
    for (const text of texts) {
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      hash = Math.imul(hash ^ 0xff, 0x01000193);
    }
    hash ^= hash >>> 15;
    this.#rows += sign;
    this.#hash = (this.#hash + sign * Math.imul(hash, 0x9e3779b1)) | 0;
  }

  toString(): string {
    return `${this.#rows} rows, hash ${(this.#hash >>> 0).toString(16).padStart(8, '0')}`;
  }
}

export const sumsText = (rows: number, sums: readonly number[]): string => `${rows} rows, sums ${sums.join(', ')}`;

/** A target that adds up what a query gives; `toString` has the answer. */
export function answerTarget(kind: AnswerKind, schema: Schema): ResultTarget {
  return kind === 'rows' ? new RowsTarget(schema) : new SumsTarget(schema);
}

class RowsTarget implements ResultTarget {
  readonly #schema: Schema;
  readonly #answer = new RowsAnswer();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  write({ length, vectors, kinds }: Batch): void {
    for (let row = 0; row < length; row++) {
      const texts = this.#schema.map(({ type }, c) =>
        canonical(getValue(vectors[c] as Batch['vectors'][number], row, type), type),
      );
      this.#answer.add(texts, ((kinds?.[row] ?? 0) & 1) === 1 ? -1 : 1);
    }
  }

  toString(): string {
    return this.#answer.toString();
  }
}

/** Sums of BIGINT columns, which must stay below 2^53; others count as 0. */
class SumsTarget implements ResultTarget {
  readonly #sums: number[];
  #rows = 0;

  constructor(schema: Schema) {
    this.#sums = schema.map(() => 0);
  }

  write({ length, vectors, kinds }: Batch): void {
    for (let row = 0; row < length; row++) this.#rows += ((kinds?.[row] ?? 0) & 1) === 1 ? -1 : 1;
    vectors.forEach((vector, c) => {
      if (vector.kind !== 'i64') return;
      const { halves } = vector;
      let sum = 0;
      for (let row = 0; row < length; row++) {
        const value = (halves[2 * row + 1] as number) * 4294967296 + ((halves[2 * row] as number) >>> 0);
        sum += ((kinds?.[row] ?? 0) & 1) === 1 ? -value : value;
      }
      this.#sums[c] = (this.#sums[c] as number) + sum;
    });
  }

  toString(): string {
    return sumsText(this.#rows, this.#sums);
  }
}

function canonical(value: Value, type: DataType): string {
  if (value === null) return 'NULL';
  if (type.kind === 'DECIMAL') return decimalText(value as bigint, type.scale);
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

/** The shortest text of an unscaled decimal. */
export function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${unscaled < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
