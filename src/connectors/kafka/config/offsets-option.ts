import { EngineError } from '../../../errors.ts';

/** `partition:0,offset:42;partition:1,offset:300`. */
export function parseOffsets(key: string, text: string): ReadonlyMap<number, number> {
  const offsets = new Map<number, number>();
  for (const part of text.split(';')) {
    if (part.trim() === '') continue;
    const match = /^\s*partition\s*:\s*(\d+)\s*,\s*offset\s*:\s*(\d+)\s*$/.exec(part);
    if (match === null) {
      throw new EngineError('invalid_option', `option "${key}" cannot be '${text}'`, {
        hint: "It takes 'partition:0,offset:42;partition:1,offset:300'.",
      });
    }
    offsets.set(Number(match[1]), Number(match[2]));
  }
  return offsets;
}
