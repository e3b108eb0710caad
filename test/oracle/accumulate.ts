/** The net result of a changelog; a retraction that hits no row is an error of the engine. */
import { ROW_KIND_NAMES, isRetraction } from '../../src/types/batch.ts';

export class Accumulated {
  readonly #counts = new Map<string, number>();

  apply(kind: number, row: string): void {
    const count = this.#counts.get(row) ?? 0;
    if (!isRetraction(kind)) this.#counts.set(row, count + 1);
    else if (count === 0) throw new Error(`${ROW_KIND_NAMES[kind as 0]} ${row} hits no row`);
    else if (count === 1) this.#counts.delete(row);
    else this.#counts.set(row, count - 1);
  }

  rows(): string[] {
    return [...this.#counts].flatMap(([row, count]) => Array.from({ length: count }, () => row)).toSorted();
  }
}
