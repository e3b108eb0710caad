/**
 * A topic's partitions as splits. Nothing is connected before the splits are listed: sources are also made to be asked
 * what they are.
 *
 * A position is the offset to read next, with the topic's id (a topic that was deleted and created anew is another one)
 * and the offset where reading ends, so that a restart neither moves the end nor asks for it again.
 */
import { EngineError } from '../../../errors.ts';
import type { ParsedOptions } from '../../../types/option-spec.ts';
import type { ChangelogMode } from '../../../types/table-definition.ts';
import type { Position, ReadRequest, RecordReader, Source, SourceRequest, Split } from '../../connector.ts';
import { openCluster } from '../config/open-cluster.ts';
import type { Cluster } from '../protocol/cluster.ts';
import { NO_TOPIC_ID } from '../protocol/requests/metadata.ts';
import { Bounds } from './bounds.ts';
import { Codecs } from './codecs.ts';
import { Fetching } from './fetching.ts';
import { GroupCommits } from './group-commits.ts';
import { MetadataColumns } from './metadata-columns.ts';
import { PartitionLog } from './partition-log.ts';
import { type Partition, listPartitions, splitId } from './partitions.ts';
import { KafkaRecordReader } from './record-reader.ts';
import { RecordSpace } from './record-walk.ts';
import { type ReadPlan, readPlan } from './source-options.ts';

/** Looking for new partitions does not hold up reading for longer: what it finds later is listed the next time. */
const DISCOVERY_PATIENCE_MS = 500;

interface Running {
  readonly cluster: Cluster;
  readonly fetching: Fetching;
  readonly bounds: Bounds;
  readonly codecs: Codecs;
}

interface Range {
  readonly offset: number;
  readonly stopOffset: number;
}

export class KafkaSource implements Source {
  readonly boundedness: 'bounded' | 'unbounded';
  readonly changelog: ChangelogMode;
  readonly guarantee = 'exactly-once';
  readonly discoveryIntervalMs: number;
  readonly reading = 'parallel';
  readonly #plan: ReadPlan;
  readonly #options: ParsedOptions;
  readonly #context: SourceRequest['context'];
  readonly #committedOnly: boolean;
  #running: Promise<Running> | null = null;
  #fetching: Fetching | null = null;
  #commits: GroupCommits | null = null;
  #partitions = new Map<string, Partition>();
  #discovery: Promise<void> | null = null;
  #ranges: Promise<ReadonlyMap<string, Range>> | null = null;
  #listener: () => void = () => {};
  #closed = false;

  constructor({ options, context }: SourceRequest, keyed: boolean) {
    this.#plan = readPlan(options, keyed);
    this.#options = options;
    this.#context = context;
    this.#committedOnly = options.string('properties.isolation.level') === 'read_committed';
    this.boundedness = this.#plan.stop === null ? 'unbounded' : 'bounded';
    this.changelog = { updateBefore: false, updateAfter: keyed, delete: keyed };
    const intervalMs = options.number('scan.topic-partition-discovery.interval') as number;
    this.discoveryIntervalMs = this.#plan.stop === null ? intervalMs : 0;
  }

  async listSplits(): Promise<readonly Split[]> {
    const { cluster } = await this.#run();
    const discovery = (this.#discovery ??= this.#discover(cluster));
    if (this.#partitions.size === 0) await discovery;
    else await Promise.race([discovery, cluster.pause(DISCOVERY_PATIENCE_MS)]);
    return [...this.#partitions.keys()].map((id) => ({ id }));
  }

  async open(request: ReadRequest): Promise<RecordReader> {
    const { fetching, codecs } = await this.#run();
    const partition = this.#partitions.get(request.split.id);
    if (partition === undefined) {
      throw new EngineError('data_lost', `partition "${request.split.id}" does not exist any more`, {
        hint: 'Start the job anew (--fresh) if its topic was deleted on purpose.',
      });
    }
    const { range, topicId } = await this.#rangeOf(request, partition);
    const log = new PartitionLog({ ...partition, ...range, topicId });
    const keys = request.columns.filter(({ kind }) => kind === 'metadata').map(({ path }) => path[0] as string);
    const metadata = new MetadataColumns(keys, partition.topic, partition.partition);
    const reader = new KafkaRecordReader(log, {
      codecs,
      checksCrc: this.#options.boolean('properties.check.crcs'),
      committedOnly: this.#committedOnly,
      readsKey: request.readsKey === true,
      metadata,
      space: (capacity) => new RecordSpace(capacity, metadata),
      close: async () => fetching.remove(log),
    });
    fetching.add(log);
    return reader;
  }

  onData(listener: () => void): void {
    this.#listener = listener;
  }

  async onCheckpoint(positions: readonly { readonly split: string; readonly position: Position }[]): Promise<void> {
    if (!this.#options.boolean('properties.commit.offsets.on.checkpoint')) return;
    await this.#commits?.commit(
      new Map(positions.map(({ split, position }) => [split, (position as { readonly offset: number }).offset])),
    );
  }

  /**
   * `lag`: records not read yet; `purged`: records that were gone before they were read; `unreachable`: partitions whose
   * broker does not answer; `failed_commits`: commits of the group's offsets that failed in a row.
   */
  gauges(): Readonly<Record<string, number>> {
    const logs = [...(this.#fetching?.logs ?? [])];
    const sum = (of: (log: PartitionLog) => number): number => logs.reduce((total, log) => total + of(log), 0);
    return {
      lag: sum((log) => log.lag),
      buffered_bytes: sum((log) => log.bufferedBytes),
      purged: sum((log) => log.purged),
      unreachable: this.#fetching?.unreachable ?? 0,
      ...(this.#commits === null ? {} : { failed_commits: this.#commits.failures }),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#fetching?.close();
    // Whoever asked for it was told if it could not be opened.
    const running = await this.#running?.catch(() => null);
    await running?.cluster.close();
  }

  #run(): Promise<Running> {
    this.#running ??= this.#start();
    return this.#running;
  }

  async #start(): Promise<Running> {
    const { clock, random } = this.#context;
    const { group, reset } = this.#plan;
    const cluster = await openCluster(this.#options, this.#context);
    if (this.#closed) {
      await cluster.close();
      throw new EngineError('query_cancelled', 'the source was closed');
    }
    const codecs = await Codecs.load();
    const number = (name: string): number => this.#options.number(`properties.${name}`) as number;
    this.#fetching = new Fetching(
      cluster,
      codecs,
      { clock, random, onData: () => this.#listener() },
      {
        fetch: {
          maxWaitMs: number('fetch.max.wait.ms'),
          minBytes: number('fetch.min.bytes'),
          maxBytes: number('fetch.max.bytes'),
          maxPartitionBytes: number('max.partition.fetch.bytes'),
          requestTimeoutMs: number('request.timeout.ms'),
          committedOnly: this.#committedOnly,
        },
        reset,
        metadataMaxAgeMs: number('metadata.max.age.ms'),
        backoffMs: number('reconnect.backoff.ms'),
        backoffMaxMs: number('reconnect.backoff.max.ms'),
      },
    );
    this.#commits = group === null ? null : new GroupCommits(cluster, group);
    return {
      cluster,
      fetching: this.#fetching,
      bounds: new Bounds(cluster, this.#plan, this.#committedOnly),
      codecs,
    };
  }

  /** What fails here fails the first listing; later ones go on with what is known. */
  async #discover(cluster: Cluster): Promise<void> {
    const isFirst = this.#partitions.size === 0;
    try {
      const found = await listPartitions(cluster, this.#plan.topics);
      // A partition that was listed stays: its reader says what has become of it.
      for (const partition of found) this.#partitions.set(splitId(partition), partition);
    } catch (error) {
      if (isFirst) throw error;
    } finally {
      this.#discovery = null;
    }
  }

  async #rangeOf(
    { position, discovered, split }: ReadRequest,
    partition: Partition,
  ): Promise<{ readonly range: Range; readonly topicId: string }> {
    if (position !== null) return restored(position, partition);
    const { topicId } = partition;
    if (discovered === true) {
      const { bounds } = await this.#run();
      const offset = (await bounds.beginnings([partition])).get(split.id) as number;
      return { topicId, range: { offset, stopOffset: Infinity } };
    }
    this.#ranges ??= this.#findRanges();
    const range = (await this.#ranges).get(split.id);
    if (range !== undefined) return { topicId, range };
    // It was listed after the others were resolved.
    this.#ranges = null;
    return this.#rangeOf({ position, split, columns: [] }, partition);
  }

  async #findRanges(): Promise<ReadonlyMap<string, Range>> {
    const { bounds } = await this.#run();
    const partitions = [...this.#partitions.values()];
    // The end first: a start beyond it, found a moment later, is an empty range.
    const stops = await bounds.stops(partitions);
    const starts = await bounds.starts(partitions);
    return new Map([...starts].map(([id, offset]) => [id, { offset, stopOffset: stops.get(id) ?? Infinity }] as const));
  }
}

function restored(position: Position, partition: Partition): { readonly range: Range; readonly topicId: string } {
  const { offset, topicId, stopOffset } = position as { readonly [key: string]: number | string | undefined };
  if (typeof offset !== 'number') {
    throw new EngineError('internal_error', `"${splitId(partition)}" cannot be read from ${JSON.stringify(position)}`);
  }
  return {
    range: { offset, stopOffset: typeof stopOffset === 'number' ? stopOffset : Infinity },
    topicId: typeof topicId === 'string' && topicId !== NO_TOPIC_ID ? topicId : partition.topicId,
  };
}
