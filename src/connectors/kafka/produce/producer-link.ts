import { EngineError } from '../../../errors.ts';
import type { Clock } from '../../../platform/platform.ts';
import type { Api } from '../protocol/api.ts';
import type { Cluster } from '../protocol/cluster.ts';
import { NO_ERROR, UNKNOWN_TOPIC_OR_PARTITION, kafkaError } from '../protocol/error-codes.ts';
import { apiVersions } from '../protocol/requests/api-versions.ts';
import { metadata } from '../protocol/requests/metadata.ts';

/** What producing needs of a cluster. */
export interface ProducerLink {
  /**
   * The nodes that lead a topic's partitions, by partition (-1 = none now). `renew`: the topic is known to be there. A
   * topic that does not exist is created where brokers do that.
   */
  leaders(topic: string, renew: boolean): Promise<readonly number[]>;
  send<Request, Response>(node: number, api: Api<Request, Response>, request: Request): Promise<Response>;
  /** Sends a request that is not answered; resolves when the broker has read it. */
  sendUnanswered<Request>(node: number, api: Api<Request, unknown>, request: Request): Promise<void>;
}

/** How long a topic that does not exist may take to appear. */
const TOPIC_CREATION_MS = 10_000;
const LEADER_NOT_AVAILABLE = 5;

export function producerLink(cluster: Cluster, clock: Clock, backoffMs: number): ProducerLink {
  return {
    async leaders(topic, renew) {
      const startMs = clock.monotonic();
      for (;;) {
        const { topics } = await cluster.call({ kind: 'any' }, metadata, { topics: [topic], create: true });
        const found = topics.find(({ name }) => name === topic);
        const code = found?.errorCode ?? UNKNOWN_TOPIC_OR_PARTITION;
        const partitions = found?.partitions ?? [];
        if (code === NO_ERROR && partitions.length > 0) {
          const leaders: number[] = Array.from({ length: partitions.length }, () => -1);
          for (const { partition, leader } of partitions) leaders[partition] = leader;
          return leaders;
        }
        // A topic appears some time after the first question about it.
        const mayPass = code === NO_ERROR || code === UNKNOWN_TOPIC_OR_PARTITION || code === LEADER_NOT_AVAILABLE;
        if (!mayPass || renew || clock.monotonic() - startMs > TOPIC_CREATION_MS) {
          throw refused(topic, code, renew);
        }
        await clock.sleep(backoffMs);
      }
    },
    async send(node, api, request) {
      const connection = await cluster.connect(node, 'produce');
      return connection.request(api, request);
    },
    async sendUnanswered(node, api, request) {
      const connection = await cluster.connect(node, 'produce');
      connection.post(api, request);
      // A connection's requests are dealt with in order: when this answer is there, the one before it has been read.
      await connection.request(apiVersions, null);
    },
  };
}

function refused(topic: string, code: number, renew: boolean): EngineError {
  if (code !== UNKNOWN_TOPIC_OR_PARTITION || renew) return kafkaError(code, `cannot write to topic "${topic}"`);
  return new EngineError('undefined_object', `topic "${topic}" does not exist`, {
    hint: 'Create it first: these brokers do not ("auto.create.topics.enable").',
  });
}
