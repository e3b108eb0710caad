import { EngineError } from '../../errors.ts';
import type { Inferred } from '../infer.ts';
import { type Guess, UNKNOWN, guessNumber, guessText, isoBalance, merge, typeOf } from './guess.ts';

/** A number as it was written: its value alone does not tell 1 from 1.0, nor what lies beyond 2^53. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Parse = (text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown) => unknown;

function parseRecord(line: string): unknown {
  try {
    return (JSON.parse as Parse)(line, (_key, value, { source }) =>
      typeof value === 'number' ? new NumberText(source ?? String(value)) : value,
    );
  } catch {
    // Broken records are the reader's business; the sample may also end inside one.
    return undefined;
  }
}

function guessValue(value: unknown): Guess {
  if (value === null || value === undefined) return UNKNOWN;
  if (typeof value === 'boolean') return { kind: 'boolean' };
  if (typeof value === 'string') return guessText(value);
  if (value instanceof NumberText) return guessNumber(value.text);
  if (Array.isArray(value)) {
    return { kind: 'array', element: value.map(guessValue).reduce(merge, UNKNOWN) };
  }
  return { kind: 'row', fields: new Map(Object.entries(value).map(([name, field]) => [name, guessValue(field)])) };
}

/** What the objects among the texts look like together; elements of arrays count as records. */
export function guessRecords(texts: Iterable<string>): Guess {
  let all: Guess = UNKNOWN;
  for (const text of texts) {
    const record = parseRecord(text);
    for (const element of Array.isArray(record) ? record : [record]) {
      const guess = guessValue(element);
      if (guess.kind === 'row') all = merge(all, guess);
    }
  }
  return all;
}

/** Whether the text is one JSON object with fields. */
export function isJsonObject(text: string): boolean {
  const guess = guessValue(parseRecord(text));
  return guess.kind === 'row' && guess.fields.size > 0;
}

/** The schema of JSON lines from a sample of them. */
export function inferJson(text: string): Inferred {
  return inferredJson(guessRecords(text.split('\n')));
}

export function inferredJson(all: Guess): Inferred {
  if (all.kind !== 'row' || all.fields.size === 0) {
    throw new EngineError('bad_record', 'no schema can be inferred: the sample holds no JSON object with fields');
  }
  const iso = isoBalance(all) > 0;
  return {
    format: 'json',
    schema: [...all.fields].map(([name, guess]) => ({ name, type: typeOf(guess, iso) })),
    options: iso ? { 'json.timestamp-format.standard': 'ISO-8601' } : {},
    hasHeader: false,
  };
}
