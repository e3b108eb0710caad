/** Columns to Avro data, each a record of its own. */
import type { Batch } from '../../types/batch.ts';
import type { Schema } from '../../types/schema.ts';
import { ByteOutput } from '../byte-output.ts';
import type { EncodedBytes, Encoder, FileFraming } from '../format.ts';
import type { AvroRecord } from './schema.ts';
import { recordWriter } from './write-value.ts';

const NOTHING = new Uint8Array(0);

export interface AvroEncoderOptions {
  /** What stands before each datum. */
  readonly prefix?: () => Uint8Array;
  readonly file?: FileFraming;
}

export class AvroEncoder implements Encoder {
  declare readonly file?: FileFraming;
  readonly #write: ReturnType<typeof recordWriter>;
  readonly #prefix: () => Uint8Array;
  readonly #out = new ByteOutput();
  #ends = new Int32Array(0);

  constructor(schema: Schema, avro: AvroRecord, { prefix = () => NOTHING, file }: AvroEncoderOptions = {}) {
    this.#write = recordWriter(schema, avro);
    this.#prefix = prefix;
    if (file !== undefined) this.file = file;
  }

  encode({ length, vectors }: Batch): EncodedBytes {
    const out = this.#out;
    const prefix = this.#prefix();
    out.length = 0;
    if (this.#ends.length < length) this.#ends = new Int32Array(length * 2);
    for (let row = 0; row < length; row++) {
      out.bytes(prefix);
      this.#write(out, vectors, row);
      this.#ends[row] = out.length;
    }
    return { u8: out.u8, length: out.length, ends: this.#ends, count: length };
  }
}
