/** From the columns that a query reads to slots, and to the tree of objects and members that holds them. */
import { type DataType, sameType } from '../../types/data-type.ts';
import type { DecodeColumn } from '../format.ts';
import { jsonConverter } from './convert.ts';
import type { ReadMember, ReadObject } from './generate.ts';
import type { Slot, SlotRequest } from './state.ts';

export interface SlotPlan {
  readonly requests: readonly SlotRequest[];
  /** The slot of each column: columns that read the same thing share one. */
  readonly slotOf: readonly number[];
}

export function planSlots(columns: readonly DecodeColumn[], iso: boolean): SlotPlan {
  const requests: SlotRequest[] = [];
  const slotOf = columns.map(({ path, type }) => {
    const known = requests.findIndex((slot) => samePath(slot.path, path) && sameType(slot.type, type, true));
    if (known >= 0) return known;
    return requests.push({ path, type, convert: jsonConverter(type, path, { iso, inInput: isText(type) }) }) - 1;
  });
  return { requests, slotOf };
}

const isText = (type: DataType): boolean =>
  type.kind === 'CHAR' || type.kind === 'VARCHAR' || type.kind === 'BINARY' || type.kind === 'VARBINARY';

const samePath = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i]);

/** The tree over the slots; objects are numbered from 0, the record itself. */
export function planObjects(slots: readonly Slot[]): { readonly root: ReadObject; readonly names: string[][] } {
  const names: string[][] = [];
  const build = (path: readonly string[], leaves: readonly Slot[]): ReadObject => {
    const id = names.length;
    names.push([]);
    const byName = new Map<string, Slot[]>();
    for (const slot of leaves) {
      const name = slot.path[path.length] as string;
      byName.set(name, [...(byName.get(name) ?? []), slot]);
    }
    const members = [...byName].map(([name, group]): ReadMember => {
      const inner = [...path, name];
      const below = group.filter((slot) => slot.path.length > inner.length);
      return {
        name,
        slot: group.find((slot) => slot.path.length === inner.length),
        object: below.length === 0 ? undefined : build(inner, below),
      };
    });
    (names[id] as string[]).push(...members.map((member) => [...path, member.name].join('.')));
    return { id, path, members, leaves };
  };
  return { root: build([], slots), names };
}
