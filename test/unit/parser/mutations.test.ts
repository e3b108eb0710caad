import { describe, expect, it } from 'vitest';
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

describe('mutated statements', () => {
  it('parse or give a positioned error, never anything else, and fast', () => {
    const next = random(20261124);
    let failed = 0;
    for (let i = 0; i < 2000; i++) {
      const text = mutate(next);
      const start = performance.now();
      const { errors } = parseScript(text);
      expect(performance.now() - start, text).toBeLessThan(1000);
      if (errors.length > 0) failed++;
      for (const error of errors) {
        expect(error.domain, text).toBe('user');
        expect(error.message, text).toMatch(/^.{5,}$/);
        expect(error.message, text).not.toMatch(/undefined|\[object|Token|\.$/);
        const { start: from, end, line, column } = error.span ?? { start: -1, end: -1, line: 0, column: 0 };
        expect(from >= 0 && from <= end && end <= text.length && line >= 1 && column >= 1, text).toBe(true);
        const before = text.slice(0, from).split('\n');
        expect([line, column], text).toEqual([before.length, (before.at(-1)?.length ?? 0) + 1]);
      }
    }
    expect(failed).toBeGreaterThan(1000);
  });
});
