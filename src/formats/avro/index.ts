/** The `avro` format: data of the schema that the table's columns make. */
import { unsupported } from '../../errors.ts';
import type { Schema } from '../../types/schema.ts';
import type { Format, FormatOptions } from '../format.ts';
import { CODEC_NAMES } from './codec.ts';
import { ContainerDecoder } from './container-decoder.ts';
import { containerFraming } from './container-framing.ts';
import { deriveSchema } from './derive.ts';
import { AvroEncoder } from './encoder.ts';
import { AvroJsonEncoder, AvroJsonRecordDecoder } from './json-encoding.ts';
import { AvroRecordDecoder } from './record-decoder.ts';

export const LEGACY_TIMESTAMPS = {
  type: 'boolean',
  default: 'true',
  doc: "Whether TIMESTAMP, up to three fraction digits, is written as `timestamp-millis`. With 'false' it is a local timestamp, TIMESTAMP_LTZ an instant, and both go up to six digits.",
} as const;

const isJson = (options: FormatOptions): boolean => options.string('encoding') === 'json';
const isLegacy = (options: FormatOptions): boolean => options.boolean('timestamp_mapping.legacy');

export const avro: Format = {
  name: 'avro',
  doc: "Avro data of the schema that the columns of the table make. Files are object containers, whose own schema is resolved to the table's; messages come without one.",
  options: {
    encoding: {
      type: 'enum',
      values: ['binary', 'json'],
      default: 'binary',
      doc: "How a message is encoded: Avro's binary form, or its JSON.",
    },
    codec: {
      type: 'enum',
      values: CODEC_NAMES,
      default: 'snappy',
      doc: 'How the blocks of files that are written are compressed. Files say themselves how they were.',
    },
    'timestamp_mapping.legacy': LEGACY_TIMESTAMPS,
  },
  validate: (schema: Schema, options: FormatOptions) => void deriveSchema(schema, isLegacy(options)),
  decoder: (request) => {
    checkFile(request.options);
    return new ContainerDecoder(request);
  },
  needsHead: true,
  recordDecoder: (request) =>
    isJson(request.options) ? new AvroJsonRecordDecoder(request) : new AvroRecordDecoder(request),
  encoder: ({ schema, options, part }) => {
    const derived = deriveSchema(schema, isLegacy(options));
    if (part === undefined) {
      checkFile(options);
      const file = containerFraming(derived, options.string('codec') ?? 'snappy');
      return new AvroEncoder(schema, derived, { file });
    }
    return isJson(options) ? new AvroJsonEncoder(schema, derived) : new AvroEncoder(schema, derived);
  },
};

function checkFile(options: FormatOptions): void {
  if (isJson(options))
    throw unsupported(`'avro.encoding' = 'json' for files`, 'Files are object containers, which are binary.');
}
