import { beforeEach, describe, expect, test } from 'vitest';
import type { EngineError } from '../../../src/errors.ts';
import type { DecodedRecords, FormatContext, RecordDecoder, RecordPart } from '../../../src/formats/format.ts';
import { findFormat } from '../../../src/formats/registry.ts';
import { type FakePlatform, fakePlatform } from '../../../src/platform/fake-platform.ts';
import { BatchBuilder, INSERT } from '../../../src/types/batch.ts';
import { BIGINT, DOUBLE, INT, STRING, decimal, notNull, row, timestamp } from '../../../src/types/data-type.ts';
import { type OptionSet, parseOptions } from '../../../src/types/option-spec.ts';
import type { Schema } from '../../../src/types/schema.ts';
import { type Value, type Vector, getValue } from '../../../src/types/vector.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import { avscType } from '../../support/avro-oracle.ts';
import { spansOf } from './records.ts';

const format = findFormat('avro-confluent');
const VALUE: RecordPart = { kind: 'value', topic: 'orders' };
const SCHEMA: Schema = [
  { name: 'id', type: BIGINT },
  { name: 'name', type: STRING },
];

let platform: FakePlatform;
let registry: MemoryRegistry;
beforeEach(() => {
  platform = fakePlatform();
  registry = new MemoryRegistry();
  platform.transport.listen('reg:8081', registry);
});

const optionsOf = (given: Readonly<Record<string, string>> = {}) =>
  parseOptions('avro-confluent', format.options as OptionSet, { url: 'http://reg:8081', ...given });

function decoderOf(schema = SCHEMA, options: Readonly<Record<string, string>> = {}): RecordDecoder {
  const request = { schema, columns: schema.map(({ name, type }) => ({ path: [name], type })), timeZone: 'UTC' };
  const made = format.recordDecoder?.({ ...request, options: optionsOf(options), part: VALUE, context: platform });
  if (made === undefined) throw new Error('no decoder');
  return made;
}

const rowsOf = ({ batch }: DecodedRecords, schema: Schema): Value[][] =>
  Array.from({ length: batch.length }, (_, i) =>
    schema.map(({ type }, c) => getValue(batch.vectors[c] as Vector, i, type)),
  );

const framed = (id: number, datum: Uint8Array): Buffer => {
  const frame = Buffer.alloc(5);
  frame.writeInt32BE(id, 1);
  return Buffer.concat([frame, datum]);
};

/** Registers a writer's schema by hand; gives what makes its messages. */
function writer(id: number, schema: object): (value: unknown) => Buffer {
  registry.schemas.set(id, { schema: JSON.stringify(schema) });
  const type = avscType(schema);
  return (value) => framed(id, type.toBuffer(value));
}

async function read(records: readonly (Buffer | null)[], schema = SCHEMA, options: Record<string, string> = {}) {
  const decoder = decoderOf(schema, options);
  const spans = spansOf(records);
  await decoder.prepare?.(spans);
  const decoded = decoder.decode(spans);
  return { ...decoded, rows: rowsOf(decoded, schema) };
}

const record = (name: string, fields: readonly object[]): object => ({ type: 'record', name, fields });

describe('reading', () => {
  test('each message by the schema that it names, in the order of the messages', async () => {
    const one = writer(7, record('A', [{ name: 'id', type: 'int' }]));
    const two = writer(
      300,
      record('B', [
        { name: 'name', type: 'string' },
        { name: 'x', type: 'double' },
        { name: 'id', type: 'long' },
      ]),
    );
    const records = [
      one({ id: 1 }),
      null,
      one({ id: 2 }),
      two({ name: 'ä', x: 1, id: 3n }),
      null,
      one({ id: 4 }),
      two({ name: 'b', x: 1, id: 5n }),
    ];
    const { rows, recordOf, bad } = await read(records);
    expect(bad).toEqual([]);
    expect(rows).toEqual([
      [1n, null],
      [2n, null],
      [3n, 'ä'],
      [4n, null],
      [5n, 'b'],
    ]);
    expect([...(recordOf as Int32Array)].slice(0, 5)).toEqual([0, 2, 3, 5, 6]);
    expect(registry.requests.map(({ path }) => path).toSorted()).toEqual(['/schemas/ids/300', '/schemas/ids/7']);
  });

  test('schemas are asked for once, whoever asks', async () => {
    const one = writer(7, record('A', [{ name: 'id', type: 'int' }]));
    const spans = (): ReturnType<typeof spansOf> => spansOf([one({ id: 1 }), one({ id: 2 })]);
    const [a, b] = [decoderOf(), decoderOf()];
    await Promise.all([a.prepare?.(spans()), b.prepare?.(spans())]);
    expect(a.prepare?.(spans())).toBeNull();
    expect(decoderOf().prepare?.(spans())).toBeNull();
    expect(a.decode(spans()).batch.length).toBe(2);
    expect(registry.requests).toHaveLength(1);
  });

  test('what is no message of a registry, or of another schema, is bad; its neighbours are not', async () => {
    const one = writer(7, record('A', [{ name: 'id', type: 'int' }]));
    registry.schemas.set(8, { schema: '{}', schemaType: 'PROTOBUF' });
    registry.schemas.set(9, { schema: '{"type":"nonsense"}' });
    registry.schemas.set(10, { schema: '"string"' });
    const bytes = Buffer.from('x');
    const two = writer(11, record('B', [{ name: 'id', type: 'int' }]));
    const { rows, bad } = await read([
      one({ id: 1 }),
      Buffer.from('{"id":1}'),
      Buffer.alloc(0),
      Buffer.from([0, 0, 0, 0]),
      framed(8, bytes),
      two({ id: 2 }),
      framed(9, bytes),
      framed(10, Buffer.from([2, 97])),
      framed(404, bytes),
      framed(7, Buffer.from([0x80])),
      framed(7, Buffer.from([2, 2])),
      one({ id: 3 }),
    ]);
    expect(rows.map(([id]) => id)).toEqual([1n, 2n, 3n]);
    expect(bad.map(({ position, row: before, reason }) => [position, before, reason])).toEqual([
      [1, 1, 'the record does not begin with the id of a schema'],
      [2, 1, 'the record does not begin with the id of a schema'],
      [3, 1, 'the record does not begin with the id of a schema'],
      [4, 1, 'schema 8 is PROTOBUF, not Avro'],
      [6, 2, 'schema 9 cannot be used: malformed Avro schema: type "nonsense" is not defined'],
      [7, 2, 'the record cannot be read as ROW: it was written as string'],
      [8, 2, 'the schema registry knows no schema 404'],
      [9, 2, 'the record does not end where its schema says'],
      [10, 2, 'the record does not end where its schema says'],
    ]);
    expect(Buffer.from(bad[7]?.bytes ?? []).toString('hex')).toBe('000000000780');
  });

  test('an unknown id is asked for again after a while', async () => {
    const decoder = decoderOf();
    const spans = (): ReturnType<typeof spansOf> => spansOf([framed(7, Buffer.of(2))]);
    await decoder.prepare?.(spans());
    expect(decoder.decode(spans()).bad).toHaveLength(1);
    writer(7, record('A', [{ name: 'id', type: 'int' }]));
    expect(decoder.prepare?.(spans())).toBeNull();
    await platform.clock.advance(10_001);
    await decoder.prepare?.(spans());
    expect(rowsOf(decoder.decode(spans()), SCHEMA)).toEqual([[1n, null]]);
  });

  test('types that a schema takes from others', async () => {
    const point = record('geo.Point', [{ name: 'x', type: 'double' }]);
    registry.versions.set('points/3', { schema: JSON.stringify(point) });
    const holder = record('Holder', [{ name: 'at', type: 'geo.Point' }]);
    registry.schemas.set(7, {
      schema: JSON.stringify(holder),
      references: [{ name: 'geo.Point', subject: 'points', version: 3 }],
    });
    const schema: Schema = [{ name: 'at', type: row([{ name: 'x', type: DOUBLE }]) }];
    const datum = Buffer.alloc(8);
    datum.writeDoubleLE(1.5);
    expect((await read([framed(7, datum)], schema)).rows).toEqual([[[1.5]]]);
  });

  test('a field that is missing and must be there makes records bad, and says which', async () => {
    const one = writer(7, record('A', [{ name: 'id', type: 'int' }]));
    const schema: Schema = [
      { name: 'id', type: BIGINT },
      { name: 'must', type: notNull(STRING) },
    ];
    expect((await read([one({ id: 1 })], schema)).bad[0]?.reason).toBe(
      `field "must" is not in the writer's schema, and has no default`,
    );
  });

  test('logical types of the writer are kept to: scale, unit, enums', async () => {
    const one = writer(
      7,
      record('A', [
        { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 4 } },
        { name: 'fixed', type: { type: 'fixed', name: 'F', size: 3, logicalType: 'decimal', precision: 6, scale: 2 } },
        { name: 'ts', type: { type: 'long', logicalType: 'timestamp-micros' } },
        { name: 'color', type: { type: 'enum', name: 'Color', symbols: ['RED', 'GREEN'] } },
        { name: 'either', type: ['null', 'int', 'string'] },
      ]),
    );
    const schema: Schema = [
      { name: 'price', type: decimal(10, 2) },
      { name: 'fixed', type: decimal(10, 2) },
      { name: 'ts', type: timestamp(3) },
      { name: 'color', type: STRING },
      { name: 'either', type: INT },
    ];
    const value = {
      price: Buffer.from([0x01, 0xe2, 0x40]),
      fixed: Buffer.from([0xff, 0xff, 0xfe]),
      ts: 1_700_000_000_123_999n,
      color: 'GREEN',
      either: { int: 5 },
    };
    const { rows, bad } = await read(
      [one(value), one({ ...value, either: { string: 'x' } }), one({ ...value, either: null })],
      schema,
    );
    // 12.3456 is 12.35; -0.02; the microseconds are cut.
    expect(rows).toEqual([
      [1235n, -2n, 1_700_000_000_123, 'GREEN', 5],
      [1235n, -2n, 1_700_000_000_123, 'GREEN', null],
    ]);
    expect(bad.map(({ reason }) => reason)).toEqual(['field "either" cannot be read as INT: it was written as string']);
  });

  test('a schema of the table gives names of old and defaults', async () => {
    const one = writer(7, record('A', [{ name: 'old_id', type: 'int' }]));
    const schema = JSON.stringify(
      record('T', [
        { name: 'id', type: 'long', aliases: ['old_id'] },
        { name: 'name', type: ['string', 'null'], default: 'nobody' },
      ]),
    );
    const { rows } = await read([one({ id: 1, old_id: 4 })], SCHEMA, { schema });
    expect(rows).toEqual([[4n, 'nobody']]);
  });

  test('recursive types and unread fields of all kinds are passed over', async () => {
    const tree = record('Tree', [
      { name: 'value', type: 'int' },
      { name: 'next', type: ['null', 'Tree'] },
    ]);
    const one = writer(
      7,
      record('A', [
        { name: 'tree', type: tree },
        { name: 'list', type: { type: 'array', items: { type: 'map', values: 'bytes' } } },
        { name: 'id', type: 'int' },
      ]),
    );
    const value = {
      tree: { value: 1, next: { Tree: { value: 2, next: null } } },
      list: [{ a: Buffer.from('xyz') }, {}],
      id: 9,
    };
    expect((await read([one(value)])).rows).toEqual([[9n, null]]);
  });
});

describe('writing', () => {
  const prepare = (schema: Schema, options: Record<string, string> = {}, part = VALUE): Promise<void> =>
    format.prepare?.({ schema, options: optionsOf(options), part, for: 'writing', context: platform }) as Promise<void>;

  function encode(schema: Schema, rows: readonly (readonly Value[])[], options: Record<string, string> = {}): Buffer[] {
    const encoder = format.encoder?.({
      schema,
      options: optionsOf(options),
      timeZone: 'UTC',
      separator: new Uint8Array(0),
      part: VALUE,
      context: platform as FormatContext,
    });
    const builder = new BatchBuilder(schema);
    for (const values of rows) {
      const index = builder.addRow(INSERT);
      values.forEach((value, c) => builder.columns[c]?.set(index, value));
    }
    const { u8, ends } = encoder?.encode(builder.build()) ?? { u8: new Uint8Array(0), ends: new Int32Array(0) };
    return rows.map((_, i) => Buffer.from(u8.slice(i === 0 ? 0 : ends[i - 1], ends[i])));
  }

  test('registers the schema under the subject, and puts its id before each datum', async () => {
    await prepare(SCHEMA);
    expect(registry.requests.map(({ method, path }) => [method, path])).toEqual([
      ['POST', '/subjects/orders-value/versions'],
    ]);
    const { schema } = registry.schemas.get(1) as { schema: string };
    expect(JSON.parse(schema)).toEqual({
      type: 'record',
      name: 'record',
      namespace: 'org.apache.flink.avro.generated',
      fields: [
        { name: 'id', type: ['null', 'long'], default: null },
        { name: 'name', type: ['null', 'string'], default: null },
      ],
    });
    const [first] = encode(SCHEMA, [[5n, null]]);
    expect(first?.toString('hex')).toBe('0000000001020a00');
  });

  test('subjects of keys, and of their own name', async () => {
    await prepare(SCHEMA, {}, { kind: 'key', topic: 'a b' });
    await prepare(SCHEMA, { subject: 'mine/x' });
    expect(registry.requests.map(({ path }) => path)).toEqual([
      '/subjects/a%20b-key/versions',
      '/subjects/mine%2Fx/versions',
    ]);
    await expect(prepare(SCHEMA, {}, { kind: 'value', topic: '' })).rejects.toThrow('needs the option "subject"');
  });

  test('by a schema of the table', async () => {
    const schema = JSON.stringify(
      record('T', [
        { name: 'name', type: ['string', 'null'] },
        { name: 'id', type: 'long' },
      ]),
    );
    await prepare(SCHEMA, { schema });
    expect(
      encode(
        SCHEMA,
        [
          [1n, 'a'],
          [2n, null],
        ],
        { schema },
      ).map((each) => each.toString('hex')),
    ).toEqual(['000000000100026102', '00000000010204']);
    expect(() => encode(SCHEMA, [[null, 'a']], { schema })).toThrow('field "id" is NULL');
  });

  test('a schema that does not go with the table is refused', () => {
    const check = (fields: readonly object[]): void =>
      format.validate?.(SCHEMA, optionsOf({ schema: JSON.stringify(record('T', fields)) }));
    expect(() =>
      check([
        { name: 'id', type: 'string' },
        { name: 'name', type: 'string' },
      ]),
    ).toThrow('does not go with the table: field "id" cannot be read as BIGINT: it was written as string');
    expect(() => check([{ name: 'id', type: 'long' }])).toThrow(`field "name" is not in the writer's schema`);
  });

  test('what the registry refuses is said', async () => {
    registry.instead.push({
      status: 409,
      body: { error_code: 409, message: 'Schema being registered is incompatible' },
    });
    const error = await prepare(SCHEMA).catch((caught: unknown) => caught as EngineError);
    expect(error).toMatchObject({
      code: 'invalid_definition',
      message: 'the schema registry refuses the schema of subject "orders-value"',
      detail: 'Schema being registered is incompatible',
    });
  });
});

describe('the way to the registry', () => {
  /** Runs the clock until the promise has settled. */
  async function settled<T>(promise: Promise<T>): Promise<T | EngineError> {
    const over = { yet: false };
    const result = promise.catch((error: unknown) => error as EngineError).finally(() => (over.yet = true));
    for (let i = 0; i < 100 && !over.yet; i++) await platform.clock.advance(5000);
    return result;
  }
  const prepared = (options: Record<string, string> = {}): Promise<unknown> => {
    const decoder = decoderOf(SCHEMA, options);
    return Promise.resolve(decoder.prepare?.(spansOf([framed(7, Buffer.of(2))])));
  };
  const authorization = (): string | undefined => registry.requests[0]?.headers.get('authorization');

  test.each<[string, Record<string, string>, string | undefined]>([
    ['nothing', {}, undefined],
    [
      'name and password',
      { 'basic-auth.credentials-source': 'USER_INFO', 'basic-auth.user-info': 'me:se:cret' },
      'Basic bWU6c2U6Y3JldA==',
    ],
    ['those in the url', { url: 'http://me:s%20t@reg:8081', 'basic-auth.credentials-source': 'URL' }, 'Basic bWU6cyB0'],
    ['a token', { 'bearer-auth.credentials-source': 'STATIC_TOKEN', 'bearer-auth.token': 'abc' }, 'Bearer abc'],
  ])('sends %s', async (_, options, expected) => {
    await prepared(options);
    expect(authorization()).toBe(expected);
    expect(registry.requests[0]?.path).toBe('/schemas/ids/7');
  });

  test('keeps the path of the address', async () => {
    await settled(prepared({ url: 'http://reg:8081/apis/ccompat/v7/' }));
    expect(registry.requests[0]?.path).toBe('/apis/ccompat/v7/schemas/ids/7');
  });

  test('answers may come in pieces of any size', async () => {
    const one = writer(7, record('A', [{ name: 'id', type: 'int' }]));
    for (const chunked of [false, true]) {
      platform = fakePlatform();
      platform.transport.listen('reg:8081', registry);
      platform.transport.segmentBytes = 1;
      registry.chunked = chunked;
      expect((await read([one({ id: 1 })])).rows).toEqual([[1n, null]]);
    }
  });

  test('what fails for the moment is tried again', async () => {
    writer(7, record('A', [{ name: 'id', type: 'int' }]));
    registry.instead.push({ status: 500, body: {} }, 'cut', 'silence');
    expect(await settled(prepared())).not.toBeInstanceOf(Error);
    expect(registry.requests).toHaveLength(4);
  });

  test('what stays away is an error that a restart may mend, and that names it', async () => {
    platform.transport.shutDown('reg:8081');
    expect(await settled(prepared())).toMatchObject({ code: 'connection_failure', retryable: true });
    expect(((await settled(prepared())) as EngineError).message).toBe(
      'the schema registry at reg:8081 cannot be reached: cannot connect to reg:8081: nothing listens there',
    );
  });

  test('another address takes over', async () => {
    writer(7, record('A', [{ name: 'id', type: 'int' }]));
    expect(await settled(prepared({ url: 'http://gone:1,http://reg:8081' }))).not.toBeInstanceOf(Error);
    expect(registry.requests).toHaveLength(1);
  });

  test.each([
    [401, 'authentication_failed'],
    [403, 'authorization_failed'],
    [400, 'protocol_violation'],
  ])('%i is not tried again', async (status, code) => {
    registry.instead.push({ status, body: { message: 'no' } });
    expect(await settled(prepared())).toMatchObject({ code, retryable: false, detail: 'no' });
    expect(registry.requests).toHaveLength(1);
  });

  test('a wrong address is no unknown schema', async () => {
    expect(await settled(prepared({ url: 'http://reg:8081/wrong' }))).toMatchObject({
      code: 'protocol_violation',
      message: 'schema 7 cannot be read: the schema registry answers 404',
      detail: 'no such page',
    });
  });

  test('no secret is in any message', async () => {
    platform.transport.shutDown('reg:8081');
    const secret = { 'basic-auth.user-info': 'me:hidden', 'bearer-auth.token': 'hidden' };
    const error = (await settled(prepared({ url: 'http://me:hidden@reg:8081', ...secret }))) as EngineError;
    expect(JSON.stringify([error.message, error.detail, error.hint])).not.toContain('hidden');
    expect(() => decoderOf(SCHEMA, { url: 'hidden:me@reg' })).toThrow(
      'option "url" is no address of a schema registry',
    );
  });

  test('stores that cannot be read say so', async () => {
    const file = await platform.fileSystem.openWrite('/store.jks');
    await file.write(Uint8Array.of(0xfe, 0xed, 0xfe, 0xed, 0));
    await file.close();
    const error = await settled(prepared({ url: 'https://reg:8081', 'ssl.truststore.location': '/store.jks' }));
    expect(error).toMatchObject({ code: 'unsupported', hint: 'Convert it to PEM.' });
  });
});
