/** Text that writes the result of an aggregate to a column, and that tells whether two rows of it are the same. */
import type { AggregateResult } from '../../functions/aggregates/aggregate.ts';
import { loadCode } from '../../state/field-code.ts';
import type { FieldLayout } from '../../state/record-layout.ts';
import { divideHalfUp, fitDecimal, powerOfTen } from '../../types/decimal.ts';
import { type DataType, physicalKind } from '../../types/data-type.ts';

/** Of a sum whose top word is smaller than this no more than 38 digits are in use. */
const SURELY_38_DIGITS = 1262177447;

/** 10³⁸ or more does not fit a DECIMAL(38, s): the sum is NULL. Words from the low one. */
function fits38(w0: number, w1: number, w2: number, w3: number): boolean {
  if (w3 < SURELY_38_DIGITS && w3 > -SURELY_38_DIGITS) return true;
  return fitDecimal(wide(w0, w1, w2, w3), 38) !== null;
}

const wide = (w0: number, w1: number, w2: number, w3: number): bigint =>
  (BigInt(w3) << 96n) | (BigInt(w2 >>> 0) << 64n) | (BigInt(w1 >>> 0) << 32n) | BigInt(w0 >>> 0);

/** The mean of integers, cut toward zero; exact, since a quotient of safe integers never rounds up to the next one. */
function integerMean(low: number, high: number, count: number): number {
  const sum = high * 4294967296 + (low >>> 0);
  if (Number.isSafeInteger(sum)) return Math.trunc(sum / count);
  return Number(((BigInt(high) << 32n) | BigInt(low >>> 0)) / BigInt(count));
}

/** The mean of DECIMALs as unscaled value with `moreDigits` more fraction digits, or `null` beyond 38 digits. */
function decimalMean(
  words: readonly [number, number, number, number],
  count: number,
  moreDigits: number,
): bigint | null {
  return fitDecimal(divideHalfUp(wide(...words) * powerOfTen(moreDigits), BigInt(count)), 38);
}

/** What the text of this file needs in scope. */
export const RESULT_SCOPE = { fits38, integerMean, decimalMean };

const words = (word: number, count: number): string[] => Array.from({ length: count }, (_, k) => `p[o + ${word + k}]`);
const countNumber = (word: number): string => `(p[o + ${word + 1}] * 4294967296 + (p[o + ${word}] >>> 0))`;

/** Statements that write the result to row `r` of column builder `c`; the record is open as `p`, `o`, `g`. */
export function resultCode(
  result: AggregateResult,
  fields: ReadonlyMap<string, FieldLayout>,
  type: DataType,
  c: string,
): string {
  const field = (name: string): FieldLayout => fields.get(name) as FieldLayout;
  const unlessZero = (word: number, code: string): string =>
    `if (p[o + ${word}] === 0 && p[o + ${word + 1}] === 0) ${c}.setNull(r); else { ${code} }`;
  if (result.kind === 'average') return unlessZero(field(result.count).word, averageCode(result, field, type, c));
  const layout = field(result.field);
  let code = loadCode(layout, c);
  if (layout.kind === 'i128')
    code = `if (fits38(${words(layout.word, 4).join(', ')})) { ${code} } else ${c}.setNull(r);`;
  return result.kind === 'counted' ? unlessZero(field(result.count).word, code) : code;
}

function averageCode(
  result: { readonly sum: string; readonly count: string },
  field: (name: string) => FieldLayout,
  type: DataType,
  c: string,
): string {
  const sum = field(result.sum);
  const count = field(result.count);
  const n = countNumber(count.word);
  if (sum.kind === 'f64') {
    const mean = `f64[g][(o + ${sum.word}) >> 1] / ${n}`;
    return `${c}.valid[r] = 1; ${c}.data[r] = ${type.kind === 'FLOAT' ? `Math.fround(${mean})` : mean};`;
  }
  if (sum.kind === 'i128') {
    const more = (type as { scale: number }).scale - (sum.type as { scale: number }).scale;
    return `${c}.set(r, decimalMean([${words(sum.word, 4).join(', ')}], ${n}, ${more}));`;
  }
  if (physicalKind(type) === 'i32') {
    return `${c}.valid[r] = 1; ${c}.data[r] = integerMean(p[o + ${sum.word}], p[o + ${sum.word + 1}], ${n});`;
  }
  return `${c}.valid[r] = 1; ${c}.data[r] = i64[g][(o + ${sum.word}) >> 1] / i64[g][(o + ${count.word}) >> 1];`;
}

/** Statements of a function body that `return false` unless rows `r` and `r + 1` of column `c` hold the same. */
export function sameRowsCode(type: DataType, c: string): string {
  const at = (array: string, k: string): string => `${c}.${array}[${k}]`;
  const differ = (array: string, a = 'r', b = 'r + 1'): string =>
    `if (${at(array, a)} !== ${at(array, b)}) return false;`;
  let values: string;
  switch (physicalKind(type)) {
    case 'bool':
    case 'i32':
      values = differ('data');
      break;
    case 'f64':
      values = `if (!Object.is(${at('data', 'r')}, ${at('data', 'r + 1')})) return false;`;
      break;
    case 'ts':
      values = differ('data') + differ('nanos');
      break;
    case 'i64':
      values = [0, 1].map((k) => differ('halves', `2 * r + ${k}`, `2 * r + ${2 + k}`)).join(' ');
      break;
    case 'i128':
      values = [0, 1, 2, 3].map((k) => differ('halves', `4 * r + ${k}`, `4 * r + ${4 + k}`)).join(' ');
      break;
    case 'bytes':
      values = `if (${at('len', 'r')} !== ${at('len', 'r + 1')}) return false;
        { const u = ${c}.pool.u8, a = ${at('start', 'r')}, b = ${at('start', 'r + 1')};
          for (let k = ${at('len', 'r')} - 1; k >= 0; k--) if (u[a + k] !== u[b + k]) return false; }`;
      break;
    default:
      // Nested values are not compared: an equal one is sent again, which changes no result.
      return 'return false;';
  }
  return `${differ('valid')} if (${at('valid', 'r')} !== 0) { ${values} }`;
}
