/**
 * Generated lookups of an index: by a batch of key columns, by one row of them, and by a record's own key.
 *
 * A batch goes in passes, each over all rows, so that the cache misses of different rows overlap: hash; load the home
 * slot; go on to the first slot with the key's tag; load the hash of the record found there (for keys in the heap also
 * its first word); compare and settle. A row whose first record with the tag is not its own probes from the start.
 */
import type { Vector } from '../types/vector.ts';
import {
  FINISH_HASH,
  Flattener,
  HASH_SEED,
  type Side,
  bindColumn,
  columnNames,
  columnSide,
  compile,
  doubleBits,
  equalCode,
  hashCode,
  openRecord,
  recordSide,
  storeCode,
  storeNames,
  validity,
} from './field-code.ts';
import { KEY_GROUP_SHIFT } from './key-groups.ts';
import type { FieldLayout, RecordLayout } from './record-layout.ts';
import type { RecordStore } from './record-store.ts';
import { REF_MASK, type Slots, TAG_MASK, TAG_SHIFT } from './slots.ts';

/** What is generated per index. Rows and refs as in `state.ts`. */
export interface Lookup {
  bind(keys: readonly Vector[], length: number): void;
  find(row: number): number;
  upsert(row: number): number;
  /** Passes of a batch; `create` makes missing records and notes their rows in `fresh`. */
  all(length: number, refs: Int32Array, mask: Uint8Array | null, create: boolean): number;
  hashRecord(ref: number): number;
  headOf(ref: number): number;
  readonly fresh: { rows: Int32Array; count: number };
}

interface LookupOptions {
  readonly layout: RecordLayout;
  readonly fields: readonly number[];
  /** Fields of the key group among `fields`, which they lead. */
  readonly keyFields: number;
  readonly hashWord: number;
}

/** The hash of the fields: key group bits from the key fields alone, the rest from all. */
function hashBody(sides: readonly Side[], keyFields: number): string {
  const keys = sides.slice(0, keyFields).map(hashCode).join('\n');
  if (keyFields === 0 || keyFields === sides.length) {
    return `let h = ${HASH_SEED}; ${sides.map(hashCode).join('\n')} ${FINISH_HASH}`;
  }
  const groupMask = -1 << KEY_GROUP_SHIFT;
  return `let h = ${HASH_SEED}; ${keys} ${FINISH_HASH}
    const group = h & ${groupMask};
    ${sides.slice(keyFields).map(hashCode).join('\n')} ${FINISH_HASH}
    h = group | (h & ${~groupMask});`;
}

function lookupText({ layout, fields, keyFields, hashWord }: LookupOptions): string {
  const columns = fields.map((f) => layout.fields[f] as FieldLayout);
  const sides = columns.map((field, c) => columnSide('k', c, field.type));
  const variables = columns.flatMap((field, c) => columnNames('k', c, field.kind)).join(', ');
  const heapKey = columns.find((field) => field.kind === 'bytes');
  const { pageShift, slotMask, stride } = layout;
  const { spills } = layout.pages;
  const hashAt = (ref: string): string =>
    `i32[${ref} >> ${pageShift}][(${ref} & ${slotMask}) * ${stride} + ${hashWord}]`;
  const tagOf = `const tag = (h << ${TAG_SHIFT}) & ${TAG_MASK};`;
  // Under a budget the hash beside the slot is asked first: a record may have to be read from disk.
  const [openShard, isTagged, isHash] = spills
    ? [`const hs = hashes[h >>> ${KEY_GROUP_SHIFT}];`, 'hs[s] === h', (): string => 'true']
    : [tagOf, `(a[s] & ${TAG_MASK}) === tag`, (ref: string): string => `${hashAt(ref)} === h`];
  const loadText = `
    function loadAll(n) {
      const HH = H, EE = E, KK = K;
      for (let i = 0; i < n; i++) { const h = HH[i], a = shards[h >>> ${KEY_GROUP_SHIFT}]; EE[i] = a[h & (a.length - 1)]; }
      for (let i = 0; i < n; i++) {
        const h = HH[i], tag = (h << ${TAG_SHIFT}) & ${TAG_MASK};
        let entry = EE[i];
        if (entry !== 0 && (entry & ${TAG_MASK}) !== tag) {
          const a = shards[h >>> ${KEY_GROUP_SHIFT}], mask = a.length - 1;
          let s = h & mask;
          do { s = (s + 1) & mask; entry = a[s]; } while (entry !== 0 && (entry & ${TAG_MASK}) !== tag);
        }
        EE[i] = entry & ${REF_MASK};
      }
      for (let i = 0; i < n; i++) { const e = EE[i]; KK[i] = e === 0 ? 0 : i32[e >> ${pageShift}][(e & ${slotMask}) * ${stride} + ${hashWord}]; }
      ${
        heapKey === undefined
          ? ''
          : `let t = 0;
      for (let i = 0; i < n; i++) { const e = EE[i]; if (e !== 0 && KK[i] === HH[i]) { ${openRecord(layout, 'e')} if (${recordSide(heapKey).length} !== 0) t ^= ${recordSide(heapKey).wordAt('0')}; } }
      touched = t;`
      }
    }`;
  const loadHashedText = `
    function loadAll(n) {
      const HH = H, EE = E, KK = K;
      for (let i = 0; i < n; i++) {
        const h = HH[i], a = shards[h >>> ${KEY_GROUP_SHIFT}], hs = hashes[h >>> ${KEY_GROUP_SHIFT}], mask = a.length - 1;
        let s = h & mask;
        while (a[s] !== 0 && hs[s] !== h) s = (s + 1) & mask;
        EE[i] = a[s] & ${REF_MASK};
        KK[i] = h;
      }
    }`;
  return `
    ${storeNames()}
    const shards = slots.shards, used = slots.used, limits = slots.limits, hashes = slots.hashes;
    const fresh = { rows: new Int32Array(0), count: 0 };
    let H = new Int32Array(0), E = H, K = H, touched = 0;
    let ${variables || 'none'};

    function bind(keys) { ${columns.map((field, c) => bindColumn('k', c, field.kind, `keys[${c}]`)).join('\n')} }

    function hashRow(i) { ${hashBody(sides, keyFields)} return h; }

    function same(i, ref) {
      ${openRecord(layout, 'ref')}
      ${columns.map((field, c) => equalCode(sides[c] as Side, recordSide(field))).join('\n')}
      return true;
    }

    function create(i, h, s) {
      const ref = store.alloc();
      ${openRecord(layout, 'ref')}
      p[o + ${hashWord}] = h;
      ${columns.map((field, c) => storeCode('k', c, field)).join('\n')}
      const shard = h >>> ${KEY_GROUP_SHIFT};
      if (${spills ? 'true' : 'used[shard] >= limits[shard]'}) slots.add(ref, h);
      else { shards[shard][s] = ref | ((h << ${TAG_SHIFT}) & ${TAG_MASK}); used[shard]++; }
      created(ref);
      return ref;
    }

    function probe(i, h, make) {
      const a = shards[h >>> ${KEY_GROUP_SHIFT}], mask = a.length - 1;
      ${openShard}
      let s = h & mask;
      for (;;) {
        const entry = a[s];
        if (entry === 0) break;
        if (${isTagged}) {
          const ref = entry & ${REF_MASK};
          if (${isHash('ref')} && same(i, ref)) return ref;
        }
        s = (s + 1) & mask;
      }
      if (!make) return 0;
      fresh.rows[fresh.count++] = i;
      return create(i, h, s);
    }

    function find(i) { return probe(i, hashRow(i), false); }

    function upsert(i) {
      if (fresh.rows.length === 0) fresh.rows = new Int32Array(1);
      fresh.count = 0;
      return probe(i, hashRow(i), true);
    }

    function all(n, refs, mask, make) {
      if (H.length < n) { const size = Math.max(64, 2 * n); H = new Int32Array(size); E = new Int32Array(size); K = new Int32Array(size); }
      if (fresh.rows.length < n) fresh.rows = new Int32Array(Math.max(64, 2 * n));
      fresh.count = 0;
      hashAll(n);
      loadAll(n);
      settleAll(n, refs, mask, make);
      return fresh.count;
    }

    function hashAll(n) { const HH = H; for (let i = 0; i < n; i++) { ${hashBody(sides, keyFields)} HH[i] = h; } }

    ${spills ? loadHashedText : loadText}

    function settleAll(n, refs, mask, make) {
      const HH = H, EE = E, KK = K;
      for (let i = 0; i < n; i++) {
        if (mask !== null && mask[i] === 0) { refs[i] = 0; continue; }
        const e = EE[i], h = HH[i];
        settled: {
          if (e !== 0 && KK[i] === h) {
            ${openRecord(layout, 'e')}
            ${columns.map((field, c) => equalCode(sides[c] as Side, recordSide(field), '{ refs[i] = probe(i, h, make); break settled; }')).join('\n')}
            refs[i] = e;
          } else refs[i] = probe(i, h, make);
        }
      }
    }

    function hashRecord(ref) {
      ${openRecord(layout, 'ref')}
      ${hashBody(
        columns.map((field) => recordSide(field)),
        keyFields,
      )}
      return h;
    }

    function sameRecord(a, b) {
      ${openRecord(layout, 'a', 'A')} ${openRecord(layout, 'b', 'B')}
      ${columns.map((field) => equalCode(recordSide(field, 'A'), recordSide(field, 'B'))).join('\n')}
      return true;
    }

    function headOf(ref) {
      const h = ${spills ? `store.word(ref, ${hashWord})` : hashAt('ref')};
      const a = shards[h >>> ${KEY_GROUP_SHIFT}], mask = a.length - 1;
      ${openShard}
      for (let s = h & mask; a[s] !== 0; s = (s + 1) & mask) {
        if (!(${isTagged})) continue;
        const e = a[s] & ${REF_MASK};
        if (e === ref || (${isHash('e')} && sameRecord(e, ref))) return e;
      }
      return 0;
    }

    return { bind, find, upsert, all, hashRecord, headOf, fresh };`;
}

/** `created` is called for each record that an upsert makes, after it is in this index. */
export function compileLookup(
  options: LookupOptions,
  store: RecordStore,
  slots: Slots,
  created: (ref: number) => void,
): Lookup {
  const lookup = compile<Lookup>(lookupText(options), { store, slots, created, validity, ...doubleBits() });
  const flattener = new Flattener(options.fields.map((f) => (options.layout.fields[f] as FieldLayout).type));
  return {
    ...lookup,
    bind: (keys, length) => lookup.bind(flattener.flatten(keys, length) as readonly Vector[], length),
  };
}
