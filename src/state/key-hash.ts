/** The hash of key columns, for exchanges: the same that state tables place records by. */
import type { DataType } from '../types/data-type.ts';
import type { Vector } from '../types/vector.ts';
import {
  FINISH_HASH,
  Flattener,
  HASH_SEED,
  bindColumn,
  columnNames,
  columnSide,
  compile,
  doubleBits,
  hashCode,
  validity,
} from './field-code.ts';
import { fieldKind } from './record-layout.ts';

/** Writes the hash of each of the `length` rows of the key columns to `hashes`. */
export type KeyHash = (keys: readonly Vector[], length: number, hashes: Int32Array) => void;

export function keyHash(types: readonly DataType[]): KeyHash {
  const flattener = new Flattener(types);
  const columns = types.map((type, c) => {
    const declared = columnNames('k', c, fieldKind(type)).join(', ');
    return `let ${declared}; ${bindColumn('k', c, fieldKind(type), `keys[${c}]`)}`;
  });
  const run = compile<KeyHash>(
    `return function hashAll(keys, length, hashes) {
      ${columns.join('\n')}
      for (let i = 0; i < length; i++) {
        let h = ${HASH_SEED};
        ${types.map((type, c) => hashCode(columnSide('k', c, type))).join('\n')}
        ${FINISH_HASH}
        hashes[i] = h;
      }
    };`,
    { validity, ...doubleBits() },
  );
  return (keys, length, hashes) => run(flattener.flatten(keys, length) as readonly Vector[], length, hashes);
}
