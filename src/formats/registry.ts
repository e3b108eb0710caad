/** All formats: one line each. */
import { EngineError, similarNames, unsupported } from '../errors.ts';
import { avro } from './avro/index.ts';
import { avroConfluent } from './avro-confluent/index.ts';
import { csv } from './csv/index.ts';
import type { Format } from './format.ts';
import { json } from './json/index.ts';
import { raw } from './raw/index.ts';

const FORMATS: readonly Format[] = [avro, avroConfluent, csv, json, raw];

/** Flink's formats that are known by name but not here. */
const ABSENT = new Set(
  'debezium-json debezium-avro-confluent canal-json maxwell-json ogg-json parquet orc protobuf'.split(' '),
);

/** The format of that name, or an error that says what there is. */
export function findFormat(name: string): Format {
  const found = FORMATS.find((format) => format.name === name);
  if (found !== undefined) return found;
  const there = `Formats: ${formatNames().join(', ')}.`;
  if (ABSENT.has(name)) throw unsupported(`format "${name}"`, there);
  const near = similarNames(name, formatNames());
  throw new EngineError('invalid_option', `format "${name}" does not exist`, {
    hint: near.length > 0 ? `Formats with similar names: ${near.map((one) => `"${one}"`).join(', ')}.` : there,
  });
}

/** Names of all formats, in order. */
export function formatNames(): string[] {
  return FORMATS.map((format) => format.name).sort();
}
