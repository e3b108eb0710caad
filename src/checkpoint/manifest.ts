/**
 * The manifest of a checkpoint: two lines of JSON.
 *
 *     {"format":"millrace-checkpoint","version":1,"bytes":5120,"crc32":"0a1b2c3d"}
 *     {"epoch":17, "files":[…], "states":[…], "body":{…}}
 *
 * The first line must be exactly what would be written for the second, so no bit of either can change unseen. Pages are
 * four numbers each (file, offset, length, CRC-32) in one list, since a large state has tens of thousands.
 */
import { crc32 } from 'node:zlib';
import { EngineError } from '../errors.ts';
import { fromJson, toJson } from './plain-json.ts';

const FORMAT = 'millrace-checkpoint';
/** Goes up when a release cannot read what the one before wrote; every version ever released is read. */
const VERSION = 1;

export interface StoredState {
  /** Names the state within the job. */
  readonly id: string;
  /** What `StateMark.describe` gave. */
  readonly description: unknown;
  /** File (by its place in `files`), offset, length, checksum; four numbers a page. */
  readonly pages: readonly number[];
}

export interface Manifest {
  readonly epoch: number;
  /** The page files, by name, with how much of each was written when the checkpoint was complete. */
  readonly files: readonly { readonly name: string; readonly sizeBytes: number }[];
  readonly states: readonly StoredState[];
  /** Whatever else the job wants to know. */
  readonly body: unknown;
}

const header = (version: number, body: Uint8Array): string =>
  JSON.stringify({
    format: FORMAT,
    version,
    bytes: body.length,
    crc32: crc32(body).toString(16).padStart(8, '0'),
  });

export function renderManifest({ body, ...rest }: Manifest): Uint8Array {
  const bytes = Buffer.from(`${JSON.stringify({ ...rest, body: toJson(body) })}\n`);
  return Buffer.concat([Buffer.from(`${header(VERSION, bytes)}\n`), bytes]);
}

/** Throws `data_corrupted` unless `bytes` are exactly what `renderManifest` made. */
export function parseManifest(bytes: Uint8Array): Manifest {
  const end = bytes.indexOf(10);
  const first = Buffer.from(bytes.subarray(0, Math.max(0, end))).toString('latin1');
  const rest = bytes.subarray(end + 1);
  const version = /^\{"format":"millrace-checkpoint","version":(\d{1,9}),/.exec(first)?.[1];
  if (end < 0 || version === undefined) throw damaged('it is not a manifest');
  if (first !== header(Number(version), rest)) throw damaged('its checksum does not match');
  if (Number(version) !== VERSION) {
    throw damaged(`it is of format version ${version}, and this release reads version ${VERSION}`);
  }
  const { body, ...manifest } = JSON.parse(Buffer.from(rest).toString('utf8')) as Manifest;
  return { ...manifest, body: fromJson(body) };
}

export const damaged = (reason: string, cause?: unknown): EngineError =>
  new EngineError('data_corrupted', reason, cause === undefined ? {} : { cause });
