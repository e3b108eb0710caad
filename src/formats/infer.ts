/** The format and schema of a file, guessed from its first bytes. */
import type { Schema } from '../types/schema.ts';
import { isByteOrderMark } from './line-input.ts';
import { inferCsv } from './infer/csv.ts';
import { inferJson } from './infer/json.ts';

export interface Inferred {
  readonly format: 'json' | 'csv';
  readonly schema: Schema;
  /** Table options, with the format's prefix, that the file needs beside `format`. */
  readonly options: Readonly<Record<string, string>>;
  /** The first record names the columns. */
  readonly hasHeader: boolean;
}

export function inferSchema(bytes: Uint8Array, { fileName }: { readonly fileName: string }): Inferred {
  const sample = isByteOrderMark(bytes, 0) ? bytes.subarray(3) : bytes;
  return isJson(sample, fileName) ? inferJson(Buffer.from(sample).toString()) : inferCsv(sample);
}

/** By the file's extension where it tells; else by the first character. */
function isJson(bytes: Uint8Array, fileName: string): boolean {
  const extension = /\.([a-z]+)(?:\.(?:gz|gzip|zst|zstd))?$/i.exec(fileName)?.[1]?.toLowerCase() ?? '';
  if (['json', 'jsonl', 'ndjson'].includes(extension)) return true;
  if (['csv', 'tsv', 'psv'].includes(extension)) return false;
  const first = bytes.find((byte) => byte > 32);
  return first === 0x7b || first === 0x5b;
}
