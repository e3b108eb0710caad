/**
 * A process with a sink and the least of a checkpoint: rows are numbers, an epoch is `rowsPerEpoch` of them, and a file
 * written aside and renamed holds how many rows came before and what is to be committed. It ends itself with SIGKILL where
 * `dieAt` says, at the `n`-th passing, or when its parent does.
 *
 * Usage: node kafka-sink-job.ts '{"bootstrap", "topic", "file", "epochs", "rowsPerEpoch", "dieAt", "n", "options"}'
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Committable } from '../../../src/connectors/connector.ts';
import { numbered, openKafkaSink } from '../../support/kafka-sink.ts';

export interface SinkJob {
  readonly bootstrap: string;
  readonly topic: string;
  readonly file: string;
  readonly epochs: number;
  readonly rowsPerEpoch: number;
  readonly dieAt: string | null;
  readonly n: number;
  readonly options: Readonly<Record<string, string>>;
}

interface JobCheckpoint {
  readonly rows: number;
  readonly epoch: number;
  readonly committables: readonly Committable[];
}

const job = JSON.parse(process.argv[2] ?? '{}') as SinkJob;
let passed = 0;
const reach = (point: string): void => {
  if (point !== job.dieAt || ++passed < job.n) return;
  writeFileSync(`${job.file}.hit`, point);
  process.kill(process.pid, 'SIGKILL');
};

const restored: JobCheckpoint = existsSync(job.file)
  ? (JSON.parse(readFileSync(job.file, 'utf8')) as JobCheckpoint)
  : { rows: 0, epoch: 0, committables: [] };
const sink = openKafkaSink({
  ...job,
  options: { 'sink.delivery-guarantee': 'exactly-once', ...job.options },
  checkpointing: true,
  faults: { reach },
});
await sink.recover?.(restored.committables);
reach('after recover');
let { rows, epoch } = restored;
while (epoch < job.epochs) {
  epoch++;
  const end = epoch * job.rowsPerEpoch;
  for (; rows < end; rows += 50) {
    await sink.write(numbered(rows, Math.min(rows + 50, end)));
    reach('after write');
  }
  rows = end;
  reach('before prepare');
  const committables = (await sink.prepare?.(epoch)) ?? [];
  reach('after prepare');
  writeFileSync(`${job.file}.part`, JSON.stringify({ rows, epoch, committables }));
  reach('before rename');
  renameSync(`${job.file}.part`, job.file);
  reach('after rename');
  await sink.commit?.(committables);
  reach('after commit');
}
await sink.close(true);
