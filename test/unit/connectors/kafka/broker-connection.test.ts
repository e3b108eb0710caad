import { expect, test } from 'vitest';
import type { Api } from '../../../../src/connectors/kafka/protocol/api.ts';
import {
  BrokerConnection,
  type ConnectionSettings,
} from '../../../../src/connectors/kafka/protocol/broker-connection.ts';
import { FramePool } from '../../../../src/connectors/kafka/protocol/frame.ts';
import { type FakePlatform, fakePlatform } from '../../../../src/platform/fake-platform.ts';
import { type Answer, FakeBroker } from './fake-broker.ts';

/** Gives a number back, with as many bytes as it says. */
const echo: Api<
  { readonly number: number; readonly size?: number },
  { readonly number: number; readonly bytes: number }
> = {
  name: 'Echo',
  key: 1000,
  minVersion: 1,
  maxVersion: 4,
  flexibleFrom: 3,
  encode(to, { number, size = 0 }) {
    to.int32(number);
    to.int32(size);
    to.tags();
  },
  decode(from) {
    const number = from.int32();
    const bytes = from.bytesLength();
    from.skip(Math.max(0, bytes));
    from.tags();
    return { number, bytes };
  },
};

const NEVER: (number: number) => Answer | undefined = () => undefined;
const HOST = { host: 'broker', port: 9092 };

function settingsOf(platform: FakePlatform): ConnectionSettings {
  return {
    transport: platform.transport,
    clock: platform.clock,
    frames: new FramePool(1 << 20),
    tls: null,
    clientId: 'test',
    connectTimeoutMs: 1000,
    requestTimeoutMs: 1000,
    authenticate: null,
  };
}

function brokerOf(platform: FakePlatform, { max = 9, silent = NEVER } = {}): FakeBroker {
  const answer = ({ body }: { readonly body: { int32(): number } }): Answer => {
    const number = body.int32();
    const size = body.int32();
    const other = silent(number);
    if (other !== undefined) return other;
    return (to) => {
      to.int32(number);
      to.bytes(new Uint8Array(size));
      to.tags();
    };
  };
  return FakeBroker.listen(platform.transport, 'broker:9092', new Map([[1000, { max, flexibleFrom: 3, answer }]]));
}

test('answers of every size find their questions, however the bytes arrive', async () => {
  for (const segmentBytes of [1, 7, 1000, Infinity]) {
    const platform = fakePlatform();
    brokerOf(platform);
    platform.transport.segmentBytes = segmentBytes;
    const connection = await BrokerConnection.open(HOST, settingsOf(platform));
    const sizes =
      segmentBytes === 1 ? [0, 1, 20_000] : [0, 1, 4, 16_383, 16_384, 32_768, 65_536, 1_000_000, 3, 200_000];
    const questions = sizes.map((size, number) => connection.request(echo, { number, size }));
    expect(await Promise.all(questions)).toEqual(sizes.map((bytes, number) => ({ number, bytes })));
    connection.close();
  }
});

test('the newest version that both speak; none is an error that says which there are', async () => {
  for (const [max, version] of [
    [9, 4],
    [4, 4],
    [2, 2],
    [1, 1],
  ] as const) {
    const platform = fakePlatform();
    brokerOf(platform, { max });
    const connection = await BrokerConnection.open(HOST, settingsOf(platform));
    expect(connection.versionOf(echo)).toBe(version);
    expect(await connection.request(echo, { number: 1, size: 5 })).toEqual({ number: 1, bytes: 5 });
  }
  const platform = fakePlatform();
  brokerOf(platform, { max: 0 });
  const connection = await BrokerConnection.open(HOST, settingsOf(platform));
  expect(() => connection.versionOf(echo)).toThrow('the broker at broker:9092 cannot be asked Echo');
});

test('no answer in time fails all that waits, and the connection', async () => {
  const platform = fakePlatform();
  brokerOf(platform, { silent: (number) => (number === 1 ? null : undefined) });
  const connection = await BrokerConnection.open(HOST, settingsOf(platform));
  const first = connection.request(echo, { number: 1 }).catch((error: unknown) => error);
  await platform.clock.advance(999);
  expect(connection.closed).toBe(false);
  await platform.clock.advance(1);
  expect(await first).toMatchObject({
    code: 'connection_timeout',
    message: 'broker:9092 did not answer Echo in 1000 ms',
  });
  expect(connection.closed).toBe(true);
  await expect(connection.request(echo, { number: 2 })).rejects.toMatchObject({ code: 'connection_timeout' });
  expect(platform.clock.pending).toBe(0);
});

test('a broker that hangs up fails what waits; before its first answer it may want a login', async () => {
  const platform = fakePlatform();
  brokerOf(platform, { silent: (number) => (number === 1 ? 'hang-up' : undefined) });
  for (const [answered, hint] of [
    [true, undefined],
    [false, expect.stringContaining('login')],
  ] as const) {
    const connection = await BrokerConnection.open(HOST, settingsOf(platform));
    if (answered) await connection.request(echo, { number: 2 });
    await expect(connection.request(echo, { number: 1 })).rejects.toMatchObject({
      code: 'connection_failure',
      message: 'broker:9092 closed the connection',
      hint,
    });
  }
});

test('what is not Kafka is said to be so', async () => {
  for (const [text, hint] of [
    ['HTTP/1.1 400 Bad Request\r\n', undefined],
    ['\x15\x03\x03\x00\x02\x02\x50', expect.stringContaining('TLS')],
  ] as const) {
    const platform = fakePlatform();
    platform.transport.listen('broker:9092', { accept: (peer) => () => peer.send(Buffer.from(text, 'latin1')) });
    await expect(BrokerConnection.open(HOST, settingsOf(platform))).rejects.toMatchObject({
      code: 'protocol_violation',
      message: 'the answer is not that of a Kafka broker',
      hint,
    });
  }
});

test('an answer that is too short for what it says ends the connection, not the process', async () => {
  const platform = fakePlatform();
  brokerOf(platform, { silent: () => (to) => to.int32(7) });
  const connection = await BrokerConnection.open(HOST, settingsOf(platform));
  await expect(connection.request(echo, { number: 1 })).rejects.toMatchObject({ code: 'protocol_violation' });
  expect(connection.closed).toBe(true);
});
