import type { Field, Schema } from '../types/schema.ts';

/** The schema with a number behind every repeated name: `lk, lk` → `lk, lk0`. */
export function uniqueNames(schema: Schema): Schema {
  const taken = new Set<string>();
  return schema.map(({ name, type }): Field => {
    let unique = name;
    for (let i = 0; taken.has(unique); i++) unique = `${name}${i}`;
    taken.add(unique);
    return { name: unique, type };
  });
}
