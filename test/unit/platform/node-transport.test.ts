import { type AddressInfo, type Server, createServer } from 'node:net';
import { expect, test } from 'vitest';
import type { EngineError } from '../../../src/errors.ts';
import { nodeTransport } from '../../../src/platform/node-transport.ts';
import type { ByteReceiver } from '../../../src/platform/platform.ts';

class Collector implements ByteReceiver {
  readonly #memory = new Uint8Array(1000);
  readonly bytes: number[] = [];
  readonly over = Promise.withResolvers<EngineError | null>();

  buffer(): Uint8Array {
    return this.#memory;
  }
  received(sizeBytes: number): void {
    this.bytes.push(...this.#memory.subarray(0, sizeBytes));
  }
  closed(error: EngineError | null): void {
    this.over.resolve(error);
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const to = (port: number, receiver: ByteReceiver, timeoutMs = 5000) => ({
  host: '127.0.0.1',
  port,
  timeoutMs,
  receiver,
});

test('bytes come in order, into the memory of the receiver, until the peer ends', async () => {
  const server = createServer((socket) => {
    socket.on('data', (chunk) => socket.write(chunk));
    socket.on('error', () => {});
  });
  const port = await listen(server);
  const receiver = new Collector();
  const connection = await nodeTransport.connect(to(port, receiver));
  const sent = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
  connection.write(sent.subarray(0, 1), sent.subarray(1, 60_000), sent.subarray(60_000));
  await expect.poll(() => receiver.bytes.length).toBe(sent.length);
  expect(Uint8Array.from(receiver.bytes)).toEqual(sent);
  connection.close();
  server.close();
});

test('a peer that ends is no error; one that resets is', async () => {
  for (const [how, code] of [
    ['end', undefined],
    ['resetAndDestroy', 'connection_failure'],
  ] as const) {
    const server = createServer((socket) => socket.once('data', () => socket[how]()));
    const receiver = new Collector();
    const connection = await nodeTransport.connect(to(await listen(server), receiver));
    connection.write(new Uint8Array(1));
    expect((await receiver.over.promise)?.code).toBe(code);
    server.close();
  }
});

test('nobody there, and a TLS handshake that nobody answers', async () => {
  const server = createServer((socket) => socket.resume());
  const port = await listen(server);
  const slow = nodeTransport.connect({ ...to(port, new Collector(), 100), tls: { checkHostName: true } });
  await expect(slow).rejects.toMatchObject({
    code: 'connection_timeout',
    message: `no connection to 127.0.0.1:${port} within 100 ms`,
  });
  await new Promise((resolve) => server.close(resolve));
  await expect(nodeTransport.connect(to(port, new Collector()))).rejects.toMatchObject({ code: 'connection_failure' });
});

test('certificates that cannot be used are said to be the reason', async () => {
  const connecting = nodeTransport.connect({
    ...to(1, new Collector()),
    tls: { checkHostName: true, key: 'x', cert: 'y' },
  });
  await expect(connecting).rejects.toMatchObject({ code: 'invalid_option' });
});
