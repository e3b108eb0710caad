/**
 * Rows for the tables that collect what a job could not use: bad records (`millrace.dead-letter`) and late rows
 * (`millrace.late-rows`). Such a table is matched by column name and has any subset of the columns below.
 */
import { EngineError } from '../errors.ts';
import { BatchBuilder, INSERT } from '../types/batch.ts';
import { BIGINT, BYTES, type DataType, STRING, sameType, timestampLtz, typeToString } from '../types/data-type.ts';
import type { Value } from '../types/vector.ts';
import type { Receiver } from './receiver.ts';
import type { TableDefinition } from '../types/table-definition.ts';

export interface RejectedRow {
  readonly payload: Uint8Array;
  readonly sourceName: string;
  readonly splitId: string | null;
  /** Where the record begins in its split, if that is known. */
  readonly splitPosition: number | null;
  readonly reason: string;
  readonly rejectedAtMs: number;
}

const COLUMNS: Readonly<Record<string, { readonly type: DataType; readonly get: (row: RejectedRow) => Value }>> = {
  payload: { type: BYTES, get: (row) => row.payload },
  source_name: { type: STRING, get: (row) => row.sourceName },
  split_id: { type: STRING, get: (row) => row.splitId },
  split_position: { type: BIGINT, get: (row) => (row.splitPosition === null ? null : BigInt(row.splitPosition)) },
  reason: { type: STRING, get: (row) => row.reason },
  rejected_at: { type: timestampLtz(3), get: (row) => row.rejectedAtMs },
};

/** Refuses a table whose columns are not a subset of what a rejected row has. */
export function checkRejectedTable(table: TableDefinition, option: string): void {
  for (const { name, type } of table.columns) {
    const column = COLUMNS[name];
    if (column !== undefined && sameType(column.type, type, true)) continue;
    const expected = Object.entries(COLUMNS)
      .map(([key, value]) => `${key} ${typeToString(value.type)}`)
      .join(', ');
    throw new EngineError(
      'invalid_definition',
      `column "${name}" of ${table.path.at(-1)} is not one that ${option} can fill`,
      { hint: `Such a table has any of: ${expected}.` },
    );
  }
}

export class RejectedRows {
  readonly #gets: readonly ((row: RejectedRow) => Value)[];
  readonly #builder: BatchBuilder;
  readonly #target: Receiver;

  constructor(table: TableDefinition, target: Receiver) {
    this.#gets = table.columns.map((field) => (COLUMNS[field.name] as { get: (row: RejectedRow) => Value }).get);
    this.#builder = new BatchBuilder(table.columns);
    this.#target = target;
  }

  add(row: RejectedRow): void {
    const index = this.#builder.addRow(INSERT);
    this.#gets.forEach((get, c) => this.#builder.columns[c]?.set(index, get(row)));
  }

  flush(): void {
    if (this.#builder.length === 0) return;
    this.#target.receive(this.#builder.build());
    this.#builder.reset();
  }
}
