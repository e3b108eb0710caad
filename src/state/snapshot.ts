/**
 * A mark as one run of bytes, and back.
 *
 *     "MRST" | format version | CRC-32 of the rest | length of the description | pages | description (JSON) | sizes | pages
 *
 * All numbers little-endian.
 */
import { crc32 } from 'node:zlib';
import type { StateMark, StateSnapshot, WrittenState } from './state.ts';
import { damaged } from './stored-state.ts';

const MAGIC = 0x5453524d;
const FORMAT_VERSION = 2;
const HEADER_BYTES = 20;

export function encodeSnapshot(mark: StateMark): StateSnapshot {
  const json = new TextEncoder().encode(JSON.stringify(mark.describe()));
  const sizesAt = HEADER_BYTES + json.length;
  let total = sizesAt + 4 * mark.pageCount;
  for (let page = 0; page < mark.pageCount; page++) total += mark.sizeOf(page);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORMAT_VERSION, true);
  view.setUint32(12, json.length, true);
  view.setUint32(16, mark.pageCount, true);
  bytes.set(json, HEADER_BYTES);
  let at = sizesAt + 4 * mark.pageCount;
  for (let page = 0; page < mark.pageCount; page++) {
    view.setUint32(sizesAt + 4 * page, mark.sizeOf(page), true);
    bytes.set(mark.read(page), at);
    at += mark.sizeOf(page);
  }
  view.setUint32(8, crc32(bytes.subarray(12)), true);
  return bytes;
}

/** Keeps a copy of the bytes. */
export function decodeSnapshot(snapshot: StateSnapshot): WrittenState {
  const bytes = snapshot.slice();
  if (bytes.length < HEADER_BYTES) damaged('it is cut short');
  const view = new DataView(bytes.buffer);
  if (view.getUint32(0, true) !== MAGIC) damaged('it does not begin as state does');
  const version = view.getUint32(4, true);
  if (version !== FORMAT_VERSION) damaged(`its format version is ${version}, this build reads ${FORMAT_VERSION}`);
  if (view.getUint32(8, true) !== crc32(bytes.subarray(12))) damaged('its checksum does not match');
  const jsonLength = view.getUint32(12, true);
  const pages = view.getUint32(16, true);
  const sizesAt = HEADER_BYTES + jsonLength;
  const starts = [sizesAt + 4 * pages];
  for (let page = 0; page < pages; page++) {
    starts.push((starts[page] as number) + view.getUint32(sizesAt + 4 * page, true));
  }
  return {
    description: JSON.parse(new TextDecoder().decode(bytes.subarray(HEADER_BYTES, sizesAt))),
    page: (page) => bytes.subarray(starts[page], starts[page + 1]),
  };
}
