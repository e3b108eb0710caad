/** What an operator keeps, per what, until when, and what it costs: the lines that EXPLAIN puts under a stateful node. */
import type { Schema } from '../types/schema.ts';
import { durationText } from './duration.ts';
import type { AggregateCall, PhysicalNode, PhysicalOf, WindowSpec } from './physical.ts';

/** Lines for a node; none for a stateless one. A line that starts with `warning:` tells of state without bound. */
export function stateNotes(node: PhysicalNode): readonly string[] {
  switch (node.kind) {
    case 'group-aggregate':
      return groupNotes(node);
    case 'window-aggregate':
      return [
        `state: ${accumulators(node.aggregates, node.inputRetracts)} per ${tuple(node.keys, node.input.schema, openWindow(node.window))}, freed by watermark; ` +
          `${windowCost(node.window)} per row, ${space(node.keys, node.input.schema)} space`,
      ];
    case 'attached-window-aggregate':
      return [
        `state: ${accumulators(node.aggregates, node.inputRetracts)} per ${tuple(node.keys, node.input.schema)}, freed by watermark; O(1) per row, O(groups of open windows) space`,
      ];
    case 'window-table-function':
      return node.window.kind === 'session'
        ? [
            `state: rows of open sessions per ${tuple(node.partition, node.input.schema)}, freed by watermark; O(log sessions) per row, O(rows of open sessions) space`,
          ]
        : [];
    case 'rank':
      return rankNotes(node);
    case 'deduplicate':
    case 'changelog-normalize':
      return lastRowNotes(node);
    case 'async-call':
      return ['state: rows that wait for a call, and those behind them; O(1) per row, O(rows in flight) space'];
    case 'limit':
      return node.inputRetracts
        ? [
            'state: all rows of the input, kept for ever; O(1) per row, O(rows) space',
            warning('rows', 'take LIMIT of an append-only query'),
          ]
        : ['state: 1 counter; O(1) per row, O(1) space'];
    case 'temporal-sort':
      return [
        'state: rows that the watermark has not passed; O(log rows) per row, O(rows ahead of the watermark) space',
      ];
    case 'join':
      return joinNotes(node);
    case 'interval-join':
      return [
        `state: rows of both sides per ${tuple(node.leftKeys, node.left.schema)} for ${durationText(Math.max(0, node.upperMs - node.lowerMs))}, freed by watermark; O(matches) per row, O(rows within the bounds) space`,
      ];
    default:
      return [];
  }
}

/** `(channel, open 10 s window)`. */
function tuple(keys: readonly number[], schema: Schema, ...more: readonly string[]): string {
  const parts = [...keys.map((key) => schema[key]?.name ?? `$${key}`), ...more];
  return parts.length === 0 ? 'query' : `(${parts.join(', ')})`;
}

/** `O(channels)`: how many groups there can be. */
function space(keys: readonly number[], schema: Schema): string {
  const [first] = keys;
  if (first === undefined) return 'O(1)';
  if (keys.length > 1) return 'O(groups)';
  const name = schema[first]?.name ?? '';
  if (!/^\w+$/.test(name)) return 'O(keys)';
  return `O(${name.endsWith('y') ? `${name.slice(0, -1)}ies` : name.endsWith('s') ? `${name} values` : `${name}s`})`;
}

function accumulators(calls: readonly AggregateCall[], retracts: boolean): string {
  const distinct = calls.some((call) => call.distinct) ? ' and the set of distinct values' : '';
  const kept =
    retracts && calls.some((call) => /^(?:MIN|MAX|FIRST_VALUE|LAST_VALUE|LISTAGG)$/.test(call.name))
      ? ' and all values'
      : '';
  return `1 accumulator${distinct}${kept}`;
}

function openWindow(window: WindowSpec): string {
  switch (window.kind) {
    case 'tumble':
      return `open ${durationText(window.sizeMs)} window`;
    case 'hop':
      return `${durationText(window.slideMs)} pane of open ${durationText(window.sizeMs)} windows`;
    case 'cumulate':
      return `${durationText(window.stepMs)} pane of open ${durationText(window.sizeMs)} windows`;
    case 'session':
      return `open session with a gap of ${durationText(window.gapMs)}`;
  }
}

const windowCost = (window: WindowSpec): string => (window.kind === 'session' ? 'O(log sessions)' : 'O(1)');

const until = (ttlMs: number): string =>
  ttlMs > 0 ? `dropped after ${durationText(ttlMs)} without a change` : 'kept for ever';

const TTL = "SET 'table.exec.state.ttl' = '1 d'";

const warning = (what: string, ...ways: readonly string[]): string =>
  `warning: state grows with the number of ${what}; to bound it, ${ways.join(' or ')}`;

function groupNotes(node: PhysicalOf<'group-aggregate'>): string[] {
  const { keys, input, stateTtlMs } = node;
  const what = accumulators(node.aggregates, node.inputRetracts);
  const line = `state: ${what} per ${tuple(keys, input.schema)}, ${until(stateTtlMs)}; O(1) per row, ${space(keys, input.schema)} space`;
  const bounded = stateTtlMs > 0 || (keys.length === 0 && what === '1 accumulator');
  return bounded ? [line] : [line, warning(keys.length === 0 ? 'values' : 'groups', TTL, 'group by a window')];
}

function rankNotes(node: PhysicalOf<'rank'>): string[] {
  const { partition, input, to, stateTtlMs } = node;
  const per = tuple(partition, input.schema);
  const all = node.strategy === 'retract';
  const rows = all ? 'all rows' : `${to} ${to === 1 ? 'row' : 'rows'}`;
  const line = `state: ${rows} per ${per}, ${until(stateTtlMs)}; O(log rows) per row, ${all ? 'O(rows)' : space(partition, input.schema)} space`;
  const bounded = stateTtlMs > 0 || (!all && partition.length === 0);
  return bounded ? [line] : [line, warning(all ? 'rows' : 'partitions', TTL)];
}

function lastRowNotes(node: PhysicalOf<'deduplicate' | 'changelog-normalize'>): string[] {
  const { keys, input, stateTtlMs } = node;
  const line = `state: 1 row per ${tuple(keys, input.schema)}, ${until(stateTtlMs)}; O(1) per row, ${space(keys, input.schema)} space`;
  return stateTtlMs > 0 || keys.length === 0 ? [line] : [line, warning('keys', TTL)];
}

function joinNotes(node: PhysicalOf<'join'>): string[] {
  const per = tuple(node.leftKeys, node.left.schema);
  const line = `state: all rows of both sides per ${per}, ${until(Math.max(node.leftStateTtlMs, node.rightStateTtlMs))}; O(matches) per row, O(rows) space`;
  const alone =
    node.leftKeys.length === 0
      ? ['warning: no equality between the sides: every row is compared with all of the other side, in one subtask']
      : [];
  return node.leftStateTtlMs > 0 && node.rightStateTtlMs > 0
    ? [line, ...alone]
    : [line, ...alone, warning('rows', TTL, 'bound the event times of both sides')];
}
