/** The topics of a cluster, asked for when a statement names one. Connects at the first question. */
import { EngineError } from '../../../errors.ts';
import { type ParsedOptions, parseOptions } from '../../../types/option-spec.ts';
import type { CatalogRequest, ExternalCatalog, ExternalTable } from '../../catalog-type.ts';
import type { Source } from '../../connector.ts';
import { openCluster } from '../config/open-cluster.ts';
import { kafka } from '../index.ts';
import type { Cluster } from '../protocol/cluster.ts';
import { NO_ERROR, kafkaError } from '../protocol/error-codes.ts';
import { EARLIEST, LATEST } from '../protocol/requests/list-offsets.ts';
import type { MetadataTopic } from '../protocol/requests/metadata.ts';
import { offsetsAt } from '../source/offsets-at.ts';
import { splitId } from '../source/partitions.ts';
import { CATALOG_OPTIONS, registryOf, tableOptionsOf } from './options.ts';
import { RECORDS_PER_END, type Sample, sampleRecords } from './sample.ts';
import { topicTable } from './topic-table.ts';

/** UNKNOWN_TOPIC_OR_PARTITION and INVALID_TOPIC_EXCEPTION: there is no topic of that name. */
const NO_SUCH_TOPIC: ReadonlySet<number> = new Set([3, 17]);

export class KafkaCatalog implements ExternalCatalog {
  readonly #request: CatalogRequest;
  readonly #database: string;
  #cluster: Promise<Cluster> | null = null;

  constructor(request: CatalogRequest) {
    this.#request = request;
    this.#database = request.options.string('default-database') ?? 'default';
  }

  databases(): Promise<readonly string[]> {
    return Promise.resolve([this.#database]);
  }

  async tables(database: string): Promise<readonly string[]> {
    if (database !== this.#database) return [];
    const { topics } = await (await this.#connected).metadata(null);
    return topics.filter(({ isInternal }) => !isInternal).map(({ name }) => name);
  }

  async table(database: string, name: string): Promise<ExternalTable | null> {
    const topic = database === this.#database && name !== '' ? await this.#topic(name) : null;
    if (topic === null) return null;
    const { keys, values } = await this.#sample(topic);
    if (values.length === 0) {
      const what = keys.length === 0 ? 'is empty' : 'holds no values';
      throw new EngineError('bad_record', `no schema can be inferred: topic "${name}" ${what}`, {
        hint: 'Declare its columns with CREATE TABLE, or ask again when it holds records.',
      });
    }
    const { inferRecords, given, context } = this.#request;
    const registry = registryOf(given);
    const [value, key] = await Promise.all([
      inferRecords({ records: values, part: { kind: 'value', topic: name }, registry, context }),
      keys.length === 0 ? null : inferRecords({ records: keys, part: { kind: 'key', topic: name }, registry, context }),
    ]);
    return topicTable({ topic: name, value, key, options: tableOptionsOf(given) });
  }

  async close(): Promise<void> {
    await (await this.#cluster)?.close();
  }

  get #connected(): Promise<Cluster> {
    return (this.#cluster ??= openCluster(lookupOptions(this.#request.given), this.#request.context));
  }

  async #topic(name: string): Promise<MetadataTopic | null> {
    const { topics } = await (await this.#connected).metadata([name]);
    const [topic] = topics;
    if (topic === undefined || NO_SUCH_TOPIC.has(topic.errorCode)) return null;
    if (topic.errorCode !== NO_ERROR) throw kafkaError(topic.errorCode, `cannot look at topic "${name}"`);
    return topic;
  }

  async #sample({ name, partitions }: MetadataTopic): Promise<Sample> {
    const ends = await this.#offsets(name, partitions, LATEST);
    const starts = await this.#offsets(name, partitions, EARLIEST);
    const last = ends.map((end, i) => {
      const offset = Math.max(starts[i] as number, end - RECORDS_PER_END);
      return `partition:${(partitions[i] as { partition: number }).partition},offset:${offset}`;
    });
    const filled = partitions.filter((_, i) => (ends[i] as number) > (starts[i] as number));
    const sources = {
      first: this.#source(name, { 'scan.startup.mode': 'earliest-offset' }),
      last: this.#source(name, {
        'scan.startup.mode': 'specific-offsets',
        'scan.startup.specific-offsets': last.join(';'),
      }),
    };
    try {
      return await sampleRecords({
        ...sources,
        filled: new Set(filled.map(({ partition }) => splitId({ topic: name, partition }))),
        clock: this.#request.context.clock,
      });
    } finally {
      await Promise.all([sources.first.close(), sources.last.close()]);
    }
  }

  async #offsets(topic: string, partitions: MetadataTopic['partitions'], timestamp: number): Promise<number[]> {
    const questions = partitions.map(({ partition }) => ({ topic, partition, timestamp }));
    const answers = await offsetsAt(await this.#connected, questions, this.#committedOnly);
    return answers.map(({ offset }) => offset);
  }

  get #committedOnly(): boolean {
    return this.#request.options.string('properties.isolation.level') === 'read_committed';
  }

  /** The topic as a query reads it, up to where it ends now. */
  #source(topic: string, start: Readonly<Record<string, string>>): Source {
    const { given, context } = this.#request;
    const properties = Object.fromEntries(Object.entries(given).filter(([key]) => key.startsWith('properties.')));
    const written = { topic, ...properties, ...start, 'scan.bounded.mode': 'latest-offset' };
    const options: ParsedOptions = parseOptions('connector "kafka"', kafka.options, written);
    const table = {
      path: ['', '', topic],
      columns: [],
      metadata: [],
      primaryKey: [],
      partitionKeys: [],
      options: { connector: 'kafka', ...written },
    };
    const source = kafka.source?.({ table, options, context });
    if (source === undefined) throw new EngineError('internal_error', 'the kafka connector has no source');
    return source;
  }
}

/** Somebody waits for the answer: shorter than for a job, unless it is said how long. */
const LOOKUP_MS = '5000';

function lookupOptions(given: Readonly<Record<string, string>>): ParsedOptions {
  const properties = Object.entries(given).filter(([key]) => key.startsWith('properties.'));
  return parseOptions('catalog type "kafka"', CATALOG_OPTIONS, {
    'properties.default.api.timeout.ms': LOOKUP_MS,
    ...Object.fromEntries(properties),
  });
}
