/** What a checkpoint says of a job besides its declared state: plain data, kept as JSON in the manifest. */
import type { WrittenState } from '../state/state.ts';
import type { GraphContent, GraphMark, GraphRestore, SinkCommittables } from './graph-content.ts';
import type { MergerSnapshot } from './watermark-merger.ts';
import type { OperatorIdentity } from './plan-identity.ts';

interface OperatorSnapshot {
  readonly node: number;
  readonly subtask: number;
  readonly watermarks: MergerSnapshot;
}

export interface JobSnapshot {
  readonly job: string;
  /** Tells its query from others. */
  readonly query: string;
  readonly parallelism: number;
  /** The input had ended, or was drained: there is nothing to go on with. */
  readonly finished: boolean;
  /** Wall clock, epoch ms. */
  readonly takenAtMs: number;
  /** What the plan was made of, as far as state hangs on it. */
  readonly plan: readonly OperatorIdentity[];
  readonly sources: GraphContent<unknown>['sources'];
  readonly operators: readonly OperatorSnapshot[];
  readonly counters: Readonly<Record<string, number>>;
  readonly sinks: readonly SinkCommittables[];
}

/** Names the state of an operator's subtask among the states of a checkpoint. */
export const stateId = ({ node, subtask }: { readonly node: number; readonly subtask: number }): string =>
  `${node}/${subtask}`;

/** The part of a snapshot that the graph knows. */
export function graphPart(mark: GraphMark): Pick<JobSnapshot, 'sources' | 'operators' | 'counters'> {
  return {
    sources: mark.sources,
    operators: mark.operators.map(({ node, subtask, watermarks }) => ({ node, subtask, watermarks })),
    counters: mark.counters,
  };
}

/** What a graph goes on from; `nodeOf`: saved node ids as they are in the plan now. */
export function graphRestore(
  snapshot: JobSnapshot,
  states: ReadonlyMap<string, WrittenState>,
  nodeOf: ReadonlyMap<number, number>,
): GraphRestore {
  const renumbered = <T extends { readonly node: number }>(entries: readonly T[]): T[] =>
    entries.flatMap((entry) => {
      const node = nodeOf.get(entry.node);
      return node === undefined ? [] : [{ ...entry, node }];
    });
  const known = new Set(snapshot.operators.map(({ node }) => node));
  return {
    counters: snapshot.counters,
    planChanged: [...known].some((node) => nodeOf.get(node) !== node),
    sources: renumbered(snapshot.sources),
    operators: renumbered(snapshot.operators.map((entry) => ({ ...entry, state: states.get(stateId(entry)) ?? null }))),
  };
}
