import { EngineError } from '../../errors.ts';
import type { DataType } from '../../types/data-type.ts';
import { fitDecimal, powerOfTen } from '../../types/decimal.ts';
import type { Value } from '../../types/vector.ts';
import { type FieldSpec, noKind } from './field.ts';
import type { FieldOptions } from './options.ts';

/** Whole numbers from `start` to `end`, one a row; a text holds the number's digits. */
export function sequence(type: DataType, options: FieldOptions): FieldSpec {
  const startText = options.text('start');
  const endText = options.text('end');
  if (startText === undefined || endText === undefined) {
    throw new EngineError('invalid_option', `a sequence needs "fields.${options.path}.start" and ".end"`);
  }
  const start = BigInt(startText);
  const count = BigInt(endText) - start + 1n;
  if (count < 1n) throw options.error('end', `It must not be below the start, ${startText}.`);
  const make = valueMaker(type);
  if (!holds(type, start)) throw options.error('start', 'It is a number that the column can hold.');
  if (!holds(type, BigInt(endText))) throw options.error('end', 'It is a number that the column can hold.');
  return {
    count: Number(count),
    fields: new Map(),
    isNull: () => () => false,
    bind: (column) => (at, index) => column.set(at, make(start + BigInt(index))),
  };
}

/** A whole number as a value of the type. */
function valueMaker(type: DataType): (number: bigint) => Value {
  switch (type.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'FLOAT':
    case 'DOUBLE':
      return Number;
    case 'BIGINT':
      return (number) => number;
    case 'DECIMAL':
      return (number) => number * powerOfTen(type.scale);
    case 'CHAR':
    case 'VARCHAR':
      return String;
    default:
      throw noKind(type, 'sequence');
  }
}

/** Whether the type holds the number: a sequence that leaves its column's range is refused, not wrapped. */
function holds(type: DataType, number: bigint): boolean {
  switch (type.kind) {
    case 'TINYINT':
      return BigInt.asIntN(8, number) === number;
    case 'SMALLINT':
      return BigInt.asIntN(16, number) === number;
    case 'INTEGER':
      return BigInt.asIntN(32, number) === number;
    case 'BIGINT':
      return BigInt.asIntN(64, number) === number;
    case 'DECIMAL':
      return fitDecimal(number * powerOfTen(type.scale), type.precision) !== null;
    default:
      return true;
  }
}
