/**
 * The outside world as interfaces: time, chance, the disk and the network. Everything else in the engine is deterministic, so with
 * fakes in their place a whole run is a function of its seed.
 */

import type { EngineError } from '../errors.ts';
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
  /** As `write`, beside what the process does meanwhile; `bytes` must stay as they are until it resolves. */
  writeAside(bytes: Uint8Array): Promise<void>;
  /** Resolves when the bytes are on the medium. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A file that is read and written anywhere, at once. */
export interface PositionedFile {
  /** Reads up to `into.length` bytes; 0 at the end. */
  read(into: Uint8Array, position: number): number;
  /** Past the end the file grows; what lies between is zero. */
  write(bytes: Uint8Array, position: number): void;
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
  /** Opens at its end, and creates what is not there; parent directories are made. */
  openAppend(path: string): Promise<WritableFile>;
  /** Opens as it is, and creates what is not there; parent directories are made. */
  openPositioned(path: string): Promise<PositionedFile>;
  /** Makes a file with these bytes, whole or not at all; false when something has that name already. */
  createExclusive(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Resolves when the new name is on the medium too. */
  rename(from: string, to: string): Promise<void>;
  /** A file, or a directory with all that is in it; nothing happens when nothing is there. */
  remove(path: string): Promise<void>;
  makeDirectory(path: string): Promise<void>;
  /** Resolves when the directory's entries are on the medium: a file's own `sync` is about its bytes only. */
  syncDirectory(path: string): Promise<void>;
}

/** A process, told from every other one that had or will have its number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** When it started, in whatever terms the system has; empty where there are none. */
  readonly started: string;
}

export interface Processes {
  readonly self: ProcessIdentity;
  /** Whether the process runs; null when this host cannot know. */
  isAlive(process: ProcessIdentity): boolean | null;
}

/** How a connection is encrypted and who is trusted. Certificates and keys are PEM texts; `pfx` is a PKCS12 store. */
export interface TlsOptions {
  /** Absent: the authorities that Node trusts. */
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly pfx?: Uint8Array;
  /** Of `key` or `pfx`. */
  readonly passphrase?: string;
  /** Whether the certificate must name the host. */
  readonly checkHostName: boolean;
}

/** Gets a connection's bytes, in memory of its own. */
export interface ByteReceiver {
  /** Where the next bytes go, never empty; asked for before each read. */
  buffer(): Uint8Array;
  /** The first `sizeBytes` of the last buffer are filled. */
  received(sizeBytes: number): void;
  /** The connection is over and nothing follows: it was closed by the peer (null) or broke. */
  closed(error: EngineError | null): void;
}

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  /** Absent: plain TCP. */
  readonly tls?: TlsOptions;
  readonly timeoutMs: number;
  readonly receiver: ByteReceiver;
}

export interface Connection {
  /** Sends the bytes in order; they must stay as they are until the peer has answered. */
  write(...chunks: readonly Uint8Array[]): void;
  /** Ends the connection; `closed` is not called any more. */
  close(): void;
}

export interface Transport {
  /**
   * Errors: `connection_failure` when nothing answers there (refused, unknown host, no route), `connection_timeout`
   * when it takes too long, `authentication_failed` when the certificates do not convince one of the two.
   */
  connect(options: ConnectOptions): Promise<Connection>;
}

export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
  readonly fileSystem: FileSystem;
  readonly transport: Transport;
  readonly processes: Processes;
  /** Passed at places where tests try a crash; does nothing in the product. */
  readonly faults: FaultPoints;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
}
