/**
 * What state hangs on, so that a checkpoint is matched with the query that is to go on from it.
 *
 * Of every node with state or positions the manifest holds its *definition*: its own properties and those of all that
 * feeds it, each as a line of text. State belongs to a node with the same definition, whatever its place in the plan:
 * what stands above it (projections, the sink) may change. Options of tables are no part of it, but for those that
 * say how its bytes are read. Properties that are empty are left out, so that a later release may add some.
 */
import { crc32 } from 'node:zlib';
import { EngineError } from '../errors.ts';
import { type PhysicalNode, type PhysicalOf, inputsOf } from '../plan/physical.ts';
import type { TableDefinition } from '../types/table-definition.ts';

export interface OperatorIdentity {
  readonly node: number;
  readonly kind: string;
  /** For a person. */
  readonly title: string;
  /** Whether something would be lost if it began anew: state, or positions. */
  readonly keeps: boolean;
  /** Lines `<node>.<property> = <value>`, its own first; of one that keeps nothing only their checksum. */
  readonly definition: readonly string[];
}

/** Of all nodes; `stateful`: the ids of those with state. */
export function planIdentity(plan: PhysicalNode, stateful: ReadonlySet<number>): OperatorIdentity[] {
  const found: OperatorIdentity[] = [];
  const visit = (node: PhysicalNode): void => {
    inputsOf(node).forEach(visit);
    const keeps = node.kind === 'scan' || node.kind === 'values' || stateful.has(node.id);
    const lines = definitionOf(node);
    const definition = keeps ? lines : [crc32(lines.join('\n')).toString(16)];
    found.push({ node: node.id, kind: node.kind, title: titleOf(node), keeps, definition });
  };
  visit(plan);
  return found;
}

function titleOf(node: PhysicalNode): string {
  if (node.kind === 'scan') return `the scan of "${node.table.path.at(-1)}"`;
  const tables = new Set(tablesBelow(node));
  return `${node.kind} over ${[...tables].map((name) => `"${name}"`).join(', ') || 'values'}`;
}

function tablesBelow(node: PhysicalNode): string[] {
  if (node.kind === 'scan') return [node.table.path.at(-1) ?? ''];
  return inputsOf(node).flatMap(tablesBelow);
}

/** Properties that follow from others, or say nothing about state. */
const LEFT_OUT = new Set([
  'id',
  'kind',
  'schema',
  'changelog',
  'input',
  'inputs',
  'left',
  'right',
  'lateRows',
  'deadLetter',
]);
/** Options of a table that say what its positions mean. */
const TABLE_OPTIONS = ['connector', 'format', 'key.format', 'value.format'];

/** Formats that find a column by its place in the table, not by its name. */
const READ_BY_PLACE = new Set(['csv', 'avro']);

function definitionOf(node: PhysicalNode): string[] {
  const lines: string[] = [];
  const visit = (at: PhysicalNode, path: string): void => {
    // Exchanges deal rows; at another parallelism there may be none.
    if (at.kind !== 'exchange') {
      lines.push(`${path} = ${at.kind}`);
      for (const [name, value] of Object.entries(at)) {
        if (LEFT_OUT.has(name) || (at.kind === 'scan' && name === 'onError') || isEmpty(value) || value === 0) continue;
        const shown = at.kind === 'scan' && name === 'table' ? tableText(at.table) : canonical(value);
        lines.push(`${path}.${name} = ${shown}`);
      }
      if (at.kind === 'scan' && TABLE_OPTIONS.some((name) => READ_BY_PLACE.has(at.table.options[name] ?? ''))) {
        lines.push(`${path}.places = ${canonical(placesOf(at))}`);
      }
    }
    const inputs = inputsOf(at);
    inputs.forEach((input, port) => {
      visit(input, at.kind === 'exchange' ? path : `${path}/${inputs.length > 1 ? port : 'input'}`);
    });
  };
  visit(node, node.kind);
  return lines;
}

/** Where the columns that a scan reads stand in its table. */
function placesOf({ columns, table }: PhysicalOf<'scan'>): number[] {
  return columns.flatMap((column) =>
    column.kind === 'physical' ? [table.columns.findIndex(({ name }) => name === column.path[0])] : [],
  );
}

function tableText(table: TableDefinition): string {
  const options = TABLE_OPTIONS.flatMap((name) => (table.options[name] === undefined ? [] : [table.options[name]]));
  return `${table.path.join('.')} (${options.join(', ')})`;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0);

/** One text for equal plain data, whatever the order of keys. */
function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([key, inner]) => key === 'value' || !isEmpty(inner));
    return `{${entries
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => `${key}:${canonical(inner)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value) ?? '';
}

/** What to do about state that does not fit. */
export const STATE_HINT = "Run the query as it was, or start anew with --fresh (SET 'millrace.fresh' = 'true').";

export interface MatchOptions {
  /** For messages: where the checkpoint is. */
  readonly path: string;
  /** Whether state of operators that are no more is dropped. */
  readonly ignoreUnclaimed: boolean;
}

/** For each saved node the one that takes its state; throws `state_mismatch` where one has none, or none fits. */
export function matchPlans(
  saved: readonly OperatorIdentity[],
  current: readonly OperatorIdentity[],
  options: MatchOptions,
): ReadonlyMap<number, number> {
  const taken = new Map<number, number>();
  const open = [...current];
  const left: OperatorIdentity[] = [];
  const take = (one: OperatorIdentity, fits: (other: OperatorIdentity) => boolean): boolean => {
    const at = open.findIndex(fits);
    const [found] = at < 0 ? [] : open.splice(at, 1);
    if (found !== undefined) taken.set(one.node, found.node);
    return found !== undefined;
  };
  for (const one of saved) {
    if (!take(one, (other) => sameDefinition(one, other))) left.push(one);
  }
  // A scan's positions do not depend on the columns that it reads.
  const unclaimed = left.filter(
    (one) => one.keeps && (one.kind !== 'scan' || !take(one, (other) => sameTable(one, other))),
  );
  const extras = open.filter((other) => other.keeps);
  const [first] = unclaimed;
  if (first !== undefined && !(options.ignoreUnclaimed && extras.length === 0)) {
    const rival = extras.find((other) => other.kind === first.kind) ?? extras[0];
    throw refused(
      rival === undefined ? `${first.title} is no more in the query` : difference(first, rival),
      options.path,
    );
  }
  const [extra] = extras;
  if (extra !== undefined) throw refused(`${extra.title} was not in the query`, options.path);
  return taken;
}

const sameDefinition = (a: OperatorIdentity, b: OperatorIdentity): boolean =>
  a.kind === b.kind &&
  a.definition.length === b.definition.length &&
  a.definition.every((line, i) => line === b.definition[i]);

const tableLine = ({ definition }: OperatorIdentity): string | undefined =>
  definition.find((line) => line.startsWith('scan.table = '));

const sameTable = (a: OperatorIdentity, b: OperatorIdentity): boolean =>
  b.kind === 'scan' && tableLine(a) === tableLine(b);

/** Values in messages are cut: an expression may be long. */
const SHOWN = 200;

function difference(saved: OperatorIdentity, current: OperatorIdentity): string {
  if (saved.kind !== current.kind) return `${saved.title} is now ${current.title}`;
  const lines = new Set(current.definition);
  const before = saved.definition.find((line) => !lines.has(line));
  const beforeLines = new Set(saved.definition);
  const name = before?.split(' = ')[0];
  const now =
    current.definition.find((line) => name !== undefined && line.startsWith(`${name} = `)) ??
    current.definition.find((line) => !beforeLines.has(line));
  const show = (line: string | undefined): string => (line ?? 'nothing').slice(0, SHOWN);
  return `${saved.title} has changed: ${show(before)}; now ${show(now)}`;
}

function refused(what: string, path: string): EngineError {
  return new EngineError('state_mismatch', `the state in "${path}" is that of another query: ${what}`, {
    hint: STATE_HINT,
  });
}
