import type { Catalog } from '../../catalog/catalog.ts';
import { isReserved } from '../../parser/keywords.ts';
import { quoteIdentifier } from '../../types/data-type.ts';
import type { Candidate } from './candidate.ts';

/** A name as it has to be written. */
export const writtenName = (name: string): string =>
  /^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(name) && !isReserved(name) ? name : quoteIdentifier(name);

export type ObjectKind = 'relation' | 'table' | 'view' | 'catalog' | 'database' | 'function';

/** The objects of the catalog that `qualifier` leads to. */
export function objectCandidates(catalog: Catalog, kind: ObjectKind, qualifier: readonly string[]): Candidate[] {
  const containers = (names: readonly string[], what: string): Candidate[] =>
    names.map((name) => ({ text: writtenName(name), kind: 'object', detail: what, after: '.' }));
  const catalogs = (): string[] => catalog.catalogs().map(({ name }) => name);
  const databases = (of: string): string[] =>
    catalogs().includes(of) ? catalog.databases(of).map(({ name }) => name) : [];
  if (kind === 'catalog') return containers(catalogs(), 'catalog').map((one) => ({ ...one, after: '' }));
  if (kind === 'database') {
    const own = databases(qualifier[0] ?? catalog.currentCatalog);
    const found = containers(own, 'database').map((one) => ({ ...one, after: '' }));
    return qualifier.length === 0 ? [...found, ...containers(catalogs(), 'catalog')] : found;
  }
  const places: (readonly [string, string])[] = [];
  if (qualifier.length === 0) places.push([catalog.currentCatalog, catalog.currentDatabase]);
  if (qualifier.length === 1) places.push([catalog.currentCatalog, qualifier[0] as string]);
  if (qualifier.length === 2) places.push([qualifier[0] as string, qualifier[1] as string]);
  const found = places
    .filter(([owner, database]) => databases(owner).includes(database))
    .flatMap(([owner, database]) => membersOf(catalog, kind, owner, database));
  if (qualifier.length === 0) {
    const others = catalogs().filter((name) => name !== catalog.currentCatalog);
    found.push(...containers(others, 'catalog'));
    found.push(
      ...containers(
        databases(catalog.currentCatalog).filter((name) => name !== catalog.currentDatabase),
        'database',
      ),
    );
  } else if (qualifier.length === 1) found.push(...containers(databases(qualifier[0] as string), 'database'));
  return found;
}

function membersOf(catalog: Catalog, kind: ObjectKind, owner: string, database: string): Candidate[] {
  if (kind === 'function') {
    return catalog
      .functions(owner, database)
      .map((fn) => ({ text: writtenName(fn.path[2]), kind: 'function', detail: 'user function', after: '' }));
  }
  const relations = catalog.relations(owner, database);
  // Of an external catalog some are known by name only, since it was last listed.
  const listed = catalog
    .relationNames(owner, database)
    .filter((name) => !relations.some((relation) => relation.path[2] === name));
  return [
    ...relations.map((relation) => ({ name: relation.path[2], kind: relation.kind })),
    ...listed.map((name) => ({ name, kind: 'table' as const })),
  ]
    .filter((each) => kind === 'relation' || each.kind === kind)
    .map((each) => ({ text: writtenName(each.name), kind: each.kind, detail: each.kind, after: '' }));
}
