import { expect, it } from 'vitest';
import { EngineError } from '../../../src/errors.ts';
import { findFormat, formatNames } from '../../../src/formats/registry.ts';

const errorOf = (name: string): EngineError => {
  try {
    findFormat(name);
  } catch (error) {
    if (error instanceof EngineError) return error;
  }
  throw new Error(`format ${name} was found`);
};

it('finds formats by name and refuses others', () => {
  expect(formatNames()).toEqual(['avro', 'avro-confluent', 'csv', 'json', 'raw']);
  expect(findFormat('json').name).toBe('json');
  expect(errorOf('protobuf')).toMatchObject({ code: 'unsupported', message: 'format "protobuf" is not supported' });
  expect(errorOf('jsn')).toMatchObject({ code: 'invalid_option', hint: 'Formats with similar names: "json".' });
});

it('documents every option', () => {
  for (const name of formatNames()) {
    for (const [key, { doc }] of Object.entries(findFormat(name).options))
      expect(`${key}: ${doc}`).toMatch(/: .{10,}\.$/s);
  }
});
