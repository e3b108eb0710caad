/** The state of one operator subtask in memory. */
import { EngineError } from '../errors.ts';
import type { Clock } from '../platform/platform.ts';
import { KEY_GROUPS } from './key-groups.ts';
import { MemoryTable } from './memory-table.ts';
import { type DecodedSnapshot, decodeSnapshot, encodeSnapshot, restoreTable } from './snapshot.ts';
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

class MemoryState implements StateBackend {
  readonly #now: () => number;
  readonly #tables = new Map<string, MemoryTable>();
  readonly #cells = new Map<string, { readonly declaration: CellDeclaration; value: number }>();
  #restored: { readonly snapshots: readonly DecodedSnapshot[]; readonly range: KeyGroupRange } | null = null;

  constructor(now: () => number) {
    this.#now = now;
  }

  table(declaration: TableDeclaration): Table {
    if (this.#tables.has(declaration.name)) {
      throw new EngineError('internal_error', `state table "${declaration.name}" is declared twice`);
    }
    const table = new MemoryTable(declaration, this.#now);
    this.#tables.set(declaration.name, table);
    if (this.#restored !== null) restoreTable(table, this.#restored.snapshots, this.#restored.range);
    return table;
  }

  cell(declaration: CellDeclaration): Cell {
    if (this.#cells.has(declaration.name)) {
      throw new EngineError('internal_error', `state cell "${declaration.name}" is declared twice`);
    }
    const cell = { declaration, value: declaration.initial };
    this.#cells.set(declaration.name, cell);
    if (this.#restored !== null) cell.value = restoredCell(declaration, this.#restored.snapshots);
    return cell;
  }

  snapshot(): StateSnapshot {
    this.#restored = null;
    return encodeSnapshot(this.#tables.values(), this.#cells.values());
  }

  restore(snapshots: readonly StateSnapshot[], range: KeyGroupRange = { from: 0, to: KEY_GROUPS }): void {
    const decoded = snapshots.map(decodeSnapshot);
    this.#restored = { snapshots: decoded, range };
    for (const table of this.#tables.values()) {
      table.clear();
      restoreTable(table, decoded, range);
    }
    for (const cell of this.#cells.values()) cell.value = restoredCell(cell.declaration, decoded);
  }

  mark(): StateMark {
    const bytes = this.snapshot();
    return {
      describe: () => ({}),
      pageCount: 1,
      changed: () => true,
      sizeOf: () => bytes.length,
      idOf: () => 'state',
      read: () => bytes,
      release: () => {},
    };
  }

  restoreWritten(parts: readonly WrittenState[], range?: KeyGroupRange): void {
    this.restore(
      parts.map((part) => part.page(0)),
      range,
    );
  }

  get sizeBytes(): number {
    let sum = 0;
    for (const table of this.#tables.values()) sum += table.sizeBytes;
    return sum;
  }
}

function restoredCell(declaration: CellDeclaration, snapshots: readonly DecodedSnapshot[]): number {
  const values = snapshots.flatMap(({ directory }) =>
    directory.cells.filter((cell) => cell.name === declaration.name).map((cell) => Number(cell.value)),
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

/** Retention is judged by `clock`. */
export function createStateBackend({ clock }: { readonly clock: Pick<Clock, 'now'> }): StateBackend {
  return new MemoryState(() => clock.now());
}
