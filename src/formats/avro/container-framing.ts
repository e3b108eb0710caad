/** How encoded records become an object container file: its head, and blocks of records. */
import { ByteOutput } from '../byte-output.ts';
import type { FileFraming } from '../format.ts';
import { codecOf } from './codec.ts';
import { type AvroRecord, schemaText } from './schema.ts';
import { writeInt } from './write-value.ts';

export function containerFraming(schema: AvroRecord, codecName: string): FileFraming {
  const codec = codecOf(codecName);
  if (codec === undefined) throw new TypeError(`codec ${codecName} does not exist`);
  const text = schemaText(schema);
  const marker = markerOf(`${codecName} ${text}`);
  return {
    head() {
      const out = new ByteOutput();
      out.bytes(Buffer.from('Obj\u0001'));
      const entries = { 'avro.schema': text, 'avro.codec': codecName };
      writeInt(out, Object.keys(entries).length);
      for (const [key, value] of Object.entries(entries)) {
        for (const piece of [key, value]) {
          const bytes = Buffer.from(piece);
          writeInt(out, bytes.length);
          out.bytes(bytes);
        }
      }
      out.byte(0);
      out.bytes(marker);
      return out.u8.slice(0, out.length);
    },
    block(records, count) {
      const out = new ByteOutput();
      const bytes = codec.compress(records);
      writeInt(out, count);
      writeInt(out, bytes.length);
      out.bytes(bytes);
      out.bytes(marker);
      return out.u8.slice(0, out.length);
    },
  };
}

/** Sixteen bytes that no data are likely to hold: the same for the same schema, so that a run can be repeated. */
function markerOf(text: string): Uint8Array {
  const marker = new Uint8Array(16);
  for (let lane = 0; lane < 16; lane++) {
    let hash = Math.imul(lane + 1, 0x9e3779b1);
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x85ebca6b);
    marker[lane] = (hash ^ (hash >>> 13)) & 255;
  }
  return marker;
}
