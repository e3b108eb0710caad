/**
 * How records lie in a file: order, names and types of their fields. The standard layout is that of Nexmark; a seed
 * draws another one, over which the same queries must be about as fast.
 */
import { SeededRandom } from '../src/platform/seeded-random.ts';

export interface Field {
  /** The Nexmark field that it holds, such as `price` or `bid.price`. */
  readonly role: string;
  readonly name: string;
  /** As in DDL; of a ROW it follows from `fields`. */
  readonly type: string;
  readonly fields: readonly Field[] | null;
  /** From the standard JSON value to the one of this type. */
  readonly convert: 'none' | 'cents' | 'zone';
}

export type Layout = readonly Field[];

const leaf = (role: string, type: string): Field => ({
  role,
  name: role.slice(role.indexOf('.') + 1),
  type,
  fields: null,
  convert: 'none',
});

const entity = (role: string, types: Readonly<Record<string, string>>): Field => ({
  role,
  name: role,
  type: 'ROW',
  fields: Object.entries(types).map(([name, type]) => leaf(`${role}.${name}`, type)),
  convert: 'none',
});

const BID = {
  auction: 'BIGINT',
  bidder: 'BIGINT',
  price: 'BIGINT',
  channel: 'STRING',
  url: 'STRING',
  dateTime: 'TIMESTAMP(3)',
  extra: 'STRING',
};

export const BIDS: Layout = Object.entries(BID).map(([name, type]) => leaf(name, type));

export const EVENTS: Layout = [
  leaf('event_type', 'INT'),
  entity('person', {
    id: 'BIGINT',
    name: 'STRING',
    emailAddress: 'STRING',
    creditCard: 'STRING',
    city: 'STRING',
    state: 'STRING',
    dateTime: 'TIMESTAMP(3)',
    extra: 'STRING',
  }),
  entity('auction', {
    id: 'BIGINT',
    itemName: 'STRING',
    description: 'STRING',
    initialBid: 'BIGINT',
    reserve: 'BIGINT',
    dateTime: 'TIMESTAMP(3)',
    expires: 'TIMESTAMP(3)',
    seller: 'BIGINT',
    category: 'BIGINT',
    extra: 'STRING',
  }),
  entity('bid', BID),
];

/** Another layout of the same records, drawn from `seed`: order, names and types. */
export function drawLayout(standard: Layout, seed: number): Layout {
  const random = new SeededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)] as T;
  // All times of a record share their type, since a query puts them into one column.
  const time = pick([
    { type: 'TIMESTAMP(3)', convert: 'none' },
    { type: 'TIMESTAMP_LTZ(3)', convert: 'zone' },
  ] as const);
  const price = pick([
    { type: 'DECIMAL(14, 2)', convert: 'cents' },
    { type: 'DOUBLE', convert: 'cents' },
    { type: 'INT', convert: 'none' },
  ] as const);
  const typeOf = ({ role, type, convert }: Field): Pick<Field, 'type' | 'convert'> => {
    if (type === 'TIMESTAMP(3)') return time;
    if (type === 'BIGINT')
      return /price|initialBid|reserve/.test(role)
        ? price
        : { type: pick(['BIGINT', 'INT', 'DECIMAL(12, 0)']), convert };
    return { type: type === 'STRING' ? pick(['STRING', 'VARCHAR(1000)']) : type, convert };
  };
  const draw = (fields: Layout): Layout => {
    const names = new Set<string>();
    const drawName = (): string => {
      const length = 2 + Math.floor(random.next() * 16);
      const name = Array.from({ length }, () => pick([...'abcdefghijklmnopqrstuvwxyz_'])).join('');
      if (names.has(name)) return drawName();
      names.add(name);
      return name;
    };
    return shuffle(fields, () => random.next()).map((field) => ({
      ...field,
      ...typeOf(field),
      name: drawName(),
      fields: field.fields === null ? null : draw(field.fields),
    }));
  };
  return draw(standard);
}

export function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[k]] = [shuffled[k] as T, shuffled[i] as T];
  }
  return shuffled;
}

const typeSql = ({ type, fields }: Field): string =>
  fields === null ? type : `ROW<${fields.map((field) => `\`${field.name}\` ${typeSql(field)}`).join(', ')}>`;

/** The column definitions of a CREATE TABLE. */
export function columnsSql(layout: Layout): string {
  return layout.map((field) => `\`${field.name}\` ${typeSql(field)}`).join(', ');
}

/** The type that a column of a given role has. */
export function typeOfRole(layout: Layout, role: string): string {
  return find(layout, role).at(-1)?.type ?? '';
}

/** The path to a role, as SQL of Millrace. */
export function pathSql(layout: Layout, role: string): string {
  return find(layout, role)
    .map(({ name }) => `\`${name}\``)
    .join('.');
}

function find(layout: Layout, role: string): readonly Field[] {
  for (const field of layout) {
    if (field.role === role) return [field];
    if (role.startsWith(`${field.role}.`) && field.fields !== null) return [field, ...find(field.fields, role)];
  }
  throw new Error(`no field has the role ${role}`);
}

/** The path to a role and `read_json(…)` with just the columns of `roles`, as SQL of DuckDB. */
export function duckdbSource(layout: Layout, roles: readonly string[], path: string): string {
  const wanted = (fields: Layout): string[] =>
    fields.flatMap((field) => {
      if (field.fields === null) return roles.includes(field.role) ? [`"${field.name}" ${duckdbType(field.type)}`] : [];
      const inner = wanted(field.fields);
      return inner.length === 0 ? [] : [`"${field.name}" STRUCT(${inner.join(', ')})`];
    });
  const columns = wanted(layout).map((column) => {
    const [, name, type] = /^"([^"]+)" (.*)$/.exec(column) as unknown as [string, string, string];
    return `'${name}': '${type}'`;
  });
  return `read_json('${path}', format = 'newline_delimited', columns = {${columns.join(', ')}})`;
}

export function duckdbPath(layout: Layout, role: string): string {
  return find(layout, role)
    .map(({ name }) => `"${name}"`)
    .join('.');
}

function duckdbType(type: string): string {
  if (type === 'STRING') return 'VARCHAR';
  return type.replace('TIMESTAMP_LTZ(3)', 'TIMESTAMPTZ').replace('TIMESTAMP(3)', 'TIMESTAMP');
}
