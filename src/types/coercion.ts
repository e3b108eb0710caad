/**
 * Which types meet in which type: branches, set operations, comparisons, arithmetic, INSERT and CAST.
 *
 * Every answer is either the type to convert to or `undefined` for "refused"; who asks words the error.
 */
import {
  BIGINT,
  type DataType,
  DOUBLE,
  FLOAT,
  INT,
  SMALLINT,
  TINYINT,
  decimal,
  isApproximate,
  isBinary,
  isCharacter,
  isExactNumeric,
  isInteger,
  isInterval,
  isNumeric,
  isTimestamp,
  sameType,
  timeAttribute,
  withNullable,
  withoutTimeAttribute,
} from './data-type.ts';

const MAX_PRECISION = 38;

/** A numeric type as DECIMAL takes part in arithmetic: digits and fraction digits. */
function decimalShape(type: DataType): { readonly precision: number; readonly scale: number } | undefined {
  switch (type.kind) {
    case 'TINYINT':
      return { precision: 3, scale: 0 };
    case 'SMALLINT':
      return { precision: 5, scale: 0 };
    case 'INTEGER':
      return { precision: 10, scale: 0 };
    case 'BIGINT':
      return { precision: 19, scale: 0 };
    case 'DECIMAL':
      return { precision: type.precision, scale: type.scale };
    default:
      return undefined;
  }
}

/** DECIMAL(p, s) cut to 38 digits: integer digits stay, the fraction keeps at least min(s, 6). */
function boundedDecimal(precision: number, scale: number): DataType {
  if (precision <= MAX_PRECISION) return decimal(precision, scale);
  const integerDigits = precision - scale;
  return decimal(MAX_PRECISION, Math.max(MAX_PRECISION - integerDigits, Math.min(scale, 6)));
}

const INTEGER_RANK: readonly DataType[] = [TINYINT, SMALLINT, INT, BIGINT];
const rankOf = (type: DataType): number => INTEGER_RANK.findIndex((candidate) => candidate.kind === type.kind);
const wider = (a: DataType, b: DataType): DataType => INTEGER_RANK[Math.max(rankOf(a), rankOf(b))] as DataType;

function commonNumeric(a: DataType, b: DataType): DataType {
  if (isApproximate(a) || isApproximate(b)) {
    const doubled = [a, b].some((type) => type.kind === 'DOUBLE' || type.kind === 'DECIMAL');
    return doubled ? DOUBLE : FLOAT;
  }
  if (isInteger(a) && isInteger(b)) return wider(a, b);
  const left = decimalShape(a) as { precision: number; scale: number };
  const right = decimalShape(b) as { precision: number; scale: number };
  const scale = Math.max(left.scale, right.scale);
  return boundedDecimal(Math.max(left.precision - left.scale, right.precision - right.scale) + scale, scale);
}

function commonOfTwo(a: DataType, b: DataType): DataType | undefined {
  const nullable = a.nullable || b.nullable;
  if (a.kind === 'NULL') return withNullable(b, true);
  if (b.kind === 'NULL') return withNullable(a, true);
  if (sameType(a, b, true) && a.kind !== 'ROW' && !hasElements(a)) {
    return withNullable(timeAttribute(a) === timeAttribute(b) ? a : withoutTimeAttribute(a), nullable);
  }
  const found = commonOfDifferent(a, b);
  return found === undefined ? undefined : withNullable(found, nullable);
}

const hasElements = (type: DataType): boolean =>
  type.kind === 'ARRAY' || type.kind === 'MAP' || type.kind === 'MULTISET';

function commonOfDifferent(a: DataType, b: DataType): DataType | undefined {
  if (isNumeric(a) && isNumeric(b)) return commonNumeric(a, b);
  if ((isCharacter(a) && isCharacter(b)) || (isBinary(a) && isBinary(b))) {
    const length = Math.max((a as { length: number }).length, (b as { length: number }).length);
    return { kind: isCharacter(a) ? 'VARCHAR' : 'VARBINARY', length, nullable: true };
  }
  if (a.kind === 'TIME' && b.kind === 'TIME') return a.precision >= b.precision ? a : b;
  if (isTimestamp(a) || isTimestamp(b)) return commonTimestamp(a, b);
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') {
    const element = commonOfTwo(a.element, b.element);
    return element && { kind: 'ARRAY', element, nullable: true };
  }
  if (a.kind === 'MULTISET' && b.kind === 'MULTISET') {
    const element = commonOfTwo(a.element, b.element);
    return element && { kind: 'MULTISET', element, nullable: true };
  }
  if (a.kind === 'MAP' && b.kind === 'MAP') {
    const key = commonOfTwo(a.key, b.key);
    const value = commonOfTwo(a.value, b.value);
    return key && value && { kind: 'MAP', key, value, nullable: true };
  }
  if (a.kind === 'ROW' && b.kind === 'ROW' && a.fields.length === b.fields.length) {
    const types = a.fields.map((field, i) => commonOfTwo(field.type, (b.fields[i] as { type: DataType }).type));
    if (types.includes(undefined)) return undefined;
    const fields = a.fields.map((field, i) => ({ ...field, type: types[i] as DataType }));
    return { kind: 'ROW', fields, nullable: true };
  }
  return undefined;
}

function commonTimestamp(a: DataType, b: DataType): DataType | undefined {
  const precisions = [a, b].map((type) => (isTimestamp(type) ? (type as { precision: number }).precision : 0));
  if ([a, b].some((type) => !isTimestamp(type) && type.kind !== 'DATE')) return undefined;
  const local = a.kind === 'TIMESTAMP_LTZ' || b.kind === 'TIMESTAMP_LTZ';
  return { kind: local ? 'TIMESTAMP_LTZ' : 'TIMESTAMP', precision: Math.max(...precisions), nullable: true };
}

/**
 * The least restrictive type of CASE branches, COALESCE, UNION, VALUES; `undefined` when there is none. A time
 * attribute stays only where all have the same. Only NULLs: the NULL type.
 */
export function commonType(types: readonly DataType[]): DataType | undefined {
  let result: DataType | undefined;
  for (const type of types) {
    if (result === undefined) result = type;
    else {
      const next = commonOfTwo(result, type);
      if (next === undefined) return undefined;
      result = next;
    }
  }
  return result;
}

const IMPLICIT: Partial<Record<DataType['kind'], readonly DataType['kind'][]>> = {
  CHAR: ['CHAR'],
  VARCHAR: ['CHAR', 'VARCHAR'],
  BINARY: ['BINARY'],
  VARBINARY: ['BINARY', 'VARBINARY'],
  BOOLEAN: ['BOOLEAN'],
  TINYINT: ['TINYINT'],
  SMALLINT: ['TINYINT', 'SMALLINT'],
  INTEGER: ['TINYINT', 'SMALLINT', 'INTEGER'],
  BIGINT: ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT'],
  DECIMAL: ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'DECIMAL', 'FLOAT', 'DOUBLE'],
  FLOAT: ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'DECIMAL', 'FLOAT'],
  DOUBLE: ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'DECIMAL', 'FLOAT', 'DOUBLE'],
  DATE: ['DATE', 'TIMESTAMP'],
  TIME: ['TIME', 'TIMESTAMP'],
  TIMESTAMP: ['TIMESTAMP', 'TIMESTAMP_LTZ'],
  TIMESTAMP_LTZ: ['TIMESTAMP', 'TIMESTAMP_LTZ'],
  INTERVAL_YEAR_MONTH: ['INTERVAL_YEAR_MONTH'],
  INTERVAL_DAY_TIME: ['INTERVAL_DAY_TIME'],
};

/** Whether INSERT converts `from` to a column of type `to` by itself. Nullability is not looked at. */
export function canImplicitCast(from: DataType, to: DataType): boolean {
  return from.kind === 'NULL' || nested(from, to, canImplicitCast) || (IMPLICIT[to.kind]?.includes(from.kind) ?? false);
}

/** Whether `CAST(from AS to)` is allowed at all; it may still fail on a value. */
export function canCast(from: DataType, to: DataType): boolean {
  if (to.kind === 'NULL') return from.kind === 'NULL';
  if (from.kind === 'NULL' || isCharacter(to) || nested(from, to, canCast)) return true;
  if (isBinary(to)) return isCharacter(from) || isBinary(from);
  if (to.kind === 'BOOLEAN') return from.kind === 'BOOLEAN' || isNumeric(from) || isCharacter(from);
  if (isNumeric(to)) return isNumeric(from) || from.kind === 'BOOLEAN' || isCharacter(from);
  if (isInterval(to)) return from.kind === to.kind || isExactNumeric(from);
  if (to.kind === 'DATE') return from.kind === 'DATE' || isTimestamp(from) || isCharacter(from);
  if (to.kind === 'TIME') return from.kind === 'TIME' || isTimestamp(from) || isCharacter(from);
  if (isTimestamp(to)) return from.kind === 'DATE' || from.kind === 'TIME' || isTimestamp(from) || isCharacter(from);
  return false;
}

function nested(from: DataType, to: DataType, allowed: (from: DataType, to: DataType) => boolean): boolean {
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') return allowed(from.element, to.element);
  if (from.kind === 'MULTISET' && to.kind === 'MULTISET') return allowed(from.element, to.element);
  if (from.kind === 'MAP' && to.kind === 'MAP') return allowed(from.key, to.key) && allowed(from.value, to.value);
  if (from.kind !== 'ROW' || to.kind !== 'ROW' || from.fields.length !== to.fields.length) return false;
  return from.fields.every((field, i) => allowed(field.type, (to.fields[i] as { type: DataType }).type));
}

export type ComparisonOperator =
  '=' | '<>' | '<' | '<=' | '>' | '>=' | 'IS DISTINCT FROM' | 'IS NOT DISTINCT FROM' | 'IN';

const isDateTime = (type: DataType): boolean => type.kind === 'DATE' || type.kind === 'TIME' || isTimestamp(type);

/**
 * What the two sides of a comparison are converted to; both have the same physical form then. `undefined`: refused.
 * A string meets a date or time as that type; it meets a number only under an ordering or IN, as Flink has it.
 */
export function comparisonType(
  operator: ComparisonOperator,
  a: DataType,
  b: DataType,
): readonly [DataType, DataType] | undefined {
  const as = (type: DataType): readonly [DataType, DataType] => [
    withNullable(type, a.nullable),
    withNullable(type, b.nullable),
  ];
  const equality = operator === '=' || operator === '<>' || operator.endsWith('DISTINCT FROM');
  if (a.kind === 'NULL') return as(b);
  if (b.kind === 'NULL') return as(a);
  // The comparison is by bytes and exact: a conversion would pad CHAR.
  if ((isCharacter(a) && isCharacter(b)) || (isBinary(a) && isBinary(b))) return [a, b];
  const text = isCharacter(a) ? a : isCharacter(b) ? b : undefined;
  if (text !== undefined) {
    const other = text === a ? b : a;
    if (isDateTime(other) || other.kind === 'BOOLEAN') return as(withoutTimeAttribute(other));
    return isNumeric(other) && !equality ? as(other) : undefined;
  }
  if ((a.kind === 'DATE') !== (b.kind === 'DATE')) return undefined;
  if (a.kind === 'MAP' || a.kind === 'MULTISET') return undefined;
  if (!equality && operator !== 'IN' && (hasElements(a) || a.kind === 'ROW')) return undefined;
  const common = commonOfTwo(withoutTimeAttribute(a), withoutTimeAttribute(b));
  return common === undefined ? undefined : as(common);
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

export interface Arithmetic {
  /** What the operands are converted to first. */
  readonly args: readonly [DataType, DataType];
  readonly type: DataType;
}

/** The types of `a operator b`, numbers and times alike; `undefined`: refused. */
export function arithmeticType(operator: ArithmeticOperator, a: DataType, b: DataType): Arithmetic | undefined {
  const nullable = a.nullable || b.nullable;
  if (a.kind === 'NULL' && b.kind === 'NULL') return undefined;
  if (a.kind === 'NULL') return arithmeticType(operator, withNullable(b, true), b);
  if (b.kind === 'NULL') return arithmeticType(operator, a, withNullable(a, true));
  if (isNumeric(a) && isNumeric(b)) return numericArithmetic(operator, a, b, nullable);
  const type = temporalArithmetic(operator, a, b);
  if (type === undefined) return undefined;
  return {
    args: [
      isInterval(b) && isNumeric(a) ? intervalFactor(a, b) : withoutTimeAttribute(a),
      isInterval(a) && isNumeric(b) ? intervalFactor(b, a) : withoutTimeAttribute(b),
    ],
    type: withNullable(withoutTimeAttribute(type), nullable),
  };
}

const intervalFactor = (factor: DataType, interval: DataType): DataType =>
  withNullable(interval.kind === 'INTERVAL_YEAR_MONTH' ? INT : DOUBLE, factor.nullable);

function temporalArithmetic(operator: ArithmeticOperator, a: DataType, b: DataType): DataType | undefined {
  if (operator === '+' || operator === '-') {
    if (isInterval(a) && isInterval(b)) return a.kind === b.kind ? a : undefined;
    if (isDateTime(a) && isInterval(b)) return a.kind === 'TIME' && b.kind === 'INTERVAL_YEAR_MONTH' ? undefined : a;
    return operator === '+' && isInterval(a) && isDateTime(b) ? temporalArithmetic(operator, b, a) : undefined;
  }
  if (operator === '*' && isInterval(a) && isNumeric(b)) return a;
  if (operator === '*' && isNumeric(a) && isInterval(b)) return b;
  return operator === '/' && isInterval(a) && isNumeric(b) ? a : undefined;
}

function numericArithmetic(
  operator: ArithmeticOperator,
  a: DataType,
  b: DataType,
  nullable: boolean,
): Arithmetic | undefined {
  const both = (type: DataType): Arithmetic => ({
    args: [withNullable(type, a.nullable), withNullable(type, b.nullable)],
    type: withNullable(type, nullable),
  });
  if (isApproximate(a) || isApproximate(b)) return operator === '%' ? undefined : both(commonNumeric(a, b));
  if (isInteger(a) && isInteger(b)) {
    const found = both(wider(a, b));
    return operator === '%' ? { ...found, type: withNullable(b, nullable) } : found;
  }
  const left = decimalShape(a) as { precision: number; scale: number };
  const right = decimalShape(b) as { precision: number; scale: number };
  return {
    args: [
      withNullable(decimal(left.precision, left.scale), a.nullable),
      withNullable(decimal(right.precision, right.scale), b.nullable),
    ],
    type: withNullable(decimalArithmetic(operator, left, right), nullable),
  };
}

function decimalArithmetic(
  operator: ArithmeticOperator,
  { precision: p1, scale: s1 }: { readonly precision: number; readonly scale: number },
  { precision: p2, scale: s2 }: { readonly precision: number; readonly scale: number },
): DataType {
  switch (operator) {
    case '+':
    case '-': {
      const scale = Math.max(s1, s2);
      return boundedDecimal(Math.max(p1 - s1, p2 - s2) + scale + 1, scale);
    }
    case '*':
      return boundedDecimal(p1 + p2 + 1, s1 + s2);
    case '/': {
      const scale = Math.max(6, s1 + p2 + 1);
      return boundedDecimal(p1 - s1 + s2 + scale, scale);
    }
    case '%': {
      // Flink types it so even where the digits of the smaller operand do not hold the fraction.
      const scale = Math.max(s1, s2);
      return boundedDecimal(Math.max(1, Math.min(p1 - s1, p2 - s2) + scale), scale);
    }
  }
}
