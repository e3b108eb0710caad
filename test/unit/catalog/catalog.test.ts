import { describe, expect, test } from 'vitest';
import { Catalog } from '../../../src/catalog/catalog.ts';
import { likePattern } from '../../../src/catalog/like-pattern.ts';
import type { CatalogTable, ObjectPath } from '../../../src/catalog/table.ts';

const table = (path: ObjectPath, temporary = false): CatalogTable => ({
  kind: 'table',
  path,
  temporary,
  columns: [],
  watermark: null,
  primaryKey: null,
  partitionKeys: [],
  options: {},
  comment: null,
});

describe('catalog', () => {
  test('names are relative to the current catalog and database', () => {
    const catalog = new Catalog();
    expect(catalog.path(['t'])).toEqual(['default_catalog', 'default_database', 't']);
    expect(catalog.path(['d', 't'])).toEqual(['default_catalog', 'd', 't']);
    expect(catalog.path(['c', 'd', 't'])).toEqual(['c', 'd', 't']);
    expect(() => catalog.path(['a', 'b', 'c', 'd'])).toThrow('object "a.b.c.d" does not exist');
  });

  test('databases are created, used and dropped; not while in use, not while they hold tables', () => {
    const catalog = new Catalog();
    catalog.createDatabase('default_catalog', { name: 'd', comment: null, options: {} }, false);
    catalog.useDatabase(['d']);
    expect(() => catalog.dropDatabase(['default_catalog', 'd'], false, false)).toThrow(
      'cannot drop database "d": it is in use',
    );
    catalog.create(table(catalog.path(['t'])), false);
    catalog.useDatabase(['default_database']);
    expect(() => catalog.dropDatabase(['default_catalog', 'd'], false, false)).toThrow('it is not empty');
    catalog.dropDatabase(['default_catalog', 'd'], false, true);
    expect(() => catalog.useDatabase(['d'])).toThrow('database "default_catalog.d" does not exist');
    catalog.dropDatabase(['default_catalog', 'd'], true, false);
  });

  test('a second catalog starts with its default database', () => {
    const catalog = new Catalog();
    catalog.createCatalog({ name: 'c', comment: null, options: { type: 'generic_in_memory' } });
    catalog.useCatalog('c');
    expect([catalog.currentCatalog, catalog.currentDatabase]).toEqual(['c', 'default']);
    expect(() => catalog.dropCatalog('c', false)).toThrow('it is in use');
    expect(() => catalog.useCatalog('x')).toThrow('catalog "x" does not exist');
  });

  test('renaming does not overwrite', () => {
    const catalog = new Catalog();
    const [a, b] = [catalog.path(['a']), catalog.path(['b'])];
    catalog.create(table(a), false);
    catalog.create(table(b), false);
    expect(() => catalog.replace(a, table(b))).toThrow('table "default_catalog.default_database.b" already exists');
    catalog.drop(b, { kind: 'table', temporary: false, ifExists: false });
    catalog.replace(a, table(b));
    expect(catalog.find(a)).toBeUndefined();
    expect(catalog.find(b)?.path).toEqual(b);
  });

  test('dropping says what the object is', () => {
    const catalog = new Catalog();
    const path = catalog.path(['t']);
    catalog.create(table(path), false);
    expect(() => catalog.drop(path, { kind: 'view', temporary: false, ifExists: true })).toThrow(
      'is a table, not a view',
    );
    catalog.drop(catalog.path(['x']), { kind: 'table', temporary: false, ifExists: true });
    expect(() => catalog.drop(catalog.path(['x']), { kind: 'table', temporary: false, ifExists: false })).toThrow(
      'table "x" does not exist',
    );
  });
});

describe('LIKE patterns of SHOW', () => {
  test.each([
    ['%', 'anything', true],
    ['a_c', 'abc', true],
    ['a_c', 'abbc', false],
    ['a\\_c', 'a_c', true],
    ['a\\_c', 'abc', false],
    ['100\\%', '100%', true],
    ['a.c', 'abc', false],
    ['A%', 'abc', false],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(likePattern(pattern, false)(name)).toBe(expected);
  });
  test('ILIKE does not look at case', () => {
    expect(likePattern('A%', true)('abc')).toBe(true);
  });
});
