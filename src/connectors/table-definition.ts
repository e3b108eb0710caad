import type { DataType } from '../types/data-type.ts';
import type { Schema } from '../types/schema.ts';

/** A table as a connector sees it (structurally the plan's `TableSpec`). */
export interface TableDefinition {
  /** catalog, database, name */
  readonly path: readonly string[];
  readonly columns: Schema;
  readonly metadata: readonly {
    readonly name: string;
    readonly key: string;
    readonly type: DataType;
    readonly virtual: boolean;
  }[];
  readonly primaryKey: readonly string[];
  readonly partitionKeys: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

/** Which row kinds a source may produce besides +I. */
export interface ChangelogModeSpec {
  readonly updateBefore: boolean;
  readonly updateAfter: boolean;
  readonly delete: boolean;
}
