/**
 * What is read of an Avro record: the columns of a query as a tree over the reader's schema, whose leaves are column
 * builders. Only a field's name, its aliases and its default are taken from that schema; what is read is decided by the
 * column's type, and how by the writer's schema.
 */
import { type ArrayBuilder, type ColumnBuilder, columnBuilder, type RowBuilder } from '../../types/column-builder.ts';
import { type DataType, sameType } from '../../types/data-type.ts';
import type { Value, Vector } from '../../types/vector.ts';
import type { DecodeColumn } from '../format.ts';
import { defaultValueOf } from './default-value.ts';
import type { AvroField, AvroRecord, AvroType } from './schema.ts';

export interface ReadField {
  readonly name: string;
  readonly aliases: readonly string[];
  /** What a record has that was written without the field; absent when it is bad then. */
  readonly defaultValue?: Value;
  readonly read: Read;
}

export interface Read {
  /** How errors call it. */
  readonly path: string;
  /** Null where fields are read, but not the row that holds them. */
  readonly type: DataType | null;
  /** Index of its builder; -1 where there is none. */
  readonly target: number;
  /** Of a ROW. */
  readonly fields: readonly ReadField[] | null;
  /** Of an ARRAY, or the values of a MAP or MULTISET. */
  readonly element: Read | null;
}

export interface ReadPlan {
  readonly root: Read;
  /** All builders, those inside others too. */
  readonly targets: readonly ColumnBuilder[];
  /** Those that a batch is made of. */
  readonly roots: readonly ColumnBuilder[];
  /** For each column: which of `roots`, and the way to the field below it. */
  readonly columns: readonly { readonly root: number; readonly fields: readonly number[] }[];
}

interface RootColumn extends DecodeColumn {
  readonly builder: ColumnBuilder;
}

export function planReads(columns: readonly DecodeColumn[], reader: AvroRecord): ReadPlan {
  const roots: RootColumn[] = [];
  for (const column of columns.toSorted((a, b) => a.path.length - b.path.length)) {
    if (!roots.some((root) => holds(root, column))) roots.push({ ...column, builder: columnBuilder(column.type) });
  }
  const targets: ColumnBuilder[] = [];
  const root = objectOf(roots, 0, reader, targets);
  return {
    root,
    targets,
    roots: roots.map(({ builder }) => builder),
    columns: columns.map((column) => {
      const at = roots.findIndex((each) => holds(each, column));
      const { path, type } = roots[at] as RootColumn;
      return { root: at, fields: fieldsBelow(type, column.path.slice(path.length)) };
    }),
  };
}

function holds(root: DecodeColumn, column: DecodeColumn): boolean {
  if (!root.path.every((name, i) => name === column.path[i])) return false;
  return root.path.length < column.path.length || sameType(root.type, column.type, true);
}

function fieldsBelow(type: DataType, path: readonly string[]): readonly number[] {
  const [name, ...rest] = path;
  if (name === undefined || type.kind !== 'ROW') return [];
  const at = type.fields.findIndex((field) => field.name === name);
  return [at, ...fieldsBelow((type.fields[at] as { type: DataType }).type, rest)];
}

/** The columns below an object that is not read itself. */
function objectOf(
  columns: readonly RootColumn[],
  depth: number,
  reader: AvroRecord | null,
  targets: ColumnBuilder[],
): Read {
  const byName = Map.groupBy(columns, ({ path }) => path[depth] as string);
  const fields = [...byName].map(([name, group]): ReadField => {
    const field = reader?.fields.find((each) => each.name === name);
    const own = group.find(({ path }) => path.length === depth + 1);
    const read =
      own === undefined
        ? objectOf(group, depth + 1, recordIn(field?.type), targets)
        : readOf(own.type, own.path.join('.'), { builder: own.builder, reader: field?.type, targets });
    return fieldOf(name, field, read);
  });
  const path = columns[0]?.path.slice(0, depth).join('.') ?? '';
  return { path, type: null, target: -1, fields, element: null };
}

function fieldOf(name: string, field: AvroField | undefined, read: Read): ReadField {
  const plain = { name, aliases: field?.aliases ?? [], read };
  if (field === undefined || !('defaultValue' in field)) return plain;
  if (read.type === null) return field.defaultValue === null ? { ...plain, defaultValue: null } : plain;
  return { ...plain, defaultValue: defaultValueOf(field.defaultValue, field.type, read.type) };
}

interface ReadPlace {
  readonly builder: ColumnBuilder;
  readonly reader: AvroType | undefined;
  readonly targets: ColumnBuilder[];
}

function readOf(type: DataType, path: string, { builder, reader, targets }: ReadPlace): Read {
  const target = targets.push(builder) - 1;
  const plain = { path, type, target, fields: null, element: null };
  switch (type.kind) {
    case 'ROW': {
      const record = recordIn(reader);
      const fields = type.fields.map((each, i): ReadField => {
        const field = record?.fields.find(({ name }) => name === each.name);
        const below = { builder: (builder as RowBuilder).fields[i] as ColumnBuilder, reader: field?.type, targets };
        return fieldOf(each.name, field, readOf(each.type, `${path}.${each.name}`, below));
      });
      return { ...plain, fields };
    }
    case 'ARRAY': {
      const [element] = (builder as ArrayBuilder).elements as [ColumnBuilder];
      const items = branchOf(reader, 'array')?.items;
      return { ...plain, element: readOf(type.element, path, { builder: element, reader: items, targets }) };
    }
    case 'MAP':
    case 'MULTISET': {
      const [key, value] = (builder as ArrayBuilder).elements as [ColumnBuilder, ColumnBuilder];
      // The key's builder is the one behind the map's own.
      targets.push(key);
      const valueType: DataType = type.kind === 'MAP' ? type.value : { kind: 'INTEGER', nullable: false };
      const values = branchOf(reader, 'map')?.values;
      return { ...plain, element: readOf(valueType, path, { builder: value, reader: values, targets }) };
    }
    default:
      return plain;
  }
}

type Kind = AvroType['kind'];

/** The type itself, or that branch of a union. */
function branchOf<K extends Kind>(type: AvroType | undefined, kind: K): Extract<AvroType, { kind: K }> | undefined {
  const found = type?.kind === 'union' ? type.branches.find((branch) => branch.kind === kind) : type;
  return found?.kind === kind ? (found as Extract<AvroType, { kind: K }>) : undefined;
}

const recordIn = (type: AvroType | undefined): AvroRecord | null => branchOf(type, 'record') ?? null;

/** A column out of the vectors of the roots. */
export function columnVector(vector: Vector, fields: readonly number[]): Vector {
  const [first, ...rest] = fields;
  if (first === undefined) return vector;
  return columnVector((vector as Extract<Vector, { kind: 'row' }>).fields[first] as Vector, rest);
}
