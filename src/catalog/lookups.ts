/** What planning asks about connectors and formats; the session answers, so that no layer below it knows a registry. */
import type { CatalogType } from '../connectors/catalog-type.ts';
import type { Connector, SinkAccepts, Source } from '../connectors/connector.ts';
import type { Format } from '../formats/format.ts';
import type { ChangelogMode, TableDefinition } from '../types/table-definition.ts';

export type Guarantee = Source['guarantee'];

export interface ConnectorLookup {
  get(name: string): Connector | undefined;
  names(): readonly string[];
  /** Which changes the table gives as a source. */
  sourceChangelog(table: TableDefinition): ChangelogMode;
  /** Which changes the table takes as a sink. */
  sinkAccepts(table: TableDefinition): SinkAccepts;
  /** How often a row counts that is read or written, whatever fails; null where the connector does not do that. */
  guarantee(table: TableDefinition, use: 'source' | 'sink'): Guarantee | null;
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
