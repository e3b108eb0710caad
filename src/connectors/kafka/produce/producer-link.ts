import type { Api } from '../protocol/api.ts';

/** What producing needs of a cluster. */
export interface ProducerLink {
  /**
   * The nodes that lead a topic's partitions, by partition (-1 = none now). `renew` asks the cluster again. A topic that
   * does not exist is created where brokers do that.
   */
  leaders(topic: string, renew: boolean): Promise<readonly number[]>;
  send<Request, Response>(node: number, api: Api<Request, Response>, request: Request): Promise<Response>;
  /** Sends a request that is not answered. */
  sendUnanswered<Request>(node: number, api: Api<Request, unknown>, request: Request): Promise<void>;
  /** The node that coordinates the transactions of an id. */
  coordinator(transactionalId: string, renew: boolean): Promise<number>;
  /** Any node, for questions that every broker answers. */
  anyNode(): Promise<number>;
  nodes(): Promise<readonly number[]>;
  close(): Promise<void>;
}
