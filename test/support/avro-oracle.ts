/** Avro as the `avsc` library has it: the judge of what the format reads and writes. */
import avsc from 'avsc';
import type { AvroType } from '../../src/formats/avro/schema.ts';
import type { DataType } from '../../src/types/data-type.ts';
import { type Value, timestampOf } from '../../src/types/vector.ts';

const LONG = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

export interface AvscType {
  toBuffer(value: unknown): Buffer;
  fromBuffer(bytes: Buffer): unknown;
}

const isLong = (schema: unknown): boolean =>
  schema === 'long' || (schema as { readonly type?: unknown } | null)?.type === 'long';

export const avscType = (schema: unknown): AvscType =>
  avsc.Type.forSchema(
    schema as never,
    { typeHook: (inner: unknown) => (isLong(inner) ? LONG : undefined), wrapUnions: true } as never,
  ) as unknown as AvscType;

const COUNT: DataType = { kind: 'INTEGER', nullable: true };
const nameOf = (type: AvroType): string => ('name' in type ? type.name : type.kind);

function unscaledBytes(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.unshift(Number(BigInt.asUintN(8, rest)));
    rest >>= 8n;
  } while (!(rest === 0n && (bytes[0] as number) < 128) && !(rest === -1n && (bytes[0] as number) >= 128));
  return Buffer.from(bytes);
}

/** A value as avsc takes it. */
export function toAvsc(value: Value, avro: AvroType, type: DataType): unknown {
  switch (avro.kind) {
    case 'union': {
      if (value === null) return null;
      const branch = avro.branches.find(({ kind }) => kind !== 'null') as AvroType;
      return { [nameOf(branch)]: toAvsc(value, branch, type) };
    }
    case 'record': {
      const fields = (type as Extract<DataType, { kind: 'ROW' }>).fields;
      return Object.fromEntries(
        avro.fields.map((field) => {
          const at = fields.findIndex(({ name }) => name === field.name);
          return [
            field.name,
            toAvsc((value as readonly Value[])[at] as Value, field.type, (fields[at] as { type: DataType }).type),
          ];
        }),
      );
    }
    case 'array':
      return (value as readonly Value[]).map((item) =>
        toAvsc(item, avro.items, (type as { element: DataType }).element),
      );
    case 'map': {
      const inner = type.kind === 'MAP' ? type.value : COUNT;
      return Object.fromEntries(
        (value as readonly (readonly [string, Value])[]).map(([key, item]) => [key, toAvsc(item, avro.values, inner)]),
      );
    }
    case 'bytes':
      return type.kind === 'DECIMAL' ? unscaledBytes(value as bigint) : Buffer.from(value as Uint8Array);
    case 'long': {
      if (type.kind === 'BIGINT') return value;
      const { ms, nanos } = timestampOf(value);
      const micros = avro.logical?.kind.endsWith('micros') === true;
      return micros ? BigInt(ms) * 1000n + BigInt(nanos) / 1000n : BigInt(ms);
    }
    default:
      return value;
  }
}
