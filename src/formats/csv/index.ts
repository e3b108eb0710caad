/** The `csv` format: RFC 4180 without a header line. */
import { unsupported } from '../../errors.ts';
import { type DataType, typeToString } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';
import type { Format, FormatOptions } from '../format.ts';
import { CsvDecoder } from './decoder.ts';
import { CsvEncoder } from './encoder.ts';
import { SCIENTIFIC, csvOptions } from './options.ts';
import { CsvRecordDecoder } from './record-decoder.ts';

export const csv: Format = {
  name: 'csv',
  doc: 'Delimited text after RFC 4180: a record a line, newlines allowed inside quotes, no header line.',
  options: {
    'field-delimiter': {
      type: 'string',
      default: ',',
      doc: 'The character between fields; escapes such as \\t and \\u0001 are understood.',
    },
    'disable-quote-character': { type: 'boolean', default: 'false', doc: 'Treat quotes as any other character.' },
    'quote-character': {
      type: 'string',
      doc: 'The character around fields that hold special ones; `"` unless it is given.',
    },
    'allow-comments': { type: 'boolean', default: 'false', doc: "Pass over lines that begin with '#'." },
    'ignore-parse-errors': {
      type: 'boolean',
      default: 'false',
      doc: 'A field that cannot be read as its type is NULL, missing fields are NULL, and a record that cannot be split into the columns is passed over and counted.',
    },
    'array-element-delimiter': {
      type: 'string',
      default: ';',
      doc: 'What stands between the elements of an ARRAY or the fields of a ROW inside a field.',
    },
    'escape-character': { type: 'string', doc: 'A character that takes the special meaning from the next one.' },
    'null-literal': { type: 'string', doc: 'The text that stands for NULL, in reading and writing.' },
    [SCIENTIFIC]: {
      type: 'boolean',
      doc: 'Write decimals without trailing zeros, and as 2.7E-8 and 1E+5 where that is shorter; else with all digits of their scale. Unless it is given: in files, not in messages.',
    },
  },
  validate,
  decoder: (request) => new CsvDecoder(request),
  recordDecoder: (request) => new CsvRecordDecoder(request),
  encoder: (request) => new CsvEncoder(request),
};

function validate(schema: Schema, options: FormatOptions): void {
  csvOptions(options);
  for (const { name, type } of schema) {
    const parts = type.kind === 'ARRAY' ? [type.element] : type.kind === 'ROW' ? type.fields.map((f) => f.type) : [];
    if (isMap(type) || parts.some((part) => isMap(part) || part.kind === 'ARRAY' || part.kind === 'ROW')) {
      throw unsupported(
        `csv for column "${name}" of type ${typeToString(type)}`,
        'A field holds a scalar, or an ARRAY or ROW of scalars.',
      );
    }
  }
}

const isMap = (type: DataType): boolean => type.kind === 'MAP' || type.kind === 'MULTISET';
