import { expect, test } from 'vitest';
import { catalogTypeNames, findCatalogType } from '../../../src/connectors/catalog-types.ts';
import { connectorNames, findConnector } from '../../../src/connectors/registry.ts';

test('connectors are found by name', () => {
  expect(connectorNames()).toEqual(['blackhole', 'datagen', 'filesystem', 'kafka', 'nexmark', 'print', 'upsert-kafka']);
  for (const name of connectorNames()) expect(findConnector(name).name).toBe(name);
});

test('an unknown name is an error that helps; a known one that is not here says so', () => {
  expect(() => findConnector('filesytem')).toThrow('connector "filesytem" does not exist');
  expect(() => findConnector('filesytem')).toThrow(
    expect.objectContaining({ code: 'invalid_option', hint: 'Connectors with similar names: "filesystem".' }),
  );
  expect(() => findConnector('zzz')).toThrow(
    expect.objectContaining({
      hint: 'Connectors: blackhole, datagen, filesystem, kafka, nexmark, print, upsert-kafka.',
    }),
  );
  expect(() => findConnector('hbase-2.6')).toThrow(
    expect.objectContaining({ code: 'unsupported', message: 'connector "hbase-2.6" is not supported' }),
  );
});

test('every option is documented', () => {
  for (const name of connectorNames()) {
    const { options, doc } = findConnector(name);
    expect(doc.length).toBeGreaterThan(20);
    for (const [key, spec] of Object.entries(options))
      expect(`${key}: ${spec.doc}`.length).toBeGreaterThan(key.length + 10);
  }
});

test('types of catalogs are found by name, and every option is documented', () => {
  expect(catalogTypeNames()).toEqual(['generic_in_memory', 'kafka']);
  expect(findCatalogType('hive')).toBeUndefined();
  for (const name of catalogTypeNames()) {
    const type = findCatalogType(name);
    expect(type?.doc.length).toBeGreaterThan(20);
    for (const [key, spec] of Object.entries(type?.options ?? {}))
      expect(`${key}: ${spec.doc}`.length).toBeGreaterThan(key.length + 10);
  }
});
