/** All types of catalogs: one line each. */
import type { CatalogType } from './catalog-type.ts';
import { kafkaCatalog } from './kafka/catalog/index.ts';

/** Flink's own: catalogs, databases and tables live as long as the session. */
const genericInMemory: CatalogType = {
  name: 'generic_in_memory',
  doc: 'Holds what statements create, as long as the session lives.',
  options: {},
};

const CATALOG_TYPES: readonly CatalogType[] = [genericInMemory, kafkaCatalog];

export function findCatalogType(name: string): CatalogType | undefined {
  return CATALOG_TYPES.find((type) => type.name === name);
}

/** Names of all types, in order. */
export function catalogTypeNames(): string[] {
  return CATALOG_TYPES.map((type) => type.name).sort();
}
