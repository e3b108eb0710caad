import { EngineError } from '../../errors.ts';
import type { OptionSet, ParsedOptions } from '../../types/option-spec.ts';
import type { GeneratorConfig } from './generator.ts';

const unused = (doc: string): string => `${doc}. Accepted as the reference does, without effect`;

export const NEXMARK_OPTIONS: OptionSet = {
  'first-event.rate': { type: 'int', default: '10000', doc: 'Events per second of event time, over all splits' },
  'next-event.rate': { type: 'int', default: '10000', doc: unused('Rate after the first period') },
  'rate.shape': { type: 'enum', values: ['SQUARE', 'SINE'], default: 'SQUARE', doc: unused('Shape of the rate') },
  'rate.period': { type: 'duration', default: '600 s', doc: unused('Period of the rate') },
  'rate.limited': { type: 'boolean', default: 'false', doc: unused('Whether the rate is held') },
  'events.num': { type: 'bigint', default: '0', doc: 'How many events over all splits; 0 = without end' },
  'person.proportion': { type: 'int', default: '1', doc: 'Persons among proportion-sum events' },
  'auction.proportion': { type: 'int', default: '3', doc: 'Auctions among proportion-sum events' },
  'bid.proportion': { type: 'int', default: '46', doc: 'Bids among proportion-sum events' },
  'person.avg-size': { type: 'memory', default: '200b', doc: 'Average size of a person, which `extra` fills up' },
  'auction.avg-size': { type: 'memory', default: '500b', doc: 'Average size of an auction, which `extra` fills up' },
  'bid.avg-size': { type: 'memory', default: '100b', doc: 'Average size of a bid, which `extra` fills up' },
  'bid.hot-ratio.auctions': { type: 'int', default: '2', doc: 'One bid in so many is not on a hot auction' },
  'bid.hot-ratio.bidders': { type: 'int', default: '4', doc: 'One bid in so many is not by a hot bidder' },
  'auction.hot-ratio.sellers': { type: 'int', default: '4', doc: 'One auction in so many is not by a hot seller' },
  'keep-alive': { type: 'boolean', default: 'false', doc: 'Whether the source goes on without events after the last' },
  'stop-at': { type: 'bigint', default: '-1', doc: 'Ends the source after so many events over all splits; -1 = never' },
  'max-emit-speed': {
    type: 'boolean',
    default: 'true',
    doc: 'Events as fast as they can be made; false holds them to the event-time rate on the wall clock',
  },
  seed: { type: 'bigint', default: '1', doc: 'Events follow from it; each seed is another stream' },
  'base-time': { type: 'string', default: '2015-07-15 00:00:00', doc: 'Event time zero, in UTC' },
};

export interface NexmarkConfig {
  readonly seed: bigint;
  readonly eventCount: number;
  /** -1 = no stop. */
  readonly stopAt: number;
  /** Whether there is no end to the events, or none to the source after them. */
  readonly staysAlive: boolean;
  readonly paced: boolean;
  readonly splits: number;
  /** The generator's part, for the first split. */
  readonly generator: GeneratorConfig;
}

/** What the reference takes for "no end": ids stay in 53 bits. */
const ENDLESS = 368_934_881_474_191;

export function nexmarkConfig(options: ParsedOptions, splits: number): NexmarkConfig {
  const number = (key: string, least: number, most = Number.MAX_SAFE_INTEGER): number => {
    const value = options.number(key) as number;
    if (value >= least && value <= most) return value;
    throw new EngineError('invalid_option', `option "${key}" of connector "nexmark" cannot be ${value}`, {
      hint: `It is at least ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${most}`}.`,
    });
  };
  const personProportion = number('person.proportion', 0, 1_000_000);
  const auctionProportion = number('auction.proportion', 0, 1_000_000);
  const bidProportion = number('bid.proportion', 0, 1_000_000);
  if (personProportion + auctionProportion + bidProportion === 0) {
    throw new EngineError('invalid_option', 'connector "nexmark" has nothing to make: all proportions are 0');
  }
  const events = number('events.num', 0, ENDLESS);
  return {
    seed: BigInt(options.string('seed') as string),
    eventCount: events === 0 ? ENDLESS : events,
    stopAt: number('stop-at', -1),
    staysAlive: events === 0 || options.boolean('keep-alive'),
    paced: !options.boolean('max-emit-speed'),
    splits,
    generator: {
      firstEventId: 1,
      baseTimeMs: parseBaseTime(options.string('base-time') as string),
      delayUs: (1_000_000 / number('first-event.rate', 1, 2_147_483_647)) * splits,
      personProportion,
      auctionProportion,
      bidProportion,
      personSize: number('person.avg-size', 0, 524_288),
      auctionSize: number('auction.avg-size', 0, 524_288),
      bidSize: number('bid.avg-size', 0, 524_288),
      hotAuctionRatio: number('bid.hot-ratio.auctions', 1, 2_147_483_647),
      hotBidderRatio: number('bid.hot-ratio.bidders', 1, 2_147_483_647),
      hotSellerRatio: number('auction.hot-ratio.sellers', 1, 2_147_483_647),
    },
  };
}

function parseBaseTime(text: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})(\.\d{1,3})?$/.exec(text.trim());
  const time = match === null ? Number.NaN : Date.parse(`${text.trim().replace(' ', 'T')}Z`);
  if (!Number.isNaN(time)) return time;
  throw new EngineError('invalid_option', `option "base-time" cannot be '${text}'`, {
    hint: "It is a UTC time such as '2015-07-15 00:00:00'.",
  });
}
