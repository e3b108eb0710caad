/** The options of a catalog: its type, and what the type says that it takes. */
import type { CatalogType } from '../connectors/catalog-type.ts';
import { EngineError, similarNames, unsupported } from '../errors.ts';
import { type OptionSet, type ParsedOptions, parseOptions } from '../types/option-spec.ts';
import type { CatalogInfo } from './catalog.ts';
import type { CatalogTypeLookup } from './lookups.ts';
import { looksSecret } from './options.ts';

/** Options of any catalog, whatever its type. */
export const COMMON_CATALOG_OPTIONS: OptionSet = {
  type: { type: 'string', required: true, doc: 'What kind of catalog it is.' },
  'default-database': { type: 'string', default: 'default', doc: 'The database that is in use after USE CATALOG.' },
  'property-version': { type: 'string', doc: 'Ignored.' },
};

/** Flink's types, and those of its neighbours, that are known by name. */
const ABSENT = new Set(['jdbc', 'hive', 'paimon', 'iceberg', 'hudi', 'delta', 'fluss', 'openlineage']);

/** Looks the type up and parses every option; errors name what exists. */
export function parseCatalogOptions(
  { name, options }: Pick<CatalogInfo, 'name' | 'options'>,
  types: CatalogTypeLookup,
): { readonly type: CatalogType; readonly options: ParsedOptions } {
  const typeName = options['type'];
  const there = `There are: ${types.names().toSorted().join(', ')}.`;
  if (typeName === undefined) {
    throw new EngineError('invalid_option', `catalog "${name}" has no option "type"`, { hint: there });
  }
  const type = types.get(typeName);
  if (type === undefined) {
    if (ABSENT.has(typeName)) throw unsupported(`a catalog of type '${typeName}'`, there);
    const near = similarNames(typeName, types.names());
    throw new EngineError('invalid_option', `catalog type "${typeName}" does not exist`, {
      hint: near.length > 0 ? `Types with similar names: ${near.map((each) => `"${each}"`).join(', ')}.` : there,
    });
  }
  return { type, options: parseOptions(`catalog "${name}"`, { ...COMMON_CATALOG_OPTIONS, ...type.options }, options) };
}

/** The options as they may be shown: secrets are masked. */
export function maskedCatalogOptions(
  { options }: CatalogInfo,
  types: CatalogTypeLookup,
): [key: string, value: string][] {
  const specs = types.get(options['type'] ?? '')?.options ?? {};
  return Object.entries(options).map(([key, value]) => [
    key,
    specs[key]?.secret === true || looksSecret(key) ? '******' : value,
  ]);
}
