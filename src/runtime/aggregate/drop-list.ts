import type { Table } from '../../state/state.ts';
import type { Vector } from '../../types/vector.ts';

/** Removes the records of a list index whose key is row 0 of `key`. */
export function dropList(table: Table, index: number, key: Vector): void {
  const list = table.list(index);
  list.bind([key], 1);
  let count = 0;
  for (let ref = list.find(0); ref !== 0; ref = list.find(0)) {
    table.remove(ref);
    if ((++count & 255) === 0) table.store.relax();
  }
}
