/** Unique keys of a physical node's output: column sets of which no two rows of its table agree. */
import type { DataType } from '../types/data-type.ts';
import type { Expr } from './expr.ts';
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
        const moved = key.map((column) => node.projections.findIndex((expr) => isColumn(expr, column)));
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

/** Whether it is the column, or a cast of it that keeps different values apart. */
function isColumn(expr: Expr, column: number): boolean {
  if (expr.kind === 'cast' && !expr.try && keepsApart(expr.arg.type, expr.type)) return isColumn(expr.arg, column);
  return expr.kind === 'column' && expr.index === column;
}

const INTEGERS: readonly DataType['kind'][] = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT'];
/** Digits and sign of the longest BIGINT. */
const LONGEST_INTEGER = 20;

function keepsApart(from: DataType, to: DataType): boolean {
  if (INTEGERS.includes(from.kind)) {
    if (to.kind === 'VARCHAR') return to.length >= LONGEST_INTEGER;
    return INTEGERS.indexOf(to.kind) >= INTEGERS.indexOf(from.kind);
  }
  switch (from.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return to.kind === 'VARCHAR' && to.length >= from.length;
    case 'TIMESTAMP':
      // As in Flink, though where clocks go back two of these are one instant.
      return (to.kind === 'TIMESTAMP_LTZ' || to.kind === 'TIMESTAMP') && to.precision >= from.precision;
    default:
      return false;
  }
}

const sorted = (columns: readonly number[]): number[] => columns.toSorted((a, b) => a - b);
