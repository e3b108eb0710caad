import { noView } from './field-code.ts';
import type { FieldKind, FieldLayout } from './record-layout.ts';
import type { Table } from './state.ts';

interface Place {
  readonly table: Table;
  readonly ref: number;
  readonly field: number;
}

/** Words from the field's first one on; of `bytes` they hold a heap ref and cannot be copied as they are. */
const WORDS: Readonly<Record<FieldKind, number>> = { bool: 1, i32: 1, f64: 2, ts: 2, i64: 2, i128: 4, bytes: 0 };

/** Copies one field between records; both fields have the same type, nullability aside. */
export function copyField(to: Place, from: Place): void {
  const at = (place: Place): { page: Int32Array; offset: number; layout: FieldLayout } => {
    const { pageShift, slotMask, stride, fields } = place.table.layout;
    return {
      page: place.table.store.page(place.ref >> pageShift),
      offset: (place.ref & slotMask) * stride,
      layout: fields[place.field] as FieldLayout,
    };
  };
  const target = at(to);
  const source = at(from);
  const word = target.offset + target.layout.word;
  const sourceWord = source.offset + source.layout.word;
  const isNull = ((source.page[source.offset + source.layout.nullWord] as number) & source.layout.nullMask) !== 0;
  // Thaws the page as well.
  to.table.setNull(to.ref, to.field, isNull);
  if (target.layout.kind === 'bytes') {
    const block = source.page[sourceWord] as number;
    const length = isNull ? 0 : (source.page[sourceWord + 1] as number);
    const texts = from.table.store.heap;
    const view = length === 0 ? noView : texts.viewOf(block);
    const old = target.page[word] as number;
    const { heap } = to.table.store;
    target.page[word] = heap.replace(old, target.page[word + 1] as number, view, texts.offsetOf(block), length);
    target.page[word + 1] = length;
    return;
  }
  for (let k = 0; k < WORDS[target.layout.kind]; k++) target.page[word + k] = source.page[sourceWord + k] as number;
  if (target.layout.kind === 'ts') {
    target.page[target.offset + target.layout.nanosWord] = source.page[
      source.offset + source.layout.nanosWord
    ] as number;
  }
}
