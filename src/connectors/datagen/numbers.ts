/** Random numbers within bounds. */
import type { F64Builder, I32Builder, I64Builder } from '../../types/column-builder.ts';
import { type Bind, drawn } from './field.ts';
import type { FieldOptions } from './options.ts';

export function wholeBound(text: string): bigint | undefined {
  return /^\s*[+-]?\d+\s*$/.test(text) ? BigInt(text.trim()) : undefined;
}

/** The bounds of a field, given or by default, within `least` and `most`. */
function bounds(
  options: FieldOptions,
  least: bigint,
  most: bigint,
  parse: (text: string) => bigint | undefined,
): readonly [bigint, bigint] {
  const bound = (name: 'min' | 'max', fallback: bigint): bigint => {
    const text = options.text(name);
    if (text === undefined) return fallback;
    const value = parse(text);
    if (value === undefined || value > most || value < (least === 0n ? -most : least)) {
      throw options.error(name, 'It is a number that the column can hold.');
    }
    return value;
  };
  const min = bound('min', least);
  const max = bound('max', most);
  if (min > max) throw options.error('max', 'It must not be below the minimum.');
  return [min, max];
}

export function smallInteger(options: FieldOptions, least: number, most: number): Bind {
  const [min, max] = bounds(options, BigInt(least), BigInt(most), wholeBound).map(Number) as [number, number];
  const span = max - min + 1;
  return drawn<I32Builder>(options, (column, at, draws) => {
    column.data[at] = min + Math.floor(draws.unit() * span);
  });
}

/** BIGINT and DECIMAL: uniform over the unscaled values from `min` to `max`. */
export function wholeNumber(
  options: FieldOptions,
  least: bigint,
  most: bigint,
  parse: (text: string) => bigint | undefined,
): Bind {
  const [min, max] = bounds(options, least, most, parse);
  const span = max - min + 1n;
  if (span === 2n ** 64n) {
    return drawn<I64Builder>(options, (column, at, draws) => {
      column.halves[2 * at] = draws.int();
      column.halves[2 * at + 1] = draws.int();
    });
  }
  if (span <= 2n ** 53n && min >= -(2n ** 53n) && max <= 2n ** 53n) {
    const [first, size] = [Number(min), Number(span)];
    return (column, surroundings) =>
      column.kind === 'i64'
        ? drawn<I64Builder>(options, (to, at, draws) => {
            const value = first + Math.floor(draws.unit() * size);
            to.halves[2 * at] = value | 0;
            to.halves[2 * at + 1] = Math.floor(value / 4294967296);
          })(column, surroundings)
        : drawn(options, (to, at, draws) => to.set(at, min + BigInt(Math.floor(draws.unit() * size))))(
            column,
            surroundings,
          );
  }
  return drawn(options, (column, at, draws) => {
    let wide = 0n;
    // 32 bits beyond the widest span, so that none of its values is favoured.
    for (let word = 0; word < 5; word++) wide = (wide << 32n) | BigInt(draws.int() >>> 0);
    column.set(at, min + ((wide * span) >> 160n));
  });
}

/** From 0 unless a minimum is given: Flink's default is the least positive number. */
export function double(options: FieldOptions, most: number, round: (value: number) => number): Bind {
  const bound = (name: 'min' | 'max', fallback: number): number => {
    const text = options.text(name);
    const value = text === undefined ? fallback : text.trim() === '' ? Number.NaN : Number(text);
    if (!(Math.abs(value) <= most)) throw options.error(name, 'It is a number that the column can hold.');
    return value;
  };
  const min = bound('min', 0);
  const max = bound('max', most);
  if (min > max) throw options.error('max', 'It must not be below the minimum.');
  return drawn<F64Builder>(options, (column, at, draws) => {
    const unit = draws.unit();
    // Not min + unit * (max - min), which overflows for the whole range.
    column.data[at] = round(min * (1 - unit) + max * unit);
  });
}
