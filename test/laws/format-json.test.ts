import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodeColumn } from '../../src/formats/format.ts';
import { findFormat } from '../../src/formats/registry.ts';
import { BIGINT, BOOLEAN, DOUBLE, INT, STRING, array, row } from '../../src/types/data-type.ts';
import { type OptionSet, parseOptions } from '../../src/types/option-spec.ts';
import type { Schema } from '../../src/types/schema.ts';
import type { Value } from '../../src/types/vector.ts';
import { BROKEN_JSON, GOOD_JSON, JSON_SCHEMA } from '../unit/formats/broken-records.ts';
import { type Decoded, decodeAll } from '../unit/formats/decode.ts';
import { type Table, batchOf, nestedSchema, tableOf } from './format-values.ts';

const json = findFormat('json');
const NEWLINE = Buffer.from('\n');

function encode(table: Table, options: Readonly<Record<string, string>> = {}): Buffer {
  const encoder = json.encoder?.({
    schema: table.schema,
    options: parseOptions('json', json.options as OptionSet, options),
    timeZone: 'UTC',
    separator: NEWLINE,
  });
  const encoded = encoder?.encode(batchOf(table));
  if (encoded === undefined) throw new Error('no encoder');
  return Buffer.from(encoded.u8.slice(0, encoded.length));
}

const decode = (schema: Schema, bytes: Uint8Array, options: Readonly<Record<string, string>> = {}): Decoded =>
  decodeAll({ format: 'json', schema, options }, bytes);

describe('json', () => {
  it('reads back what it writes', () => {
    const options = fc.record({
      'timestamp-format.standard': fc.constantFrom('SQL', 'ISO-8601'),
      'encode.decimal-as-plain-number': fc.constantFrom('true', 'false'),
      'encode.ignore-null-fields': fc.constantFrom('true', 'false'),
    });
    fc.assert(
      fc.property(tableOf(nestedSchema), options, (table, given) => {
        const decoded = decode(table.schema, encode(table, given), given);
        expect(decoded.bad).toEqual([]);
        expect(decoded.rows).toEqual(table.rows);
      }),
      { numRuns: 500 },
    );
  });

  it('writes what JSON.parse reads, a line a row', () => {
    fc.assert(
      fc.property(tableOf(nestedSchema), (table) => {
        const lines = encode(table).toString().split('\n');
        expect(lines.pop()).toBe('');
        expect(lines).toHaveLength(table.rows.length);
        for (const line of lines) {
          expect(Object.keys(JSON.parse(line) as object).toSorted()).toEqual(
            table.schema.map((f) => f.name).toSorted(),
          );
        }
      }),
    );
  });

  it('gives the same rows and bad records for any chunks and batches', () => {
    const lines = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 999 }).map((id) => Buffer.from(GOOD_JSON(id))),
        fc.constantFrom(...BROKEN_JSON).map(({ bytes }) => Buffer.from(bytes)),
        fc
          .constantFrom('', '  ', '{}', '[]', '[{"id":1},{"name":"\\u00e9\\n"},{"id":3}]', '{"name":"x\\"y","n":"7"}')
          .map((s) => Buffer.from(s)),
      ),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(
        lines,
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        (records, chunks, batchRows, separator, ended) => {
          const parts = records.flatMap((record) => [record, Buffer.from(separator)]);
          const bytes = Buffer.concat(ended ? parts : parts.slice(0, -1));
          const setup = { format: 'json' as const, schema: JSON_SCHEMA };
          const whole = decodeAll(setup, bytes);
          const pieces = decodeAll(setup, bytes, chunks, batchRows);
          expect(pieces).toEqual({ ...whole, bad: whole.bad.map((b, i) => ({ ...b, row: pieces.bad[i]?.row })) });
          expect(whole.consumed).toBe(bytes.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('resumes at any position that it gave', () => {
    const bytes = Buffer.from(`${[1, 2, 3].map(GOOD_JSON).join('\n')}\n[{"id":4},{"id":5}]\nx\n{"id":6}\n`);
    const setup = { format: 'json' as const, schema: JSON_SCHEMA };
    const whole = decodeAll(setup, bytes);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const positions = new Set<number>();
      const seen: Value[][] = [];
      const first = decodeAll(setup, bytes.subarray(0, bytes.lastIndexOf('\n', cut) + 1), [cut + 1]);
      positions.add(first.consumed);
      seen.push(...first.rows);
      const rest = decodeAll({ ...setup, position: first.consumed }, bytes.subarray(first.consumed));
      expect([...seen, ...rest.rows]).toEqual(whole.rows);
      expect([...first.bad, ...rest.bad].map((b) => b.position)).toEqual(whole.bad.map((b) => b.position));
    }
  });

  it('decodes some columns and leaf fields as it decodes all', () => {
    fc.assert(
      fc.property(tableOf(nestedSchema), fc.infiniteStream(fc.nat()), (table, random) => {
        const paths = leafPaths(table.schema);
        const pick = (): number => random.next().value as number;
        const chosen = paths.filter(() => pick() % 2 === 0);
        const bytes = encode(table);
        const part = decodeAll({ format: 'json', schema: table.schema, columns: chosen }, bytes);
        const expected = table.rows.map((values) => chosen.map(({ path }) => follow(table.schema, values, path)));
        expect(part.bad).toEqual([]);
        expect(part.rows).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('does not mind order, white space, escapes and unknown fields', () => {
    fc.assert(
      fc.property(tableOf(nestedSchema), fc.infiniteStream(fc.nat()), (table, random) => {
        const pick = (below: number): number => (random.next().value as number) % below;
        const lines = encode(table).toString().trimEnd().split('\n');
        const varied = lines
          .map((line) => respell(JSON.parse(line, keepNumbers as never), pick, table.schema))
          .join('\n');
        const decoded = decode(table.schema, Buffer.from(varied));
        expect(decoded.bad).toEqual([]);
        expect(decoded.rows).toEqual(table.rows);
      }),
      { numRuns: 300 },
    );
  });
});

/** Columns and, where a column is a ROW, also its fields. */
function leafPaths(schema: Schema): DecodeColumn[] {
  const paths: DecodeColumn[] = [];
  const visit = (fields: Schema, above: readonly string[]): void => {
    for (const { name, type } of fields) {
      paths.push({ path: [...above, name], type });
      if (type.kind === 'ROW') visit(type.fields, [...above, name]);
    }
  };
  visit(schema, []);
  return paths;
}

function follow(schema: Schema, values: readonly Value[], path: readonly string[]): Value {
  let fields = schema;
  let current: readonly Value[] | null = values;
  let value: Value = null;
  for (const name of path) {
    if (current === null) return null;
    const place = fields.findIndex((field) => field.name === name);
    value = current[place] as Value;
    const type = fields[place]?.type;
    fields = type?.kind === 'ROW' ? type.fields : [];
    current = type?.kind === 'ROW' ? (value as readonly Value[] | null) : null;
  }
  return value;
}

class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const keepNumbers = (_key: string, value: unknown, context: { source: string }): unknown =>
  typeof value === 'number' ? new Raw(context.source) : value;

/** The same value in another spelling. Order changes only where the type is a ROW: a MAP keeps its entries' order. */
function respell(value: unknown, pick: (below: number) => number, fields: Schema | null): string {
  const space = (): string => ['', '', '', ' ', '\t', '  '][pick(6)] as string;
  if (value instanceof Raw) return value.text;
  if (typeof value === 'string') return respellText(value, pick);
  if (Array.isArray(value)) return `[${value.map((item) => space() + respell(item, pick, null) + space()).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).map(([key, inner]) => {
    const type = fields?.find((field) => field.name === key)?.type;
    const text = respell(inner, pick, type?.kind === 'ROW' ? type.fields : null);
    return `${space()}${respellText(key, pick)}${space()}:${space()}${text}${space()}`;
  });
  if (fields !== null) {
    for (let i = members.length - 1; i > 0; i--) {
      const k = pick(i + 1);
      [members[i], members[k]] = [members[k] as string, members[i] as string];
    }
    const unknown = [
      '"\u0001no such field":1'.replace('\u0001', ''),
      '"no zz":{"a":[1,"x]\\"",{}],"b":-1.5e3}',
      '"no yy":[[]]',
    ];
    if (pick(3) === 0) members.splice(pick(members.length + 1), 0, unknown[pick(3)] as string);
  }
  return `{${members.join(',')}${members.length === 0 ? space() : ''}}`;
}

function respellText(text: string, pick: (below: number) => number): string {
  const body = [
    ...JSON.stringify(text)
      .slice(1, -1)
      .matchAll(/\\u....|\\.|[\uD800-\uDBFF][\uDC00-\uDFFF]|[^]/g),
  ]
    .map(([piece]) => {
      if (pick(4) !== 0 || piece.startsWith('\\')) return piece;
      return [...Array(piece.length).keys()]
        .map((i) => `\\u${piece.charCodeAt(i).toString(16).padStart(4, '0')}`)
        .join('');
    })
    .join('');
  return `"${body}"`;
}

describe('json against JSON.parse', () => {
  const schema: Schema = [
    { name: 'a', type: BIGINT },
    { name: 'b', type: STRING },
    { name: 'c', type: DOUBLE },
    { name: 'd', type: BOOLEAN },
    {
      name: 'e',
      type: row([
        { name: 'x', type: INT },
        { name: 'y', type: STRING },
      ]),
    },
    { name: 'f', type: array(INT) },
  ];
  const record = fc.record(
    {
      a: fc.option(fc.maxSafeInteger()),
      b: fc.option(fc.string({ unit: 'grapheme' })),
      c: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      d: fc.option(fc.boolean()),
      e: fc.option(fc.record({ x: fc.integer(), y: fc.string() }, { requiredKeys: [] })),
      f: fc.option(fc.array(fc.integer())),
      g: fc.jsonValue(),
      h: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const mutation = fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('none', 'cut', 'drop', 'insert', 'double', 'replace'),
    piece: fc.constantFrom(
      '}',
      '{',
      '"',
      ',',
      ':',
      '[',
      ']',
      '0',
      '1',
      '.',
      'e',
      '-',
      '+',
      '\\',
      'n',
      'u',
      ' ',
      '\t',
      '\0',
      'é',
    ),
  });

  const mutate = (text: string, { at, kind, piece }: { at: number; kind: string; piece: string }): string => {
    const i = at % (text.length + 1);
    switch (kind) {
      case 'cut':
        return text.slice(0, i);
      case 'drop':
        return text.slice(0, i) + text.slice(i + 1);
      case 'insert':
        return text.slice(0, i) + piece + text.slice(i);
      case 'double':
        return text.slice(0, i) + text.slice(i, i + 1) + text.slice(i);
      case 'replace':
        return text.slice(0, i) + piece + text.slice(i + 1);
      default:
        return text;
    }
  };

  /** What JSON.parse makes of a record, by the rules of types that the chosen columns have. */
  const expectation = (line: string, names: readonly string[]): 'skip' | 'bad' | 'good' | 'unsure' => {
    if (/^[ \t\r]*$/.test(line)) return 'skip';
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return 'bad';
    }
    if (Array.isArray(value)) return 'unsure';
    if (value === null || typeof value !== 'object') return 'bad';
    const fields = value as Record<string, unknown>;
    const sound = names.every((name) => {
      const field = fields[name];
      if (field === null || field === undefined || name === 'b' || name === 'd') return true;
      if (name === 'a') return typeof field === 'number' && Math.abs(field) < 2 ** 63;
      if (name === 'c') return typeof field === 'number' && Number.isFinite(field);
      if (name === 'f') {
        return (
          Array.isArray(field) &&
          field.every((n) => n === null || (typeof n === 'number' && n >= -(2 ** 31) && n < 2 ** 31))
        );
      }
      if (typeof field !== 'object' || Array.isArray(field)) return false;
      const { x } = field as { x?: unknown };
      return x === null || x === undefined || (typeof x === 'number' && x >= -(2 ** 31) && x < 2 ** 31);
    });
    // Numbers in quotes are coerced where they are numbers: the type rules are tested one by one elsewhere.
    return sound ? 'good' : names.some((name) => typeof fields[name] === 'string') ? 'unsure' : 'bad';
  };

  it('refuses and accepts the same records', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(record, mutation), { minLength: 5, maxLength: 30 }),
        fc.subarray(['a', 'b', 'c', 'd', 'e', 'f']),
        (entries, names) => {
          const lines = entries.map(([value, change]) =>
            mutate(JSON.stringify(value), change).toWellFormed().replaceAll('\n', ' '),
          );
          const columns = names.map((name) => ({
            path: [name],
            type: (schema.find((field) => field.name === name) as Schema[number]).type,
          }));
          const decoded = decodeAll({ format: 'json', schema, columns }, Buffer.from(`${lines.join('\n')}\n`));
          const badLines = new Set(decoded.bad.map((b) => Buffer.from(b.bytes).toString()));
          for (const line of lines) {
            const expected = expectation(line, names);
            const shown = line.endsWith('\r') ? line.slice(0, -1) : line;
            if (expected === 'bad') expect(badLines).toContain(shown);
            if (expected === 'good' || expected === 'skip') expect(badLines).not.toContain(shown);
          }
          if (names.includes('b')) checkStrings(lines, decoded, names.indexOf('b'), expectation, names);
        },
      ),
      { numRuns: 500 },
    );
  });

  function checkStrings(
    lines: readonly string[],
    decoded: Decoded,
    column: number,
    judge: typeof expectation,
    names: readonly string[],
  ): void {
    const verdicts = lines.map((line) => judge(line, names));
    if (verdicts.includes('unsure')) return;
    const good = lines.filter((_, i) => verdicts[i] === 'good');
    expect(decoded.rows).toHaveLength(good.length);
    good.forEach((line, i) => {
      const { b } = JSON.parse(line) as { b?: unknown };
      const got = decoded.rows[i]?.[column] ?? null;
      if (b === undefined || b === null) expect(got).toBeNull();
      else if (typeof b === 'string') expect(got).toBe(b.toWellFormed());
    });
  }
});
