/** The `raw` format: the record is the value. */
import { EngineError, unsupported } from '../../errors.ts';
import { isBinary, isCharacter, typeToString } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';
import type { Format, FormatOptions } from '../format.ts';
import { charsetOf } from './charset.ts';
import { RawLineDecoder, RawRecordDecoder } from './decoder.ts';
import { RawEncoder } from './encoder.ts';
import { SIZES } from './field.ts';

export const raw: Format = {
  name: 'raw',
  doc: 'The bytes of a message, or of a line of a file, as the only column: a text, bytes, or a number of its fixed size. A message without a value is NULL.',
  options: {
    charset: { type: 'string', default: 'UTF-8', doc: 'The charset of text.' },
    endianness: {
      type: 'enum',
      values: ['big-endian', 'little-endian'],
      default: 'big-endian',
      doc: 'Which byte of a number comes first.',
    },
  },
  validate,
  decoder: (request) => new RawLineDecoder(request),
  recordDecoder: (request) => new RawRecordDecoder(request),
  encoder: (request) => new RawEncoder(request),
};

function validate(schema: Schema, options: FormatOptions): void {
  charsetOf(options.string('charset') ?? 'UTF-8');
  const [column] = schema;
  if (column === undefined || schema.length > 1) {
    throw new EngineError('invalid_definition', 'format "raw" holds exactly one column', {
      hint: `There are ${schema.length}: ${schema.map(({ name }) => `"${name}"`).join(', ')}.`,
    });
  }
  const { name, type } = column;
  if (SIZES[type.kind] === undefined && !isCharacter(type) && !isBinary(type)) {
    throw unsupported(
      `raw for column "${name}" of type ${typeToString(type)}`,
      'It takes CHAR, VARCHAR, BINARY, VARBINARY, BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT and DOUBLE.',
    );
  }
}
