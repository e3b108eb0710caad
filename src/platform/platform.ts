/**
 * The outside world as interfaces: time, chance and the disk. Everything else in the engine is deterministic, so with
 * fakes in their place a whole run is a function of its seed. The network joins with the first connector that needs it.
 */

import type { FaultPoints } from './fault-points.ts';

export interface Clock {
  /** Wall clock, epoch milliseconds. */
  now(): number;
  /** Monotonic milliseconds with fractions, for durations. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `run` once after `ms`; the result cancels it. A pending call does not keep the process alive. */
  schedule(ms: number, run: () => void): () => void;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/** A place for text that a person or a pipe reads. */
export interface TextOutput {
  /** Resolves, where a promise comes back, when more may be written. */
  write(text: string | Uint8Array): void | Promise<void>;
}

export interface FileInfo {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface ReadableFile {
  readonly sizeBytes: number;
  /** Reads up to `into.length` bytes at `position`; 0 at the end. Synchronous where the medium is local. */
  read(into: Uint8Array, position: number): number | Promise<number>;
  close(): Promise<void>;
}

export interface WritableFile {
  write(bytes: Uint8Array): void | Promise<void>;
  /** Resolves when the bytes are on the medium. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Paths use `/`. Errors are EngineErrors: `undefined_file` when a path does not exist, else `io_error`. */
export interface FileSystem {
  /** The path as seen from the root. */
  resolve(path: string): string;
  /** `null` when nothing is there. */
  stat(path: string): Promise<FileInfo | null>;
  /** The entries of a directory, by name. */
  list(path: string): Promise<readonly FileInfo[]>;
  openRead(path: string): Promise<ReadableFile>;
  /** Creates or truncates; parent directories are made. */
  openWrite(path: string): Promise<WritableFile>;
  rename(from: string, to: string): Promise<void>;
  /** A file, or a directory with all that is in it; nothing happens when nothing is there. */
  remove(path: string): Promise<void>;
  makeDirectory(path: string): Promise<void>;
}

export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
  readonly fileSystem: FileSystem;
  /** Passed at places where tests try a crash; does nothing in the product. */
  readonly faults: FaultPoints;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
}
