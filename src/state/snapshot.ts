/**
 * Snapshots of a backend as bytes, and back.
 *
 *     "MRST" | format version | hash version | CRC-32 of the rest | length of the directory | directory (JSON) | columns
 *
 * All numbers little-endian. A table is written as columns over its live records, ordered by key group and within one
 * by arrival, so that the records of a range of key groups are a run of rows. Nothing of the memory layout gets in: no
 * refs, no links, no hashes.
 */
import { crc32 } from 'node:zlib';
import { EngineError } from '../errors.ts';
import { typeToString } from '../types/data-type.ts';
import { POOL_PADDING, type Vector, poolOver } from '../types/vector.ts';
import { HASH_VERSION } from './field-code.ts';
import { KEY_GROUPS } from './key-groups.ts';
import type { MemoryTable } from './memory-table.ts';
import type { FieldLayout } from './record-layout.ts';
import type { CellDeclaration, KeyGroupRange, StateSnapshot, TableDeclaration } from './state.ts';

const MAGIC = 0x5453524d;
const FORMAT_VERSION = 1;
const HEADER_BYTES = 20;

interface TableEntry {
  readonly name: string;
  readonly version: number;
  readonly fields: readonly string[];
  /** Rows per key group. */
  readonly groups: readonly number[];
  /** Where the parts of each column begin, by field: validity, then the arrays of its kind. */
  readonly parts: readonly (readonly number[])[];
  readonly sequence: number;
  readonly lastWrite: number;
}

interface CellEntry {
  readonly name: string;
  readonly merge: CellDeclaration['merge'];
  /** As text, since JSON has no infinities. */
  readonly value: string;
}

interface Directory {
  readonly tables: readonly TableEntry[];
  readonly cells: readonly CellEntry[];
}

const signature = (declaration: TableDeclaration): string[] =>
  declaration.fields.map((field) => `${field.name} ${typeToString(field.type)}`);

class Columns {
  readonly chunks: Uint8Array[] = [];
  length = 0;

  /** Appends at an aligned place and returns the place. */
  add(part: Uint8Array | Int32Array | Float64Array): number {
    const at = this.length;
    const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    this.chunks.push(bytes);
    const padding = -bytes.length & 7;
    if (padding > 0) this.chunks.push(new Uint8Array(padding));
    this.length += bytes.length + padding;
    return at;
  }
}

const WORDS = { bool: 1, i32: 1, i64: 2, i128: 4 } as const;

function writeField(table: MemoryTable, field: FieldLayout, refs: Int32Array, columns: Columns): number[] {
  const { pageShift, slotMask, stride } = table.layout;
  const { i32, f64, heap } = table.store;
  const rows = refs.length;
  const page = (ref: number): Int32Array => i32[ref >> pageShift] as Int32Array;
  const offset = (ref: number): number => (ref & slotMask) * stride;
  const valid = new Uint8Array(rows);
  for (let i = 0; i < rows; i++) {
    const ref = refs[i] as number;
    valid[i] = ((page(ref)[offset(ref) + field.nullWord] as number) & field.nullMask) === 0 ? 1 : 0;
  }
  const parts = [columns.add(valid)];
  const words = (word: number, count: number): void => {
    const data = new Int32Array(rows * count);
    for (let i = 0; i < rows; i++) {
      const ref = refs[i] as number;
      for (let k = 0; k < count; k++) data[i * count + k] = page(ref)[offset(ref) + word + k] as number;
    }
    parts.push(columns.add(data));
  };
  switch (field.kind) {
    case 'f64':
    case 'ts': {
      const data = new Float64Array(rows);
      for (let i = 0; i < rows; i++) {
        const ref = refs[i] as number;
        data[i] = (f64[ref >> pageShift] as Float64Array)[(offset(ref) + field.word) >> 1] as number;
      }
      parts.push(columns.add(data));
      if (field.kind === 'ts') words(field.nanosWord, 1);
      break;
    }
    case 'bytes': {
      words(field.word + 1, 1);
      let total = 0;
      for (const ref of refs) total += page(ref)[offset(ref) + field.word + 1] as number;
      const bytes = new Uint8Array(total);
      let at = 0;
      for (const ref of refs) {
        const block = page(ref)[offset(ref) + field.word] as number;
        const length = page(ref)[offset(ref) + field.word + 1] as number;
        if (length === 0) continue;
        const start = (block & 8191) << 3;
        bytes.set((heap.bytes[block >> 13] as Uint8Array).subarray(start, start + length), at);
        at += length;
      }
      parts.push(columns.add(bytes));
      break;
    }
    default:
      words(field.word, WORDS[field.kind]);
  }
  return parts;
}

function writeTable(table: MemoryTable, columns: Columns): TableEntry {
  const arrival = table.scan();
  const groups = Array.from({ length: KEY_GROUPS }, () => 0);
  for (const ref of arrival) groups[table.keyGroupOf(ref)]!++;
  const next = prefixSums(groups);
  const refs = new Int32Array(arrival.length);
  for (const ref of arrival) refs[next[table.keyGroupOf(ref)]!++] = ref;
  return {
    name: table.declaration.name,
    version: table.declaration.version,
    fields: signature(table.declaration),
    groups,
    parts: table.layout.fields.map((field) => writeField(table, field, refs, columns)),
    sequence: columns.add(Float64Array.from(refs, (ref) => table.sequenceOf(ref))),
    lastWrite: columns.add(Float64Array.from(refs, (ref) => table.lastWriteOf(ref))),
  };
}

/** The first row of each key group, and the number of rows after the last. */
function prefixSums(groups: readonly number[]): number[] {
  const starts = [0];
  for (const count of groups) starts.push((starts.at(-1) as number) + count);
  return starts;
}

export function encodeSnapshot(
  tables: Iterable<MemoryTable>,
  cells: Iterable<{ readonly declaration: CellDeclaration; readonly value: number }>,
): StateSnapshot {
  const columns = new Columns();
  const directory: Directory = {
    tables: Array.from(tables, (table) => writeTable(table, columns)),
    cells: Array.from(cells, ({ declaration, value }) => ({
      name: declaration.name,
      merge: declaration.merge,
      value: String(value),
    })),
  };
  const json = new TextEncoder().encode(JSON.stringify(directory));
  const start = (HEADER_BYTES + json.length + 7) & ~7;
  const bytes = new Uint8Array(start + columns.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORMAT_VERSION, true);
  view.setUint32(8, HASH_VERSION, true);
  view.setUint32(16, json.length, true);
  bytes.set(json, HEADER_BYTES);
  let at = start;
  for (const chunk of columns.chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  view.setUint32(12, crc32(bytes.subarray(16)), true);
  return bytes;
}

export interface DecodedSnapshot {
  readonly directory: Directory;
  /** Columns from here on. */
  readonly data: Uint8Array;
}

export function decodeSnapshot(snapshot: StateSnapshot): DecodedSnapshot {
  const fail = (why: string): never => {
    throw new EngineError('internal_error', `a state snapshot cannot be read: ${why}`);
  };
  // A copy, so that typed arrays over it are aligned.
  const bytes = snapshot.slice();
  if (bytes.length < HEADER_BYTES) fail('it is cut short');
  const view = new DataView(bytes.buffer);
  if (view.getUint32(0, true) !== MAGIC) fail('it is not one');
  const version = view.getUint32(4, true);
  if (version !== FORMAT_VERSION) fail(`its format version is ${version}, this build reads ${FORMAT_VERSION}`);
  const hash = view.getUint32(8, true);
  if (hash !== HASH_VERSION) fail(`its key hash version is ${hash}, this build has ${HASH_VERSION}`);
  if (view.getUint32(12, true) !== crc32(bytes.subarray(16))) fail('its checksum does not match');
  const length = view.getUint32(16, true);
  const json = new TextDecoder().decode(bytes.subarray(HEADER_BYTES, HEADER_BYTES + length));
  return { directory: JSON.parse(json) as Directory, data: bytes.subarray((HEADER_BYTES + length + 7) & ~7) };
}

function readField(field: FieldLayout, parts: readonly number[], rows: number, data: Uint8Array): Vector {
  const part = (k: number): number => data.byteOffset + (parts[k] as number);
  const { buffer } = data;
  const valid = new Uint8Array(buffer, part(0), rows);
  const ints = (k: number, count: number): Int32Array => new Int32Array(buffer as ArrayBuffer, part(k), count);
  const doubles = (k: number): Float64Array => new Float64Array(buffer as ArrayBuffer, part(k), rows);
  switch (field.kind) {
    case 'bool':
      return { kind: 'bool', valid, data: Uint8Array.from(ints(1, rows)) };
    case 'i32':
      return { kind: 'i32', valid, data: ints(1, rows) };
    case 'f64':
      return { kind: 'f64', valid, data: doubles(1) };
    case 'ts':
      return { kind: 'ts', valid, data: doubles(1), nanos: ints(2, rows) };
    case 'i64':
    case 'i128': {
      const words = rows * WORDS[field.kind];
      const halves = ints(1, words);
      return { kind: field.kind, valid, data: new BigInt64Array(buffer as ArrayBuffer, part(1), words / 2), halves };
    }
    case 'bytes': {
      const len = ints(1, rows);
      const start = new Int32Array(rows);
      let total = 0;
      for (let i = 0; i < rows; i++) {
        start[i] = total;
        total += len[i] as number;
      }
      const u8 = new Uint8Array(total + POOL_PADDING);
      u8.set(new Uint8Array(buffer, part(2), total));
      return { kind: 'bytes', valid, pool: poolOver(u8), start, len };
    }
  }
}

interface RestoredRows {
  readonly vectors: readonly Vector[];
  readonly from: number;
  readonly to: number;
  readonly sequence: Float64Array;
  readonly lastWrite: Float64Array;
}

/** Fills an empty table with the records of its name in all snapshots whose key group is in `range`. */
export function restoreTable(table: MemoryTable, snapshots: readonly DecodedSnapshot[], range: KeyGroupRange): void {
  const { declaration } = table;
  const sources: RestoredRows[] = [];
  for (const { directory, data } of snapshots) {
    const entry = directory.tables.find((candidate) => candidate.name === declaration.name);
    if (entry === undefined) continue;
    if (entry.version !== declaration.version || entry.fields.join() !== signature(declaration).join()) {
      throw new EngineError('internal_error', `state table "${declaration.name}" was stored with another layout`, {
        detail: `Stored: version ${entry.version}, ${entry.fields.join(', ')}.`,
      });
    }
    const starts = prefixSums(entry.groups);
    const rows = starts[KEY_GROUPS] as number;
    const doubles = (at: number): Float64Array =>
      new Float64Array(data.buffer as ArrayBuffer, data.byteOffset + at, rows);
    sources.push({
      vectors: table.layout.fields.map((field, f) => readField(field, entry.parts[f] as number[], rows, data)),
      from: starts[range.from] as number,
      to: starts[range.to] as number,
      sequence: doubles(entry.sequence),
      lastWrite: doubles(entry.lastWrite),
    });
  }
  const rows = inOrder(sources, table.layout.sequence >= 0);
  const refs = new Int32Array(rows.row.length);
  let bound: RestoredRows | undefined;
  for (let k = 0; k < refs.length; k++) {
    const source = sources[rows.source[k] as number] as RestoredRows;
    if (source !== bound) {
      bound = source;
      table.bind(source.vectors, source.sequence.length);
    }
    refs[k] = table.reinsert(rows.row[k] as number);
  }
  if (table.layout.lastWrite < 0) return;
  const times = Float64Array.from(
    refs,
    (_, k) => sources[rows.source[k] as number]?.lastWrite[rows.row[k] as number] ?? 0,
  );
  const byTime = Int32Array.from(refs, (_, k) => k).sort((a, b) => (times[a] as number) - (times[b] as number));
  for (const k of byTime) table.restoreLastWrite(refs[k] as number, times[k] as number);
}

/** All rows of all sources, by sequence number if they have one; those of one source stay in order. */
function inOrder(
  sources: readonly RestoredRows[],
  sequenced: boolean,
): { readonly source: Int32Array; readonly row: Int32Array } {
  const count = sources.reduce((sum, { from, to }) => sum + to - from, 0);
  const source = new Int32Array(count);
  const row = new Int32Array(count);
  const sequence = new Float64Array(count);
  let at = 0;
  sources.forEach((each, s) => {
    for (let r = each.from; r < each.to; r++) {
      source[at] = s;
      row[at] = r;
      sequence[at++] = each.sequence[r] as number;
    }
  });
  if (!sequenced) return { source, row };
  const order = Int32Array.from(row, (_, k) => k);
  order.sort((a, b) => (sequence[a] as number) - (sequence[b] as number) || a - b);
  return { source: order.map((k) => source[k] as number), row: order.map((k) => row[k] as number) };
}
