import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Engine } from '../../../src/engine.ts';
import { toEngineError } from '../../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-views-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'n.csv'), 'n\n1\n2\n');

test('a view over a file is read like any other, also through another view and from another database', async () => {
  const session = new Engine().openSession();
  await session.executeSql('CREATE DATABASE other');
  await session.executeSql(`CREATE VIEW other.raw_rows AS SELECT n FROM '${folder}/n.csv'`);
  await session.executeSql('USE other');
  await session.executeSql('CREATE VIEW doubled AS SELECT n * 2 AS n FROM raw_rows');
  await session.executeSql('USE default_database');
  const rows: unknown[] = [];
  for await (const { row } of await session.query<{ n: bigint }>('SELECT n FROM other.doubled')) rows.push(row.n);
  expect(rows.map(Number)).toEqual([2, 4]);
});

test('a file of a view that is gone is missed where the view is named', async () => {
  const session = new Engine().openSession();
  writeFileSync(join(folder, 'gone.csv'), 'n\n1\n');
  await session.executeSql(`CREATE VIEW v AS SELECT n FROM '${folder}/gone.csv'`);
  rmSync(join(folder, 'gone.csv'));
  const error = await session.query('SELECT n FROM v').then(() => null, toEngineError);
  expect(error?.code).toBe('undefined_file');
  expect(error?.span?.start).toBe('SELECT n FROM '.length);
});
