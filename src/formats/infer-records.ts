/**
 * The format and schema of framed records, guessed from a sample: Avro where a registry knows the schemas that they name,
 * JSON objects where most of them are, else text or bytes as they are.
 */
import { BYTES, type DataType, STRING } from '../types/data-type.ts';
import { parseOptions } from '../types/option-spec.ts';
import type { Schema } from '../types/schema.ts';
import { avroConfluent } from './avro-confluent/index.ts';
import { FRAME_BYTES } from './avro-confluent/decoder.ts';
import { registryAddress } from './avro-confluent/options.ts';
import { registryAt } from './avro-confluent/registry.ts';
import type { InferRecordsRequest, InferredRecords } from './format.ts';
import { avroColumns } from './infer/avro.ts';
import { guessRecords, isJsonObject, inferredJson } from './infer/json.ts';

export async function inferRecords(request: InferRecordsRequest): Promise<InferredRecords> {
  return (await inferAvro(request)) ?? inferJsonOrRaw(request);
}

function inferJsonOrRaw({ records, part }: InferRecordsRequest): InferredRecords {
  const texts = records.map(textOf);
  const objects = texts.filter((text) => text !== null && isJsonObject(text));
  if (objects.length * 2 > records.length) {
    const { format, schema, options } = inferredJson(guessRecords(objects as string[]));
    return { format, schema, options, leftOut: [] };
  }
  const type = texts.includes(null) ? BYTES : STRING;
  return { format: 'raw', schema: [{ name: part.kind, type }], options: {}, leftOut: [] };
}

const PREFIX = 'avro-confluent.';

/** By the newest schema that most of the records name; null where they are not of that kind, or no registry is given. */
async function inferAvro({ records, registry, context }: InferRecordsRequest): Promise<InferredRecords | null> {
  const ids = records.map(schemaIdOf).filter((id) => id !== null);
  if (Object.keys(registry).length === 0 || ids.length * 2 <= records.length) return null;
  const given = Object.entries(registry).map(([key, value]) => [key.slice(PREFIX.length), value] as const);
  const options = parseOptions('format "avro-confluent"', avroConfluent.options, Object.fromEntries(given));
  const schemas = registryAt(registryAddress(options), context);
  const newest = Math.max(...ids);
  await schemas.load(newest);
  const found = schemas.known(newest);
  // What is no record has no columns: it is read as the bytes that it is.
  if (found === undefined || 'reason' in found || found.type.kind !== 'record') return null;
  const { schema, leftOut } = avroColumns(found.type);
  // Under the older mapping an instant is a TIMESTAMP of up to three digits, and there is nothing else.
  const mapping = holdsTimes(schema) ? { [`${PREFIX}timestamp_mapping.legacy`]: 'false' } : {};
  return { format: 'avro-confluent', schema, options: { ...registry, ...mapping }, leftOut };
}

const holdsTimes = (schema: Schema): boolean => schema.some(({ type }) => isTime(type));

function isTime(type: DataType): boolean {
  switch (type.kind) {
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return true;
    case 'ARRAY':
      return isTime(type.element);
    case 'MAP':
      return isTime(type.value);
    case 'ROW':
      return holdsTimes(type.fields);
    default:
      return false;
  }
}

/** The id in front of a message of Confluent's serializers. */
function schemaIdOf(record: Uint8Array): number | null {
  if (record.length < FRAME_BYTES || record[0] !== 0) return null;
  const id = new DataView(record.buffer, record.byteOffset).getInt32(1);
  return id > 0 ? id : null;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Null where the bytes are not text. */
function textOf(bytes: Uint8Array): string | null {
  try {
    const text = decoder.decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    // That it throws is the answer.
    return null;
  }
}
