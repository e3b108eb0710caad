import { describe, expect, it } from 'vitest';
import type { EngineError } from '../../../src/errors.ts';
import { tokenize } from '../../../src/parser/lexer.ts';
import { parseScript } from '../../../src/parser/parser.ts';
import { expressions, scripts } from './corpus.ts';

/** Mulberry32: the same texts in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const corpus = [
  ...Object.values(scripts).flatMap((text) => parseScript(text).statements.map((parsed) => parsed.text)),
  ...expressions.map((text) => `SELECT ${text} FROM t`),
];

function mutate(next: () => number): string {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item;
  const words = (text: string): string[] => tokenize(text).map((token) => token.image);
  const tokens = words(pick(corpus));
  const rounds = 1 + Math.floor(next() * 3);
  for (let i = 0; i < rounds; i++) {
    const at = Math.floor(next() * tokens.length);
    const to = Math.floor(next() * tokens.length);
    const kind = Math.floor(next() * 6);
    if (kind === 0) tokens.splice(at, 1);
    else if (kind === 1) tokens.splice(at, 0, tokens[at] ?? '');
    else if (kind === 2) [tokens[at], tokens[to]] = [tokens[to] ?? '', tokens[at] ?? ''];
    else if (kind === 3) tokens.splice(at, 0, pick(words(pick(corpus))));
    else if (kind === 4) tokens.length = at;
    else tokens[at] = (tokens[at] ?? '').slice(1);
  }
  return tokens.join(next() < 0.5 ? ' ' : '\n');
}

/** What is wrong with an error, in a word. */
function problem(error: EngineError, text: string): string | undefined {
  const { span, message, domain } = error;
  if (domain !== 'user') return 'not the user’s';
  if (message.length < 5 || /undefined|\[object|Token|\.$/.test(message)) return `message: ${message}`;
  if (span === undefined) return 'no position';
  if (span.start < 0 || span.end < span.start || span.end > text.length) return 'outside the text';
  const before = text.slice(0, span.start).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return span.line === before.length && span.column === column ? undefined : 'wrong line or column';
}

describe('mutated statements', () => {
  it('parse or give a positioned error, never anything else, and fast', () => {
    const next = random(20261124);
    const problems: unknown[] = [];
    let failed = 0;
    for (let i = 0; i < 2000; i++) {
      const text = mutate(next);
      const start = performance.now();
      const { errors } = parseScript(text);
      const elapsedMs = performance.now() - start;
      if (elapsedMs > 1000) problems.push({ text, elapsedMs });
      if (errors.length > 0) failed++;
      for (const error of errors) {
        const found = problem(error, text);
        if (found !== undefined) problems.push({ text, found });
      }
    }
    expect(problems).toEqual([]);
    expect(failed).toBeGreaterThan(1000);
  });
});
