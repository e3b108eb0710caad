import { expect, test } from 'vitest';
import { Settings } from '../../../src/engine/settings.ts';

test.each([
  ['parallelism.default', ['0', '-1', '32769', '99999999999999999999', '1.5', '']],
  ['millrace.batch-size', ['0', '-3', '2000000']],
  ['millrace.chunk-size', ['0', '0 kb', '2g', 'many']],
])('%s refuses what no job can run with', (key, values) => {
  const settings = new Settings();
  for (const value of values) {
    expect(() => settings.set(key, value)).toThrow(
      expect.objectContaining({ code: 'invalid_option', hint: expect.stringMatching(/^It takes a .+\.$/) as string }),
    );
  }
  expect(settings.entries()).toEqual([]);
});

test('the limits themselves are taken', () => {
  const settings = new Settings();
  settings.set('parallelism.default', '32768');
  settings.set('millrace.batch-size', '1');
  settings.set('millrace.chunk-size', '1gb');
  expect(settings.number('parallelism.default')).toBe(32_768);
  expect(settings.number('millrace.batch-size')).toBe(1);
  expect(settings.number('millrace.chunk-size')).toBe(2 ** 30);
});
