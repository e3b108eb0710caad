/** Comparisons on physical forms: numbers directly, timestamps by both parts, strings by their bytes where they lie. */
import { compareBytes, compareText, compareValues, equalValues } from '../../types/compare.ts';
import { isCharacter } from '../../types/data-type.ts';
import type { Code, RangeCode, TimestampCode } from './code.ts';
import { compareRange, equalRange } from './byte-range.ts';
import type { Emitter } from './emitter.ts';
import { toValue } from './load.ts';

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

const SCRIPT = { '=': '===', '<>': '!==', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;

const isEquality = (operator: Comparison): boolean => operator === '=' || operator === '<>';

/** Whether comparing may be done for a NULL too: it touches nothing but numbers and pools. */
export const isTotalComparison = (a: Code, b: Code): boolean => hasNumbers(a) && hasNumbers(b);
const hasNumbers = (code: Code): boolean => code.form === 'plain' || code.form === 'ts' || code.form === 'range';

/** The comparison of two valid values as JavaScript text; may add statements. */
export function comparisonText(emitter: Emitter, operator: Comparison, a: Code, b: Code): string {
  if (a.form === 'plain' && b.form === 'plain') return `(${a.value} ${SCRIPT[operator]} ${b.value})`;
  if (a.form === 'ts' && b.form === 'ts') return timestampText(operator, a, b);
  if (a.form === 'range' && b.form === 'range') return rangeText(emitter, operator, a, b);
  const [left, right] = [toValue(emitter, a), toValue(emitter, b)];
  if (isEquality(operator)) {
    if (isCharacter(a.type)) return `(${left} ${SCRIPT[operator]} ${right})`;
    return `${operator === '=' ? '' : '!'}${emitter.constant(equalValues)}(${left}, ${right})`;
  }
  const order = isCharacter(a.type)
    ? compareText
    : a.form === 'value' && b.form === 'range'
      ? compareBytes
      : compareValues;
  return `(${emitter.constant(order)}(${left}, ${right}) ${operator} 0)`;
}

function timestampText(operator: Comparison, a: TimestampCode, b: TimestampCode): string {
  if (operator === '=') return `(${a.ms} === ${b.ms} && ${a.nanos} === ${b.nanos})`;
  if (operator === '<>') return `(${a.ms} !== ${b.ms} || ${a.nanos} !== ${b.nanos})`;
  return `(${a.ms} === ${b.ms} ? ${a.nanos} ${operator} ${b.nanos} : ${a.ms} ${operator} ${b.ms})`;
}

function rangeText(emitter: Emitter, operator: Comparison, a: RangeCode, b: RangeCode): string {
  if (isEquality(operator)) {
    const not = operator === '=' ? '' : '!';
    if (b.literal !== undefined && b.literal.bytes.length <= UNROLLED_BYTES) {
      return `${not}(${a.len} === ${b.literal.bytes.length}${bytesAt(emitter, a, a.start, b.literal.bytes)})`;
    }
    if (a.literal !== undefined && b.literal === undefined) return rangeText(emitter, operator, b, a);
    return `${not}${emitter.constant(equalRange)}(${rangeArguments(emitter, a)}, ${rangeArguments(emitter, b)})`;
  }
  const order = `${emitter.constant(compareRange)}(${rangeArguments(emitter, a)}, ${rangeArguments(emitter, b)})`;
  return `(${order} ${operator} 0)`;
}

export const UNROLLED_BYTES = 24;

/** ` && …` for each four, then each one of `bytes`: that they stand at `start` of the range's pool. */
export function bytesAt(emitter: Emitter, range: RangeCode, start: string, bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (; at + 4 <= bytes.length; at += 4) {
    text += ` && ${poolField(emitter, range, 'view')}.getInt32(${start} + ${at}, true) === ${view.getInt32(at, true)}`;
  }
  for (; at < bytes.length; at++) text += ` && ${poolField(emitter, range, 'u8')}[${start} + ${at}] === ${bytes[at]}`;
  return text;
}

/** The bytes or the view of a range's pool. */
function poolField(emitter: Emitter, range: RangeCode, field: 'u8' | 'view'): string {
  const text = `${range.pool}.${field}`;
  return range.shared ? emitter.perBatch('q', text) : text;
}

/** Bytes, start and length, as the helpers of `byte-range.ts` take them. */
export const rangeArguments = (emitter: Emitter, range: RangeCode): string =>
  `${poolField(emitter, range, 'u8')}, ${range.start}, ${range.len}`;
