/** Generated record access of a table: storing from bound columns, comparing, and copying out to column builders. */
import type { ColumnBuilder } from '../types/column-builder.ts';
import type { DataType } from '../types/data-type.ts';
import type { Vector } from '../types/vector.ts';
import {
  Flattener,
  bindColumn,
  columnNames,
  columnSide,
  compareCode,
  compile,
  equalCode,
  loadCode,
  noView,
  openRecord,
  recordSide,
  storeCode,
  storeNames,
  thawRecord,
  validity,
} from './field-code.ts';
import { readNested } from './nested-bytes.ts';
import type { FieldLayout, RecordLayout } from './record-layout.ts';
import type { RecordStore } from './record-store.ts';
import type { OrderKey, RowSource } from './state.ts';

export interface TableCode {
  bind(source: RowSource, length: number): void;
  /** Fields from row `row` into a fresh record, which is ready to be written to. */
  store(ref: number, row: number): void;
  /** One field into a record that may hold an old value. */
  set(ref: number, field: number, row: number): void;
  /** All bound fields that are in no index. */
  update(ref: number, row: number): void;
  matches(ref: number, row: number): boolean;
  copyTo(ref: number, field: number, column: ColumnBuilder, row: number): void;
  copyAllTo(ref: number, first: number, columns: readonly ColumnBuilder[], row: number): void;
  /** Frees what the record holds in the heap. */
  release(ref: number): void;
}

function text(layout: RecordLayout, indexed: ReadonlySet<number>): string {
  const { fields } = layout;
  const each = (code: (field: FieldLayout, f: number) => string): string => fields.map(code).join('\n');
  const open = openRecord(layout, 'ref');
  const thaw = thawRecord(layout, 'ref');
  const bound = (f: number): string => `b${f}`;
  const release = (field: FieldLayout): string =>
    field.kind === 'bytes'
      ? `heap.free(p[o + ${field.word}], p[o + ${field.word + 1}]); p[o + ${field.word}] = 0; p[o + ${field.word + 1}] = 0;`
      : '';
  return `
    ${storeNames()}
    ${each((field, f) => `let ${bound(f)} = false, ${columnNames('t', f, field.kind).join(', ')};`)}
    return {
      bind(source) {
        let v;
        ${each((field, f) => `v = source[${f}]; ${bound(f)} = v !== null && v !== undefined; if (${bound(f)}) { ${bindColumn('t', f, field.kind, 'v')} }`)}
      },
      store(ref, i) {
        ${open}
        ${each((field, f) => `if (${bound(f)}) { ${storeCode('t', f, field)} } else p[o + ${field.nullWord}] |= ${field.nullMask};`)}
      },
      set(ref, f, i) {
        ${open} ${thaw}
        switch (f) {
          ${each((field, f) => `case ${f}: ${release(field)} p[o + ${field.nullWord}] &= ${~field.nullMask}; if (${bound(f)}) { ${storeCode('t', f, field)} } else p[o + ${field.nullWord}] |= ${field.nullMask}; return;`)}
        }
      },
      update(ref, i) {
        ${open} ${thaw}
        ${each((field, f) => (indexed.has(f) ? '' : `if (${bound(f)}) { ${release(field)} p[o + ${field.nullWord}] &= ${~field.nullMask}; ${storeCode('t', f, field)} }`))}
      },
      matches(ref, i) {
        ${open}
        ${each((field, f) => `if (${bound(f)}) { ${equalCode(columnSide('t', f, field.type), recordSide(field))} }`)}
        return true;
      },
      copyTo(ref, f, c, r) {
        ${open}
        switch (f) { ${each((field, f) => `case ${f}: ${loadCode(field, 'c')} return;`)} }
      },
      copyAllTo(ref, first, columns, r) {
        ${open}
        let k = 0;
        ${each((field, f) => `if (first <= ${f} && k < columns.length) { const c = columns[k++]; ${loadCode(field, 'c')} }`)}
      },
      release(ref) {
        ${fields.some((field) => field.kind === 'bytes') ? open + thaw + each(release) : ''}
      },
    };`;
}

export function compileTable(layout: RecordLayout, store: RecordStore, indexed: ReadonlySet<number>): TableCode {
  const types: Record<number, DataType> = Object.fromEntries(layout.fields.map((field) => [field.word, field.type]));
  const code = compile<TableCode>(text(layout, indexed), { store, validity, readNested, noView, types });
  const flattener = new Flattener(layout.fields.map((field) => field.type));
  return { ...code, bind: (source, length) => code.bind(flattener.flatten(source, length), length) };
}

interface Comparators {
  compare(a: number, b: number): number;
  compareToRow(ref: number, row: number): number;
  firstNumber(ref: number): number;
  bind(source: readonly (Vector | null)[]): void;
}

/** The order of an `ordered` index: between records, ties by sequence number, and against a bound row. */
export function compileOrder(layout: RecordLayout, order: readonly OrderKey[], store: RecordStore): Comparators {
  const keys = order.map((key) => ({ ...key, layout: layout.fields[key.field] as FieldLayout }));
  const sequence = (x: string): string => `f64[g${x}][(o${x} + ${layout.sequence}) >> 1]`;
  const first = keys[0]?.layout;
  return compile<Comparators>(
    `
    ${storeNames()}
    let ${keys.flatMap((key) => columnNames('t', key.field, key.layout.kind)).join(', ') || 'none'};
    return {
      bind(source) {
        let v;
        ${keys.map((key) => `v = source[${key.field}]; if (v !== null && v !== undefined) { ${bindColumn('t', key.field, key.layout.kind, 'v')} }`).join('\n')}
      },
      compare(a, b) {
        ${openRecord(layout, 'a', 'A')} ${openRecord(layout, 'b', 'B')}
        ${keys.map((key) => compareCode(recordSide(key.layout, 'A'), recordSide(key.layout, 'B'), key.descending, key.nullsFirst)).join('\n')}
        return ${sequence('A')} < ${sequence('B')} ? -1 : 1;
      },
      compareToRow(ref, i) {
        ${openRecord(layout, 'ref')}
        ${keys.map((key) => compareCode(recordSide(key.layout), columnSide('t', key.field, key.layout.type), key.descending, key.nullsFirst)).join('\n')}
        return 0;
      },
      firstNumber(ref) {
        ${openRecord(layout, 'ref')}
        return ${first?.kind === 'f64' ? recordSide(first).number : 'NaN'};
      },
    };`,
    { store, validity },
  );
}
