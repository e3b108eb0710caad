/** Literals: their types (dialect: digits written decide) and their values in a vector's form. */
import { EngineError, type SourceSpan } from '../../errors.ts';
import type { DatetimeLiteral, IntervalQualifier, IntervalUnit, Literal, NumberLiteral } from '../../parser/ast.ts';
import type { Expr } from '../../plan/expr.ts';
import { type DataType, NULL_TYPE } from '../../types/data-type.ts';
import type { Value } from '../../types/vector.ts';
import { intervalKind } from './data-type.ts';

export const literal = (value: Value, type: DataType): Expr => ({ kind: 'literal', value, type });

const fixed = (type: DataType): DataType => ({ ...type, nullable: false });

export const intLiteral = (value: number): Expr => literal(value, { kind: 'INTEGER', nullable: false });
const bigintLiteral = (value: bigint): Expr => literal(value, { kind: 'BIGINT', nullable: false });
export const stringLiteral = (value: string): Expr =>
  literal(value, { kind: 'CHAR', length: [...value].length, nullable: false });

/** A NULL that nothing gives a type. */
export function illegalNull(span: EngineError['span']): EngineError {
  return new EngineError('datatype_mismatch', "illegal use of 'NULL'", {
    hint: 'Give it a type: CAST(NULL AS …).',
    span,
  });
}

export function bindLiteral(node: Literal): Expr {
  switch (node.kind) {
    case 'nullLiteral':
      return literal(null, NULL_TYPE);
    case 'booleanLiteral':
      return literal(node.value, { kind: 'BOOLEAN', nullable: node.value === null });
    case 'numberLiteral':
      return numberLiteral(node, false);
    case 'stringLiteral':
      return stringLiteral(node.value);
    case 'binaryLiteral':
      return literal(Uint8Array.from(Buffer.from(node.hex, 'hex')), {
        kind: 'BINARY',
        length: node.hex.length / 2,
        nullable: false,
      });
    case 'datetimeLiteral':
      return datetimeLiteral(node);
    case 'intervalLiteral':
      return literal(intervalValue(node.value, node.qualifier, node.negative, node.span), {
        kind: intervalKind(node.qualifier),
        nullable: false,
      });
  }
}

/** A number; the sign is part of it, so that the least INT and BIGINT can be written. */
export function numberLiteral(node: NumberLiteral, negative: boolean): Expr {
  const text = (negative ? '-' : '') + node.text;
  const tooLarge = (): EngineError =>
    new EngineError('numeric_out_of_range', `numeric literal '${text}' out of range`, { span: node.span });
  if (node.form === 'approximate') {
    const value = Number(text);
    if (!Number.isFinite(value)) throw tooLarge();
    return literal(value, { kind: 'DOUBLE', nullable: false });
  }
  const [whole = '', fraction] = node.text.split('.');
  if (fraction === undefined || fraction === '') {
    const value = BigInt(whole) * (negative ? -1n : 1n);
    if (BigInt.asIntN(64, value) !== value) throw tooLarge();
    return BigInt.asIntN(32, value) === value ? intLiteral(Number(value)) : bigintLiteral(value);
  }
  const unscaled = BigInt(whole + fraction);
  // Flink takes the digits of a literal as one BIGINT; CAST('…' AS DECIMAL(p, s)) writes longer ones.
  if (BigInt.asIntN(64, unscaled) !== unscaled) throw tooLarge();
  // Digits as written: 0.1 is a DECIMAL(2, 1) and .1 a DECIMAL(1, 1).
  const precision = whole.length + fraction.length;
  if (precision > 38) throw tooLarge();
  return literal(
    negative ? -unscaled : unscaled,
    fixed({ kind: 'DECIMAL', precision, scale: fraction.length, nullable: false }),
  );
}

function datetimeLiteral(node: DatetimeLiteral): Expr {
  const bad = (form: string): EngineError =>
    new EngineError('invalid_datetime', `illegal ${node.type.toUpperCase()} literal '${node.value}'`, {
      hint: `It is written ${node.type.toUpperCase()} '${form}'.`,
      span: node.span,
    });
  if (node.type === 'date') {
    const days = parseDate(node.value);
    if (days === undefined) throw bad('2021-09-24');
    return literal(days, { kind: 'DATE', nullable: false });
  }
  if (node.type === 'time') {
    const time = parseTime(node.value);
    if (time === undefined) throw bad('12:34:56.789');
    return literal(time.ms, { kind: 'TIME', precision: Math.min(3, time.precision), nullable: false });
  }
  const separator = node.value.indexOf(' ');
  const days = parseDate(separator < 0 ? node.value : node.value.slice(0, separator));
  const time = parseTime(separator < 0 ? '00:00:00' : node.value.slice(separator + 1));
  if (days === undefined || time === undefined) throw bad('2021-09-24 12:34:56.789');
  const ms = days * DAY_MS + time.ms;
  return literal(time.precision <= 3 ? ms : { ms, nanos: time.nanos }, {
    kind: 'TIMESTAMP',
    precision: time.precision,
    nullable: false,
  });
}

const DAY_MS = 86_400_000;

function parseDate(text: string): number | undefined {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const valid = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return valid ? Math.round(date.getTime() / DAY_MS) : undefined;
}

function parseTime(text: string): { ms: number; nanos: number; precision: number } | undefined {
  const match = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return undefined;
  const [hour, minute, second] = match.slice(1, 4).map(Number) as [number, number, number];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = match[4] ?? '';
  const nanos = Number(fraction.padEnd(9, '0'));
  return {
    ms: ((hour * 60 + minute) * 60 + second) * 1000 + Math.floor(nanos / 1_000_000),
    nanos: nanos % 1_000_000,
    precision: fraction.length,
  };
}

const MONTHS: Partial<Record<IntervalUnit, number>> = { YEAR: 12, QUARTER: 3, MONTH: 1 };
const MILLISECONDS: Partial<Record<IntervalUnit, number>> = {
  WEEK: 7 * DAY_MS,
  DAY: DAY_MS,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
};
const FIELDS: readonly IntervalUnit[] = ['DAY', 'HOUR', 'MINUTE', 'SECOND'];

/** Months or milliseconds in one unit. */
export const unitSize = (unit: IntervalUnit): number => MONTHS[unit] ?? (MILLISECONDS[unit] as number);

/** The value of an interval's text: months or milliseconds. */
function intervalValue(text: string, qualifier: IntervalQualifier, negative: boolean, span: SourceSpan): number {
  const bad = (): EngineError =>
    new EngineError('invalid_datetime', `illegal interval literal '${text}' for ${qualifierText(qualifier)}`, {
      hint: `It is written like INTERVAL '${example(qualifier)}' ${qualifierText(qualifier)}.`,
      span,
    });
  const signed = /^\s*([+-]?)(.*?)\s*$/s.exec(text) as RegExpExecArray;
  const sign = (signed[1] === '-' ? -1 : 1) * (negative ? -1 : 1);
  const body = signed[2] as string;
  const { start, end } = qualifier;
  const checked = (digits: string): number => {
    const precision = qualifier.precision ?? 2;
    if (digits.replace(/^0+/, '').length > precision) {
      throw new EngineError(
        'invalid_datetime',
        `interval field value ${digits} exceeds precision of ${start}(${precision}) field`,
        {
          hint: `Write ${start}(${digits.length}), or a larger unit.`,
          span,
        },
      );
    }
    return Number(digits);
  };
  if (end === null || end === start) {
    const match = (start === 'SECOND' ? /^(\d+)(?:\.(\d{1,9}))?$/ : /^(\d+)$/).exec(body);
    if (match === null) throw bad();
    const fraction = Math.floor(Number((match[2] ?? '').padEnd(9, '0')) / 1_000_000);
    return sign * (checked(match[1] as string) * unitSize(start) + fraction) + 0;
  }
  if (start === 'YEAR' && end === 'MONTH') {
    const match = /^(\d+)-(\d{1,2})$/.exec(body);
    if (match === null || Number(match[2]) > 11) throw bad();
    return sign * (checked(match[1] as string) * 12 + Number(match[2])) + 0;
  }
  const fields = FIELDS.slice(FIELDS.indexOf(start), FIELDS.indexOf(end) + 1);
  const pattern = fields
    .map((field, i) =>
      i === 0
        ? String.raw`(\d+)`
        : (fields[i - 1] === 'DAY' ? ' +' : ':') + (field === 'SECOND' ? String.raw`(\d{1,2})` : String.raw`(\d{1,2})`),
    )
    .join('');
  const match = new RegExp(`^${pattern}${end === 'SECOND' ? String.raw`(?:\.(\d{1,9}))?` : ''}$`).exec(body);
  if (match === null || fields.length < 2) throw bad();
  let total = checked(match[1] as string) * unitSize(start);
  for (let i = 1; i < fields.length; i++) {
    const value = Number(match[i + 1]);
    if (value > (fields[i] === 'HOUR' ? 23 : 59)) throw bad();
    total += value * unitSize(fields[i] as IntervalUnit);
  }
  if (end === 'SECOND') total += Math.floor(Number((match[fields.length + 1] ?? '').padEnd(9, '0')) / 1_000_000);
  return sign * total + 0;
}

function qualifierText({ start, end }: IntervalQualifier): string {
  return end === null ? start : `${start} TO ${end}`;
}

function example({ start, end }: IntervalQualifier): string {
  if (end === null || end === start) return '5';
  if (start === 'YEAR') return '1-06';
  const parts: Partial<Record<IntervalUnit, string>> = { DAY: '1 ', HOUR: '10:', MINUTE: '17:', SECOND: '36' };
  return FIELDS.slice(FIELDS.indexOf(start), FIELDS.indexOf(end) + 1)
    .map((field) => parts[field])
    .join('')
    .replace(/[ :]$/, '');
}
