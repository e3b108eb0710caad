/** A broker without a network: answers requests by functions, over `MemoryTransport`. */
import type { MemoryServer, MemoryTransport } from '../../../../src/platform/memory-transport.ts';
import { WireReader } from '../../../../src/connectors/kafka/protocol/wire-reader.ts';
import { WireWriter } from '../../../../src/connectors/kafka/protocol/wire-writer.ts';

export interface FakeRequest {
  readonly key: number;
  readonly version: number;
  readonly body: WireReader;
}

/** Writes an answer's body; null = never answers; `hang-up` ends the connection. */
export type Answer = ((to: WireWriter) => void) | null | 'hang-up';

/** Requests by key, with the newest version that the broker speaks and the oldest whose answer's header has tags. */
export interface FakeApi {
  readonly max: number;
  readonly flexibleFrom: number;
  readonly answer: (request: FakeRequest) => Answer;
}

export class FakeBroker implements MemoryServer {
  readonly #apis: ReadonlyMap<number, FakeApi>;
  /** Keys of the requests so far. */
  readonly asked: number[] = [];

  constructor(transport: MemoryTransport, address: string, apis: ReadonlyMap<number, FakeApi>) {
    this.#apis = apis;
    transport.listen(address, this);
  }

  accept(peer: Parameters<MemoryServer['accept']>[0]): (bytes: Uint8Array) => void {
    let kept = Buffer.alloc(0);
    return (bytes) => {
      kept = Buffer.concat([kept, bytes]);
      while (kept.length >= 4 && kept.length >= 4 + kept.readInt32BE(0)) {
        const end = 4 + kept.readInt32BE(0);
        const message = Buffer.from(kept.subarray(4, end));
        kept = kept.subarray(end);
        const answer = this.#answer(message);
        if (answer === 'hang-up') peer.cut();
        else if (answer !== null) peer.send(answer);
      }
    };
  }

  #answer(message: Buffer): Uint8Array | null | 'hang-up' {
    const body = new WireReader(message, 0, message.length);
    const [key, version, correlationId] = [body.int16(), body.int16(), body.int32()];
    this.asked.push(key);
    body.nullableString();
    const api = this.#apis.get(key);
    const isFlexible = key === 18 ? version >= 3 : version >= (api?.flexibleFrom ?? 99);
    body.flexible = isFlexible;
    body.tags();
    const write = key === 18 ? this.#versions(version) : (api?.answer({ key, version, body }) ?? null);
    if (write === null || write === 'hang-up') return write;
    const to = new WireWriter();
    to.int32(0);
    to.int32(correlationId);
    to.flexible = isFlexible;
    if (key !== 18) to.tags();
    write(to);
    const bytes = Buffer.concat(to.finish());
    bytes.writeInt32BE(bytes.length - 4, 0);
    return bytes;
  }

  #versions(version: number): (to: WireWriter) => void {
    return (to) => {
      to.flexible = version >= 3;
      to.int16(0);
      to.array([...this.#apis], ([key, { max }]) => {
        to.int16(key);
        to.int16(0);
        to.int16(max);
        to.tags();
      });
      to.int32(0);
      to.tags();
    };
  }
}
