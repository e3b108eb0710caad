/** A broker without a network: answers requests by functions, over `MemoryTransport`. */
import type { MemoryPeer, MemoryServer, MemoryTransport } from '../../../../src/platform/memory-transport.ts';
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
  /** How long a broker takes for an answer. */
  readonly delay?: (request: FakeRequest, send: () => void) => void;
}

export class FakeBroker implements MemoryServer {
  readonly #apis: ReadonlyMap<number, FakeApi>;
  /** Keys of the requests so far. */
  readonly asked: number[] = [];

  private constructor(apis: ReadonlyMap<number, FakeApi>) {
    this.#apis = apis;
  }

  accept(peer: MemoryPeer): (bytes: Uint8Array) => void {
    let kept = Buffer.alloc(0);
    return (bytes) => {
      kept = Buffer.concat([kept, bytes]);
      while (kept.length >= 4 && kept.length >= 4 + kept.readInt32BE(0)) {
        const end = 4 + kept.readInt32BE(0);
        const message = Buffer.from(kept.subarray(4, end));
        kept = kept.subarray(end);
        this.#answer(message, peer);
      }
    };
  }

  static listen(transport: MemoryTransport, address: string, apis: ReadonlyMap<number, FakeApi>): FakeBroker {
    const broker = new FakeBroker(apis);
    transport.listen(address, broker);
    return broker;
  }

  #answer(message: Buffer, peer: MemoryPeer): void {
    const body = new WireReader(message, 0, message.length);
    const [key, version, correlationId] = [body.int16(), body.int16(), body.int32()];
    this.asked.push(key);
    body.nullableString();
    const api = this.#apis.get(key);
    const isFlexible = key === 18 ? version >= 3 : version >= (api?.flexibleFrom ?? 99);
    body.flexible = isFlexible;
    body.tags();
    const request = { key, version, body };
    const send = (): void => {
      const write = key === 18 ? this.#versions(version) : (api?.answer(request) ?? null);
      if (write === 'hang-up') peer.cut();
      else if (write !== null) peer.send(answerBytes(write, { correlationId, isFlexible, hasTags: key !== 18 }));
    };
    if (api?.delay === undefined) send();
    else api.delay(request, send);
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

function answerBytes(
  write: (to: WireWriter) => void,
  header: { readonly correlationId: number; readonly isFlexible: boolean; readonly hasTags: boolean },
): Uint8Array {
  const to = new WireWriter();
  to.int32(0);
  to.int32(header.correlationId);
  to.flexible = header.isFlexible;
  if (header.hasTags) to.tags();
  write(to);
  const bytes = Buffer.concat(to.finish());
  bytes.writeInt32BE(bytes.length - 4, 0);
  return bytes;
}
