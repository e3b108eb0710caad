/** The ring against a coordinator in memory; test/integrity/kafka-sink-exactly-once.test.ts has the real one. */
import { describe, expect, test } from 'vitest';
import {
  TransactionRing,
  type TransactionRingOptions,
} from '../../../../../src/connectors/kafka/sink/transaction-ring.ts';
import type { FaultPoint } from '../../../../../src/platform/fault-points.ts';
import { ManualClock } from '../../../../../src/platform/manual-clock.ts';

const PRODUCER_FENCED = 90;

/** Transactional ids and what became of them. */
class Coordinator {
  readonly epochs = new Map<string, number>();
  readonly ended: string[] = [];
  openIds: string[] | null = [];

  readonly client: TransactionRingOptions['client'] = {
    takeOver: async (id, known) => {
      const epoch = this.epochs.get(id) ?? -1;
      if (known !== null && known.producerEpoch !== epoch) return null;
      this.epochs.set(id, epoch + 1);
      return { transactionalId: id, producerId: 5, producerEpoch: epoch + 1 };
    },
    addPartitions: async () => 0,
    end: async (id, { producerEpoch }, commit) => {
      if (this.epochs.get(id) !== producerEpoch) return PRODUCER_FENCED;
      this.ended.push(`${commit ? 'commit' : 'abort'} ${id}`);
      return 0;
    },
    open: async () => this.openIds,
  };
}

function ring(coordinator: Coordinator, more: Partial<TransactionRingOptions> = {}): TransactionRing {
  return new TransactionRing({
    client: coordinator.client,
    clock: new ManualClock(1_000_000),
    faults: { reach: () => {} },
    prefix: 'p',
    subtask: 0,
    parallelism: 1,
    timeoutMs: 60_000,
    ...more,
  });
}

test('an epoch never gets the id of one that waits for its commit', async () => {
  const coordinator = new Coordinator();
  const one = ring(coordinator);
  const ids: string[] = [];
  const waiting = one.prepare(await one.next(), 0);
  for (let epoch = 1; epoch < 20; epoch++) {
    const identity = await one.next();
    ids.push(identity.transactionalId as string);
    await one.commit([one.prepare(identity, epoch)]);
  }
  expect(waiting['transactionalId']).toBe('p-0-0');
  expect(ids.slice(0, 9)).toEqual(['p-0-1', 'p-0-2', 'p-0-3', 'p-0-4', 'p-0-5', 'p-0-6', 'p-0-7', 'p-0-1', 'p-0-2']);
  await one.commit([waiting]);
  expect(coordinator.ended.at(-1)).toBe('commit p-0-0');
});

test('so many epochs that nobody commits are an error', async () => {
  const one = ring(new Coordinator());
  for (let epoch = 0; epoch < 8; epoch++) one.prepare(await one.next(), epoch);
  await expect(one.next()).rejects.toMatchObject({ code: 'program_limit_exceeded' });
});

test('the fault points are passed around each end', async () => {
  const reached: FaultPoint[] = [];
  const one = ring(new Coordinator(), { faults: { reach: (point) => reached.push(point) } });
  await one.commit([one.prepare(await one.next(), 1)]);
  expect(reached).toEqual(['kafka.before-end-transaction', 'kafka.after-end-transaction']);
});

describe('a restart', () => {
  test('ends what is open under the prefix, of its own subtasks, and nothing else', async () => {
    const coordinator = new Coordinator();
    coordinator.openIds = ['p-1-0', 'p-2-3', 'p-3-7', 'p-x-1', 'p-1-2-3', 'pp-1-0', 'other'];
    await ring(coordinator, { subtask: 1, parallelism: 2 }).recover([]);
    const taken = [...coordinator.epochs.keys()].filter((id) => !id.startsWith('p-1-') || id === 'p-1-2-3');
    expect(taken).toEqual(['p-3-7']);
  });

  test('leaves the last ids as they are, and takes over those that another run would use next', async () => {
    const coordinator = new Coordinator();
    const first = ring(coordinator);
    await first.recover([]);
    const committables = [];
    for (let epoch = 0; epoch < 6; epoch++) {
      committables.push(first.prepare(await first.next(), epoch));
      await first.commit(committables.slice(-1));
    }
    const second = ring(coordinator);
    await second.recover(committables.slice(-1));
    // The first run is fenced, whichever id it uses next.
    await expect(first.next()).rejects.toMatchObject({ code: 'request_refused' });
    for (const one of committables.slice(2)) await second.commit([one]);
    expect((await second.next()).transactionalId).toBe('p-0-6');
  });

  test('from a checkpoint that holds several epochs goes on behind the newest', async () => {
    const coordinator = new Coordinator();
    const first = ring(coordinator);
    const committables = [];
    for (let epoch = 0; epoch < 3; epoch++) committables.push(first.prepare(await first.next(), epoch));
    const second = ring(coordinator);
    await second.recover(committables);
    expect(coordinator.ended).toEqual(['commit p-0-0', 'commit p-0-1', 'commit p-0-2']);
    expect((await second.next()).transactionalId).toBe('p-0-3');
  });

  test('takes over subtask after subtask where brokers cannot list what is open', async () => {
    const coordinator = new Coordinator();
    coordinator.openIds = null;
    for (const id of ['p-1-0', 'p-3-2', 'p-5-1', 'p-9-0']) coordinator.epochs.set(id, 4);
    await ring(coordinator, { subtask: 1, parallelism: 2 }).recover([]);
    // Of subtask 7 none was ever used: there it stops.
    const epochs = ['p-1-0', 'p-3-2', 'p-5-1', 'p-9-0'].map((id) => coordinator.epochs.get(id));
    expect(epochs).toEqual([5, 5, 5, 4]);
    expect(coordinator.epochs.get('p-7-0')).toBe(0);
  });
});

test('a lost transaction names its epoch, its id and how long ago it was prepared', async () => {
  const clock = new ManualClock(1_000_000);
  const coordinator = new Coordinator();
  const one = ring(coordinator, { clock });
  const committable = one.prepare(await one.next(), 17);
  await clock.advance(95_000);
  coordinator.epochs.set('p-0-0', 1);
  await expect(one.commit([committable])).rejects.toMatchObject({
    code: 'data_lost',
    message: 'the records of checkpoint 17 cannot be committed',
    detail: expect.stringContaining('Its transaction "p-0-0" was prepared 95 s ago') as string,
  });
});
