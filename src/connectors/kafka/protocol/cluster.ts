/**
 * The brokers of a cluster: who they are, who leads and coordinates what, and a connection to each where one is needed.
 *
 * A request over `call` is tried again while the failure is one that passes (a broker that restarts, an election), with
 * growing waits, for at most `apiTimeoutMs`; before the first contact for `firstContactMs`, so that a wrong address is
 * said soon.
 */
import { EngineError, toEngineError } from '../../../errors.ts';
import type { Random } from '../../../platform/platform.ts';
import type { Api } from './api.ts';
import { Backoff } from './backoff.ts';
import { type BrokerAddress, BrokerConnection, type ConnectionSettings } from './broker-connection.ts';
import { NO_ERROR, isRetriableKafkaError, kafkaError } from './error-codes.ts';
import { findCoordinator } from './requests/find-coordinator.ts';
import { type MetadataResponse, metadata } from './requests/metadata.ts';

export interface ClusterSettings {
  readonly bootstrap: readonly BrokerAddress[];
  readonly connection: ConnectionSettings;
  readonly random: Random;
  readonly apiTimeoutMs: number;
  readonly firstContactMs: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

/** Connections with different purposes do not wait for each other's answers. */
type Purpose = 'control' | 'fetch' | 'produce';

/** Who answers a request: a broker by id, the controller, who coordinates a group or transaction, or anyone. */
export type Target =
  | { readonly kind: 'any' }
  | { readonly kind: 'node'; readonly node: number }
  | { readonly kind: 'coordinator'; readonly type: 'group' | 'transaction'; readonly key: string };

export class Cluster {
  readonly #settings: ClusterSettings;
  #brokers: ReadonlyMap<number, BrokerAddress> = new Map();
  readonly #open = new Map<string, Promise<BrokerConnection>>();
  readonly #coordinators = new Map<string, number>();
  readonly #closing = new AbortController();

  constructor(settings: ClusterSettings) {
    this.#settings = settings;
  }

  /**
   * Asks about topics (null = all) and learns the brokers' addresses on the way. A topic that does not exist is in the
   * answer with its error.
   */
  async metadata(topics: readonly string[] | null): Promise<MetadataResponse> {
    return this.call({ kind: 'any' }, metadata, { topics });
  }

  /**
   * Asks until there is an answer. `errorOf` finds an error inside the answer (a Kafka code): retriable ones are tried
   * again, others are thrown.
   */
  async call<Q, A>(
    target: Target,
    api: Api<Q, A>,
    request: Q,
    errorOf: (answer: A) => number = () => NO_ERROR,
  ): Promise<A> {
    const { clock } = this.#settings.connection;
    const backoff = new Backoff(this.#settings.backoffMs, this.#settings.backoffMaxMs, this.#settings.random);
    const startMs = clock.monotonic();
    for (;;) {
      let failure: EngineError;
      try {
        const connection = await this.#reach(target);
        const answer = await connection.request(api, request);
        if ((api as unknown) === metadata) this.#learn(answer as MetadataResponse);
        const code = errorOf(answer);
        if (code === NO_ERROR) return answer;
        failure = kafkaError(code, `${api.name} failed`);
        if (!isRetriableKafkaError(code)) throw failure;
      } catch (error) {
        failure = toEngineError(error);
        if (!isPassing(failure)) throw failure;
      }
      this.#forget(target);
      const limitMs = this.#brokers.size === 0 ? this.#settings.firstContactMs : this.#settings.apiTimeoutMs;
      const waitMs = backoff.nextMs();
      if (clock.monotonic() + waitMs - startMs > limitMs) throw failure;
      await clock.sleep(waitMs, this.#closing.signal);
      this.#checkOpen();
    }
  }

  /** A connection to a broker that metadata named. One per purpose, opened when first asked for or after it broke. */
  async connect(node: number, purpose: Purpose): Promise<BrokerConnection> {
    const address = this.#brokers.get(node);
    if (address === undefined) throw new EngineError('connection_failure', `the cluster has no broker ${node}`);
    return this.#connect(`${purpose} ${node} ${address.host}:${address.port}`, address);
  }

  /** The broker that coordinates a group or a transaction; remembered until a request to it fails. */
  async coordinator(type: 'group' | 'transaction', key: string): Promise<number> {
    const known = this.#coordinators.get(`${type} ${key}`);
    if (known !== undefined && this.#brokers.has(known)) return known;
    const found = await this.call({ kind: 'any' }, findCoordinator, { type, key }, (answer) => answer.errorCode);
    this.#brokers = new Map([...this.#brokers, [found.node, { host: found.host, port: found.port }]]);
    this.#coordinators.set(`${type} ${key}`, found.node);
    return found.node;
  }

  /** Waits, unless the cluster is closed. */
  async pause(ms: number): Promise<void> {
    await this.#settings.connection.clock.sleep(ms, this.#closing.signal);
    this.#checkOpen();
  }

  /** What is under way fails, and nothing is tried again. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const opening of this.#open.values()) {
      opening.then(
        (connection) => connection.close(),
        () => {}, // It never opened, and whoever asked for it has been told.
      );
    }
    this.#open.clear();
  }

  async #reach(target: Target): Promise<BrokerConnection> {
    switch (target.kind) {
      case 'any':
        return this.#anyone();
      case 'node':
        return this.connect(target.node, 'control');
      case 'coordinator':
        return this.connect(await this.coordinator(target.type, target.key), 'control');
    }
  }

  /** Brokers that metadata named, in random order, then the bootstrap servers in theirs. */
  async #anyone(): Promise<BrokerConnection> {
    const { random, bootstrap } = this.#settings;
    const known = [...this.#brokers.keys()];
    const first = Math.floor(random.next() * known.length);
    const attempts = [
      ...known
        .map((_, i) => known[(first + i) % known.length] as number)
        .map((node) => () => this.connect(node, 'control')),
      ...bootstrap.map((address) => () => this.#connect(`bootstrap ${address.host}:${address.port}`, address)),
    ];
    const failures: EngineError[] = [];
    for (const attempt of attempts) {
      try {
        return await attempt();
      } catch (error) {
        const failure = toEngineError(error);
        if (!isPassing(failure)) throw failure;
        failures.push(failure);
      }
    }
    throw this.#unreachable(failures);
  }

  #unreachable(failures: readonly EngineError[]): EngineError {
    const servers = this.#settings.bootstrap.map(({ host, port }) => `${host}:${port}`).join(', ');
    const reasons = [...new Set(failures.map((failure) => failure.message))].join('; ');
    const hint = failures.find((failure) => failure.hint !== undefined)?.hint;
    const slow = failures.some((failure) => failure.code === 'connection_timeout');
    return new EngineError(
      slow ? 'connection_timeout' : 'connection_failure',
      `no broker of ${servers} can be reached: ${reasons}`,
      { cause: failures[0], hint: hint ?? "Check 'properties.bootstrap.servers' and that the brokers run." },
    );
  }

  async #connect(key: string, address: BrokerAddress): Promise<BrokerConnection> {
    this.#checkOpen();
    const open = this.#open.get(key);
    if (open !== undefined) {
      const connection = await open;
      if (!connection.closed) return connection;
      if (this.#open.get(key) === open) this.#open.delete(key);
      return this.#connect(key, address);
    }
    const opening = BrokerConnection.open(address, this.#settings.connection);
    this.#open.set(key, opening);
    try {
      const connection = await opening;
      this.#checkOpen(connection);
      return connection;
    } catch (error) {
      if (this.#open.get(key) === opening) this.#open.delete(key);
      throw error;
    }
  }

  #learn(answer: MetadataResponse): void {
    if (answer.brokers.length === 0) return;
    this.#brokers = new Map(answer.brokers.map(({ id, host, port }) => [id, { host, port }]));
  }

  #forget(target: Target): void {
    if (target.kind === 'coordinator') this.#coordinators.delete(`${target.type} ${target.key}`);
  }

  #checkOpen(connection?: BrokerConnection): void {
    if (!this.#closing.signal.aborted) return;
    connection?.close();
    throw new EngineError('query_cancelled', 'the connector was closed');
  }
}

/** Failures that pass by themselves. */
export function isPassing(error: EngineError): boolean {
  return error.code === 'connection_failure' || error.code === 'connection_timeout';
}
