/**
 * Reads only what is used: columns that nobody asks for are not handed on, and of nested rows a scan decodes just the
 * fields that are read (`bid.channel` is one leaf).
 *
 * Going down, a node is asked for *accesses*: a column and a path of field indexes into it. Coming back, `ref` tells
 * where an access stands in the node's new row. Who reads a ROW as a whole (IS NULL, a cast, the result) asks for the
 * whole column, and its fields are then taken from that.
 */
import { type Expr, exprChildren, replaceExpr } from '../../plan/expr.ts';
import type { LogicalNode, LogicalOf } from '../../plan/logical.ts';
import type { AggregateCall, ScanColumn, SortKey } from '../../plan/physical.ts';
import { collectsLateRows } from '../keep-late-rows.ts';
import { type DataType, isInteger, timeAttribute, withNullable, withoutTimeAttribute } from '../../types/data-type.ts';
import type { Field, Schema } from '../../types/schema.ts';

interface Access {
  readonly column: number;
  readonly path: readonly number[];
}

interface Pruned {
  readonly node: LogicalNode;
  /** An access that was asked for, over the new row. */
  readonly ref: (access: Access) => Expr;
}

export function pruneColumns(root: LogicalNode): LogicalNode {
  const whole = root.schema.map((_, column): Access => ({ column, path: [] }));
  const { node, ref } = prune(root, whole);
  return { kind: 'calc', input: node, condition: null, projections: whole.map(ref), schema: root.schema };
}

// ------------------------------------------------------------------------------------------------------------- accesses

/** The access that an expression is, if it is nothing else. */
function accessOf(expr: Expr): Access | null {
  if (expr.kind === 'column') return { column: expr.index, path: [] };
  if (expr.kind !== 'field') return null;
  const owner = accessOf(expr.arg);
  return owner && { column: owner.column, path: [...owner.path, expr.index] };
}

function accessesOf(exprs: readonly Expr[]): Access[] {
  return exprs.flatMap((expr) => {
    const access = accessOf(expr);
    return access === null ? accessesOf(exprChildren(expr)) : [access];
  });
}

const rewrite = (expr: Expr, ref: Pruned['ref']): Expr =>
  replaceExpr(expr, (part) => {
    const access = accessOf(part);
    return access === null ? undefined : ref(access);
  });

/** `expr` with the fields of `path` taken out of it. */
function follow(expr: Expr, path: readonly number[]): Expr {
  let result = expr;
  for (const index of path) {
    if (result.kind === 'construct' && result.type.kind === 'ROW') {
      result = result.args[index] as Expr;
      continue;
    }
    const field = (result.type as DataType & { kind: 'ROW' }).fields[index] as Field;
    result = {
      kind: 'field',
      arg: result,
      index,
      type: result.type.nullable ? { ...field.type, nullable: true } : field.type,
    };
  }
  return result;
}

/** In order, each once, without those that a shorter path covers; never none, since a row needs a column. */
function normalized(accesses: readonly Access[], fallback: number): Access[] {
  const given = accesses.length > 0 ? accesses : [whole(fallback)];
  const ordered = given.toSorted((a, b) => a.column - b.column || comparePaths(a.path, b.path));
  return ordered.filter((access, i) => {
    const before = ordered.slice(0, i);
    return !before.some(
      (other) => other.column === access.column && other.path.every((step, k) => step === access.path[k]),
    );
  });
}

function comparePaths(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  }
  return a.length - b.length;
}

const cheapest = (node: LogicalNode): number => keyColumn(node) ?? cheapestOf(node.schema);

/** A column that comes in any case, since changes are completed by it. */
function keyColumn(node: LogicalNode): number | null {
  if (node.kind === 'scan') return node.normalizeBy?.[0] ?? null;
  if (node.kind !== 'calc') return null;
  const below = keyColumn(node.input);
  const at = node.projections.findIndex((expr) => expr.kind === 'column' && expr.index === below);
  return at === -1 ? null : at;
}

function cheapestOf(schema: Schema): number {
  const rank = ({ type }: Field): number =>
    isInteger(type) || type.kind === 'BOOLEAN'
      ? 0
      : type.kind === 'ROW' || type.kind === 'ARRAY' || type.kind === 'MAP'
        ? 2
        : 1;
  return schema.reduce((best, field, i) => (rank(field) < rank(schema[best] as Field) ? i : best), 0);
}

/** `ref` for a row that holds `kept`, one access a column. */
function refOver(kept: readonly Access[], schema: Schema): Pruned['ref'] {
  return (access) => {
    const index = kept.findIndex(
      (each) => each.column === access.column && each.path.every((step, i) => step === access.path[i]),
    );
    const found = kept[index] as Access;
    return follow({ kind: 'column', index, type: (schema[index] as Field).type }, access.path.slice(found.path.length));
  };
}

const nameOf = (schema: Schema, access: Access): string => {
  const { name, type } = schema[access.column] as Field;
  let owner = type;
  return access.path.reduce((text, index) => {
    const field = (owner as DataType & { kind: 'ROW' }).fields[index] as Field;
    owner = field.type;
    return `${text}.${field.name}`;
  }, name);
};

/** The fields of a row that holds `kept`. */
function keptSchema(kept: readonly Access[], schema: Schema): Schema {
  return kept.map((access): Field => {
    const { type } = schema[access.column] as Field;
    return { name: nameOf(schema, access), type: follow({ kind: 'column', index: 0, type }, access.path).type };
  });
}

const whole = (column: number): Access => ({ column, path: [] });
const columnAt = (pruned: Pruned, column: number): number =>
  (pruned.ref(whole(column)) as Expr & { kind: 'column' }).index;

// ---------------------------------------------------------------------------------------------------------------- nodes

/** As `prune`, without what a scan reads for its watermark only: for who keeps rows or sends them on. */
function pruneExactly(node: LogicalNode, asked: readonly Access[]): Pruned {
  const kept = normalized(asked, cheapest(node));
  const { node: input, ref } = prune(node, kept);
  if (input.schema.length === kept.length) return { node: input, ref };
  const schema = keptSchema(kept, node.schema);
  return {
    node: { kind: 'calc', input, condition: null, projections: kept.map(ref), schema },
    ref: refOver(kept, schema),
  };
}

function prune(node: LogicalNode, asked: readonly Access[]): Pruned {
  const kept = normalized(asked, cheapest(node));
  switch (node.kind) {
    case 'scan':
      return pruneScan(node, kept);
    case 'values': {
      const columns = [...new Set(kept.map((access) => access.column))];
      const schema = columns.map((column) => node.schema[column] as Field);
      const rows = node.rows.map((row) => columns.map((column) => row[column] ?? null));
      return { node: { ...node, rows, schema }, ref: refOver(columns.map(whole), schema) };
    }
    case 'calc': {
      const projections = kept.map((access) => follow(node.projections[access.column] as Expr, access.path));
      const exprs = node.condition === null ? projections : [...projections, node.condition];
      const input = prune(node.input, accessesOf(exprs));
      const schema = keptSchema(kept, node.schema);
      return {
        node: {
          ...node,
          input: input.node,
          condition: node.condition === null ? null : rewrite(node.condition, input.ref),
          projections: projections.map((expr) => rewrite(expr, input.ref)),
          schema,
        },
        ref: refOver(kept, schema),
      };
    }
    case 'aggregate':
    case 'group-window-aggregate':
      return pruneAggregate(node);
    case 'window-table-function': {
      const width = node.input.schema.length;
      const input = prune(node.input, [
        ...kept.filter(({ column }) => column < width),
        ...[node.timeColumn, ...node.partition].map(whole),
      ]);
      const timeColumn = columnAt(input, node.timeColumn);
      return appended(node, input, width, {
        timeColumn,
        partition: node.partition.map((column) => columnAt(input, column)),
      });
    }
    case 'correlate': {
      const width = node.input.schema.length;
      const input = pruneExactly(node.input, [
        ...kept.filter(({ column }) => column < width),
        ...accessesOf(node.call.args),
      ]);
      return appended(node, input, width, {
        call: { ...node.call, args: node.call.args.map((arg) => rewrite(arg, input.ref)) },
      });
    }
    case 'row-number': {
      const width = node.input.schema.length;
      const read = [...node.partition, ...node.order.map((key) => key.column)];
      const input = pruneExactly(node.input, [...kept.filter(({ column }) => column < width), ...read.map(whole)]);
      return appended(node, input, width, {
        partition: node.partition.map((column) => columnAt(input, column)),
        order: movedOrder(node.order, input),
      });
    }
    case 'sort': {
      const input = pruneExactly(node.input, [...kept, ...node.order.map((key) => whole(key.column))]);
      return {
        node: { ...node, input: input.node, order: movedOrder(node.order, input), schema: input.node.schema },
        ref: input.ref,
      };
    }
    case 'union': {
      const schema = keptSchema(kept, node.schema);
      const inputs = node.inputs.map((each): LogicalNode => {
        const input = prune(each, kept);
        return { kind: 'calc', input: input.node, condition: null, projections: kept.map(input.ref), schema };
      });
      return { node: { ...node, inputs, schema }, ref: refOver(kept, schema) };
    }
    case 'join':
      return pruneJoin(node, kept);
  }
}

const movedOrder = (order: readonly SortKey[], input: Pruned): SortKey[] =>
  order.map((key) => ({ ...key, column: columnAt(input, key.column) }));

/** A node that puts columns of its own behind those of its input. */
function appended(
  node: LogicalOf<'window-table-function'> | LogicalOf<'row-number'> | LogicalOf<'correlate'>,
  input: Pruned,
  width: number,
  changes:
    Partial<LogicalOf<'window-table-function'>> | Partial<LogicalOf<'row-number'>> | Partial<LogicalOf<'correlate'>>,
): Pruned {
  const inner = input.node.schema.map((field, i): Field => {
    const time = node.kind === 'window-table-function' && i === (changes as { timeColumn: number }).timeColumn;
    return time ? { ...field, type: (node.schema[node.timeColumn] as Field).type } : field;
  });
  const own = node.schema.slice(width);
  return {
    node: { ...node, ...changes, input: input.node, schema: [...inner, ...own] } as LogicalNode,
    ref: (access) => {
      if (access.column < width) return input.ref(access);
      const index = inner.length + access.column - width;
      return { kind: 'column', index, type: (own[access.column - width] as Field).type };
    },
  };
}

/** Keys and aggregates stay, also unused ones: they decide which changes are emitted (`prune-aggregates` drops some). */
function pruneAggregate(node: LogicalOf<'aggregate'> | LogicalOf<'group-window-aggregate'>): Pruned {
  const read = new Set<number>(node.keys);
  for (const call of node.aggregates) {
    call.args.forEach((column) => read.add(column));
    if (call.filter !== null) read.add(call.filter);
  }
  if (node.kind === 'group-window-aggregate') read.add(node.timeColumn);
  if (collectsLateRows(node.input)) node.input.schema.forEach((_, column) => read.add(column));
  const input = pruneExactly(node.input, [...read].map(whole));
  const moved = (column: number): number => columnAt(input, column);
  const changes = {
    input: input.node,
    keys: node.keys.map(moved),
    aggregates: node.aggregates.map((call): AggregateCall => ({
      ...call,
      args: call.args.map(moved),
      filter: call.filter === null ? null : moved(call.filter),
    })),
  };
  return {
    node:
      node.kind === 'aggregate' ? { ...node, ...changes } : { ...node, ...changes, timeColumn: moved(node.timeColumn) },
    ref: refOver(
      node.schema.map((_, column) => whole(column)),
      node.schema,
    ),
  };
}

function pruneJoin(node: LogicalOf<'join'>, kept: readonly Access[]): Pruned {
  const width = node.left.schema.length;
  const all = normalized([...kept, ...accessesOf(node.condition === null ? [] : [node.condition])], cheapest(node));
  const left = pruneExactly(
    node.left,
    all.filter(({ column }) => column < width),
  );
  const right = pruneExactly(
    node.right,
    all.filter(({ column }) => column >= width).map(({ column, path }) => ({ column: column - width, path })),
  );
  const newWidth = left.node.schema.length;
  /** Over the new row; its type as the join hands it on. */
  const ref = ({ column, path }: Access): Expr => {
    const expr =
      column < width
        ? left.ref({ column, path })
        : replaceExpr(right.ref({ column: column - width, path }), (part) =>
            part.kind === 'column' ? { ...part, index: part.index + newWidth } : undefined,
          );
    const type = follow({ kind: 'column', index: 0, type: (node.schema[column] as Field).type }, path).type;
    return { ...expr, type } as Expr;
  };
  const condition = node.condition === null ? null : rewrite(node.condition, ref);
  const keepsTime = node.schema.some((field) => timeAttribute(field.type) !== undefined);
  const side = (fields: Schema, nullable: boolean): Schema =>
    fields.map(({ name, type }): Field => {
      const kept = keepsTime ? type : withoutTimeAttribute(type);
      return { name, type: nullable ? withNullable(kept, true) : kept };
    });
  const padsLeft = node.type === 'right' || node.type === 'full';
  const padsRight = node.type === 'left' || node.type === 'full';
  const schema = [...side(left.node.schema, padsLeft), ...side(right.node.schema, padsRight)];
  return { node: { ...node, left: left.node, right: right.node, condition, schema }, ref };
}

/** Outputs that are asked for, those that the watermark and the key need, and of the table the leaves that these read. */
function pruneScan(node: LogicalOf<'scan'>, asked: readonly Access[]): Pruned {
  const forWatermark =
    node.watermark === null ? [] : [whole(node.watermark.column), ...accessesOf([node.watermark.expr])];
  const forKey = (node.normalizeBy ?? []).map(whole);
  const kept = normalized([...asked, ...forWatermark, ...forKey], 0);
  const schema = keptSchema(kept, node.schema);
  const outputs = kept.map((access) => follow(node.outputs[access.column] as Expr, access.path));
  const stored: Schema = node.columns.map((column) => ({ name: '', type: column.type }));
  const read = normalized(accessesOf(outputs), cheapestOf(stored));
  const columns = read.map((access): ScanColumn => {
    const column = node.columns[access.column] as ScanColumn;
    if (column.kind === 'metadata') return column;
    let owner = column.type;
    const names = access.path.map((index) => {
      const field = (owner as DataType & { kind: 'ROW' }).fields[index] as Field;
      owner = field.type;
      return field.name;
    });
    const { type } = follow({ kind: 'column', index: 0, type: column.type }, access.path);
    return { kind: 'physical', path: [...column.path, ...names], type };
  });
  const columnRef = refOver(
    read,
    columns.map((column): Field => ({ name: '', type: column.type })),
  );
  const ref = refOver(kept, schema);
  const watermark =
    node.watermark === null
      ? null
      : {
          column: (ref(whole(node.watermark.column)) as Expr & { kind: 'column' }).index,
          expr: rewrite(node.watermark.expr, ref),
        };
  return {
    node: {
      ...node,
      normalizeBy: node.normalizeBy?.map((column) => (ref(whole(column)) as Expr & { kind: 'column' }).index) ?? null,
      columns,
      outputs: outputs.map((expr) => rewrite(expr, columnRef)),
      watermark,
      schema,
    },
    ref,
  };
}
