/** The `json` format: one object a record. */
import { EngineError, unsupported } from '../../errors.ts';
import { type DataType, isCharacter, typeToString } from '../../types/data-type.ts';
import type { Format, FormatOptions } from '../format.ts';
import type { Schema } from '../../types/schema.ts';
import { JsonDecoder } from './decoder.ts';
import { JsonEncoder } from './encoder.ts';
import { JsonRecordDecoder } from './record-decoder.ts';

export const json: Format = {
  name: 'json',
  doc: 'JSON objects, one a line or message; an array of objects gives a row for each.',
  options: {
    'fail-on-missing-field': {
      type: 'boolean',
      default: 'false',
      doc: 'A record that lacks a field which is read is bad; else the field is NULL.',
    },
    'ignore-parse-errors': {
      type: 'boolean',
      default: 'false',
      doc: 'A field that cannot be read as its type is NULL, and a record that is not JSON is passed over and counted.',
    },
    'timestamp-format.standard': {
      type: 'enum',
      values: ['SQL', 'ISO-8601'],
      default: 'SQL',
      doc: "How timestamps are written: '2020-12-30 12:13:14.123' or '2020-12-30T12:13:14.123'; TIMESTAMP_LTZ with a 'Z' behind it.",
    },
    'map-null-key.mode': {
      type: 'enum',
      values: ['FAIL', 'DROP', 'LITERAL'],
      default: 'FAIL',
      doc: 'What writing a map with a NULL key does: fail, leave the entry out, or write map-null-key.literal as its key.',
    },
    'map-null-key.literal': {
      type: 'string',
      default: 'null',
      doc: "The key that stands for NULL when map-null-key.mode is 'LITERAL'.",
    },
    'encode.decimal-as-plain-number': {
      type: 'boolean',
      default: 'false',
      doc: 'Write small decimals as 0.000000027 instead of 2.7E-8.',
    },
    'encode.ignore-null-fields': {
      type: 'boolean',
      default: 'false',
      doc: 'Leave fields out that are NULL, instead of writing null.',
    },
    'decode.json-parser.enabled': {
      type: 'boolean',
      default: 'true',
      doc: 'Taken for compatibility: which of its parsers Flink uses. There is one here.',
    },
  },
  validate,
  decoder: (request) => new JsonDecoder(request),
  recordDecoder: (request) => new JsonRecordDecoder(request),
  encoder: (request) => new JsonEncoder(request),
};

function validate(schema: Schema, options: FormatOptions): void {
  if (options.boolean('fail-on-missing-field') && options.boolean('ignore-parse-errors')) {
    throw new EngineError(
      'invalid_option',
      'options "fail-on-missing-field" and "ignore-parse-errors" should not both be true',
    );
  }
  for (const { name, type } of schema) checkKeys(name, type);
}

/** An object's names are text, so a map's keys must be. */
function checkKeys(column: string, type: DataType): void {
  switch (type.kind) {
    case 'MAP':
      if (!isCharacter(type.key)) throw badKey(column, type);
      checkKeys(column, type.value);
      break;
    case 'MULTISET':
      if (!isCharacter(type.element)) throw badKey(column, type);
      break;
    case 'ARRAY':
      checkKeys(column, type.element);
      break;
    case 'ROW':
      for (const field of type.fields) checkKeys(`${column}.${field.name}`, field.type);
      break;
    default:
  }
}

const badKey = (column: string, type: DataType): EngineError =>
  unsupported(`json for column "${column}" of type ${typeToString(type)}`, 'Keys of a map must be strings in JSON.');
