/**
 * A JSON value of any kind into a column of any type: the general way, which the generated code leaves everything to
 * that is not the common spelling of a type. The value's structure has been checked before (`coerce`), so the walkers
 * here only find their way.
 */
import type {
  ArrayBuilder,
  BoolBuilder,
  BytesBuilder,
  ColumnBuilder,
  F64Builder,
  RowBuilder,
} from '../../types/column-builder.ts';
import { type DataType, isBinary, typeToString } from '../../types/data-type.ts';
import { decodeBase64InPlace, isBase64 } from '../values/base64.ts';
import { integerPart, parseInt64 } from '../values/number-text.ts';
import { INT_RANGES, type TextReader, textReader } from '../values/scalar-text.ts';
import { compactInPlace, unescapeInPlace } from './escapes.ts';
import { scanString, skipSpace, skipValue } from './scan.ts';
import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './tokens.ts';
import type { DecodeState } from './state.ts';

/** Writes the value in `[start, end)`, which is not null, to `row`; false (and `state.reason`) when it does not fit. */
export type Converter = (state: DecodeState, start: number, end: number, target: ColumnBuilder, row: number) => boolean;

export interface ConvertOptions {
  readonly iso: boolean;
  /** Strings point into the input instead of being copied to the column's own pool; escapes are undone later. */
  readonly inInput: boolean;
}

/**
 * The value at `start` into a slot. Returns the index after it, or -1 when the record is bad.
 */
export function coerce(state: DecodeState, start: number, index: number, row: number): number {
  const slot = state.slots[index] as DecodeState['slots'][number];
  const end = skipValue(state, start, slot.path.length);
  if (end < 0) return -1;
  return store(state, start, end, slot.convert, slot.target, row) ? end : -1;
}

/** A checked value, null or not, into a column; false when the record is bad. */
function store(
  state: DecodeState,
  start: number,
  end: number,
  convert: Converter,
  target: ColumnBuilder,
  row: number,
): boolean {
  if (state.u8[start] === 110) {
    target.setNull(row);
    return true;
  }
  if (convert(state, start, end, target, row)) {
    target.valid[row] = 1;
    return true;
  }
  target.setNull(row);
  return state.ignoreErrors;
}

export function jsonConverter(type: DataType, path: readonly string[], options: ConvertOptions): Converter {
  const convert = converterOf(type, path, options);
  const what = `field "${path.join('.')}" cannot be read as ${typeToString({ ...type, nullable: true })}`;
  return (state, start, end, target, row) => {
    if (convert(state, start, end, target, row)) return true;
    if (state.reason === '') state.reason = `${what}: ${excerpt(state.u8, start, end)}`;
    return false;
  };
}

const EXCERPT_BYTES = 60;

function excerpt(u8: Uint8Array, start: number, end: number): string {
  const shown = Buffer.from(u8.subarray(start, Math.min(end, start + EXCERPT_BYTES))).toString();
  return end - start > EXCERPT_BYTES ? `${shown}…` : shown;
}

/** The values of a MULTISET; unlike those of a map, none may be null. */
const COUNT: DataType = { kind: 'INTEGER', nullable: false };

function converterOf(type: DataType, path: readonly string[], options: ConvertOptions): Converter {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return options.inInput ? pointAtText : copyText;
    case 'BINARY':
    case 'VARBINARY':
      return options.inInput ? pointAtBinary : copyBinary;
    case 'BOOLEAN': {
      const read = textReader(type, options.iso);
      return (state, start, end, target, row) => {
        const c = state.u8[start];
        if (c === QUOTE) return readQuoted(state, start, end, read, target, row);
        (target as BoolBuilder).data[row] = c === 116 ? 1 : 0;
        return true;
      };
    }
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return integerConverter(type, options);
    case 'DECIMAL':
      return scalarConverter(textReader(type, options.iso), true);
    case 'FLOAT':
    case 'DOUBLE':
      return doubleConverter(type, options);
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return scalarConverter(textReader(type, options.iso), false);
    case 'ROW':
      return rowConverter(type.fields, path, options);
    case 'ARRAY':
      return arrayConverter(type.element, path, options);
    case 'MAP':
      return mapConverter(type.value, path, options);
    case 'MULTISET':
      return mapConverter(COUNT, path, options);
    case 'NULL':
      return () => false;
  }
}

const isNumberStart = (byte: number): boolean => byte === 45 || (byte - 48) >>> 0 <= 9;

/** Reads the text between the quotes, with escapes undone. */
function readQuoted(
  state: DecodeState,
  start: number,
  end: number,
  read: TextReader,
  target: ColumnBuilder,
  row: number,
): boolean {
  const escape = state.u8.subarray(start, end).indexOf(BACKSLASH);
  if (escape < 0) return read(state.u8, start + 1, end - 1, target, row);
  const text = state.u8.slice(start + 1, end - 1);
  return read(text, 0, unescapeInPlace(text, 0, text.length), target, row);
}

function scalarConverter(read: TextReader, numbers: boolean): Converter {
  return (state, start, end, target, row) => {
    const c = state.u8[start] as number;
    if (c === QUOTE) return readQuoted(state, start, end, read, target, row);
    return numbers && isNumberStart(c) && read(state.u8, start, end, target, row);
  };
}

/** A JSON number needs no second check of its form. */
function doubleConverter(type: DataType, options: ConvertOptions): Converter {
  const read = textReader(type, options.iso);
  const float = type.kind === 'FLOAT';
  return (state, start, end, target, row) => {
    const c = state.u8[start] as number;
    if (c === QUOTE) return readQuoted(state, start, end, read, target, row);
    if (!isNumberStart(c)) return false;
    const value = Number(state.buf.latin1Slice(start, end));
    const stored = float ? Math.fround(value) : value;
    (target as F64Builder).data[row] = stored;
    return Number.isFinite(stored);
  };
}

const halves = new Int32Array(2);

/** Numbers with a fraction or an exponent are cut to an integer; text in quotes must be an integer. */
function integerConverter(type: DataType, options: ConvertOptions): Converter {
  const read = textReader(type, options.iso);
  const [least, greatest] = INT_RANGES[type.kind] ?? [0, 0];
  const wide = type.kind === 'BIGINT' || type.kind === 'INTERVAL_DAY_TIME';
  return (state, start, end, target, row) => {
    const { u8 } = state;
    const c = u8[start] as number;
    if (c === QUOTE) return readQuoted(state, start, end, read, target, row);
    if (!isNumberStart(c)) return false;
    const outcome = parseInt64(u8, start, end, halves, 0);
    if (outcome !== 'form') return outcome === 'ok' && read(u8, start, end, target, row);
    const value = integerPart(Buffer.from(u8.subarray(start, end)).toString('latin1'));
    if (value === undefined) return false;
    if (type.kind === 'BIGINT') target.set(row, value);
    else if (wide || (value >= least && value <= greatest)) target.set(row, Number(value));
    else return false;
    return true;
  };
}

const isContainer = (byte: number): boolean => byte === OPEN_BRACE || byte === OPEN_BRACKET;

const pointAtText: Converter = (state, start, end, target, row) => {
  const column = target as BytesBuilder;
  const c = state.u8[start] as number;
  if (c === QUOTE) {
    const escaped = state.u8.subarray(start, end).indexOf(BACKSLASH) >= 0;
    column.start[row] = start + 1;
    column.len[row] = escaped ? start + 2 - end : end - start - 2;
    if (escaped) state.hasRawText = true;
  } else {
    column.start[row] = start;
    column.len[row] = isContainer(c) ? start - end : end - start;
    if (isContainer(c)) state.hasRawText = true;
  }
  return true;
};

const copyText: Converter = (state, start, end, target, row) => {
  const column = target as BytesBuilder;
  const c = state.u8[start] as number;
  if (c === QUOTE) column.setBytes(row, state.u8, start + 1, end - start - 2);
  else column.setBytes(row, state.u8, start, end - start);
  if (c === QUOTE) shrink(column, row, unescapeInPlace);
  else if (isContainer(c)) shrink(column, row, compactInPlace);
  return true;
};

const pointAtBinary: Converter = (state, start, end, target, row) => {
  if (state.u8[start] !== QUOTE || !readQuoted(state, start, end, isBase64, target, row)) return false;
  const column = target as BytesBuilder;
  column.start[row] = start + 1;
  column.len[row] = end - start - 2;
  return true;
};

const copyBinary: Converter = (state, start, end, target, row) => {
  if (!pointAtBinary(state, start, end, target, row)) return false;
  const column = target as BytesBuilder;
  column.setBytes(row, state.u8, start + 1, end - start - 2);
  shrink(column, row, unescapeInPlace);
  shrink(column, row, decodeBase64InPlace);
  return true;
};

/** Rewrites the value that was added last in place. */
function shrink(column: BytesBuilder, row: number, rewrite: typeof unescapeInPlace): void {
  const start = column.start[row] as number;
  const len = rewrite(column.pool.u8, start, column.len[row] as number);
  column.len[row] = len;
  column.used = start + len;
}

/** Undoes what `inInput` put off, for the rows `[0, length)` of a slot. */
export function finishText(state: DecodeState, slot: DecodeState['slots'][number], length: number): void {
  const { u8 } = state;
  const { start, len, valid } = slot.target as BytesBuilder;
  if (isBinary(slot.type)) {
    for (let row = 0; row < length; row++) {
      if (valid[row] === 0) continue;
      const text = unescapeInPlace(u8, start[row] as number, len[row] as number);
      len[row] = decodeBase64InPlace(u8, start[row] as number, text);
    }
    return;
  }
  if (!state.hasRawText) return;
  for (let row = 0; row < length; row++) {
    const size = len[row] as number;
    if (size >= 0 || valid[row] === 0) continue;
    const from = start[row] as number;
    // Only text that was quoted stands behind a quote.
    len[row] = u8[from - 1] === QUOTE ? unescapeInPlace(u8, from, -size) : compactInPlace(u8, from, -size);
  }
}

/** The name of a member whose key is `[start, end)` without quotes. */
export function keyText(u8: Uint8Array, start: number, end: number): string {
  const raw = u8.subarray(start, end);
  if (raw.indexOf(BACKSLASH) < 0) return Buffer.from(raw.buffer, raw.byteOffset, raw.length).utf8Slice(0, raw.length);
  const text = raw.slice();
  return Buffer.from(text.buffer).utf8Slice(0, unescapeInPlace(text, 0, text.length));
}

/** Calls `visit` for each member of the checked object at `start`; false as soon as it gives false. */
function eachMember(
  state: DecodeState,
  start: number,
  visit: (keyStart: number, keyEnd: number, valueStart: number, valueEnd: number) => boolean,
): boolean {
  const { u8 } = state;
  let p = skipSpace(u8, start + 1);
  while (u8[p] !== CLOSE_BRACE) {
    if (u8[p] !== QUOTE) p = skipSpace(u8, p + 1);
    const keyEnd = scanString(state, p + 1);
    const value = skipSpace(u8, skipSpace(u8, keyEnd + 1) + 1);
    const end = skipValue(state, value, 0);
    if (!visit(p + 1, keyEnd, value, end)) return false;
    p = skipSpace(u8, end);
  }
  return true;
}

function rowConverter(
  fields: readonly { readonly name: string; readonly type: DataType }[],
  path: readonly string[],
  options: ConvertOptions,
): Converter {
  const places = new Map(fields.map((field, i) => [field.name, i]));
  const keys = fields.map(({ name }) => (JSON.stringify(name) === `"${name}"` ? Buffer.from(name) : undefined));
  const inner = { iso: options.iso, inInput: false };
  const converters = fields.map((field) => jsonConverter(field.type, [...path, field.name], inner));
  return (state, start, _end, target, row) => {
    if (state.u8[start] !== OPEN_BRACE) return false;
    const columns = (target as RowBuilder).fields;
    for (const column of columns) column.setNull(row);
    const missing = state.failOnMissing ? new Set(places.keys()) : undefined;
    let expected = 0;
    const fits = eachMember(state, start, (keyStart, keyEnd, valueStart, valueEnd) => {
      const place = isKey(state.u8, keyStart, keyEnd, keys[expected])
        ? expected
        : places.get(keyText(state.u8, keyStart, keyEnd));
      if (place === undefined) return true;
      expected = place + 1;
      missing?.delete((fields[place] as { name: string }).name);
      const convert = converters[place] as Converter;
      return store(state, valueStart, valueEnd, convert, columns[place] as ColumnBuilder, row);
    });
    if (!fits || missing === undefined || missing.size === 0) return fits;
    state.reason = `field "${[...path, ...missing].slice(0, path.length + 1).join('.')}" is missing`;
    return false;
  };
}

function isKey(u8: Uint8Array, start: number, end: number, key: Uint8Array | undefined): boolean {
  if (key === undefined || key.length !== end - start) return false;
  for (let i = 0; i < key.length; i++) if (u8[start + i] !== key[i]) return false;
  return true;
}

function arrayConverter(element: DataType, path: readonly string[], options: ConvertOptions): Converter {
  const convert = jsonConverter(element, path, { iso: options.iso, inInput: false });
  return (state, start, _end, target, row) => {
    const { u8 } = state;
    if (u8[start] !== OPEN_BRACKET) return false;
    const column = target as ArrayBuilder;
    let count = 0;
    const from = skipSpace(u8, start + 1);
    for (let p = from; u8[p] !== CLOSE_BRACKET; count++) {
      p = skipSpace(u8, skipValue(state, p, 0));
      if (u8[p] !== CLOSE_BRACKET) p = skipSpace(u8, p + 1);
    }
    const first = column.addElements(row, count);
    let p = from;
    for (let k = 0; k < count; k++) {
      const end = skipValue(state, p, 0);
      if (!store(state, p, end, convert, column.elements[0] as ColumnBuilder, first + k)) return false;
      p = skipSpace(u8, skipSpace(u8, end) + 1);
    }
    return true;
  };
}

/** Of equal keys the last value wins, at the place of the first. */
function mapConverter(value: DataType, path: readonly string[], options: ConvertOptions): Converter {
  const convert = jsonConverter(value, path, { iso: options.iso, inInput: false });
  return (state, start, _end, target, row) => {
    if (state.u8[start] !== OPEN_BRACE) return false;
    const entries = new Map<string, readonly [number, number]>();
    eachMember(state, start, (keyStart, keyEnd, valueStart, valueEnd) => {
      entries.set(keyText(state.u8, keyStart, keyEnd), [valueStart, valueEnd]);
      return true;
    });
    const column = target as ArrayBuilder;
    const first = column.addElements(row, entries.size);
    let k = first;
    for (const [name, [valueStart, valueEnd]] of entries) {
      (column.elements[0] as ColumnBuilder).set(k, name);
      if (!store(state, valueStart, valueEnd, convert, column.elements[1] as ColumnBuilder, k)) return false;
      if (value === COUNT && (column.elements[1] as ColumnBuilder).valid[k] === 0 && !state.ignoreErrors) return false;
      k++;
    }
    return true;
  };
}
