/** What planning asks about connectors and formats; the session answers, so that no layer below it knows a registry. */
import type { CatalogType } from '../connectors/catalog-type.ts';
import type { Connector, SinkAccepts } from '../connectors/connector.ts';
import type { Format } from '../formats/format.ts';
import type { ChangelogMode, TableDefinition } from '../types/table-definition.ts';

export interface ConnectorLookup {
  get(name: string): Connector | undefined;
  names(): readonly string[];
  /** Which changes the table gives as a source. */
  sourceChangelog(table: TableDefinition): ChangelogMode;
  /** Which changes the table takes as a sink. */
  sinkAccepts(table: TableDefinition): SinkAccepts;
}

export interface FormatLookup {
  get(name: string): Format | undefined;
  names(): readonly string[];
}

export interface CatalogTypeLookup {
  get(name: string): CatalogType | undefined;
  names(): readonly string[];
}

/** The session's `SET` keys. */
export interface SessionConfig {
  get(key: string): string | undefined;
}
