import { EngineError } from '../../errors.ts';
import type { CsvOptions } from '../csv/options.ts';
import { RecordSplitter, WHOLE, unescapeField } from '../csv/split.ts';
import type { Inferred } from '../infer.ts';
import { poolOver } from '../../types/vector.ts';
import { type Guess, UNKNOWN, guessNumber, guessText, merge, typeOf } from './guess.ts';

const DELIMITERS = [',', ';', '\t', '|'];
const SNIFFED_RECORDS = 200;
/** From so many records on, a last one without a newline is taken for one that the sample cuts off. */
const CUT_FROM = 100;

/** Splits whole records of the sample; broken ones are left out. */
function readRecords(bytes: Uint8Array, delimiter: string, limit: number): string[][] {
  const padded = new Uint8Array(bytes.length + 64);
  padded.set(bytes);
  let end = bytes.length;
  if (padded[end - 1] !== 10) padded[end++] = 10;
  const options: CsvOptions = {
    delimiter: delimiter.charCodeAt(0),
    quote: 34,
    escape: -1,
    arrayDelimiter: ';',
    comments: false,
    ignoreErrors: false,
    nullLiteral: undefined,
    plainDecimals: false,
  };
  const splitter = new RecordSplitter(options);
  const { view } = poolOver(padded);
  const records: string[][] = [];
  for (let p = 0; p < end && records.length < limit; p = splitter.next) {
    if (splitter.split(padded, view, p, end, true) !== WHOLE) continue;
    const fields = Array.from({ length: splitter.count }, (_, i) => {
      const start = splitter.starts[i] as number;
      const text = padded.slice(start, splitter.ends[i]);
      const size = splitter.escaped[i] === 1 ? unescapeField(text, 0, text.length, options) : text.length;
      return Buffer.from(text.subarray(0, size)).toString();
    });
    if (fields.length > 1 || fields[0] !== '') records.push(fields);
  }
  return records;
}

/** The delimiter under which most records have the same number of fields, more than one where there is a choice. */
function sniffDelimiter(bytes: Uint8Array): string {
  let best = ',';
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    const counts = new Map<number, number>();
    const records = readRecords(bytes, delimiter, SNIFFED_RECORDS);
    for (const { length } of records) counts.set(length, (counts.get(length) ?? 0) + 1);
    for (const [fields, count] of counts) {
      const score = fields === 1 ? 0 : (count / records.length) * 100 + Math.min(fields, 50) / 100;
      if (score > bestScore) {
        bestScore = score;
        best = delimiter;
      }
    }
  }
  return best;
}

function guessField(text: string): Guess {
  const trimmed = text.trim();
  if (trimmed === '') return UNKNOWN;
  if (/^(?:true|false)$/i.test(trimmed)) return { kind: 'boolean' };
  // A leading zero is a code, not a number, and would be lost.
  if (/^[+-]?0\d/.test(trimmed)) return { kind: 'string' };
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed)) return guessNumber(trimmed);
  const guess = guessText(text);
  // The format has one way to write timestamps.
  return guess.kind === 'timestamp' && guess.iso ? { kind: 'string' } : guess;
}

/** A header names every column, no name twice, and none of them looks like a value. */
function looksLikeHeader(first: readonly string[], columns: readonly Guess[]): boolean {
  if (new Set(first).size < first.length) return false;
  if (first.some((name) => name.trim() === '' || guessField(name).kind !== 'string')) return false;
  const typed = columns.some((guess) => guess.kind !== 'string' && guess.kind !== 'unknown');
  return typed || first.every((name) => /^[\p{L}_][\p{L}\p{N}_ .#/()-]*$/u.test(name));
}

/** Delimiter, header and types of CSV from a sample. */
export function inferCsv(bytes: Uint8Array): Inferred {
  const delimiter = sniffDelimiter(bytes);
  const records = readRecords(bytes, delimiter, Infinity);
  if (bytes.at(-1) !== 10 && records.length > CUT_FROM) records.pop();
  const [first] = records;
  if (first === undefined) {
    throw new EngineError('bad_record', 'no schema can be inferred: the sample holds no CSV record');
  }
  const rest = records.slice(1).filter((record) => record.length === first.length);
  const guesses = first.map((_, i) => rest.map((record) => guessField(record[i] as string)).reduce(merge, UNKNOWN));
  const hasHeader = looksLikeHeader(first, guesses);
  const types = first.map((text, i) => {
    const guess = guesses[i] as Guess;
    return typeOf(hasHeader ? guess : merge(guess, guessField(text)), false);
  });
  const empty = types.some((type, i) => type.kind !== 'VARCHAR' && rest.some((record) => record[i]?.trim() === ''));
  return {
    format: 'csv',
    schema: types.map((type, i) => ({ name: hasHeader ? (first[i] as string).trim() : `f${i}`, type })),
    options: {
      ...(delimiter === ',' ? {} : { 'csv.field-delimiter': delimiter === '\t' ? '\\t' : delimiter }),
      ...(empty ? { 'csv.null-literal': '' } : {}),
    },
    hasHeader,
  };
}
