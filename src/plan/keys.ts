/** Unique keys of a physical node's output: column sets of which no two rows of its table agree. */
import type { PhysicalNode } from './physical.ts';
import { isInsertOnly } from './physical.ts';

type Key = readonly number[];

/** Each key's columns ascending. An empty key says that there is at most one row. */
export function uniqueKeys(node: PhysicalNode): readonly Key[] {
  switch (node.kind) {
    case 'scan': {
      // An append-only source may hold the same key many times.
      if (isInsertOnly(node.changelog) || node.table.primaryKey.length === 0) return [];
      const columns = node.table.primaryKey.map((name) => {
        const read = node.columns.findIndex(
          (column) => column.kind === 'physical' && column.path.length === 1 && column.path[0] === name,
        );
        if (node.computed === null) return read;
        return node.computed.findIndex((expr) => expr.kind === 'column' && expr.index === read);
      });
      return columns.includes(-1) ? [] : [sorted(columns)];
    }
    case 'calc':
      return uniqueKeys(node.input).flatMap((key) => {
        const moved = key.map((column) =>
          node.projections.findIndex((expr) => expr.kind === 'column' && expr.index === column),
        );
        return moved.includes(-1) ? [] : [sorted(moved)];
      });
    case 'vector-call':
    case 'async-call':
      return uniqueKeys(node.input).filter((key) => key.every((column) => column < node.width));
    case 'exchange':
    case 'drop-update-before':
    case 'temporal-sort':
    case 'limit':
      return uniqueKeys(node.input);
    case 'group-aggregate':
    case 'attached-window-aggregate':
      return [node.keys.map((_, i) => i)];
    case 'window-aggregate':
      // One bound tells the window, except that all windows of a CUMULATE begin alike.
      return node.properties.flatMap((property, i) =>
        property === 'start' && node.window.kind === 'cumulate'
          ? []
          : [[...node.keys.map((_, k) => k), node.keys.length + node.aggregates.length + i]],
      );
    case 'rank': {
      const ranked = node.outputRank ? [sorted([...node.partition, node.input.schema.length])] : [];
      const single = node.from === node.to ? [sorted(node.partition)] : [];
      return [...single, ...ranked, ...uniqueKeys(node.input)];
    }
    case 'deduplicate':
    case 'changelog-normalize':
      return [sorted(node.keys)];
    case 'join': {
      const width = node.left.schema.length;
      const left = uniqueKeys(node.left);
      const right = uniqueKeys(node.right);
      const covers = (keys: readonly Key[], columns: readonly number[]): boolean =>
        keys.some((key) => key.every((column) => columns.includes(column)));
      const shifted = (key: Key): Key => key.map((column) => column + width);
      const found: Key[] = [];
      // Each row of one side meets at most one of the other: its key stays unique.
      if (covers(right, node.rightKeys) && (node.type === 'inner' || node.type === 'left')) found.push(...left);
      if (covers(left, node.leftKeys) && (node.type === 'inner' || node.type === 'right'))
        found.push(...right.map(shifted));
      if (node.type === 'inner') {
        for (const a of left) for (const b of right) found.push([...a, ...shifted(b)]);
      }
      return found;
    }
    default:
      return [];
  }
}

const sorted = (columns: readonly number[]): number[] => columns.toSorted((a, b) => a - b);
