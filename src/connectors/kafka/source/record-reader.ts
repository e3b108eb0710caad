/**
 * Reads a partition's fetched blocks as chunks of records. Nothing is copied but what was compressed: that is
 * decompressed when its turn comes, batch after batch into one reused buffer, until a chunk is full.
 *
 * Blocks are given back with the call after the one that walked over their end, since a chunk points into them.
 */
import { EngineError, toEngineError } from '../../../errors.ts';
import { POOL_PADDING } from '../../../types/vector.ts';
import type { Position, RecordChunk, RecordReader } from '../../connector.ts';
import type { Frame } from '../protocol/frame.ts';
import { type Codecs, discard } from './codecs.ts';
import type { MetadataColumns } from './metadata-columns.ts';
import type { Block, PartitionLog } from './partition-log.ts';
import { type BatchHeader, CHECKED_FROM, CRC_AT, batchEnd, readBatchHeader } from './record-batch.ts';
import { type BatchCursor, type RecordSpace, walkRecords } from './record-walk.ts';

/** Beyond so many decompressed bytes a chunk is given out though it could hold more records. */
const ARENA_BYTES = 1024 * 1024;
const ABORT = 0;

interface ReaderOptions {
  readonly codecs: Codecs;
  readonly checksCrc: boolean;
  /** Leaves out records of aborted transactions. */
  readonly committedOnly: boolean;
  readonly readsKey: boolean;
  readonly metadata: MetadataColumns;
  readonly space: (capacity: number) => RecordSpace;
  readonly close: () => Promise<void>;
}

export class KafkaRecordReader implements RecordReader {
  readonly kind = 'records';
  readonly #log: PartitionLog;
  readonly #options: ReaderOptions;
  #space: RecordSpace;
  #block: Block | null = null;
  /** Where the next batch of the block begins. */
  #blockPos = 0;
  /** The block's aborted transactions that begin behind the batches so far, and the producers of those that do not. */
  #abortsSeen = 0;
  readonly #aborting = new Set<number>();
  #header: BatchHeader | null = null;
  readonly #cursor: BatchCursor;
  #arena = new Uint8Array(0);
  #arenaUsed = 0;
  /** Decompressed, but there was no room behind what the chunk at hand points to. */
  #unplaced: Uint8Array | null = null;
  readonly #spent: Frame[] = [];

  constructor(log: PartitionLog, options: ReaderOptions) {
    this.#log = log;
    this.#options = options;
    this.#space = options.space(0);
    const none = { pos: 0, end: 0, remaining: 0, baseOffset: 0, leaderEpoch: 0, baseTimestamp: 0, appendTime: NaN };
    this.#cursor = { u8: this.#arena, ...none };
  }

  read(maxRecords: number): RecordChunk | 'idle' | 'end' {
    for (const frame of this.#spent.splice(0)) frame.release();
    if (this.#space.capacity !== maxRecords) this.#space = this.#options.space(maxRecords);
    const space = this.#space;
    space.count = 0;
    if (this.#cursor.remaining === 0) this.#arenaUsed = 0;
    try {
      const u8 = this.#fill(space);
      if (space.count > 0) return this.#chunk(u8);
    } catch (error) {
      throw this.#explain(toEngineError(error));
    }
    const log = this.#log;
    if (log.nextOffset >= log.stopOffset) return 'end';
    if (log.failure !== null && log.isEmpty) throw log.failure;
    return 'idle';
  }

  position(): Position {
    const { topicId, nextOffset, stopOffset } = this.#log;
    return { offset: nextOffset, topicId, ...(stopOffset === Infinity ? {} : { stopOffset }) };
  }

  async close(): Promise<void> {
    for (const frame of this.#spent.splice(0)) frame.release();
    this.#block?.frame.release();
    this.#block = null;
    this.#cursor.remaining = 0;
    await this.#options.close();
  }

  /** Walks batches until the space is full or nothing is left; gives the memory that the records are in. */
  #fill(space: RecordSpace): Uint8Array {
    const log = this.#log;
    const cursor = this.#cursor;
    const { stopOffset } = log;
    let u8 = cursor.u8;
    while (space.count < space.capacity && log.nextOffset < stopOffset) {
      if (cursor.remaining === 0 && !this.#openBatch(space.count > 0 ? u8 : null)) break;
      // A chunk's records are all in one buffer.
      if (space.count > 0 && cursor.u8 !== u8) break;
      u8 = cursor.u8;
      log.nextOffset = walkRecords(cursor, space, log.nextOffset, stopOffset);
      if (cursor.remaining === 0 && log.nextOffset < stopOffset) this.#passBatch();
    }
    return u8;
  }

  /** Everything of the batch at hand was seen, also offsets that compaction left empty. */
  #passBatch(): void {
    const header = this.#header as BatchHeader;
    this.#log.nextOffset = Math.max(this.#log.nextOffset, header.lastOffset + 1);
  }

  /** Goes to the next batch with records for us; false when none is there or it does not fit behind what `inUse` holds. */
  #openBatch(inUse: Uint8Array | null): boolean {
    for (;;) {
      if (this.#unplaced === null) {
        const header = this.#nextHeader();
        if (header === null) return false;
        this.#header = header;
        if (header.lastOffset < this.#log.nextOffset || this.#isLeftOut(header) || header.recordCount === 0) {
          this.#passBatch();
          continue;
        }
      }
      return this.#enter(this.#header as BatchHeader, inUse);
    }
  }

  #enter(header: BatchHeader, inUse: Uint8Array | null): boolean {
    const { buf, u8 } = (this.#block as Block).frame;
    const cursor = this.#cursor;
    if (header.codec === 0) {
      cursor.u8 = u8;
      cursor.pos = header.recordsStart;
      cursor.end = header.end;
    } else {
      const compressed = buf.subarray(header.recordsStart, header.end);
      const bytes = this.#unplaced ?? this.#options.codecs.decompress(header.codec, compressed);
      this.#unplaced = bytes;
      if (!this.#hasRoom(bytes.length, inUse)) return false;
      this.#unplaced = null;
      this.#arena.set(bytes, this.#arenaUsed);
      const sizeBytes = bytes.length;
      discard(bytes);
      cursor.u8 = this.#arena;
      cursor.pos = this.#arenaUsed;
      cursor.end = this.#arenaUsed += sizeBytes;
    }
    cursor.remaining = header.recordCount;
    cursor.baseOffset = header.baseOffset;
    cursor.leaderEpoch = header.leaderEpoch;
    cursor.baseTimestamp = header.baseTimestamp;
    cursor.appendTime = header.isLogAppendTime ? header.maxTimestamp : NaN;
    return true;
  }

  /** Makes room in the arena, unless a chunk points into it that more would move. */
  #hasRoom(sizeBytes: number, inUse: Uint8Array | null): boolean {
    if (inUse === null) this.#arenaUsed = 0;
    const needed = this.#arenaUsed + sizeBytes + POOL_PADDING;
    if (needed <= this.#arena.length) return true;
    if (inUse !== null) return false;
    this.#arena = new Uint8Array(Math.max(needed, ARENA_BYTES));
    return true;
  }

  /** The next batch, checked; null when no more was fetched. */
  #nextHeader(): BatchHeader | null {
    for (;;) {
      if (this.#block === null) {
        const block = this.#log.take();
        if (block === undefined) return null;
        this.#block = block;
        this.#blockPos = block.start;
        this.#abortsSeen = 0;
        this.#aborting.clear();
      }
      const { frame, end } = this.#block;
      const start = this.#blockPos;
      const after = batchEnd(frame.buf, start, end);
      if (after < 0) {
        this.#spent.push(frame);
        this.#block = null;
        continue;
      }
      this.#blockPos = after;
      if (this.#options.checksCrc) this.#check(frame.buf, start, after);
      return readBatchHeader(frame.buf, start, after);
    }
  }

  #check(buf: Buffer, start: number, end: number): void {
    const expected = buf.readUInt32BE(start + CRC_AT);
    const actual = this.#options.codecs.checksum(buf.subarray(start + CHECKED_FROM, end));
    if (expected === actual) return;
    throw new EngineError('data_corrupted', 'the checksum of a record batch is wrong', {
      hint: "If the broker's disk is sound, read again; 'properties.check.crcs' = 'false' reads it as it is.",
    });
  }

  /** Whether a batch holds no records for us: markers of transactions, and what those of them say was aborted. */
  #isLeftOut(header: BatchHeader): boolean {
    const { aborted, frame } = this.#block as Block;
    for (; this.#abortsSeen < aborted.length; this.#abortsSeen++) {
      const transaction = aborted[this.#abortsSeen] as Block['aborted'][number];
      if (transaction.firstOffset > header.lastOffset) break;
      this.#aborting.add(transaction.producerId);
    }
    if (header.isControl) {
      if (markerType(frame.buf, header) === ABORT) this.#aborting.delete(header.producerId);
      return true;
    }
    return this.#options.committedOnly && header.isTransactional && this.#aborting.has(header.producerId);
  }

  #chunk(u8: Uint8Array): RecordChunk {
    const space = this.#space;
    const { count, offset } = space;
    const { metadata, readsKey } = this.#options;
    return {
      count,
      values: { u8, count, start: space.valueStart, end: space.valueEnd },
      keys: readsKey ? { u8, count, start: space.keyStart, end: space.keyEnd } : null,
      metadata: metadata.vectors(space, u8),
      offsetOf: (index) => offset[index] as number,
    };
  }

  #explain(error: EngineError): EngineError {
    if (error.detail !== undefined) return error;
    const { name, nextOffset } = this.#log;
    const detail = `It was read from ${name}, at or after offset ${nextOffset}.`;
    return new EngineError(error.code, error.message, { detail, hint: error.hint, cause: error });
  }
}

/** A marker's key is a version and a type, of two bytes each, behind five numbers of a byte. */
function markerType(buf: Buffer, header: BatchHeader): number {
  return header.recordCount === 0 ? -1 : buf.readInt16BE(header.recordsStart + 7);
}
