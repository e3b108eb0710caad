/**
 * Which directory a job keeps its checkpoints in.
 *
 * The name follows from what the job is: `insert-into_<table>`, `select`, or its `pipeline.name`; several of one kind are
 * numbered. Among those the one that belongs to the same query is taken, so that statements may change places in a
 * script; where there is none the first that is free is, unless it belongs to another statement of the script: a changed
 * query then meets its state, and is refused where that does not fit, and an added one takes nobody's.
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
  /** Queries that run with it, itself among them; absent where nobody knows. */
  readonly others?: ReadonlySet<string>;
  /** Hears what a person should know. */
  readonly report: (message: string) => void;
}

/** Folders that are looked through at most for state that nobody goes on from. */
const LOOKED_AT = 100;

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

  async #open(request: DirectoryRequest): Promise<JobCheckpoints> {
    const { settings, name } = request;
    const { clock, processes, random, faults } = this.#platform;
    const root = checkpointRoot(settings);
    const fileSystem = root === null ? new MemoryFileSystem(clock) : this.#platform.fileSystem;
    const path =
      root === null
        ? '/job'
        : await this.#choose(fileSystem, `${fileSystem.resolve(root)}/${folderName(name)}`, request);
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

  /** A job that begins anew beside state that nobody goes on from: its table may have been renamed. */
  async #reportUnclaimed(fileSystem: FileSystem, root: string, request: DirectoryRequest): Promise<void> {
    const { others, name, report } = request;
    if (others === undefined || others.size === 0 || (await fileSystem.stat(root)) === null) return;
    const unclaimed: string[] = [];
    for (const { path, kind } of (await fileSystem.list(root)).slice(0, LOOKED_AT)) {
      const folder = path.slice(path.lastIndexOf('/') + 1);
      if (kind !== 'directory' || this.#taken.has(`${root}/${folder}`)) continue;
      const known = await CheckpointDirectory.queryOf(fileSystem, `${root}/${folder}`);
      if (known !== null && !others.has(known)) unclaimed.push(folder);
    }
    if (unclaimed.length === 0) return;
    report(
      `Job ${name} begins anew. None of these statements goes on from the state in ${unclaimed.map((one) => `"${root}/${one}"`).join(', ')}.`,
    );
  }

  /** The path to begin with, behind which a number may stand. */
  async #choose(fileSystem: FileSystem, first: string, request: DirectoryRequest): Promise<string> {
    const { query, others, settings } = request;
    const fresh = settings.boolean('millrace.fresh');
    const at = first.lastIndexOf('/');
    const root = first.slice(0, at);
    const entries = (await fileSystem.stat(root)) === null ? [] : await fileSystem.list(root);
    const numbers = entries
      .flatMap(({ path, kind }) =>
        kind === 'directory' ? (numberOf(path.slice(path.lastIndexOf('/') + 1), first.slice(at + 1)) ?? []) : [],
      )
      .sort((a, b) => a - b);
    const pathOf = (number: number): string => (number === 1 ? first : `${first}-${number}`);
    const ofOthers = new Set<string>();
    for (const path of numbers.map(pathOf)) {
      if (this.#taken.has(path)) continue;
      const known = await CheckpointDirectory.queryOf(fileSystem, path);
      if (known === query) return path;
      if (known !== null && others?.has(known) === true) ofOthers.add(path);
    }
    for (let number = 1; ; number++) {
      const path = pathOf(number);
      if (this.#taken.has(path) || ofOthers.has(path)) continue;
      if (!numbers.includes(number) && !fresh) await this.#reportUnclaimed(fileSystem, root, request);
      return path;
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
