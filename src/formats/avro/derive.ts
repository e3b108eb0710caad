/** From a table's columns to the Avro schema that Flink derives of them, and whether a schema is one of them. */
import { type EngineError, unsupported } from '../../errors.ts';
import { type DataType, isCharacter, typeToString } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';
import type { AvroField, AvroLogical, AvroRecord, AvroType } from './schema.ts';

const RECORD_NAME = 'org.apache.flink.avro.generated.record';
/** The count of a MULTISET. */
const COUNT: DataType = { kind: 'INTEGER', nullable: true };

/** `legacy`: `timestamp_mapping.legacy`, under which TIMESTAMP is `timestamp-millis` and there is no TIMESTAMP_LTZ. */
export function deriveSchema(schema: Schema, legacy: boolean): AvroRecord {
  return recordOf(schema, RECORD_NAME, legacy);
}

function recordOf(fields: Schema, name: string, legacy: boolean): AvroRecord {
  return {
    kind: 'record',
    name,
    fields: fields.map((field): AvroField => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(field.name)) {
        throw unsupported(
          `avro for column "${field.name}"`,
          'A name in Avro holds letters, digits and _ and begins with no digit.',
        );
      }
      const type = typeOf(field.name, field.type, `${name}_${field.name}`, legacy);
      const plain = { name: field.name, aliases: [], type };
      return field.type.nullable ? { ...plain, defaultValue: null } : plain;
    }),
  };
}

function typeOf(column: string, type: DataType, name: string, legacy: boolean): AvroType {
  const inner = plainTypeOf(column, type, name, legacy);
  return type.nullable && inner.kind !== 'null' ? { kind: 'union', branches: [{ kind: 'null' }, inner] } : inner;
}

function plainTypeOf(column: string, type: DataType, name: string, legacy: boolean): AvroType {
  switch (type.kind) {
    case 'NULL':
      return { kind: 'null' };
    case 'BOOLEAN':
      return { kind: 'boolean' };
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
      return { kind: 'int' };
    case 'BIGINT':
      return { kind: 'long' };
    case 'FLOAT':
      return { kind: 'float' };
    case 'DOUBLE':
      return { kind: 'double' };
    case 'CHAR':
    case 'VARCHAR':
      return { kind: 'string' };
    case 'BINARY':
    case 'VARBINARY':
      return { kind: 'bytes' };
    case 'DECIMAL':
      return { kind: 'bytes', logical: { kind: 'decimal', precision: type.precision, scale: type.scale } };
    case 'DATE':
      return { kind: 'int', logical: { kind: 'date' } };
    case 'TIME':
      if (type.precision > 3) throw unfit(column, type, 'The finest TIME in Avro is TIME(3).');
      return { kind: 'int', logical: { kind: 'time-millis' } };
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return { kind: 'long', logical: timestampOf(column, type, legacy) };
    case 'ROW':
      return recordOf(type.fields, name, legacy);
    case 'ARRAY':
      return { kind: 'array', items: typeOf(column, type.element, name, legacy) };
    case 'MAP':
      if (!isCharacter(type.key)) throw unfit(column, type, 'Keys of a map must be strings in Avro.');
      return { kind: 'map', values: typeOf(column, type.value, name, legacy) };
    case 'MULTISET':
      if (!isCharacter(type.element)) throw unfit(column, type, 'Elements of a multiset must be strings in Avro.');
      return { kind: 'map', values: typeOf(column, COUNT, name, legacy) };
    default:
      throw unfit(column, type);
  }
}

function timestampOf(
  column: string,
  type: Extract<DataType, { kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ' }>,
  legacy: boolean,
): AvroLogical {
  const { kind, precision } = type;
  const off = "'timestamp_mapping.legacy' = 'false'";
  if (legacy) {
    if (kind === 'TIMESTAMP_LTZ') throw unfit(column, type, `Set ${off}.`);
    if (precision > 3) throw unfit(column, type, `Declare TIMESTAMP(3), or set ${off}, which goes up to TIMESTAMP(6).`);
    return { kind: 'timestamp-millis' };
  }
  if (precision > 6) throw unfit(column, type, 'The finest timestamp in Avro has six fraction digits.');
  if (kind === 'TIMESTAMP') return { kind: precision <= 3 ? 'local-timestamp-millis' : 'local-timestamp-micros' };
  return { kind: precision <= 3 ? 'timestamp-millis' : 'timestamp-micros' };
}

const unfit = (column: string, type: DataType, hint?: string): EngineError =>
  unsupported(`avro for column "${column}" of type ${typeToString(type)}`, hint);
