/** The state of one operator subtask in memory. */
import { EngineError } from '../errors.ts';
import type { Clock } from '../platform/platform.ts';
import { KEY_GROUPS } from './key-groups.ts';
import { MemoryTable, type TableSurroundings } from './memory-table.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { MEMORY_PAGES, type PageShape, SPILLING_PAGES } from './record-layout.ts';
import { type FormerState, restoreTable } from './restore.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';
import type {
  Cell,
  CellDeclaration,
  KeyGroupRange,
  StateBackend,
  StateMark,
  StateSnapshot,
  Table,
  TableDeclaration,
  WrittenState,
} from './state.ts';
import { PagesMark } from './state-mark.ts';
import { readStoredState, storedState } from './stored-state.ts';

const ALL_GROUPS: KeyGroupRange = { from: 0, to: KEY_GROUPS };

class MemoryState implements StateBackend {
  readonly #surroundings: TableSurroundings;
  readonly #tables = new Map<string, MemoryTable>();
  readonly #cells = new Map<string, { readonly declaration: CellDeclaration; value: number }>();
  #restored: { readonly parts: readonly FormerState[]; readonly range: KeyGroupRange } | null = null;
  #marked = false;

  constructor(surroundings: TableSurroundings) {
    this.#surroundings = surroundings;
  }

  table(declaration: TableDeclaration): Table {
    if (this.#tables.has(declaration.name)) {
      throw new EngineError('internal_error', `state table "${declaration.name}" is declared twice`);
    }
    const table = new MemoryTable(declaration, this.#surroundings);
    this.#tables.set(declaration.name, table);
    this.#restoreTable(table);
    return table;
  }

  cell(declaration: CellDeclaration): Cell {
    if (this.#cells.has(declaration.name)) {
      throw new EngineError('internal_error', `state cell "${declaration.name}" is declared twice`);
    }
    const cell = { declaration, value: declaration.initial };
    this.#cells.set(declaration.name, cell);
    if (this.#restored !== null) cell.value = restoredCell(declaration, this.#restored.parts);
    return cell;
  }

  snapshot(): StateSnapshot {
    const mark = this.mark();
    try {
      return encodeSnapshot(mark);
    } finally {
      mark.release(false);
    }
  }

  restore(snapshots: readonly StateSnapshot[], range: KeyGroupRange = ALL_GROUPS): void {
    this.restoreWritten(snapshots.map(decodeSnapshot), range);
  }

  mark(): StateMark {
    if (this.#marked) throw new EngineError('internal_error', 'a state was marked before its last mark was released');
    this.#marked = true;
    this.#restored = null;
    const tables = [...this.#tables.values()];
    const description = storedState(
      tables.map((table) => table.mark()),
      Array.from(this.#cells.values(), ({ declaration, value }) => ({
        name: declaration.name,
        merge: declaration.merge,
        value: String(value),
      })),
    );
    const sets = tables.flatMap(({ store }, t) => [
      { set: store, name: `${t}r` },
      { set: store.heap, name: `${t}h` },
    ]);
    return new PagesMark(description, sets, () => (this.#marked = false));
  }

  restoreWritten(parts: readonly WrittenState[], range: KeyGroupRange = ALL_GROUPS): void {
    const former = parts.map((written) => ({ state: readStoredState(written.description), written }));
    this.#restored = { parts: former, range };
    if (this.#tables.size > 0) this.#refuseUnknown(former);
    for (const table of this.#tables.values()) {
      table.clear();
      this.#restoreTable(table);
    }
    for (const cell of this.#cells.values()) cell.value = restoredCell(cell.declaration, former);
  }

  scratch(declaration: TableDeclaration): Table {
    return new MemoryTable(declaration, this.#surroundings);
  }

  relax(): void {
    this.#surroundings.budget?.relax();
  }

  get sizeBytes(): number {
    let sum = 0;
    for (const table of this.#tables.values()) sum += table.sizeBytes;
    return sum;
  }

  /** What is stored and not declared would be lost, and what depends on it wrong. */
  #refuseUnknown(former: readonly FormerState[]): void {
    for (const { state } of former) {
      const unknown = state.tables.find(({ name, records }) => records.size > 0 && !this.#tables.has(name));
      if (unknown === undefined) continue;
      throw new EngineError('state_mismatch', `state table "${unknown.name}" was stored by another query`, {
        detail: `Declared: ${[...this.#tables.keys()].map((name) => `"${name}"`).join(', ')}.`,
        hint: 'Run the query that wrote the state, or start without it.',
      });
    }
  }

  #restoreTable(table: MemoryTable): void {
    if (this.#restored !== null) restoreTable(table, this.#restored.parts, this.#restored.range, this.#surroundings);
  }
}

function restoredCell(declaration: CellDeclaration, parts: readonly FormerState[]): number {
  const values = parts.flatMap(({ state }) =>
    state.cells.filter((cell) => cell.name === declaration.name).map((cell) => Number(cell.value)),
  );
  if (values.length === 0) return declaration.initial;
  switch (declaration.merge) {
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'sum':
      return values.reduce((sum, value) => sum + value, 0);
  }
}

export interface StateOptions {
  /** Judges retention. */
  readonly clock: Pick<Clock, 'now'>;
  /** What states may take together; null = as much as they want. */
  readonly budget?: MemoryBudget | null;
  /** How memory is divided, for tests that want many pages of little. */
  readonly pages?: PageShape;
}

export function createStateBackend({ clock, budget = null, pages }: StateOptions): StateBackend {
  return new MemoryState({
    now: () => clock.now(),
    budget,
    pages: pages ?? (budget === null ? MEMORY_PAGES : SPILLING_PAGES),
  });
}
