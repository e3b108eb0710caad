/** TO_TIMESTAMP_LTZ: an instant out of a number of seconds or finer, or out of text in a zone. */
import { EngineError } from '../../errors.ts';
import { type DataType, isApproximate, isNumeric, timestampLtz } from '../../types/data-type.ts';
import { floorMod } from '../../types/datetime.ts';
import { powerOfTen } from '../../types/decimal.ts';
import { timeZone } from '../../types/time-zone.ts';
import { defineFunction } from '../define.ts';
import type { BoundArgument, CallSite, Evaluate, ResolvedCall, ScalarFunction } from '../function.ts';
import { int, text } from '../overload.ts';
import { patternParser } from './java-pattern.ts';
import { parseLooseTimestamp } from './text.ts';

function resolve(args: readonly BoundArgument[]): Omit<ResolvedCall, 'name'> | undefined {
  const [value, second, ...rest] = args;
  if (value === undefined) return undefined;
  if (isNumeric(value.type)) {
    const precision = second === undefined ? 3 : second.literal;
    if (rest.length > 0 || typeof precision !== 'number' || precision < 0 || precision > 9) return undefined;
    if (second !== undefined && int(second) === undefined) return undefined;
    return {
      argTypes: second === undefined ? [value.type] : [value.type, second.type],
      type: timestampLtz(Math.max(3, precision)),
    };
  }
  const types = args.map(text);
  if (args.length > 3 || types.includes(undefined)) return undefined;
  return { argTypes: types as DataType[], type: timestampLtz(3) };
}

/** Units of 10^-precision seconds as the instant. */
function fromNumber({ argTypes, literals }: CallSite): Evaluate {
  const from = argTypes[0] as DataType;
  const precision = (literals[1] ?? 3) as number;
  if (precision <= 3) {
    const factor = 10 ** (3 - precision);
    if (from.kind === 'DECIMAL') {
      const unit = powerOfTen(from.scale);
      return (value: bigint) => Number(value / unit) * factor;
    }
    return isApproximate(from)
      ? (value: number) => Math.trunc(value * factor)
      : (value: number | bigint) => Number(value) * factor;
  }
  const nanosPerUnit = powerOfTen(9 - precision);
  const scale = from.kind === 'DECIMAL' ? powerOfTen(from.scale) : 1n;
  return (value: number | bigint) => {
    const units = typeof value === 'bigint' ? value / scale : BigInt(Math.trunc(value));
    const nanos = units * nanosPerUnit;
    const ms = Number(nanos / 1_000_000n) - (nanos % 1_000_000n < 0n ? 1 : 0);
    return { ms, nanos: floorMod(Number(nanos % 1_000_000n), 1_000_000) };
  };
}

function fromText(): Evaluate {
  let last: { readonly pattern: string; readonly parse: ReturnType<typeof patternParser> } | undefined;
  return (value: string, pattern?: string, zone = 'UTC') => {
    if (pattern !== undefined && last?.pattern !== pattern) last = { pattern, parse: patternParser(pattern) };
    const ms = pattern === undefined ? parseLooseTimestamp(value) : last?.parse(value)?.ms;
    if (ms === undefined) {
      throw new EngineError('invalid_datetime', `cannot read '${value}' as TIMESTAMP_LTZ(3)`, {
        hint: 'TO_TIMESTAMP gives NULL for a text that does not fit.',
      });
    }
    return timeZone(zone).toInstant(ms);
  };
}

export const TO_TIMESTAMP_LTZ: ScalarFunction = defineFunction({
  name: 'TO_TIMESTAMP_LTZ',
  category: 'temporal',
  signature: 'TO_TIMESTAMP_LTZ(number [, precision ]) or TO_TIMESTAMP_LTZ(string [, pattern [, zone ]])',
  doc: 'The instant of a Unix time in seconds (precision 0), milliseconds (3, the default) or finer; or of a text in a zone, UTC by default. A text that does not fit fails.',
  examples: [
    { sql: 'TO_TIMESTAMP_LTZ(100, 0)', result: '1970-01-01 00:01:40.000' },
    { sql: 'TO_TIMESTAMP_LTZ(1, 1)', result: '1970-01-01 00:00:00.100' },
    { sql: 'TO_TIMESTAMP_LTZ(1500000, 6)', result: '1970-01-01 00:00:01.500000' },
    { sql: "TO_TIMESTAMP_LTZ('2023-01-01 00:00:00')", result: '2023-01-01 00:00:00.000' },
  ],
  resolve,
  evaluate: (site) => (isNumeric(site.argTypes[0] as DataType) ? fromNumber(site) : fromText()),
});
