/** The one column of a table to raw records. NULL is a record that is not there. */
import { EngineError } from '../../errors.ts';
import type { Batch } from '../../types/batch.ts';
import type { Field } from '../../types/schema.ts';
import type { Vector } from '../../types/vector.ts';
import { ByteOutput } from '../byte-output.ts';
import type { EncodedBytes, Encoder, EncoderRequest } from '../format.ts';
import { charsetOf } from './charset.ts';
import { type ValueWriter, valueWriter } from './field.ts';

export class RawEncoder implements Encoder {
  readonly #write: ValueWriter;
  readonly #name: string;
  readonly #separator: Uint8Array;
  /** Records are framed by the transport, so that one may be missing. */
  readonly #framed: boolean;
  readonly #out = new ByteOutput();
  #ends = new Int32Array(0);
  #absent = new Uint8Array(0);

  constructor({ schema, options, separator, part }: EncoderRequest) {
    const { name, type } = schema[0] as Field;
    const charset = charsetOf(options.string('charset') ?? 'UTF-8');
    if (charset.encode === null) {
      throw new EngineError('unsupported', `charset '${options.string('charset')}' cannot be written`, {
        hint: 'Written are UTF-8, UTF-16, UTF-16BE, UTF-16LE, ISO-8859-1 and US-ASCII.',
      });
    }
    this.#write = valueWriter(type, options.string('endianness') === 'little-endian', charset);
    this.#name = name;
    this.#separator = separator;
    this.#framed = part !== undefined;
  }

  encode(batch: Batch): EncodedBytes {
    const out = this.#out;
    const { length } = batch;
    const vector = batch.vectors[0] as Vector;
    const { valid } = vector;
    out.length = 0;
    if (this.#ends.length < length) {
      this.#ends = new Int32Array(length * 2);
      this.#absent = new Uint8Array(length * 2);
    }
    for (let row = 0; row < length; row++) {
      const isNull = valid !== null && valid[row] === 0;
      this.#absent[row] = isNull ? 1 : 0;
      if (isNull && !this.#framed) {
        throw new EngineError('not_null_violation', `cannot write NULL of column "${this.#name}" as a raw line`, {
          hint: 'A line of nothing would be read back as an empty value.',
        });
      }
      if (!isNull) this.#write(out, vector, row);
      out.bytes(this.#separator);
      this.#ends[row] = out.length;
    }
    const absent = valid === null ? null : this.#absent;
    return { u8: out.u8, length: out.length, ends: this.#ends, count: length, absent };
  }
}
