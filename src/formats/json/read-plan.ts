/** From the columns that a query reads to slots, and to the tree of objects and members that holds them. */
import { type DataType, sameType } from '../../types/data-type.ts';
import type { DecodeColumn } from '../format.ts';
import { jsonConverter } from './convert.ts';
import type { ReadMember, ReadObject } from './generate.ts';
import type { Slot, SlotRequest } from './state.ts';

/** How a column is put together: a slot as it is, or a ROW from its presence and its fields. */
export interface ColumnPlan {
  readonly slot: number;
  readonly fields: readonly ColumnPlan[] | undefined;
}

export interface SlotPlan {
  readonly requests: readonly SlotRequest[];
  /** One per column that was asked for; columns that read the same thing share slots. */
  readonly columns: readonly ColumnPlan[];
}

export function planSlots(columns: readonly DecodeColumn[], iso: boolean): SlotPlan {
  const requests: SlotRequest[] = [];
  const request = (path: readonly string[], type: DataType, required: boolean): number => {
    const known = requests.findIndex((slot) => samePath(slot.path, path) && sameType(slot.type, type, true));
    const slot = requests[known];
    if (slot !== undefined) {
      if (required) requests[known] = { ...slot, required };
      return known;
    }
    const convert = jsonConverter(type, path, { iso, inInput: isText(type) });
    return requests.push({ path, type, convert, presence: type.kind === 'ROW', required }) - 1;
  };
  const plan = (path: readonly string[], type: DataType, required: boolean): ColumnPlan => ({
    slot: request(path, type, required),
    // Below a ROW that may be NULL nothing is required.
    fields:
      type.kind === 'ROW' ? type.fields.map((field) => plan([...path, field.name], field.type, false)) : undefined,
  });
  return { columns: columns.map(({ path, type }) => plan(path, type, !type.nullable)), requests };
}

const isText = (type: DataType): boolean =>
  type.kind === 'CHAR' || type.kind === 'VARCHAR' || type.kind === 'BINARY' || type.kind === 'VARBINARY';

const samePath = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i]);

/** The tree over the slots; objects are numbered from 0, the record itself. */
export function planObjects(slots: readonly Slot[]): { readonly root: ReadObject; readonly names: string[][] } {
  const names: string[][] = [];
  const build = (path: readonly string[], presence: Slot | undefined, below: readonly Slot[]): ReadObject => {
    const id = names.length;
    names.push([]);
    const byName = new Map<string, Slot[]>();
    for (const slot of below) {
      const name = slot.path[path.length] as string;
      byName.set(name, [...(byName.get(name) ?? []), slot]);
    }
    const members = [...byName].map(([name, group]): ReadMember => {
      const inner = [...path, name];
      const own = group.find((slot) => slot.path.length === inner.length);
      const deeper = group.filter((slot) => slot.path.length > inner.length);
      if (deeper.length === 0) return { name, slot: own, object: undefined };
      const isPresence = own?.presence === true;
      return {
        name,
        slot: isPresence ? undefined : own,
        object: build(inner, isPresence ? own : undefined, deeper),
      };
    });
    (names[id] as string[]).push(...members.map((member) => [...path, member.name].join('.')));
    return { id, path, presence, members, slots: presence === undefined ? below : [presence, ...below] };
  };
  return { root: build([], undefined, slots), names };
}
