/** The `avro-confluent` format: Avro messages whose schemas are in a registry. */
import { EngineError } from '../../errors.ts';
import type { Schema } from '../../types/schema.ts';
import { deriveSchema } from '../avro/derive.ts';
import { AvroEncoder } from '../avro/encoder.ts';
import { generateAvro } from '../avro/generate.ts';
import { planReads } from '../avro/read-plan.ts';
import { type AvroRecord, parseSchema, schemaText } from '../avro/schema.ts';
import type { Format, FormatContext, FormatOptions } from '../format.ts';
import { ConfluentRecordDecoder, FRAME_BYTES } from './decoder.ts';
import { OPTIONS, registryAddress, subjectOf } from './options.ts';
import { registryAt } from './registry.ts';

export const avroConfluent: Format = {
  name: 'avro-confluent',
  doc: "Avro messages as Confluent's serializers write them: each names its schema in a registry, and is read by that and the table's own.",
  options: OPTIONS,
  validate: (schema, options) => {
    registryAddress(options);
    tableSchema(schema, options);
  },
  recordDecoder: (request) => {
    const registry = registryAt(registryAddress(request.options), given(request.context));
    return new ConfluentRecordDecoder(request, tableSchema(request.schema, request.options), registry);
  },
  prepare: async ({ schema, options, part, context, for: use }) => {
    if (use !== 'writing') return;
    const registry = registryAt(registryAddress(options), context);
    await registry.register(subjectOf(options, part), schemaText(tableSchema(schema, options)));
  },
  encoder: ({ schema, options, part, context }) => {
    const registry = registryAt(registryAddress(options), given(context));
    const avro = tableSchema(schema, options);
    if (part === undefined) {
      throw new EngineError('unsupported', 'format "avro-confluent" is one of messages, not of files');
    }
    const subject = subjectOf(options, part);
    const text = schemaText(avro);
    checkWritable(schema, avro);
    // The schema is registered when the job starts, after its encoders are made.
    return new AvroEncoder(schema, avro, { prefix: () => frameOf(registry.idOf(subject, text)) });
  },
};

function given(context: FormatContext | undefined): FormatContext {
  if (context === undefined)
    throw new EngineError('internal_error', 'format "avro-confluent" has no way to its registry');
  return context;
}

function frameOf(id: number): Uint8Array {
  const frame = Buffer.alloc(FRAME_BYTES);
  frame.writeInt32BE(id, 1);
  return frame;
}

/** The schema of the table: the one that it gives, which must go with its columns, or the one that they make. */
function tableSchema(schema: Schema, options: FormatOptions): AvroRecord {
  const text = options.string('schema');
  if (text === undefined) return deriveSchema(schema, options.boolean('timestamp_mapping.legacy'));
  const invalid = (why: string): EngineError =>
    new EngineError('invalid_option', `option "schema" of format "avro-confluent" does not go with the table: ${why}`);
  const parsed = parseSchema(text);
  if (parsed.kind !== 'record') throw invalid('it is no record');
  const columns = schema.map(({ name, type }) => ({ path: [name], type }));
  const { reasons } = generateAvro(parsed, planReads(columns, parsed).root);
  const flaw = reasons.find((reason) => /it was written as|is not in the writer's schema/.test(reason));
  if (flaw !== undefined) throw invalid(flaw);
  return parsed;
}

function checkWritable(schema: Schema, { fields }: AvroRecord): void {
  const extra = fields.find(({ name }) => !schema.some((column) => column.name === name));
  if (extra === undefined) return;
  throw new EngineError(
    'invalid_option',
    `option "schema" of format "avro-confluent" has a field "${extra.name}" that is no column`,
    {
      hint: 'A table that is written has a column for each field.',
    },
  );
}
