/** What a graph is between two steps: taken, and gone on from at whatever parallelism. */
import type { Committable } from '../connectors/connector.ts';
import { EngineError } from '../errors.ts';
import type { keyGroupRange } from '../state/key-groups.ts';
import type { StateBackend, StateMark, StateSnapshot, WrittenState } from '../state/state.ts';
import { STATE_HINT } from './plan-identity.ts';
import type { SourceSnapshot } from './running-source.ts';
import type { MergerSnapshot } from './watermark-merger.ts';

export interface Subtask {
  readonly node: number;
  readonly subtask: number;
}

/** What a graph knows between two steps. `State`: in which form the declared state of an operator is had. */
export interface GraphContent<State> {
  readonly sources: readonly (Subtask & { readonly state: SourceSnapshot })[];
  readonly operators: readonly (Subtask & { readonly watermarks: MergerSnapshot; readonly state: State })[];
  readonly counters: Readonly<Record<string, number>>;
}

export type GraphSnapshot = GraphContent<StateSnapshot>;
/** Operators without declared state have no mark. */
export type GraphMark = GraphContent<StateMark | null>;
/** By node ids of the graph that is to go on from it, taken at whatever parallelism. */
export interface GraphRestore extends GraphContent<StateSnapshot | WrittenState | null> {
  /** The plan is not quite the same: some operators begin without watermarks, and have to be told. */
  readonly planChanged?: boolean;
}

/** What one sink has prepared. */
export interface SinkCommittables {
  /** The table, and `rejected` before it where it collects what the job could not use. */
  readonly sink: string;
  readonly subtask: number;
  readonly committables: readonly Committable[];
}

/** `state`, telling when something is declared in it. */
export function noting(state: StateBackend, onDeclared: () => void): StateBackend {
  return new Proxy(state, {
    get(target, name) {
      if (name === 'table' || name === 'cell') onDeclared();
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

export function restoreState(
  operator: string,
  state: StateBackend,
  parts: readonly (StateSnapshot | WrittenState | null)[],
  range: ReturnType<typeof keyGroupRange>,
): void {
  const known = parts.filter((part) => part !== null);
  if (known.length === 0) return;
  try {
    if (known.every((part) => part instanceof Uint8Array)) state.restore(known, range);
    else state.restoreWritten(known as readonly WrittenState[], range);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'state_mismatch') throw error;
    throw new EngineError(error.code, `${operator}: ${error.message}`, { detail: error.detail, hint: STATE_HINT });
  }
}

/**
 * The watermarks of an operator whose subtasks or channels were others: what it had as a whole it has again, so that
 * late rows stay late, and a channel what the node it comes from had told it at least. Sources tell the rest again.
 */
export function regrouped(saved: readonly MergerSnapshot[], groups: readonly number[]): MergerSnapshot {
  const least = Math.min(...saved.map(({ current }) => current));
  const told = groups.map((group) =>
    Math.min(
      ...saved.flatMap((one) => {
        const own = one.channels.filter((_, channel) => one.groups?.[channel] === group);
        return own.length === 0 ? [-Infinity] : own;
      }),
    ),
  );
  return { channels: told.map((time) => (time === Infinity ? least : time)), current: least };
}
