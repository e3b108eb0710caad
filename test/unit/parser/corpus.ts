import { readFileSync } from 'node:fs';

function read(name: string): string {
  return readFileSync(new URL(`corpus/${name}`, import.meta.url), 'utf8');
}

/** Statements that parse: every form of the dialect at least once. */
export const scripts = {
  definitions: read('definitions.sql'),
  commands: read('commands.sql'),
  queries: read('queries.sql'),
} as const;

/** One expression a line. */
export const expressions: readonly string[] = read('expressions.txt')
  .split('\n')
  .filter((line) => line !== '');

/** A tree without its spans, for comparing. */
export function withoutSpans(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutSpans);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => (key === 'span' ? [] : [[key, withoutSpans(value)]])),
  );
}
