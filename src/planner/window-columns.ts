/**
 * Which columns of a relation are the bounds of windows that a window table function attached below: what makes a
 * GROUP BY a window aggregate, here and in lowering.
 */
import type { LogicalNode } from '../plan/logical.ts';

export interface WindowColumns {
  readonly start: number | null;
  readonly end: number | null;
  readonly time: number | null;
  /** The windows are cut on the wall clock of the session's zone. */
  readonly onLocalTime: boolean;
}

const NONE: WindowColumns = { start: null, end: null, time: null, onLocalTime: false };

/** Places of window_start, window_end and window_time in the node's output; null where one was dropped. */
export function windowColumns(node: LogicalNode): WindowColumns {
  switch (node.kind) {
    case 'window-table-function': {
      const width = node.input.schema.length;
      const onLocalTime = node.input.schema[node.timeColumn]?.type.kind === 'TIMESTAMP_LTZ';
      return { start: width, end: width + 1, time: width + 2, onLocalTime };
    }
    case 'calc': {
      const inner = windowColumns(node.input);
      const moved = (column: number | null): number | null => {
        const at = node.projections.findIndex((expr) => expr.kind === 'column' && expr.index === column);
        return column === null || at < 0 ? null : at;
      };
      return { ...inner, start: moved(inner.start), end: moved(inner.end), time: moved(inner.time) };
    }
    case 'aggregate': {
      const inner = windowColumns(node.input);
      if (!groupsByWindow(inner, node.keys)) return NONE;
      const moved = (column: number | null): number | null => {
        const at = column === null ? -1 : node.keys.indexOf(column);
        return at < 0 ? null : at;
      };
      return { ...inner, start: moved(inner.start), end: moved(inner.end), time: moved(inner.time) };
    }
    case 'row-number':
      return windowColumns(node.input);
    default:
      return NONE;
  }
}

/** Both bounds must be among the keys; with one of them it is an ordinary, updating aggregate. */
export function groupsByWindow({ start, end }: WindowColumns, keys: readonly number[]): boolean {
  return start !== null && end !== null && keys.includes(start) && keys.includes(end);
}
