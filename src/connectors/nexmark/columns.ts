/** The table's schema, and where an event's fields go: the columns of a batch by the names of the leaves. */
import { EngineError } from '../../errors.ts';
import type { BatchBuilder } from '../../types/batch.ts';
import {
  BytesBuilder,
  type ColumnBuilder,
  type F64Builder,
  type I32Builder,
  type I64Builder,
  RowBuilder,
} from '../../types/column-builder.ts';
import { BIGINT, type DataType, INT, STRING, row, sameType, timestamp, typeToString } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';
import type { ReadRequest } from '../connector.ts';

const TIMESTAMP = timestamp(3);

const fields = (types: Readonly<Record<string, DataType>>): DataType =>
  row(Object.entries(types).map(([name, type]) => ({ name, type })));

/** All columns that a table may have; it may leave out any, and fields of the rows too. */
export const NEXMARK_SCHEMA: Schema = [
  { name: 'event_type', type: INT },
  {
    name: 'person',
    type: fields({
      id: BIGINT,
      name: STRING,
      emailAddress: STRING,
      creditCard: STRING,
      city: STRING,
      state: STRING,
      dateTime: TIMESTAMP,
      extra: STRING,
    }),
  },
  {
    name: 'auction',
    type: fields({
      id: BIGINT,
      itemName: STRING,
      description: STRING,
      initialBid: BIGINT,
      reserve: BIGINT,
      dateTime: TIMESTAMP,
      expires: TIMESTAMP,
      seller: BIGINT,
      category: BIGINT,
      extra: STRING,
    }),
  },
  {
    name: 'bid',
    type: fields({
      auction: BIGINT,
      bidder: BIGINT,
      price: BIGINT,
      channel: STRING,
      url: STRING,
      dateTime: TIMESTAMP,
      extra: STRING,
    }),
  },
];

/** Refuses a table with columns or fields that an event does not have. */
export function checkNexmarkSchema(columns: Schema): void {
  const check = (what: string, name: string, type: DataType, known: Schema): void => {
    const match = known.find((field) => field.name === name);
    if (match === undefined) {
      throw new EngineError('invalid_definition', `connector "nexmark" makes no ${what} "${name}"`, {
        hint: `It makes ${known.map((field) => `"${field.name}"`).join(', ')}.`,
      });
    }
    if (type.kind === 'ROW' && match.type.kind === 'ROW') {
      for (const field of type.fields) check(`field of "${name}" called`, field.name, field.type, match.type.fields);
    } else if (!(type.kind === 'VARCHAR' && match.type.kind === 'VARCHAR') && !sameType(type, match.type, true)) {
      throw new EngineError(
        'invalid_definition',
        `connector "nexmark" makes ${what} "${name}" as ${typeToString(match.type)}, not ${typeToString(type)}`,
      );
    }
  };
  for (const column of columns) check('column', column.name, column.type, NEXMARK_SCHEMA);
}

/** Builders by leaf; null where nobody asked. Fields of one entity are NULL in the rows of the others. */
export interface PersonColumns {
  readonly id: I64Builder | null;
  readonly name: BytesBuilder | null;
  readonly emailAddress: BytesBuilder | null;
  readonly creditCard: BytesBuilder | null;
  readonly city: BytesBuilder | null;
  readonly state: BytesBuilder | null;
  readonly dateTime: F64Builder | null;
  readonly extra: BytesBuilder | null;
}
export interface AuctionColumns {
  readonly id: I64Builder | null;
  readonly itemName: BytesBuilder | null;
  readonly description: BytesBuilder | null;
  readonly initialBid: I64Builder | null;
  readonly reserve: I64Builder | null;
  readonly dateTime: F64Builder | null;
  readonly expires: F64Builder | null;
  readonly seller: I64Builder | null;
  readonly category: I64Builder | null;
  readonly extra: BytesBuilder | null;
}
export interface BidColumns {
  readonly auction: I64Builder | null;
  readonly bidder: I64Builder | null;
  readonly price: I64Builder | null;
  readonly channel: BytesBuilder | null;
  readonly url: BytesBuilder | null;
  readonly dateTime: F64Builder | null;
  readonly extra: BytesBuilder | null;
}

/** A column that repeats another one: a query may read `bid` and `bid.price` side by side. */
interface Copy {
  readonly from: ColumnBuilder;
  readonly to: ColumnBuilder;
}

const ENTITIES = ['person', 'auction', 'bid'] as const;

export class NexmarkColumns {
  readonly eventType: I32Builder | null;
  readonly person: PersonColumns;
  readonly auction: AuctionColumns;
  readonly bid: BidColumns;
  readonly #all: readonly ColumnBuilder[];
  /** The builders of whole rows with their event type. */
  readonly #rows: readonly { readonly builder: RowBuilder; readonly eventType: number }[];
  readonly #copies: readonly Copy[];

  constructor(requested: ReadRequest['columns'], batch: BatchBuilder) {
    const byPath = new Map<string, ColumnBuilder>();
    const rows: { builder: RowBuilder; eventType: number }[] = [];
    const copies: Copy[] = [];
    const add = (path: string, builder: ColumnBuilder): void => {
      const first = byPath.get(path);
      if (first === undefined) byPath.set(path, builder);
      else copies.push({ from: first, to: builder });
    };
    requested.forEach((column, c) => {
      const builder = batch.columns[c] as ColumnBuilder;
      const path = column.path.join('.');
      if (column.kind === 'metadata')
        throw new EngineError('undefined_column', `connector "nexmark" has no metadata "${path}"`);
      if (!(builder instanceof RowBuilder) || column.type.kind !== 'ROW') return add(path, builder);
      rows.push({ builder, eventType: ENTITIES.indexOf(path as (typeof ENTITIES)[number]) });
      column.type.fields.forEach((field, f) => add(`${path}.${field.name}`, builder.fields[f] as ColumnBuilder));
    });
    const i64 = (path: string): I64Builder | null => (byPath.get(path) as I64Builder | undefined) ?? null;
    const f64 = (path: string): F64Builder | null => (byPath.get(path) as F64Builder | undefined) ?? null;
    const bytes = (path: string): BytesBuilder | null => (byPath.get(path) as BytesBuilder | undefined) ?? null;
    this.eventType = (byPath.get('event_type') as I32Builder | undefined) ?? null;
    this.person = {
      id: i64('person.id'),
      name: bytes('person.name'),
      emailAddress: bytes('person.emailAddress'),
      creditCard: bytes('person.creditCard'),
      city: bytes('person.city'),
      state: bytes('person.state'),
      dateTime: f64('person.dateTime'),
      extra: bytes('person.extra'),
    };
    this.auction = {
      id: i64('auction.id'),
      itemName: bytes('auction.itemName'),
      description: bytes('auction.description'),
      initialBid: i64('auction.initialBid'),
      reserve: i64('auction.reserve'),
      dateTime: f64('auction.dateTime'),
      expires: f64('auction.expires'),
      seller: i64('auction.seller'),
      category: i64('auction.category'),
      extra: bytes('auction.extra'),
    };
    this.bid = {
      auction: i64('bid.auction'),
      bidder: i64('bid.bidder'),
      price: i64('bid.price'),
      channel: bytes('bid.channel'),
      url: bytes('bid.url'),
      dateTime: f64('bid.dateTime'),
      extra: bytes('bid.extra'),
    };
    byPath.delete('event_type');
    this.#all = [...byPath.values()];
    this.#rows = rows;
    this.#copies = copies;
  }

  /** Makes every field of the rows from `start` to `end` NULL; the generator then writes those that are not. */
  clear(start: number, end: number): void {
    for (const column of this.#all) {
      column.valid.fill(0, start, end);
      if (column instanceof BytesBuilder) {
        column.start.fill(0, start, end);
        column.len.fill(0, start, end);
      }
    }
    for (const { builder } of this.#rows) builder.valid.fill(0, start, end);
  }

  /** Notes which row is there in event `at`. */
  markRow(eventType: number, at: number): void {
    for (const row of this.#rows) if (row.eventType === eventType) row.builder.valid[at] = 1;
  }

  get hasRows(): boolean {
    return this.#rows.length > 0;
  }

  /** Fills the columns that repeat others. */
  copyRepeated(start: number, end: number): void {
    for (const { from, to } of this.#copies) {
      const vector = from.vector(end);
      for (let at = start; at < end; at++) to.copy(at, vector, at);
    }
  }
}
