import type { Frame } from './frame.ts';
import type { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** A request and its response. Each is one literal in `requests/`. */
export interface Api<Request, Response> {
  readonly name: string;
  readonly key: number;
  /** The versions that we speak, both included. */
  readonly minVersion: number;
  readonly maxVersion: number;
  /** From this version on texts, arrays and structures are in the compact form. */
  readonly flexibleFrom: number;
  encode(to: WireWriter, request: Request, version: number): void;
  /** `frame` is the memory read from: released after the call, unless the response retains it. */
  decode(from: WireReader, version: number, frame: Frame): Response;
}

/** Versions of a request that a broker speaks. */
export interface ApiVersionRange {
  readonly key: number;
  readonly min: number;
  readonly max: number;
}
