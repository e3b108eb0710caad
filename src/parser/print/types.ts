import type { DataType, IntervalQualifier, RowTypeField, SimpleType } from '../ast.ts';
import { printDotted, printIdentifier, printString, words } from './words.ts';

export function printQualifier(qualifier: IntervalQualifier): string {
  const { start, precision, end, fractionalPrecision } = qualifier;
  const leading =
    precision === null
      ? start
      : end === null && fractionalPrecision !== null
        ? `${start}(${precision}, ${fractionalPrecision})`
        : `${start}(${precision})`;
  if (end === null) return leading;
  return `${leading} TO ${end}${fractionalPrecision === null ? '' : `(${fractionalPrecision})`}`;
}

export function printType(type: DataType): string {
  return type.nullable ? core(type) : `${core(type)} NOT NULL`;
}

function core(type: DataType): string {
  switch (type.kind) {
    case 'simpleType':
      return simple(type);
    case 'intervalType':
      return `INTERVAL ${printQualifier(type.qualifier)}`;
    case 'arrayType':
      return `ARRAY<${printType(type.element)}>`;
    case 'multisetType':
      return `MULTISET<${printType(type.element)}>`;
    case 'mapType':
      return `MAP<${printType(type.key)}, ${printType(type.value)}>`;
    case 'rowType':
      return `ROW<${type.fields.map(field).join(', ')}>`;
    case 'structuredType':
      return `STRUCTURED<${[printString(type.className), ...type.fields.map(field)].join(', ')}>`;
    case 'rawType':
      return `RAW(${printString(type.className)}, ${printString(type.serializer)})`;
    case 'namedType':
      return printDotted(type.name);
  }
}

function simple(type: SimpleType): string {
  const parameters = type.parameters.length === 0 ? '' : `(${type.parameters.join(', ')})`;
  if (type.name === 'TIMESTAMP_TZ') return `TIMESTAMP${parameters} WITH TIME ZONE`;
  return type.name + parameters;
}

function field(item: RowTypeField): string {
  return words(printIdentifier(item.name), printType(item.type), item.comment !== null && printString(item.comment));
}
