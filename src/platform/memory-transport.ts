import { EngineError } from '../errors.ts';
import type { ByteReceiver, ConnectOptions, Connection, Transport } from './platform.ts';

/** The other end of a connection of `MemoryTransport`. */
export interface MemoryPeer {
  /** Sends bytes to the client. */
  send(bytes: Uint8Array): void;
  /** Ends the connection, with or without a reason. */
  cut(error?: EngineError): void;
}

export interface MemoryServer {
  /** A client has connected. What the result does with bytes is the server's answer to them. */
  accept(peer: MemoryPeer): (bytes: Uint8Array) => void;
}

/**
 * A network without one: servers are objects, bytes arrive in the order sent, each delivery in a microtask of its own
 * and at most `segmentBytes` at a time.
 */
export class MemoryTransport implements Transport {
  readonly #servers = new Map<string, MemoryServer>();
  readonly #open = new Map<string, Set<MemoryPeer>>();
  segmentBytes = Infinity;

  listen(address: string, server: MemoryServer): void {
    this.#servers.set(address, server);
  }

  /** Nothing answers at the address any more; its connections break. */
  shutDown(address: string): void {
    this.#servers.delete(address);
    const peers = this.#open.get(address) ?? [];
    this.#open.delete(address);
    for (const peer of peers) peer.cut();
  }

  async connect(options: ConnectOptions): Promise<Connection> {
    const address = `${options.host}:${options.port}`;
    const server = this.#servers.get(address);
    if (server === undefined) {
      throw new EngineError('connection_failure', `cannot connect to ${address}: nothing listens there`);
    }
    const link = new Link(options.receiver, () => this.segmentBytes);
    const peers = this.#open.get(address) ?? new Set();
    this.#open.set(address, peers.add(link));
    const receive = server.accept(link);
    return {
      write: (...chunks) => {
        for (const chunk of chunks) if (!link.closed) receive(chunk.slice());
      },
      close: () => {
        link.closed = true;
        peers.delete(link);
      },
    };
  }
}

class Link implements MemoryPeer {
  closed = false;
  readonly #receiver: ByteReceiver;
  readonly #segmentBytes: () => number;
  #deliveries: Promise<void> = Promise.resolve();

  constructor(receiver: ByteReceiver, segmentBytes: () => number) {
    this.#receiver = receiver;
    this.#segmentBytes = segmentBytes;
  }

  send(bytes: Uint8Array): void {
    const copy = bytes.slice();
    this.#then(() => {
      for (let at = 0; at < copy.length && !this.closed;) {
        const into = this.#receiver.buffer();
        const count = Math.min(into.length, copy.length - at, this.#segmentBytes());
        into.set(copy.subarray(at, at + count));
        this.#receiver.received(count);
        at += count;
      }
    });
  }

  cut(error?: EngineError): void {
    this.#then(() => {
      if (this.closed) return;
      this.closed = true;
      this.#receiver.closed(error ?? null);
    });
  }

  #then(run: () => void): void {
    this.#deliveries = this.#deliveries.then(run);
  }
}
