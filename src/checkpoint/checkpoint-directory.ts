/**
 * The checkpoints of one job.
 *
 *     lock            the process that has the directory
 *     writer          names the job, in all its runs
 *     latest          the number of the checkpoint completed last, so that its absence is noticed
 *     chk-17.json     a manifest; there are as many as are retained
 *     chk-17.pages    pages that changed between the checkpoint before and this one
 *
 * A checkpoint is complete when its manifest has its name. Page files live as long as a retained manifest refers to
 * them; whatever else is here goes when the next checkpoint is complete.
 */
import { EngineError, toEngineError } from '../errors.ts';
import type { FaultPoints } from '../platform/fault-points.ts';
import type { FileSystem, Processes, Random } from '../platform/platform.ts';
import { DirectoryLock } from './lock.ts';
import { parseManifest } from './manifest.ts';
import { StoredCheckpoint, readWhole, writeWhole } from './stored-checkpoint.ts';
import {
  type CheckpointDraft,
  type WriteOptions,
  type WrittenCheckpoint,
  manifestName,
  writeCheckpoint,
} from './write-checkpoint.ts';

export interface DirectoryOptions {
  readonly fileSystem: FileSystem;
  readonly processes: Processes;
  readonly random: Random;
  readonly faults: FaultPoints;
  readonly path: string;
  /** How many complete checkpoints are kept. */
  readonly retained: number;
  /** Forget what earlier runs left. */
  readonly fresh: boolean;
}

interface Retained {
  readonly epoch: number;
  readonly files: readonly string[];
}

const NOTHING: WriteOptions['before'] = { places: new Map(), files: new Map() };
const MANIFEST = /^chk-(\d+)\.json$/;
const OWN_FILE = /^(?:\.?chk-\d+\.(?:json|pages)(?:\.new)?)$/;

export class CheckpointDirectory {
  /** Names the job, in all its runs and no other job. */
  readonly writer: string;
  readonly #options: DirectoryOptions;
  readonly #lock: DirectoryLock;
  #nextEpoch: number;
  /** What the last complete checkpoint of this run has where. */
  #before = NOTHING;
  /** Complete checkpoints, oldest first. */
  #retained: Retained[] = [];

  private constructor(options: DirectoryOptions, lock: DirectoryLock, writer: string, nextEpoch: number) {
    this.#options = options;
    this.#lock = lock;
    this.writer = writer;
    this.#nextEpoch = nextEpoch;
  }

  /** Takes the directory for this process; throws `object_in_use` where another one has it. */
  static async open(options: DirectoryOptions): Promise<CheckpointDirectory> {
    const { fileSystem, path } = options;
    await fileSystem.makeDirectory(path);
    const lock = await DirectoryLock.take(fileSystem, path, options.processes);
    try {
      const names = (await fileSystem.list(path)).map((entry) => entry.path.slice(entry.path.lastIndexOf('/') + 1));
      const newest = names.reduce((most, name) => Math.max(most, Number(/^\.?chk-(\d+)\./.exec(name)?.[1] ?? 0)), 0);
      if (options.fresh) {
        for (const name of names)
          if (OWN_FILE.test(name) || name === 'latest') await fileSystem.remove(`${path}/${name}`);
      }
      const writer = await writerOf(options);
      const latest = await latestOf(fileSystem, path);
      return new CheckpointDirectory(options, lock, writer, Math.max(newest, latest) + 1);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Tells the query whose checkpoints are in a directory from others; null where there is none that can be read. */
  static async queryOf(fileSystem: FileSystem, path: string): Promise<string | null> {
    for (const epoch of await epochsIn(fileSystem, path)) {
      try {
        const { body } = parseManifest(await readWhole(fileSystem, `${path}/${manifestName(epoch)}`));
        return (body as { readonly query?: string }).query ?? null;
      } catch {
        // Whoever opens the directory is told that it is damaged.
      }
    }
    return null;
  }

  get path(): string {
    return this.#options.path;
  }

  /** The number of a checkpoint to come, greater than all before it. */
  takeEpoch(): number {
    return this.#nextEpoch++;
  }

  /**
   * The newest checkpoint that is whole; null where none was ever completed. `report` hears of damaged ones. Throws
   * `data_corrupted` when there were some and none is whole, `io_error` when the disk does not let the newest be read.
   */
  async newest(report: (message: string) => void): Promise<StoredCheckpoint | null> {
    const { fileSystem, path } = this.#options;
    // States are new ones now, and name their pages anew.
    this.#before = NOTHING;
    const epochs = await epochsIn(fileSystem, path);
    const latest = await latestOf(fileSystem, path);
    if (latest > (epochs[0] ?? 0)) epochs.unshift(latest);
    const failures: string[] = [];
    let found: StoredCheckpoint | null = null;
    const retained: Retained[] = [];
    for (const epoch of epochs) {
      const manifestPath = `${path}/${manifestName(epoch)}`;
      try {
        // Those before the one that is used need only be known, so that they are kept for another time.
        const manifest = found === null ? null : parseManifest(await readWhole(fileSystem, manifestPath));
        if (manifest === null) found = await StoredCheckpoint.open(fileSystem, manifestPath);
        const { files } = manifest ?? (found as StoredCheckpoint).manifest;
        retained.unshift({ epoch, files: files.map(({ name }) => name) });
      } catch (error) {
        const known = toEngineError(error);
        // It may be whole, and what it holds committed: that is for a person, or for another try, to find out.
        if (found === null && known.code === 'io_error') throw unreadable(epoch, known);
        if (found === null) failures.push(`Checkpoint ${epoch}: ${known.message}.`);
      }
    }
    if (found === null && failures.length > 0) {
      throw new EngineError('data_corrupted', `no checkpoint in "${path}" can be read`, {
        detail: failures.join(' '),
        hint: "Start anew with --fresh (SET 'millrace.fresh' = 'true'), or from a savepoint.",
      });
    }
    this.#retained = retained;
    if (found !== null && failures.length > 0) {
      report(
        `${failures.join(' ')} Going on from checkpoint ${found.manifest.epoch} of "${path}"; what was written to tables after it comes again.`,
      );
    }
    return found;
  }

  /** Writes a checkpoint; when it resolves it is complete, and on the medium. `check` may throw, right before. */
  async write(draft: CheckpointDraft, check: () => void = () => {}): Promise<WrittenCheckpoint> {
    const { fileSystem, faults, path } = this.#options;
    const checkAll = async (): Promise<void> => {
      await this.#lock.check();
      check();
    };
    const written = await writeCheckpoint(draft, {
      fileSystem,
      faults,
      directory: path,
      before: this.#before,
      check: checkAll,
    });
    this.#before = { places: written.places, files: written.files };
    this.#retained.push({ epoch: written.epoch, files: [...written.files.keys()] });
    return written;
  }

  /** Removes what no retained checkpoint needs. */
  async prune(): Promise<void> {
    const { fileSystem, path, retained } = this.#options;
    await this.#noteLatest();
    this.#retained = this.#retained.slice(-retained);
    const needed = new Set(this.#retained.flatMap(({ epoch, files }) => [manifestName(epoch), ...files]));
    const left = (await fileSystem.list(path))
      .map((entry) => entry.path.slice(entry.path.lastIndexOf('/') + 1))
      .filter((name) => OWN_FILE.test(name) && !needed.has(name));
    // Manifests first: one whose pages are gone would look damaged.
    left.sort((a, b) => Number(MANIFEST.test(b)) - Number(MANIFEST.test(a)));
    for (const name of left) await fileSystem.remove(`${path}/${name}`);
  }

  close(): Promise<void> {
    return this.#lock.release();
  }

  /** A hint only, hence not synced. */
  async #noteLatest(): Promise<void> {
    const { fileSystem, path } = this.#options;
    const newest = this.#retained.at(-1);
    if (newest === undefined) return;
    const hidden = `${path}/.latest.new`;
    const file = await fileSystem.openWrite(hidden);
    await file.write(Buffer.from(`${newest.epoch}\n`));
    await file.close();
    await fileSystem.rename(hidden, `${path}/latest`);
  }
}

/** Writes a checkpoint that needs nothing outside of its own new directory. */
export async function writeSavepoint(
  draft: CheckpointDraft,
  options: Pick<DirectoryOptions, 'fileSystem' | 'faults' | 'path'>,
): Promise<void> {
  const { fileSystem, faults, path } = options;
  await fileSystem.makeDirectory(path);
  await writeCheckpoint(draft, {
    fileSystem,
    faults,
    directory: path,
    before: NOTHING,
    check: () => Promise.resolve(),
  });
  await syncNames(fileSystem, path);
}

/** The newest checkpoint in a directory, or the one whose manifest is named, which nobody else need hold. */
export async function openSavepoint(fileSystem: FileSystem, path: string): Promise<StoredCheckpoint> {
  const place = path.replace(/^file:(?:\/\/)?/, '').replace(/(?<=.)\/+$/, '');
  const info = await fileSystem.stat(place);
  if (info?.kind === 'file') return StoredCheckpoint.open(fileSystem, place);
  const [newest] = info === null ? [] : await epochsIn(fileSystem, place);
  if (newest === undefined) {
    throw new EngineError('undefined_file', `there is no savepoint or checkpoint at "${path}"`, {
      hint: 'It is a directory with a file chk-N.json in it, or that file.',
    });
  }
  return StoredCheckpoint.open(fileSystem, `${place}/${manifestName(newest)}`);
}

const unreadable = (epoch: number, cause: EngineError): EngineError =>
  new EngineError('io_error', `checkpoint ${epoch} cannot be read: ${cause.message}`, {
    hint: 'Make its files readable, or remove its manifest to go on from the checkpoint before.',
    cause,
  });

/** Of the manifests in a directory, newest first. */
async function epochsIn(fileSystem: FileSystem, path: string): Promise<number[]> {
  return (await fileSystem.list(path))
    .flatMap((entry) => MANIFEST.exec(entry.path.slice(entry.path.lastIndexOf('/') + 1))?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

async function latestOf(fileSystem: FileSystem, path: string): Promise<number> {
  if ((await fileSystem.stat(`${path}/latest`)) === null) return 0;
  try {
    const text = Buffer.from(await readWhole(fileSystem, `${path}/latest`)).toString('latin1');
    return /^\d+\n$/.test(text) ? Number(text) : 0;
  } catch {
    // A hint that cannot be read says nothing; the checkpoints speak for themselves.
    return 0;
  }
}

async function writerOf({ fileSystem, path, random }: DirectoryOptions): Promise<string> {
  const file = `${path}/writer`;
  if ((await fileSystem.stat(file)) !== null) {
    const text = Buffer.from(await readWhole(fileSystem, file))
      .toString('latin1')
      .trim();
    if (/^[0-9a-f]{16}$/.test(text)) return text;
  }
  const writer = Array.from({ length: 16 }, () => Math.floor(random.next() * 16).toString(16)).join('');
  await writeWhole(fileSystem, file, Buffer.from(`${writer}\n`));
  await syncNames(fileSystem, path);
  return writer;
}

/** The name of a directory, and those of all above it that may be new, are on the medium. */
async function syncNames(fileSystem: FileSystem, path: string): Promise<void> {
  for (let at = fileSystem.resolve(path); at !== '/'; at = at.slice(0, at.lastIndexOf('/')) || '/') {
    await fileSystem.syncDirectory(at.slice(0, at.lastIndexOf('/')) || '/');
  }
}
