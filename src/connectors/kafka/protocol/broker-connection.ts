/**
 * One connection to one broker: requests go out as they come, answers are matched by correlation id (brokers answer in
 * the order asked, so a slow request holds up those behind it). A request that takes too long closes the connection,
 * since nothing after it would be answered either; so does an answer that cannot be read.
 */
import { EngineError, toEngineError } from '../../../errors.ts';
import type { Clock, Connection, TlsOptions, Transport } from '../../../platform/platform.ts';
import type { Api, ApiVersionRange } from './api.ts';
import { NO_ERROR, kafkaError } from './error-codes.ts';
import type { Frame, FramePool } from './frame.ts';
import { FrameReceiver } from './frame-receiver.ts';
import { apiVersions } from './requests/api-versions.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

export interface ConnectionSettings {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly frames: FramePool;
  readonly tls: TlsOptions | null;
  readonly clientId: string;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Proves who we are, right after the versions are known; null where the broker does not ask. */
  readonly authenticate: ((connection: BrokerConnection) => Promise<void>) | null;
}

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

interface Pending {
  readonly api: Api<unknown, unknown>;
  readonly version: number;
  readonly cancelTimer: () => void;
  resolve(response: unknown): void;
  reject(error: EngineError): void;
}

export class BrokerConnection {
  readonly address: BrokerAddress;
  readonly #settings: ConnectionSettings;
  readonly #pending = new Map<number, Pending>();
  #connection: Connection | null = null;
  #versions: ReadonlyMap<number, ApiVersionRange> = new Map();
  #correlationId = 0;
  #failure: EngineError | null = null;
  #ready = false;
  /** Whether it has answered a question of substance. */
  #understood = false;

  private constructor(address: BrokerAddress, settings: ConnectionSettings) {
    this.address = address;
    this.#settings = settings;
  }

  /** Connects, learns what the broker speaks and authenticates. */
  static async open(address: BrokerAddress, settings: ConnectionSettings): Promise<BrokerConnection> {
    const connection = new BrokerConnection(address, settings);
    try {
      await connection.#open();
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  get closed(): boolean {
    return this.#failure !== null;
  }

  /** The newest version of a request that both sides speak. */
  versionOf(api: Pick<Api<never, unknown>, 'name' | 'key' | 'minVersion' | 'maxVersion'>): number {
    const range = this.#versions.get(api.key);
    const version = Math.min(range?.max ?? -1, api.maxVersion);
    if (range === undefined || version < Math.max(range.min, api.minVersion)) {
      const theirs = range === undefined ? 'none' : `${range.min} to ${range.max}`;
      throw new EngineError('unsupported', `the broker at ${this.#where} cannot be asked ${api.name}`, {
        detail: `It speaks versions ${theirs} of it, we speak ${api.minVersion} to ${api.maxVersion}.`,
        hint: 'Kafka 2.4 and newer brokers are supported.',
      });
    }
    return version;
  }

  /** Sends a request. `timeoutMs` is the setting's unless the broker may take longer by intent. */
  request<Q, A>(api: Api<Q, A>, request: Q, timeoutMs = this.#settings.requestTimeoutMs): Promise<A> {
    return this.#send(api, request, this.versionOf(api), timeoutMs);
  }

  /** Sends a request that brokers do not answer. */
  post<Q>(api: Api<Q, unknown>, request: Q): void {
    if (this.#failure !== null) throw this.#failure;
    const correlationId = (this.#correlationId = (this.#correlationId + 1) | 0);
    const { clientId } = this.#settings;
    this.#connection?.write(...encodeRequest(api, request, { version: this.versionOf(api), correlationId, clientId }));
  }

  /** Whatever waits for an answer fails. */
  close(reason = new EngineError('connection_failure', `the connection to ${this.#where} was closed`)): void {
    if (this.#failure !== null) return;
    this.#failure = reason;
    this.#connection?.close();
    for (const pending of this.#pending.values()) {
      pending.cancelTimer();
      pending.reject(reason);
    }
    this.#pending.clear();
  }

  get #where(): string {
    return `${this.address.host}:${this.address.port}`;
  }

  async #open(): Promise<void> {
    const { transport, tls, connectTimeoutMs, frames, authenticate, requestTimeoutMs } = this.#settings;
    const receiver = new FrameReceiver(frames, {
      frame: (frame) => this.#onFrame(frame),
      closed: (error) => this.close(error ?? this.#closedByPeer()),
    });
    this.#connection = await transport.connect({
      ...this.address,
      ...(tls === null ? {} : { tls }),
      timeoutMs: connectTimeoutMs,
      receiver,
    });
    // Of three, a broker of any age understands this one, or says so in version 0.
    const answer = await this.#send(apiVersions, null, apiVersions.maxVersion, requestTimeoutMs);
    if (answer.errorCode !== NO_ERROR)
      throw kafkaError(answer.errorCode, `cannot agree with ${this.#where} on versions`);
    this.#versions = new Map(answer.apis.map((range) => [range.key, range]));
    if (authenticate !== null) await authenticate(this);
    this.#ready = true;
  }

  #send<Q, A>(api: Api<Q, A>, request: Q, version: number, timeoutMs: number): Promise<A> {
    const connection = this.#connection;
    if (this.#failure !== null || connection === null) return Promise.reject(this.#failure ?? this.#closedByPeer());
    const correlationId = (this.#correlationId = (this.#correlationId + 1) | 0);
    const message = encodeRequest(api, request, { version, correlationId, clientId: this.#settings.clientId });
    const { promise, resolve, reject } = Promise.withResolvers<A>();
    const cancelTimer = this.#settings.clock.schedule(timeoutMs, () => {
      this.close(new EngineError('connection_timeout', `${this.#where} did not answer ${api.name} in ${timeoutMs} ms`));
    });
    this.#pending.set(correlationId, {
      api: api as Api<unknown, unknown>,
      version,
      cancelTimer,
      resolve: resolve as (response: unknown) => void,
      reject,
    });
    connection.write(...message);
    return promise;
  }

  #onFrame(frame: Frame): void {
    const reader = new WireReader(frame.buf, 0, frame.sizeBytes);
    const pending = this.#pending.get(reader.int32());
    try {
      if (pending === undefined) {
        this.close(new EngineError('protocol_violation', `${this.#where} answers what was not asked`));
        return;
      }
      this.#pending.delete(frame.buf.readInt32BE(0));
      pending.cancelTimer();
      const { api, version } = pending;
      reader.flexible = version >= api.flexibleFrom;
      if (api.key !== apiVersions.key) reader.tags();
      pending.resolve(api.decode(reader, version, frame));
      this.#understood ||= this.#ready;
    } catch (error) {
      pending?.reject(toEngineError(error));
      this.close(toEngineError(error));
    } finally {
      frame.release();
    }
  }

  /** A broker that does not like what it hears says nothing: it hangs up. */
  #closedByPeer(): EngineError {
    const hint =
      this.#settings.tls === null
        ? "Perhaps it expects TLS or a login: see 'properties.security.protocol'."
        : 'Perhaps it expects a certificate or a login of ours.';
    return new EngineError(
      'connection_failure',
      `${this.#where} closed the connection`,
      this.#understood ? {} : { hint },
    );
  }
}

function encodeRequest<Q>(
  api: Api<Q, unknown>,
  request: Q,
  header: { readonly version: number; readonly correlationId: number; readonly clientId: string },
): readonly Uint8Array[] {
  const to = new WireWriter();
  to.int32(0);
  to.int16(api.key);
  to.int16(header.version);
  to.int32(header.correlationId);
  to.nullableString(header.clientId);
  to.flexible = header.version >= api.flexibleFrom;
  to.tags();
  api.encode(to, request, header.version);
  const sizeBytes = to.length - 4;
  const parts = to.finish();
  Buffer.from((parts[0] as Uint8Array).buffer, (parts[0] as Uint8Array).byteOffset, 4).writeInt32BE(sizeBytes, 0);
  return parts;
}
