/** Columns of headers to what a record holds of them: their count, then name and value of each. */
import { copyBytes } from '../../../types/copy-bytes.ts';
import type { BytesVector, RowVector, Vector } from '../../../types/vector.ts';
import type { Spans } from '../produce/record-batch.ts';
import { writeVarint } from '../produce/varint.ts';
import { SpansBuilder } from './spans-builder.ts';

/** Count, lengths: no varint here is longer. */
const MAX_VARINT = 5;

export class HeaderEncoder {
  readonly #out = new SpansBuilder();

  /** `vector`: a MAP of names to values, or an ARRAY of (name, value); what is NULL in it is left out, as Flink does. */
  encode(vector: Vector, rows: number): Spans {
    const out = this.#out;
    out.length = 0;
    out.reserveRows(rows);
    const { valid } = vector;
    for (let row = 0; row < rows; row++) {
      out.start[row] = out.length;
      if (valid !== null && valid[row] === 0) this.#varint(0);
      else if (vector.kind === 'map') {
        this.#row(vector.start[row] as number, vector.len[row] as number, vector.key, vector.value);
      } else if (vector.kind === 'array') {
        const { fields } = vector.element as RowVector;
        const elements = vector.element.valid;
        this.#row(
          vector.start[row] as number,
          vector.len[row] as number,
          fields[0] as Vector,
          fields[1] as Vector,
          elements,
        );
      }
      out.end[row] = out.length;
    }
    return out.spans();
  }

  #row(from: number, count: number, keys: Vector, values: Vector, elements: Uint8Array | null = null): void {
    const present = (k: number): boolean =>
      (elements === null || elements[k] !== 0) &&
      (keys.valid === null || keys.valid[k] !== 0) &&
      (values.valid === null || values.valid[k] !== 0);
    let kept = 0;
    for (let k = from; k < from + count; k++) if (present(k)) kept++;
    this.#varint(kept);
    for (let k = from; k < from + count; k++) {
      if (!present(k)) continue;
      this.#bytes(keys as BytesVector, k);
      this.#bytes(values as BytesVector, k);
    }
  }

  #bytes({ pool, start, len }: BytesVector, k: number): void {
    const out = this.#out;
    const size = len[k] as number;
    this.#varint(size);
    out.reserveBytes(size);
    copyBytes(out.view, out.length, pool.view, start[k] as number, size);
    out.length += size;
  }

  #varint(value: number): void {
    const out = this.#out;
    out.reserveBytes(MAX_VARINT);
    out.length = writeVarint(out.u8, out.length, value);
  }
}
