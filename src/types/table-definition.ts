import type { DataType } from './data-type.ts';
import type { Schema } from './schema.ts';

/** A table as plans and connectors see it: plain data out of the catalog. */
export interface TableDefinition {
  /** catalog, database, name */
  readonly path: readonly string[];
  /** All physical columns in declaration order (metadata and computed columns are not among them). */
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

/** Which row kinds a stream may hold; +I always. */
export interface ChangelogMode {
  readonly updateBefore: boolean;
  readonly updateAfter: boolean;
  readonly delete: boolean;
}
