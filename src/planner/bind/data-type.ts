/** A type as it is written, checked and turned into a data type. */
import { EngineError, type SourceSpan, unsupported } from '../../errors.ts';
import type { DataType as TypeSyntax, IntervalQualifier, SimpleType } from '../../parser/ast.ts';
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  type DataType,
  DOUBLE,
  FLOAT,
  INT,
  MAX_LENGTH,
  SMALLINT,
  STRING,
  TINYINT,
  withNullable,
} from '../../types/data-type.ts';

export function bindType(type: TypeSyntax): DataType {
  return withNullable(bindNullable(type), type.nullable);
}

function bindNullable(type: TypeSyntax): DataType {
  switch (type.kind) {
    case 'simpleType':
      return simpleType(type);
    case 'intervalType':
      return { kind: intervalKind(type.qualifier), nullable: true };
    case 'arrayType':
      return { kind: 'ARRAY', element: bindType(type.element), nullable: true };
    case 'multisetType':
      return { kind: 'MULTISET', element: bindType(type.element), nullable: true };
    case 'mapType':
      return { kind: 'MAP', key: bindType(type.key), value: bindType(type.value), nullable: true };
    case 'rowType': {
      const seen = new Set<string>();
      const fields = type.fields.map((field) => {
        if (seen.has(field.name.name)) {
          throw new EngineError('duplicate_column', `field "${field.name.name}" is declared twice`, {
            span: field.span,
          });
        }
        seen.add(field.name.name);
        const bound = { name: field.name.name, type: bindType(field.type) };
        return field.comment === null ? bound : { ...bound, comment: field.comment.value };
      });
      return { kind: 'ROW', fields, nullable: true };
    }
    case 'structuredType':
      throw unsupported('type STRUCTURED', 'Use ROW<…> instead.', type.span);
    case 'rawType':
      throw unsupported('type RAW', 'Use BYTES and decode the value yourself.', type.span);
    case 'namedType':
      throw new EngineError(
        'undefined_object',
        `type "${type.name.parts.map((part) => part.name).join('.')}" does not exist`,
        {
          span: type.span,
        },
      );
  }
}

/** Whether an interval counts months or milliseconds. */
export function intervalKind(qualifier: IntervalQualifier): 'INTERVAL_YEAR_MONTH' | 'INTERVAL_DAY_TIME' {
  return qualifier.start === 'YEAR' || qualifier.start === 'QUARTER' || qualifier.start === 'MONTH'
    ? 'INTERVAL_YEAR_MONTH'
    : 'INTERVAL_DAY_TIME';
}

function simpleType(type: SimpleType): DataType {
  const [first, second] = type.parameters;
  switch (type.name) {
    case 'CHAR':
    case 'BINARY':
      return { kind: type.name, length: inRange(first ?? 1, 1, MAX_LENGTH, type), nullable: true };
    case 'VARCHAR':
    case 'VARBINARY':
      return { kind: type.name, length: inRange(first ?? MAX_LENGTH, 1, MAX_LENGTH, type), nullable: true };
    case 'STRING':
      return STRING;
    case 'BYTES':
      return BYTES;
    case 'BOOLEAN':
      return BOOLEAN;
    case 'TINYINT':
      return TINYINT;
    case 'SMALLINT':
      return SMALLINT;
    case 'INT':
      return INT;
    case 'BIGINT':
      return BIGINT;
    case 'FLOAT':
    case 'REAL':
      return FLOAT;
    case 'DOUBLE':
      return DOUBLE;
    case 'DATE':
      return DATE;
    case 'DECIMAL': {
      const precision = inRange(first ?? 10, 1, 38, type);
      return { kind: 'DECIMAL', precision, scale: inRange(second ?? 0, 0, precision, type), nullable: true };
    }
    case 'TIME':
      return { kind: 'TIME', precision: inRange(first ?? 0, 0, 9, type), nullable: true };
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return { kind: type.name, precision: inRange(first ?? 6, 0, 9, type), nullable: true };
    case 'TIMESTAMP_TZ':
      throw unsupported(
        'type TIMESTAMP WITH TIME ZONE',
        'Use TIMESTAMP_LTZ, an instant shown in the session time zone.',
        type.span,
      );
    case 'VARIANT':
      throw unsupported('type VARIANT', 'Use STRING and the JSON functions.', type.span);
    case 'BITMAP':
      throw unsupported('type BITMAP', 'Use COUNT(DISTINCT …) or MULTISET.', type.span);
    case 'NULL':
      return { kind: 'NULL', nullable: true };
  }
}

function inRange(
  value: number,
  least: number,
  most: number,
  type: { readonly name: string; readonly span: SourceSpan },
): number {
  if (value >= least && value <= most) return value;
  throw new EngineError('invalid_definition', `${type.name} cannot have ${value} here`, {
    hint: `It takes ${least} to ${most}.`,
    span: type.span,
  });
}
