/** Records for tests of the producer, and how to read them back without our code. */
import { createRequire } from 'node:module';
import type { RecordRows, Spans } from '../../../../../src/connectors/kafka/produce/record-batch.ts';
import { varintSize, writeVarint } from '../../../../../src/connectors/kafka/produce/varint.ts';

export interface TestRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
  readonly headers: readonly (readonly [string, Uint8Array])[];
}

export function rowsOf(records: readonly TestRecord[]): RecordRows {
  return {
    count: records.length,
    keys: spansOf(records.map(({ key }) => key)),
    values: spansOf(records.map(({ value }) => value)),
    headers: spansOf(records.map(({ headers }) => headerBlock(headers))),
    timestamps: Float64Array.from(records, ({ timestamp }) => timestamp),
    nowMs: 0,
  };
}

/** Rows with just a number as their value. */
export function numberRows(numbers: readonly number[], size = 0): RecordRows {
  const values = spansOf(numbers.map((n) => Buffer.from(String(n).padStart(size, ' '))));
  return { count: numbers.length, keys: null, values, headers: null, timestamps: null, nowMs: 1000 };
}

function spansOf(parts: readonly (Uint8Array | null)[]): Spans {
  const u8 = new Uint8Array(Buffer.concat([...parts.map((part) => part ?? new Uint8Array(0)), Buffer.alloc(32)]));
  const start = new Int32Array(parts.length);
  const end = new Int32Array(parts.length);
  let at = 0;
  parts.forEach((part, i) => {
    start[i] = part === null ? -1 : at;
    at += part?.length ?? 0;
    end[i] = at;
  });
  return { u8, view: new DataView(u8.buffer), start, end };
}

function headerBlock(headers: TestRecord['headers']): Uint8Array {
  const parts: Uint8Array[] = [varint(headers.length)];
  for (const [name, value] of headers) {
    const bytes = Buffer.from(name);
    parts.push(varint(bytes.length), bytes, varint(value.length), value);
  }
  return Buffer.concat(parts);
}

function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintSize(value));
  writeVarint(bytes, 0, value);
  return bytes;
}

export interface DecodedBatch {
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly maxTimestamp: string;
  readonly inTransaction: boolean;
  readonly records: readonly {
    readonly offset: string;
    readonly timestamp: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, Buffer>>;
  }[];
}

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object;
const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder.js') as (decoder: object) => Promise<DecodedBatch>;

/** Reads a batch as kafkajs does. */
export function decodeBatch(pieces: readonly Uint8Array[]): Promise<DecodedBatch> {
  return decode(new Decoder(Buffer.concat(pieces)));
}
