/** Generated functions, one per text: queries that differ only in constants share code and its type feedback. */

type Factory = (constants: readonly unknown[]) => unknown;

/** Enough for the operators of many jobs; beyond it the oldest text is compiled again when it comes back. */
const CACHE_SIZE = 1024;

const factories = new Map<string, Factory>();

/** What `body` returns, where `names[i]` stands for `constants[i]`. */
export function generate<T>(names: readonly string[], constants: readonly unknown[], body: string): T {
  const text = `'use strict';\nconst [${names.join(', ')}] = C;\n${body}`;
  let factory = factories.get(text);
  if (factory === undefined) {
    if (factories.size >= CACHE_SIZE) factories.delete(factories.keys().next().value as string);
    factory = new Function('C', text) as Factory;
    factories.set(text, factory);
  }
  return factory(constants) as T;
}
