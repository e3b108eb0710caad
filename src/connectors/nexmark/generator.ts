/**
 * The events of one split, written straight into columns.
 *
 * The reference draws its random numbers in one fixed order, so every draw is made whether or not its value is read:
 * a value that no column wants is passed over, except where it decides how many draws follow (bounds, rejections and
 * lengths of texts). An event costs 8 to 10 draws for a bid and about 120 for an auction.
 */
import type { BytesBuilder, F64Builder, I64Builder } from '../../types/column-builder.ts';
import { newPool } from '../../types/vector.ts';
import type { NexmarkColumns } from './columns.ts';
import { SplittableRandom } from './splittable-random.ts';
import { CHANNELS, EXTRA_POOL_SIZE, HOT_CHANNELS, type Texts, drawText } from './texts.ts';

const FIRST_ID = 1000;
const FIRST_CATEGORY = 10;
const CATEGORIES = 5;
const ACTIVE_PEOPLE = 1000;
const IN_FLIGHT_AUCTIONS = 100;
const ID_LEAD = 10;
const HOT_GROUP = 100;
const HOT_CHANNEL_RATIO = 2;
const TWO_32 = 4294967296;

const encode = (texts: readonly string[]): Uint8Array[] => texts.map((text) => new TextEncoder().encode(text));
const FIRST_NAMES = encode('Peter Paul Luke John Saul Vicky Kate Julie Sarah Deiter Walter'.split(' '));
const LAST_NAMES = encode('Shultz Abrams Spencer White Bartels Walton Smith Jones Noris'.split(' '));
const CITIES = encode('Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne'.split(','));
const STATES = encode(['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']);

export interface GeneratorConfig {
  readonly firstEventId: number;
  readonly baseTimeMs: number;
  /** Microseconds of event time between two events of a split. */
  readonly delayUs: number;
  readonly personProportion: number;
  readonly auctionProportion: number;
  readonly bidProportion: number;
  readonly personSize: number;
  readonly auctionSize: number;
  readonly bidSize: number;
  readonly hotAuctionRatio: number;
  readonly hotBidderRatio: number;
  readonly hotSellerRatio: number;
}

export class NexmarkGenerator {
  readonly #config: GeneratorConfig;
  readonly #texts: Texts;
  readonly #random: SplittableRandom;
  readonly #total: number;
  readonly #aheadEvents: number;
  readonly #scratch = newPool(1024).u8;
  #count: number;
  #epoch: number;
  #offset: number;

  /** Goes on after `count` events, with the random state that was there then. */
  constructor(config: GeneratorConfig, texts: Texts, start: { readonly count: number; readonly state: bigint }) {
    this.#config = config;
    this.#texts = texts;
    this.#random = new SplittableRandom(start.state);
    this.#total = config.personProportion + config.auctionProportion + config.bidProportion;
    this.#aheadEvents = Math.floor((IN_FLIGHT_AUCTIONS * this.#total) / Math.max(1, config.auctionProportion));
    this.#count = start.count;
    const id = config.firstEventId + 1 + start.count;
    this.#epoch = Math.floor(id / this.#total);
    this.#offset = id % this.#total;
  }

  get count(): number {
    return this.#count;
  }

  get state(): bigint {
    return this.#random.state;
  }

  /** Event time of the event `number` (the first is 1), epoch ms. */
  timeOf(number: number): number {
    return this.#config.baseTimeMs + Math.floor(Math.trunc(number * this.#config.delayUs) / 1000);
  }

  /** Writes the next events to rows `start` to `end` of `columns`, for which room was made. */
  fill(columns: NexmarkColumns, start: number, end: number): void {
    columns.clear(start, end);
    const { personProportion, auctionProportion } = this.#config;
    const { eventType, hasRows } = columns;
    for (let at = start; at < end; at++) {
      this.#count++;
      const time = this.timeOf(this.#count);
      let type = 2;
      if (this.#offset < personProportion) {
        type = 0;
        this.#person(columns, at, time);
      } else if (this.#offset < personProportion + auctionProportion) {
        type = 1;
        this.#auction(columns, at, time);
      } else {
        this.#bid(columns, at, time);
      }
      if (eventType !== null) {
        eventType.data[at] = type;
        eventType.valid[at] = 1;
      }
      if (hasRows) columns.markRow(type, at);
      if (++this.#offset === this.#total) {
        this.#offset = 0;
        this.#epoch++;
      }
    }
    columns.copyRepeated(start, end);
  }

  #bid(columns: NexmarkColumns, at: number, time: number): void {
    const { auction, bidder, price, channel, url, dateTime, extra } = columns.bid;
    const random = this.#random;
    const { hotAuctionRatio, hotBidderRatio, bidSize } = this.#config;

    const hotAuction = random.nextBounded(hotAuctionRatio) > 0;
    if (auction !== null) {
      const id = hotAuction ? Math.trunc(this.#lastAuction() / HOT_GROUP) * HOT_GROUP : this.#nextAuction();
      setLong(auction, at, id + FIRST_ID);
    } else if (!hotAuction) random.skipBounded(this.#auctionChoices());

    const hotBidder = random.nextBounded(hotBidderRatio) > 0;
    if (bidder !== null) {
      const id = hotBidder ? Math.trunc(this.#lastPerson() / HOT_GROUP) * HOT_GROUP + 1 : this.#nextPerson();
      // Twice, as the reference does.
      setLong(bidder, at, id + FIRST_ID + FIRST_ID);
    } else if (!hotBidder) random.skipBounded(this.#peopleChoices());

    if (price === null) random.skip();
    else setLong(price, at, this.#price());

    const hot = random.nextBounded(HOT_CHANNEL_RATIO) > 0;
    const c = hot ? random.nextBounded(HOT_CHANNELS.length) : HOT_CHANNELS.length + random.nextBounded(CHANNELS);
    const texts = this.#texts;
    if (channel !== null)
      setPlace(channel, at, texts, texts.channelStart[c] as number, texts.channelLength[c] as number);
    if (url !== null) setPlace(url, at, texts, texts.urlStart[c] as number, texts.urlLength[c] as number);
    if (dateTime !== null) setTime(dateTime, at, time);
    this.#extra(extra, at, 32, bidSize);
  }

  #auction(columns: NexmarkColumns, at: number, time: number): void {
    const { id, itemName, description, initialBid, reserve, dateTime, expires, seller, category, extra } =
      columns.auction;
    const random = this.#random;
    if (id !== null) setLong(id, at, this.#lastAuction() + FIRST_ID);
    const sellerId =
      random.nextBounded(this.#config.hotSellerRatio) > 0
        ? Math.trunc(this.#lastPerson() / HOT_GROUP) * HOT_GROUP
        : this.#nextPerson();
    if (seller !== null) setLong(seller, at, sellerId + FIRST_ID);
    const categoryId = FIRST_CATEGORY + random.nextBounded(CATEGORIES);
    if (category !== null) setLong(category, at, categoryId);

    let firstBid = 0;
    if (initialBid === null && reserve === null) random.skip();
    else firstBid = this.#price();
    if (initialBid !== null) setLong(initialBid, at, firstBid);

    const horizonMs = this.timeOf(this.#count + this.#aheadEvents) - time;
    const life = 1 + this.#bounded(Math.max(2 * horizonMs, 1));
    if (expires !== null) setTime(expires, at, time + life);

    const nameLength = this.#text(itemName, at, 20);
    const descriptionLength = this.#text(description, at, 100);
    if (reserve === null) random.skip();
    else setLong(reserve, at, firstBid + this.#price());
    if (dateTime !== null) setTime(dateTime, at, time);
    this.#extra(extra, at, 8 + nameLength + descriptionLength + 40, this.#config.auctionSize);
  }

  #person(columns: NexmarkColumns, at: number, time: number): void {
    const { id, name, emailAddress, creditCard, city, state, dateTime, extra } = columns.person;
    const random = this.#random;
    if (id !== null) setLong(id, at, this.#lastPerson() + FIRST_ID);

    const first = FIRST_NAMES[random.nextBounded(FIRST_NAMES.length)] as Uint8Array;
    const last = LAST_NAMES[random.nextBounded(LAST_NAMES.length)] as Uint8Array;
    const nameLength = first.length + 1 + last.length;
    if (name !== null) {
      this.#scratch.set(first);
      this.#scratch[first.length] = 32;
      this.#scratch.set(last, first.length + 1);
      name.setBytes(at, this.#scratch, 0, nameLength);
    }

    const scratch = this.#scratch;
    let end = drawText(random, scratch, 0, 7);
    scratch[end++] = 64;
    end += drawText(random, scratch, end, 5);
    end = putAscii(scratch, end, '.com');
    if (emailAddress !== null) emailAddress.setBytes(at, scratch, 0, end);
    const emailLength = end;

    for (let group = 0; group < 4; group++) {
      const digits = random.nextBounded(10_000);
      for (let k = 3, rest = digits; k >= 0; k--, rest = Math.trunc(rest / 10))
        scratch[group * 5 + k] = 48 + (rest % 10);
      scratch[group * 5 + 4] = 32;
    }
    if (creditCard !== null) creditCard.setBytes(at, scratch, 0, 19);

    const cityName = CITIES[random.nextBounded(CITIES.length)] as Uint8Array;
    const stateName = STATES[random.nextBounded(STATES.length)] as Uint8Array;
    if (city !== null) city.setBytes(at, cityName, 0, cityName.length);
    if (state !== null) state.setBytes(at, stateName, 0, stateName.length);
    if (dateTime !== null) setTime(dateTime, at, time);
    const current = 8 + nameLength + emailLength + 19 + cityName.length + stateName.length;
    this.#extra(extra, at, current, this.#config.personSize);
  }

  /** Number of the newest person at this event. */
  #lastPerson(): number {
    const { personProportion } = this.#config;
    return this.#epoch * personProportion + Math.min(this.#offset, personProportion - 1);
  }

  /** Number of the newest auction at this event. */
  #lastAuction(): number {
    const { personProportion, auctionProportion } = this.#config;
    if (this.#offset < personProportion) return this.#epoch * auctionProportion - 1;
    const offset = Math.min(this.#offset - personProportion, auctionProportion - 1);
    return this.#epoch * auctionProportion + offset;
  }

  /** A person among the active ones, or one of the next to come. */
  #nextPerson(): number {
    const people = this.#lastPerson() + 1;
    return people - Math.min(people, ACTIVE_PEOPLE) + this.#random.nextBounded(this.#peopleChoices());
  }

  #peopleChoices(): number {
    return Math.min(this.#lastPerson() + 1, ACTIVE_PEOPLE) + ID_LEAD;
  }

  /** An auction among those in flight, or one of the next to come. */
  #nextAuction(): number {
    const oldest = Math.max(this.#lastAuction() - IN_FLIGHT_AUCTIONS, 0);
    return oldest + this.#random.nextBounded(this.#auctionChoices());
  }

  #auctionChoices(): number {
    const newest = this.#lastAuction();
    return newest - Math.max(newest - IN_FLIGHT_AUCTIONS, 0) + 1 + ID_LEAD;
  }

  #bounded(bound: number): number {
    if (bound < 2147483647) return this.#random.nextBounded(bound);
    const rest = this.#random.nextLong() % BigInt(bound);
    return Math.abs(Number(rest));
  }

  #price(): number {
    return Math.round(Math.pow(10, this.#random.nextDouble() * 6) * 100);
  }

  /** Draws a text, into the column if there is one; returns its length. */
  #text(column: BytesBuilder | null, at: number, max: number): number {
    if (column === null) return drawText(this.#random, this.#scratch, 0, max);
    column.reserveBytes(max);
    const start = column.used;
    const length = drawText(this.#random, column.pool.u8, start, max);
    column.valid[at] = 1;
    column.start[at] = start;
    column.len[at] = length;
    column.used = start + length;
    return length;
  }

  /** Fills an event of `current` bytes up to about `average`. */
  #extra(column: BytesBuilder | null, at: number, current: number, average: number): void {
    let size = 0;
    let start = 0;
    if (current <= average) {
      const missing = average - current;
      const delta = Math.round(missing * 0.2);
      size = missing - delta + (delta === 0 ? 0 : this.#random.nextBounded(2 * delta));
      if (column === null) this.#random.skipBounded(EXTRA_POOL_SIZE - size);
      else start = this.#random.nextBounded(EXTRA_POOL_SIZE - size);
    }
    if (column !== null) setPlace(column, at, this.#texts, start, size);
  }
}

function putAscii(into: Uint8Array, at: number, text: string): number {
  for (let k = 0; k < text.length; k++) into[at + k] = text.charCodeAt(k);
  return at + text.length;
}

function setLong(column: I64Builder, at: number, value: number): void {
  column.halves[2 * at] = value | 0;
  column.halves[2 * at + 1] = Math.floor(value / TWO_32);
  column.valid[at] = 1;
}

function setTime(column: F64Builder, at: number, value: number): void {
  column.data[at] = value;
  column.valid[at] = 1;
}

function setPlace(column: BytesBuilder, at: number, texts: Texts, start: number, length: number): void {
  if (column.pool !== texts.pool) column.alias(texts.pool);
  column.start[at] = start;
  column.len[at] = length;
  column.valid[at] = 1;
}
