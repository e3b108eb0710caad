import { EngineError } from '../../../errors.ts';
import type { Cluster } from '../protocol/cluster.ts';
import { NO_ERROR, kafkaError } from '../protocol/error-codes.ts';
import { EARLIEST, LATEST } from '../protocol/requests/list-offsets.ts';
import { offsetFetch } from '../protocol/requests/offset-fetch.ts';
import type { OffsetReset } from './offset-reset.ts';
import { offsetsAt } from './offsets-at.ts';
import { type Partition, splitId } from './partitions.ts';
import type { Bound, ReadPlan } from './source-options.ts';

type Offsets = ReadonlyMap<string, number>;

/** Resolves where partitions begin and end to offsets, by split id, with one question per broker. */
export class Bounds {
  readonly #cluster: Cluster;
  readonly #plan: ReadPlan;
  readonly #committedOnly: boolean;

  constructor(cluster: Cluster, plan: ReadPlan, committedOnly: boolean) {
    this.#cluster = cluster;
    this.#plan = plan;
    this.#committedOnly = committedOnly;
  }

  /** Where to begin. */
  starts(partitions: readonly Partition[]): Promise<Offsets> {
    return this.#resolve(this.#plan.start, partitions, this.#plan.reset);
  }

  /** The first offsets that are not read; empty without end. */
  async stops(partitions: readonly Partition[]): Promise<Offsets> {
    return this.#plan.stop === null ? new Map() : this.#resolve(this.#plan.stop, partitions, 'none');
  }

  /** The first offset of each. */
  beginnings(partitions: readonly Partition[]): Promise<Offsets> {
    return this.#at(partitions, EARLIEST);
  }

  async #resolve(bound: Bound, partitions: readonly Partition[], reset: OffsetReset): Promise<Offsets> {
    switch (bound.kind) {
      case 'earliest':
        return this.#at(partitions, EARLIEST);
      case 'latest':
        return this.#at(partitions, LATEST);
      case 'timestamp':
        return this.#atTime(partitions, bound.timestamp);
      case 'group':
        return this.#committedOr(partitions, reset);
      case 'offsets': {
        const given = partitions.filter(({ partition }) => bound.offsets.has(partition));
        const others = partitions.filter(({ partition }) => !bound.offsets.has(partition));
        const found = given.map((one) => [splitId(one), bound.offsets.get(one.partition) as number] as const);
        return new Map([...found, ...(await this.#committedOr(others, 'earliest'))]);
      }
    }
  }

  async #at(partitions: readonly Partition[], timestamp: number): Promise<Offsets> {
    const questions = partitions.map(({ topic, partition }) => ({ topic, partition, timestamp }));
    const answers = await offsetsAt(this.#cluster, questions, this.#committedOnly);
    return new Map(answers.map((answer) => [splitId(answer), answer.offset]));
  }

  /** Where no record is at or after the time, the end. */
  async #atTime(partitions: readonly Partition[], timestamp: number): Promise<Offsets> {
    const ends = await this.#at(partitions, LATEST);
    const found = await this.#at(partitions, timestamp);
    return new Map([...ends, ...[...found].filter(([, offset]) => offset >= 0)]);
  }

  async #committedOr(partitions: readonly Partition[], reset: OffsetReset): Promise<Offsets> {
    if (partitions.length === 0) return new Map();
    const committed = await this.#committed(partitions);
    const without = partitions.filter((one) => !committed.has(splitId(one)));
    if (without.length === 0) return committed;
    if (reset === 'none') throw nothingCommitted(this.#plan.group, without);
    return new Map([...committed, ...(await this.#at(without, reset === 'earliest' ? EARLIEST : LATEST))]);
  }

  async #committed(partitions: readonly Partition[]): Promise<Offsets> {
    const { group } = this.#plan;
    if (group === null) return new Map();
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ partition }) => partition),
    }));
    const { offsets } = await this.#cluster.call(
      { kind: 'coordinator', type: 'group', key: group },
      offsetFetch,
      { group, topics },
      (answer) => answer.errorCode,
    );
    const failed = offsets.find(({ errorCode }) => errorCode !== NO_ERROR);
    if (failed !== undefined) throw kafkaError(failed.errorCode, `cannot ask for the offsets of group "${group}"`);
    return new Map(offsets.filter(({ offset }) => offset >= 0).map((one) => [splitId(one), one.offset]));
  }
}

function nothingCommitted(group: string | null, partitions: readonly Partition[]): EngineError {
  const names = partitions.map(({ topic, partition }) => `"${topic}" partition ${partition}`);
  const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  return new EngineError('invalid_option', `group "${group}" has committed no offset of ${shown}`, {
    hint: "Set 'properties.auto.offset.reset' to 'earliest' or 'latest', or another 'scan.startup.mode'.",
  });
}
