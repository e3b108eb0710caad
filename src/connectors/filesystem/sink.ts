/**
 * Rolling files. Rows go to a hidden file per partition; a file that has rolled (by size, by age, at the end of an
 * epoch or of the input) is synced and then committed by a rename: at once without checkpoints, else when its epoch
 * commits. Whatever was not committed is never seen.
 *
 * Writing is synchronous while files are open and the disk is local. Everything that waits runs in one queue, so that
 * the check against the clock never meets a write halfway.
 */
import { EngineError } from '../../errors.ts';
import type { Encoder } from '../../formats/format.ts';
import type { Batch } from '../../types/batch.ts';
import { type Vector, getValue } from '../../types/vector.ts';
import type { Committable, Sink, SinkRequest } from '../connector.ts';
import { javaText } from '../java-text.ts';
import { isGlob } from './glob.ts';
import { localPath } from './list-files.ts';
import { PartFile, hiddenFiles } from './part-file.ts';
import { type Partition, PartitionCommit } from './partition-commit.ts';
import { escapePartition } from './partition-path.ts';

/** A partition that has been written to. */
interface Bucket {
  readonly partition: Partition;
  file: PartFile | null;
}

/** Records of one bucket that stand together in the encoded bytes, as they stand in its file. */
interface Run {
  readonly bucket: Bucket;
  readonly bytes: Uint8Array;
}

class FilesystemSink implements Sink {
  readonly guarantee: Sink['guarantee'];
  readonly #request: SinkRequest;
  readonly #encoder: Encoder;
  readonly #path: string;
  readonly #uniqueName: string;
  readonly #maxSizeBytes: number;
  readonly #rolloverMs: number;
  readonly #checkMs: number;
  readonly #partitionCommit: PartitionCommit | null;
  /** Columns of the schema that the encoder gets, and those that name the partition. */
  readonly #written: readonly number[];
  readonly #partitionColumns: readonly number[];
  readonly #buckets = new Map<string, Bucket>();
  /** Finished files of the epoch that is not prepared yet. */
  #finished: PartFile[] = [];
  #fileCount = 0;
  /** Directories whose own names, and all above, are on the medium. */
  readonly #syncedNames = new Set<string>();
  #watermark = Number.NEGATIVE_INFINITY;
  #queue: Promise<void> | null = null;
  #failure: unknown = null;
  #cancelCheck: (() => void) | null = null;

  constructor(request: SinkRequest, encoder: Encoder) {
    const { options, table, schema, subtask, context } = request;
    this.#request = request;
    this.#encoder = encoder;
    this.#path = localPath(options.string('path') as string).replace(/(?<=.)\/+$/, '');
    if (isGlob(this.#path)) {
      throw new EngineError('invalid_option', `option "path" cannot be '${this.#path}' for a table that is written`, {
        hint: 'It names the directory that files are written to.',
      });
    }
    this.guarantee = request.checkpointing === true ? 'exactly-once' : 'at-least-once';
    this.#uniqueName = `part-${uuid(() => context.random.next())}-${subtask}`;
    this.#maxSizeBytes = options.number('sink.rolling-policy.file-size') as number;
    this.#rolloverMs = options.number('sink.rolling-policy.rollover-interval') as number;
    this.#checkMs = options.number('sink.rolling-policy.check-interval') as number;
    this.#partitionCommit = PartitionCommit.of(request);
    this.#partitionColumns = table.partitionKeys.map((key) => schema.findIndex((field) => field.name === key));
    this.#written = schema.map((_, c) => c).filter((c) => !this.#partitionColumns.includes(c));
  }

  write(batch: Batch): void | Promise<void> {
    const runs = this.#runs(batch);
    return this.#inTurn(() => this.#writeRuns(runs, 0));
  }

  onWatermark(time: number): void {
    this.#watermark = time;
    // With checkpoints partitions are looked at when an epoch is prepared.
    if (this.#partitionCommit === null || this.#request.checkpointing === true) return;
    const committed = this.#inTurn(() => this.#commitPartitions(false));
    // A failure is kept and thrown by the next call.
    committed?.catch(() => {});
  }

  async flush(): Promise<void> {
    await this.#inTurn(async () => {
      for (const { file } of this.#buckets.values()) await file?.sync();
    });
  }

  async prepare(): Promise<readonly Committable[]> {
    const committables: Committable[] = [];
    await this.#inTurn(async () => {
      await this.#rollAll();
      for (const { pendingPath, finalPath } of this.#finished) committables.push({ pendingPath, finalPath });
      await this.#syncNames(this.#finished.map(({ pendingPath }) => pendingPath));
      this.#finished = [];
      const ended = this.#watermark === Number.POSITIVE_INFINITY;
      for (const path of this.#completePartitions(ended)) committables.push({ successPath: path });
      // Nothing to commit: the next run has to know them.
      for (const { partition, timeMs } of this.#partitionCommit?.open ?? []) {
        committables.push({ openDirectory: partition.directory, values: JSON.stringify(partition.values), timeMs });
      }
    });
    return committables;
  }

  async commit(committables: readonly Committable[]): Promise<void> {
    const { fileSystem } = this.#request.context;
    for (const { pendingPath, finalPath } of committables) {
      if (pendingPath === undefined) continue;
      // What is no longer there was committed before; its reader may have taken it away since.
      if ((await fileSystem.stat(String(pendingPath))) === null) continue;
      await fileSystem.rename(String(pendingPath), String(finalPath));
    }
    for (const { successPath } of committables)
      if (successPath !== undefined) await this.#writeEmpty(String(successPath));
  }

  async recover(committables: readonly Committable[]): Promise<void> {
    const { context, writer, subtask, parallelism = 1 } = this.#request;
    await this.commit(committables);
    for (const { openDirectory, values, timeMs } of committables) {
      if (openDirectory === undefined) continue;
      const partition: Partition = { directory: String(openDirectory), values: JSON.parse(String(values)) };
      this.#partitionCommit?.restore({ partition, timeMs: Number(timeMs) });
    }
    if (writer === undefined) return;
    for (const left of await hiddenFiles(context.fileSystem, this.#path, writer)) {
      // What another subtask has to commit first is that one's to remove.
      if (left.subtask % parallelism === subtask) await context.fileSystem.remove(left.path);
    }
  }

  async close(clean: boolean): Promise<void> {
    this.#cancelCheck?.();
    this.#cancelCheck = null;
    if (clean) {
      await this.#inTurn(async () => {
        await this.#rollAll();
        await this.#commitFinished();
        // With checkpoints the last one has said which are complete: the job may go on.
        if (this.#request.checkpointing === true) return;
        for (const path of this.#completePartitions(true)) await this.#writeEmpty(path);
      });
      return;
    }
    // A write that failed is no reason to leave files behind.
    await this.#queue?.catch(() => {});
    const abandoned = this.#finished.map((file) => file.pendingPath);
    for (const bucket of this.#buckets.values()) {
      try {
        await bucket.file?.discard();
      } catch {
        // The job has failed already, and its own error says more than this one; the file stays hidden.
      }
      bucket.file = null;
    }
    for (const path of abandoned) await this.#request.context.fileSystem.remove(path);
    this.#finished = [];
  }

  /** Runs `task` after what is under way; at once, and without a promise, when nothing is and it does not wait. */
  #inTurn(task: () => void | Promise<void>): void | Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    let result: void | Promise<void>;
    try {
      result = this.#queue === null ? task() : this.#queue.then(task);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    if (result === undefined) return undefined;
    const queued: Promise<void> = this.#watch(result).finally(() => {
      if (this.#queue === queued) this.#queue = null;
    });
    this.#queue = queued;
    return queued;
  }

  async #watch(task: Promise<void>): Promise<void> {
    try {
      await task;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  #runs(batch: Batch): Run[] {
    const { vectors, length } = batch;
    if (length === 0) return [];
    const encoded = this.#encoder.encode({
      length,
      vectors: this.#written.map((c) => vectors[c] as Vector),
      kinds: null,
      marks: null,
    });
    const runs: Run[] = [];
    const { file } = this.#encoder;
    let bucket = this.#bucketOf(batch, 0);
    let from = 0;
    let firstRow = 0;
    const add = (to: number, endRow: number): void => {
      const bytes = encoded.u8.subarray(from, to);
      runs.push({ bucket, bytes: file === undefined ? bytes : file.block(bytes, endRow - firstRow) });
    };
    for (let row = 1; row < length; row++) {
      if (this.#samePartition(batch, row)) continue;
      const next = this.#bucketOf(batch, row);
      const to = encoded.ends[row - 1] as number;
      if (next !== bucket) {
        add(to, row);
        bucket = next;
        from = to;
        firstRow = row;
      }
    }
    add(encoded.length, length);
    return runs;
  }

  /** Whether a row goes where the one before it went. */
  #samePartition({ vectors }: Batch, row: number): boolean {
    for (const c of this.#partitionColumns) {
      const vector = vectors[c] as Vector;
      if (vector.kind === 'bytes') {
        if (vector.valid !== null && vector.valid[row] !== vector.valid[row - 1]) return false;
        const { start, len, pool } = vector;
        if (len[row] !== len[row - 1]) return false;
        const a = start[row] as number;
        const b = start[row - 1] as number;
        for (let k = len[row] as number; k-- > 0;) if (pool.u8[a + k] !== pool.u8[b + k]) return false;
      } else if (this.#textOf(vector, c, row) !== this.#textOf(vector, c, row - 1)) return false;
    }
    return true;
  }

  #textOf(vector: Vector, c: number, row: number): string | null {
    const { type } = this.#request.schema[c] as SinkRequest['schema'][number];
    const value = getValue(vector, row, type);
    return value === null || value === '' ? null : javaText(value, type);
  }

  #bucketOf({ vectors }: Batch, row: number): Bucket {
    const { table, options, context } = this.#request;
    let directory = this.#path;
    const values: Record<string, string> = {};
    table.partitionKeys.forEach((key, k) => {
      const c = this.#partitionColumns[k] as number;
      const text = this.#textOf(vectors[c] as Vector, c, row) ?? (options.string('partition.default-name') as string);
      values[key] = text;
      directory += `/${escapePartition(key)}=${escapePartition(text)}`;
    });
    let bucket = this.#buckets.get(directory);
    if (bucket === undefined) {
      bucket = { partition: { directory, values }, file: null };
      this.#buckets.set(directory, bucket);
    }
    this.#partitionCommit?.onRow(bucket.partition, context.clock.now());
    return bucket;
  }

  #writeRuns(runs: readonly Run[], from: number): void | Promise<void> {
    for (let i = from; i < runs.length; i++) {
      const { bucket, bytes } = runs[i] as Run;
      if (bucket.file === null) return this.#open(bucket).then(() => this.#writeRuns(runs, i));
      const written = bucket.file.write(bytes);
      const full = bucket.file.sizeBytes >= this.#maxSizeBytes;
      if (written === undefined && !full) continue;
      return (written ?? Promise.resolve())
        .then(() => (full ? this.#roll(bucket) : undefined))
        .then(() => (full ? this.#commitRolled() : undefined))
        .then(() => this.#writeRuns(runs, i + 1));
    }
    return undefined;
  }

  async #open(bucket: Bucket): Promise<void> {
    const { context, table, writer } = this.#request;
    const format = table.options['format'];
    const name = `${this.#uniqueName}-${this.#fileCount++}${format === undefined ? '' : `.${format}`}`;
    const { directory } = bucket.partition;
    bucket.file = await PartFile.open(context.fileSystem, { directory, name, writer }, context.clock.now());
    const { file } = this.#encoder;
    if (file !== undefined) await bucket.file.write(file.head());
    this.#buckets.set(directory, bucket);
    this.#cancelCheck ??= this.#scheduleCheck();
  }

  #scheduleCheck(): () => void {
    return this.#request.context.clock.schedule(this.#checkMs, () => {
      if (this.#cancelCheck === null) return;
      this.#cancelCheck = this.#scheduleCheck();
      // A failure is kept and thrown by the next call.
      this.#inTurn(() => this.#check())?.catch(() => {});
    });
  }

  async #check(): Promise<void> {
    const now = this.#request.context.clock.now();
    for (const bucket of this.#buckets.values()) {
      if (bucket.file !== null && now - bucket.file.openedMs >= this.#rolloverMs) await this.#roll(bucket);
    }
    await this.#commitRolled();
    if (this.#request.checkpointing !== true) await this.#commitPartitions(false);
  }

  /** Ends a bucket's file; it is whole and on the medium, but hidden. The bucket is forgotten until its next row. */
  async #roll(bucket: Bucket): Promise<void> {
    const { file } = bucket;
    if (file === null) return;
    await file.finish();
    bucket.file = null;
    this.#buckets.delete(bucket.partition.directory);
    this.#finished.push(file);
  }

  async #rollAll(): Promise<void> {
    for (const bucket of this.#buckets.values()) await this.#roll(bucket);
  }

  async #commitRolled(): Promise<void> {
    if (this.#request.checkpointing !== true) await this.#commitFinished();
  }

  async #commitFinished(): Promise<void> {
    for (let file = this.#finished[0]; file !== undefined; file = this.#finished[0]) {
      await this.#request.context.fileSystem.rename(file.pendingPath, file.finalPath);
      this.#finished.shift();
    }
  }

  /** Success files of the partitions that are complete now. */
  #completePartitions(ended: boolean): string[] {
    const commit = this.#partitionCommit;
    if (commit === null) return [];
    return commit
      .takeComplete(this.#request.context.clock.now(), this.#watermark, ended)
      .map(({ directory }) => `${directory}/${commit.successFile}`);
  }

  #commitPartitions(ended: boolean): void | Promise<void> {
    const complete = this.#completePartitions(ended);
    if (complete.length === 0) return undefined;
    return (async () => {
      for (const path of complete) {
        const bucket = this.#buckets.get(path.slice(0, path.lastIndexOf('/')));
        if (bucket !== undefined) await this.#roll(bucket);
      }
      await this.#commitFinished();
      for (const path of complete) await this.#writeEmpty(path);
    })();
  }

  async #writeEmpty(path: string): Promise<void> {
    const { fileSystem } = this.#request.context;
    const file = await fileSystem.openWrite(path);
    await file.sync();
    await file.close();
    await fileSystem.syncDirectory(path.slice(0, path.lastIndexOf('/')));
  }

  /** The files' names are on the medium, and those of new directories on their way. */
  async #syncNames(paths: readonly string[]): Promise<void> {
    const { fileSystem } = this.#request.context;
    for (const directory of new Set(paths.map((path) => parent(fileSystem.resolve(path))))) {
      await fileSystem.syncDirectory(directory);
      for (let at = directory; at !== '/' && !this.#syncedNames.has(at); at = parent(at)) {
        await fileSystem.syncDirectory(parent(at));
        this.#syncedNames.add(at);
      }
    }
  }
}

const parent = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

function uuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export function filesystemSink(request: SinkRequest): Sink {
  if (request.encoder === null) throw new EngineError('internal_error', 'connector "filesystem" got no encoder');
  return new FilesystemSink(request, request.encoder);
}
