import { type CheckpointDirectory, openSavepoint } from '../checkpoint/checkpoint-directory.ts';
import { EngineError } from '../errors.ts';
import type { PhysicalNode } from '../plan/physical.ts';
import type { FaultPoints } from '../platform/fault-points.ts';
import type { FileSystem } from '../platform/platform.ts';
import type { CheckpointSettings } from './checkpointer.ts';
import type { Graph } from './graph.ts';
import { type JobSnapshot, graphRestore } from './job-snapshot.ts';
import { STATE_HINT, matchPlans, planIdentity } from './plan-identity.ts';

export interface JobCheckpoints {
  readonly directory: CheckpointDirectory;
  readonly settings: CheckpointSettings;
  readonly fileSystem: FileSystem;
  readonly faults: FaultPoints;
  /** Where to begin when there is no checkpoint yet. */
  readonly savepoint: string | null;
  /** Whether state of operators that the query no longer has is dropped. */
  readonly ignoreUnclaimed: boolean;
  /** The directory that savepoints go into; null where none is known. */
  readonly savepoints: string | null;
}

interface RestoreRequest {
  readonly checkpoints: JobCheckpoints;
  readonly name: string;
  readonly plan: PhysicalNode;
  readonly report: (message: string) => void;
}

/**
 * Lets a new graph go on where the last checkpoint stands, and its sinks finish what that holds; the snapshot, or null
 * where there was nothing to go on from.
 */
export async function restoreJob(graph: Graph, request: RestoreRequest): Promise<JobSnapshot | null> {
  const { checkpoints, name, plan, report } = request;
  const { directory, fileSystem, faults, savepoint, ignoreUnclaimed } = checkpoints;
  faults.reach('restore.before-state');
  const stored =
    (await directory.newest(report)) ?? (savepoint === null ? null : await openSavepoint(fileSystem, savepoint));
  let snapshot: JobSnapshot | null = null;
  try {
    if (stored !== null) {
      snapshot = stored.manifest.body as JobSnapshot;
      const current = planIdentity(plan, graph.statefulNodes);
      const nodeOf = matchPlans(snapshot.plan, current, { path: stored.path, ignoreUnclaimed });
      graph.restore(graphRestore(snapshot, stored.states, nodeOf));
    }
  } finally {
    await stored?.close();
  }
  faults.reach('restore.after-state');
  faults.reach('restore.before-recover');
  const [lost] = await graph.recoverSinks(snapshot?.sinks ?? []);
  if (lost !== undefined) {
    throw new EngineError(
      'state_mismatch',
      `the state in "${directory.path}" holds rows for "${lost.sink}", which the query no longer writes to`,
      { hint: STATE_HINT },
    );
  }
  faults.reach('restore.after-recover');
  if (snapshot?.finished === true) {
    report(
      `Job ${name} had finished by checkpoint ${stored?.manifest.epoch} of "${directory.path}": there is nothing to do. Run it anew with --fresh.`,
    );
  }
  return snapshot;
}
