/**
 * Options of a connector, a format or the engine as one literal: parsing, "unknown option" with the nearest names, the
 * reference page and completion all come from it.
 */
import { EngineError, similarNames } from '../errors.ts';

export type OptionType = 'string' | 'int' | 'bigint' | 'double' | 'boolean' | 'duration' | 'memory' | 'enum';

export interface OptionSpec {
  readonly type: OptionType;
  /** As it would be written; absent = no default. */
  readonly default?: string;
  readonly required?: boolean;
  /** For `enum`. */
  readonly values?: readonly string[];
  /** The least and the greatest number, of `int` and `memory`. */
  readonly min?: number;
  readonly max?: number;
  /** Never shown in EXPLAIN, SHOW CREATE, logs or errors. */
  readonly secret?: boolean;
  readonly doc: string;
}

/** Key → spec. A key with `#` stands for a family: `fields.#.min` matches `fields.a.b.min`. */
export type OptionSet = Readonly<Record<string, OptionSpec>>;

/** Options by key: parsed values, with defaults filled in. Durations are milliseconds, memory sizes bytes. */
export class ParsedOptions {
  readonly #values: ReadonlyMap<string, string | number | boolean | bigint>;
  constructor(values: ReadonlyMap<string, string | number | boolean | bigint>) {
    this.#values = values;
  }
  has(key: string): boolean {
    return this.#values.has(key);
  }
  string(key: string): string | undefined {
    const value = this.#values.get(key);
    return value === undefined ? undefined : String(value);
  }
  number(key: string): number | undefined {
    const value = this.#values.get(key);
    return value === undefined ? undefined : Number(value);
  }
  boolean(key: string): boolean {
    return this.#values.get(key) === true;
  }
  /** The keys that are set, defaults included. */
  keys(): string[] {
    return [...this.#values.keys()];
  }
}

/**
 * Parses `given` by `specs`. Unknown keys, missing required ones and values that do not parse are `invalid_option`
 * errors that name what exists. `owner` is how messages call it: `connector "filesystem"`.
 */
export function parseOptions(owner: string, specs: OptionSet, given: Readonly<Record<string, string>>): ParsedOptions {
  const values = new Map<string, string | number | boolean | bigint>();
  for (const [key, spec] of Object.entries(specs)) {
    if (spec.default !== undefined && !key.includes('#')) values.set(key, parseOption(key, spec, spec.default));
  }
  for (const [key, text] of Object.entries(given)) {
    const spec = specs[key] ?? familySpec(specs, key);
    if (spec === undefined) {
      const near = similarNames(key, Object.keys(specs));
      throw new EngineError('invalid_option', `${owner} has no option "${key}"`, {
        hint:
          near.length > 0
            ? `Options with similar names: ${near.map((name) => `"${name}"`).join(', ')}.`
            : `Its options are: ${Object.keys(specs).sort().join(', ')}.`,
      });
    }
    values.set(key, parseOption(key, spec, text));
  }
  for (const [key, spec] of Object.entries(specs)) {
    if (spec.required === true && !values.has(key)) {
      throw new EngineError('invalid_option', `${owner} needs the option "${key}"`, { hint: spec.doc });
    }
  }
  return new ParsedOptions(values);
}

function familySpec(specs: OptionSet, key: string): OptionSpec | undefined {
  for (const [pattern, spec] of Object.entries(specs)) {
    const at = pattern.indexOf('#');
    if (at < 0) continue;
    const before = pattern.slice(0, at);
    const after = pattern.slice(at + 1);
    if (key.length > pattern.length - 1 && key.startsWith(before) && key.endsWith(after)) return spec;
  }
  return undefined;
}

function parseOption(key: string, spec: OptionSpec, text: string): string | number | boolean | bigint {
  const bad = (expected: string): EngineError =>
    new EngineError('invalid_option', `option "${key}" cannot be ${spec.secret ? 'that value' : `'${text}'`}`, {
      hint: `It takes ${expected}.`,
    });
  switch (spec.type) {
    case 'string':
      return text;
    case 'int':
    case 'bigint': {
      if (!/^\s*[+-]?\d+\s*$/.test(text)) throw bad('a whole number');
      const value = Number(text);
      if (outside(spec, value)) throw bad(`a whole number${bounds(spec)}`);
      if (!Number.isSafeInteger(value)) return BigInt(text.trim());
      return value;
    }
    case 'double': {
      const value = Number(text);
      if (text.trim() === '' || Number.isNaN(value)) throw bad('a number');
      return value;
    }
    case 'boolean': {
      const lower = text.trim().toLowerCase();
      if (lower !== 'true' && lower !== 'false') throw bad("'true' or 'false'");
      return lower === 'true';
    }
    case 'duration': {
      const value = parseDurationMs(text);
      if (value === undefined) throw bad("a duration such as '500 ms', '10 s', '5 min', '1 h' or '1 d'");
      return value;
    }
    case 'memory': {
      const value = parseMemoryBytes(text);
      if (value === undefined) throw bad("a size such as '200b', '64kb', '128MB' or '1g'");
      if (outside(spec, value)) throw bad(`a size${bounds(spec)} bytes`);
      return value;
    }
    case 'enum': {
      const match = (spec.values ?? []).find((name) => name.toLowerCase() === text.trim().toLowerCase());
      if (match === undefined) throw bad(`one of ${(spec.values ?? []).map((name) => `'${name}'`).join(', ')}`);
      return match;
    }
  }
}

const outside = ({ min = -Infinity, max = Infinity }: OptionSpec, value: number): boolean => value < min || value > max;

const bounds = ({ min, max }: OptionSpec): string =>
  (min === undefined ? '' : ` from ${min}`) + (max === undefined ? '' : ` to ${max}`);

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  nano: 1e-6,
  nanosecond: 1e-6,
  nanoseconds: 1e-6,
  µs: 1e-3,
  us: 1e-3,
  micro: 1e-3,
  microsecond: 1e-3,
  microseconds: 1e-3,
  ms: 1,
  milli: 1,
  millis: 1,
  millisecond: 1,
  milliseconds: 1,
  '': 1,
  s: 1e3,
  sec: 1e3,
  second: 1e3,
  seconds: 1e3,
  m: 6e4,
  min: 6e4,
  minute: 6e4,
  minutes: 6e4,
  h: 36e5,
  hour: 36e5,
  hours: 36e5,
  d: 864e5,
  day: 864e5,
  days: 864e5,
};

/** A duration as Flink's configuration writes it (`10 s`, `5min`, `500`): milliseconds, or undefined. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^\s*(\d+)\s*([a-zµ]*)\s*$/i.exec(text);
  if (match === null) return undefined;
  const unit = DURATION_UNITS[(match[2] as string).toLowerCase()];
  return unit === undefined ? undefined : Number(match[1]) * unit;
}

/** A memory size as Flink's configuration writes it: bytes, or undefined. */
function parseMemoryBytes(text: string): number | undefined {
  const match = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(text);
  if (match === null) return undefined;
  const power = {
    '': 0,
    b: 0,
    bytes: 0,
    k: 1,
    kb: 1,
    kibibytes: 1,
    m: 2,
    mb: 2,
    mebibytes: 2,
    g: 3,
    gb: 3,
    gibibytes: 3,
  }[(match[2] as string).toLowerCase()];
  return power === undefined ? undefined : Number(match[1]) * 1024 ** power;
}
