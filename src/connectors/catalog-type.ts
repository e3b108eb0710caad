/**
 * What a type of catalog is: a place outside whose tables exist without a CREATE TABLE, such as the topics of a broker.
 *
 * Statements ask for what they name, before they are planned: a catalog is opened, asked and closed again.
 */
import type { InferRecords } from '../formats/format.ts';
import type { DataType } from '../types/data-type.ts';
import type { OptionSet, ParsedOptions } from '../types/option-spec.ts';
import type { ConnectorContext } from './connector.ts';

export interface CatalogType {
  readonly name: string;
  /** One paragraph for the reference page. */
  readonly doc: string;
  /** Beside `type` and `default-database`. */
  readonly options: OptionSet;
  /** Connects to nothing yet. Absent: the tables are those that statements create. */
  open?(request: CatalogRequest): ExternalCatalog;
}

export interface CatalogRequest {
  readonly options: ParsedOptions;
  /** As they were written. */
  readonly given: Readonly<Record<string, string>>;
  readonly context: ConnectorContext;
  readonly inferRecords: InferRecords;
}

export interface ExternalCatalog {
  databases(): Promise<readonly string[]>;
  /** In no order. */
  tables(database: string): Promise<readonly string[]>;
  /** Null when there is no such table. */
  table(database: string, name: string): Promise<ExternalTable | null>;
  close(): Promise<void>;
}

/** A table as CREATE TABLE would declare it. */
export interface ExternalTable {
  readonly columns: readonly ExternalColumn[];
  readonly primaryKey: readonly string[];
  /** `connector` among them. */
  readonly options: Readonly<Record<string, string>>;
  readonly comment: string | null;
}

export type ExternalColumn =
  | { readonly kind: 'physical'; readonly name: string; readonly type: DataType }
  /** Read-only. */
  | { readonly kind: 'metadata'; readonly name: string; readonly type: DataType; readonly key: string };
