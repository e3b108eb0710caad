/** Runs statements on an engine in this process. */
import { Engine } from '../src/engine.ts';
import { nodePlatform } from '../src/platform/node-platform.ts';
import type { ResultTarget } from '../src/engine/result-target.ts';
import type { Session, StatementResult } from '../src/session.ts';
import type { Schema } from '../src/types/schema.ts';
import { type Pauses, permutedKeys } from './permuted-keys.ts';

/** How long the engine kept `permuted-keys` waiting at most, over all passes since it was set back. */
export const pauses: Pauses = { longestMs: 0, longestCpuMs: 0 };

/** A fresh engine: nothing of an earlier pass is held. */
async function openSession(setup: string): Promise<Session> {
  const session = new Engine(nodePlatform(), [permutedKeys(pauses)]).openSession();
  await execute(session, setup, null);
  return session;
}

async function execute(
  session: Session,
  text: string,
  target: ((schema: Schema) => ResultTarget) | null,
): Promise<void> {
  const { statements, errors } = session.parse(text);
  if (errors[0] !== undefined) throw errors[0];
  for (const { statement } of statements) {
    const result: StatementResult = await session.execute(statement, {
      target: ({ schema }) => {
        if (target === null) throw new Error('a query has no target here');
        return target(schema);
      },
    });
    if (result.kind !== 'insert' && result.kind !== 'query') continue;
    const { error } = await result.job.done;
    if (error !== null) throw error;
  }
}

/** Runs an INSERT to its end. */
export async function runInsert(setup: string, insert: string): Promise<void> {
  await execute(await openSession(setup), insert, null);
}

/** Runs a query to its end. */
export async function runQuery(setup: string, query: string, target: (schema: Schema) => ResultTarget): Promise<void> {
  await execute(await openSession(setup), query, target);
}
