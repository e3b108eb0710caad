/** Brokers without a network that hold one topic: as much of Kafka as a reader sees. */
import type { FakePlatform } from '../../../../src/platform/fake-platform.ts';
import { type Answer, FakeBroker, type FakeApi, type FakeRequest } from './fake-broker.ts';

const TOPIC = 'topic';

interface FakePartition {
  leader: number;
  /** Whole batches, each with the offset behind it. */
  readonly batches: { readonly bytes: Buffer; readonly next: number }[];
}

export interface AskedFetch {
  readonly node: number;
  readonly maxWaitMs: number;
  readonly partitions: readonly { readonly topicId: string; readonly partition: number; readonly offset: number }[];
}

export class FakeCluster {
  readonly #platform: FakePlatform;
  readonly partitions: FakePartition[];
  topicId = 'ab'.repeat(16);
  exists = true;
  /** Every fetch so far. */
  readonly fetches: AskedFetch[] = [];
  /** A code that the next fetches of a node are answered with. */
  readonly refusals = new Map<number, number>();
  readonly #asked = new WeakMap<FakeRequest['body'], AskedFetch['partitions']>();
  /** Nodes that do not answer fetches. */
  readonly silent = new Set<number>();

  constructor(platform: FakePlatform, leaders: readonly number[]) {
    this.#platform = platform;
    this.partitions = leaders.map((leader) => ({ leader, batches: [] }));
    this.start(1);
    this.start(2);
  }

  start(node: number): void {
    const apis = new Map<number, FakeApi>([
      [3, { max: 12, flexibleFrom: 9, answer: () => this.#metadata() }],
      [2, { max: 7, flexibleFrom: 6, answer: (request) => this.#listOffsets(request) }],
      [
        1,
        {
          max: 13,
          flexibleFrom: 12,
          answer: (request) => this.#fetch(node, request),
          delay: (request, send) => this.#delayFetch(node, request, send),
        },
      ],
    ]);
    FakeBroker.listen(this.#platform.transport, `broker-${node}:9092`, apis);
  }

  stop(node: number): void {
    this.#platform.transport.shutDown(`broker-${node}:9092`);
  }

  append(partition: number, bytes: Buffer, next: number): void {
    this.partitions[partition]?.batches.push({ bytes, next });
  }

  #end(partition: number): number {
    return this.partitions[partition]?.batches.at(-1)?.next ?? 0;
  }

  #metadata(): Answer {
    return (to) => {
      to.int32(0);
      to.array([1, 2], (node) => {
        to.int32(node);
        to.string(`broker-${node}`);
        to.int32(9092);
        to.nullableString(null);
        to.tags();
      });
      to.nullableString('cluster');
      to.int32(1);
      to.array([TOPIC], (name) => {
        to.int16(this.exists ? 0 : 3);
        to.nullableString(name);
        to.uuid(this.topicId);
        to.boolean(false);
        to.array(this.exists ? this.partitions : [], (one) => {
          to.int16(0);
          to.int32(this.partitions.indexOf(one));
          to.int32(one.leader);
          to.int32(0);
          for (let list = 0; list < 3; list++) to.array([], () => {});
          to.tags();
        });
        to.int32(0);
        to.tags();
      });
      to.tags();
    };
  }

  #listOffsets({ body }: FakeRequest): Answer {
    body.int32();
    body.int8();
    const asked = body.array(() => {
      body.string();
      const partitions = body.array(() => {
        const one = { partition: body.int32(), epoch: body.int32(), timestamp: body.int64() };
        body.tags();
        return one;
      });
      body.tags();
      return partitions;
    });
    return (to) => {
      to.int32(0);
      to.array([asked.flat()], (partitions) => {
        to.string(TOPIC);
        to.array(partitions, ({ partition, timestamp }) => {
          to.int32(partition);
          to.int16(0);
          to.int64(-1);
          to.int64(timestamp === -2 ? 0 : this.#end(partition));
          to.int32(0);
          to.tags();
        });
        to.tags();
      });
      to.tags();
    };
  }

  #fetch(node: number, { body, version }: FakeRequest): Answer {
    const asked = this.#asked.get(body) ?? [];
    if (this.silent.has(node)) return null;
    const code = this.refusals.get(node) ?? 0;
    return (to) => {
      to.int32(0);
      to.int16(0);
      to.int32(0);
      to.array([asked], (partitions) => {
        const topic = asked[0]?.topicId ?? '';
        if (version >= 13) to.uuid(topic);
        else to.string(topic);
        to.array(partitions, ({ partition, offset }) => {
          const { leader, batches } = this.partitions[partition] as FakePartition;
          const errorCode = code === 0 && leader !== node ? 6 : code;
          const batch = errorCode === 0 ? batches.find(({ next }) => next > offset) : undefined;
          to.int32(partition);
          to.int16(errorCode);
          to.int64(this.#end(partition));
          to.int64(this.#end(partition));
          to.int64(0);
          to.array([], () => {});
          to.int32(-1);
          to.bytes(batch?.bytes ?? new Uint8Array(0));
          to.tags();
        });
        to.tags();
      });
      to.tags();
    };
  }

  /** A broker that has nothing answers after the time that it was given, or, here, when it has something by then. */
  #delayFetch(node: number, { body, version }: FakeRequest, send: () => void): void {
    body.int32();
    const maxWaitMs = body.int32();
    body.skip(4 + 4 + 1 + 4 + 4);
    const asked = body
      .array(() => {
        const topicId = version >= 13 ? body.uuid() : body.string();
        const partitions = body.array(() => {
          const partition = body.int32();
          body.int32();
          const offset = body.int64();
          body.skip(4 + 8 + 4);
          body.tags();
          return { topicId, partition, offset };
        });
        body.tags();
        return partitions;
      })
      .flat();
    this.#asked.set(body, asked);
    this.fetches.push({ node, maxWaitMs, partitions: asked });
    const hasNews = this.refusals.has(node) || asked.some(({ partition, offset }) => this.#end(partition) > offset);
    if (hasNews || maxWaitMs === 0) send();
    else this.#platform.clock.schedule(maxWaitMs, send);
  }
}
