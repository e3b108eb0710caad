import { expect, test } from 'vitest';
import { blackhole } from '../../../src/connectors/blackhole/index.ts';
import { print } from '../../../src/connectors/print/index.ts';
import { fakePlatform } from '../../../src/platform/fake-platform.ts';
import { BatchBuilder, DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE } from '../../../src/types/batch.ts';
import { INT, STRING } from '../../../src/types/data-type.ts';
import { parseOptions } from '../../../src/types/option-spec.ts';
import type { Connector, Sink } from '../../../src/connectors/connector.ts';
import { testContext, testTable } from './rows.ts';

const schema = [
  { name: 'a', type: STRING },
  { name: 'b', type: INT },
];
const platform = fakePlatform();

function sink(connector: Connector, options: Readonly<Record<string, string>>, parallelism = 1, subtask = 0): Sink {
  const parsed = parseOptions(connector.name, connector.options, options);
  const context = testContext(parallelism, platform);
  return connector.sink?.({
    table: testTable(schema),
    options: parsed,
    context,
    schema,
    subtask,
    encoder: null,
  }) as Sink;
}

function changes(): BatchBuilder {
  const batch = new BatchBuilder(schema);
  [INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE].forEach((kind, i) => {
    const at = batch.addRow(kind);
    batch.columns[0]?.set(at, 'x');
    batch.columns[1]?.set(at, i === 0 ? null : i);
  });
  return batch;
}

test('prints every change with its kind, where it is asked to', async () => {
  await sink(print, {}).write(changes().build());
  expect(platform.stdout.text).toBe('+I[x, null]\n-U[x, 1]\n+U[x, 2]\n-D[x, 3]\n');
  await sink(print, { 'standard-error': 'true', 'print-identifier': 'id' }).write(changes().build());
  await sink(print, { 'standard-error': 'true' }, 2, 1).write(changes().build());
  await sink(print, { 'standard-error': 'true', 'print-identifier': 'id' }, 2, 0).write(changes().build());
  const first = platform.stderr.text.split('\n').filter((_, i) => i % 4 === 0);
  expect(first).toEqual(['id> +I[x, null]', '2> +I[x, null]', 'id:1> +I[x, null]', '']);
});

test('a blackhole takes every change', async () => {
  const hole = sink(blackhole, {});
  expect(blackhole.sinkAccepts).toBe('unkeyed-upsert');
  await hole.write(changes().build());
  await hole.close(true);
});
