/**
 * The format and schema of framed records, guessed from a sample: JSON objects where most of them are, else text or bytes
 * as they are.
 */
import { BYTES, STRING } from '../types/data-type.ts';
import type { InferRecordsRequest, InferredRecords } from './format.ts';
import { guessRecords, isJsonObject, inferredJson } from './infer/json.ts';

export function inferRecords({ records, part }: InferRecordsRequest): Promise<InferredRecords> {
  const texts = records.map(textOf);
  const objects = texts.filter((text) => text !== null && isJsonObject(text));
  if (objects.length * 2 > records.length) {
    const { format, schema, options } = inferredJson(guessRecords(objects as string[]));
    return Promise.resolve({ format, schema, options });
  }
  const type = texts.includes(null) ? BYTES : STRING;
  return Promise.resolve({ format: 'raw', schema: [{ name: part.kind, type }], options: {} });
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Null where the bytes are not text. */
function textOf(bytes: Uint8Array): string | null {
  try {
    const text = decoder.decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    // That it throws is the answer.
    return null;
  }
}
