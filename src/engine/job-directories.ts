/**
 * Which directory a job keeps its checkpoints in.
 *
 * The name follows from what the job is: `insert-into_<table>`, `select`, or its `pipeline.name`; several of one kind are
 * numbered. Among those the one that belongs to the same query is taken, so that statements may change places in a
 * script; where there is none the first that is free is: a changed query then meets its state, and is refused where that
 * does not fit.
 */
import { CheckpointDirectory } from '../checkpoint/checkpoint-directory.ts';
import { MemoryFileSystem } from '../platform/memory-file-system.ts';
import type { FileSystem, Platform } from '../platform/platform.ts';
import type { JobCheckpoints } from '../runtime/restore-job.ts';
import { checkpointRoot, checkpointSettings, hasCheckpoints, savepointRoot } from './checkpoint-settings.ts';
import type { Settings } from './settings.ts';

export interface DirectoryRequest {
  readonly settings: Settings;
  /** What the job is. */
  readonly name: string;
  /** Tells its query from others. */
  readonly query: string;
}

export class JobDirectories {
  readonly #platform: Platform;
  /** Directories of jobs that run, or have finished. */
  readonly #taken = new Set<string>();
  /** One after another, so that two jobs do not choose the same. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Null for a job without checkpoints. */
  async open(request: DirectoryRequest): Promise<JobCheckpoints | null> {
    if (!hasCheckpoints(request.settings)) return null;
    const opened = this.#turn.then(() => this.#open(request));
    this.#turn = opened.catch(() => {});
    return opened;
  }

  /** The job is over without having finished: the same query may go on in its directory. */
  release(path: string): void {
    this.#taken.delete(path);
  }

  async #open({ settings, name, query }: DirectoryRequest): Promise<JobCheckpoints> {
    const { clock, processes, random, faults } = this.#platform;
    const root = checkpointRoot(settings);
    const fileSystem = root === null ? new MemoryFileSystem(clock) : this.#platform.fileSystem;
    const path =
      root === null ? '/job' : await this.#choose(fileSystem, fileSystem.resolve(root), folderName(name), query);
    const directory = await CheckpointDirectory.open({
      fileSystem,
      processes,
      random,
      faults,
      path,
      retained: root === null ? 1 : settings.number('execution.checkpointing.num-retained'),
      fresh: settings.boolean('millrace.fresh'),
    });
    if (root !== null) this.#taken.add(path);
    const savepoint = settings.get('execution.state-recovery.path')?.trim() ?? '';
    return {
      directory,
      settings: checkpointSettings(settings),
      fileSystem: this.#platform.fileSystem,
      faults,
      savepoint: savepoint === '' ? null : savepoint,
      savepoints:
        savepointRoot(settings) === null
          ? root === null
            ? null
            : path
          : `${savepointRoot(settings)}/${folderName(name)}`,
      ignoreUnclaimed: settings.boolean('execution.state-recovery.ignore-unclaimed-state'),
    };
  }

  async #choose(fileSystem: FileSystem, root: string, folder: string, query: string): Promise<string> {
    const entries = (await fileSystem.stat(root)) === null ? [] : await fileSystem.list(root);
    const numbered = entries
      .flatMap(({ path, kind }) => {
        const number = numberOf(path.slice(path.lastIndexOf('/') + 1), folder);
        return kind === 'directory' && number !== null
          ? [{ path: `${root}/${path.slice(path.lastIndexOf('/') + 1)}`, number }]
          : [];
      })
      .sort((a, b) => a.number - b.number);
    for (const { path } of numbered) {
      if (!this.#taken.has(path) && (await CheckpointDirectory.queryOf(fileSystem, path)) === query) return path;
    }
    for (let number = 1; ; number++) {
      const path = `${root}/${folder}${number === 1 ? '' : `-${number}`}`;
      if (!this.#taken.has(path)) return path;
    }
  }
}

function numberOf(name: string, folder: string): number | null {
  if (name === folder) return 1;
  if (!name.startsWith(`${folder}-`)) return null;
  const number = name.slice(folder.length + 1);
  return /^[1-9]\d*$/.test(number) ? Number(number) : null;
}

/** A name that every file system takes, different for different names. */
function folderName(name: string): string {
  const escaped = name.replace(/[^A-Za-z0-9_.-]/g, (char) => `%${(char.codePointAt(0) as number).toString(16)}`);
  return escaped.startsWith('.') ? `%2e${escaped.slice(1)}` : escaped;
}
