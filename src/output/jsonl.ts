import { jsonEncoder } from '../session.ts';
import { type Batch, ROW_KIND_NAMES } from '../types/batch.ts';
import type { OutputOptions, ResultWriter } from './output.ts';

/** One `{"op":"+I","row":{…}}` a line, values as the json format encodes them. */
export function jsonlWriter(options: OutputOptions): ResultWriter {
  const encoder = jsonEncoder(options.schema, options.timeZone, new Uint8Array(0));
  const query = options.query === null ? '' : `"query":${options.query},`;
  const heads = ROW_KIND_NAMES.map((name) => Buffer.from(`{${query}"op":"${name}","row":`));
  return {
    write(batch: Batch) {
      const encoded = encoder.encode(batch);
      const lines = Buffer.allocUnsafe(encoded.length + batch.length * ((heads[0] as Buffer).length + 2));
      let at = 0;
      let start = 0;
      for (let i = 0; i < batch.length; i++) {
        const head = heads[batch.kinds === null ? 0 : (batch.kinds[i] as number)] as Buffer;
        lines.set(head, at);
        at += head.length;
        const end = encoded.ends[i] as number;
        lines.set(encoded.u8.subarray(start, end), at);
        at += end - start;
        start = end;
        lines[at++] = 0x7d;
        lines[at++] = 0x0a;
      }
      return options.stdout.write(lines.subarray(0, at));
    },
    end() {},
  };
}
