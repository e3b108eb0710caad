/**
 * What names mean inside one query: the relations of FROM with their columns, in the row that FROM makes.
 *
 * A dotted name is first read as table and column (longest table name first, as Flink does), then as a column and
 * fields of its ROW.
 */
import { EngineError, similarNames, type SourceSpan } from '../../errors.ts';
import type { Identifier } from '../../parser/ast.ts';
import type { Expr } from '../../plan/expr.ts';
import type { DataType } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';

export interface Relation {
  /** The alias or table name; null for a sub-query without one. */
  readonly alias: string | null;
  /** catalog, database, name; empty for sub-queries and aliased tables. */
  readonly path: readonly string[];
  /** The columns and, from `offset` on, their places in the row of FROM. */
  readonly columns: Schema;
  readonly offset: number;
}

/** A column that USING or NATURAL made one of two. */
export interface MergedColumn {
  readonly name: string;
  readonly expr: Expr;
}

export interface Scope {
  readonly relations: readonly Relation[];
  readonly merged: readonly MergedColumn[];
}

export const EMPTY_SCOPE: Scope = { relations: [], merged: [] };

export const relationOf = (
  columns: Schema,
  alias: string | null,
  { path = [], offset = 0 }: { path?: readonly string[]; offset?: number } = {},
): Relation => ({ alias, path, columns, offset });

/** Two scopes side by side; the right one's columns stand after `leftWidth` columns. */
export function joinScopes(left: Scope, right: Scope, leftWidth: number): Scope {
  return {
    relations: [
      ...left.relations,
      ...right.relations.map((relation) => ({ ...relation, offset: relation.offset + leftWidth })),
    ],
    merged: left.merged,
  };
}

interface Found {
  readonly relation: Relation;
  readonly index: number;
}

const columnExpr = ({ relation, index }: Found): Expr => ({
  kind: 'column',
  index: relation.offset + index,
  type: (relation.columns[index] as Schema[number]).type,
});

function findColumn(relations: readonly Relation[], name: string): Found[] {
  return relations.flatMap((relation) =>
    relation.columns.flatMap((column, index) => (column.name === name ? [{ relation, index }] : [])),
  );
}

/** The relations that `parts` may name: an alias, or the end of a full path. */
export function relationsNamed(scope: Scope, parts: readonly string[]): Relation[] {
  const [first] = parts;
  return scope.relations.filter((relation) => {
    if (relation.path.length >= parts.length && parts.length > 1) {
      return parts.every((part, i) => part === relation.path[relation.path.length - parts.length + i]);
    }
    return parts.length === 1 && relation.alias === first;
  });
}

/** The expression that a possibly dotted name stands for. */
export function resolveName(scope: Scope, parts: readonly Identifier[], span: SourceSpan): Expr {
  const names = parts.map((part) => part.name);
  for (let tableParts = Math.min(3, parts.length - 1); tableParts >= 1; tableParts--) {
    const relations = relationsNamed(scope, names.slice(0, tableParts));
    if (relations.length === 0) continue;
    const column = names[tableParts] as string;
    const found = findColumn(relations, column);
    if (found.length === 0) {
      if (findColumn(scope.relations, names[0] as string).length > 0) continue;
      throw unknownColumn(relations, column, (parts[tableParts] as Identifier).span);
    }
    if (found.length > 1) throw ambiguous(column, found, span);
    return fieldsOf(columnExpr(found[0] as Found), parts.slice(tableParts + 1));
  }
  const [first] = parts;
  const name = names[0] as string;
  const merged = scope.merged.find((column) => column.name === name);
  if (merged !== undefined) return fieldsOf(merged.expr, parts.slice(1));
  const found = findColumn(scope.relations, name);
  if (found.length > 1) throw ambiguous(name, found, (first as Identifier).span);
  if (found.length === 0) {
    if (parts.length > 1 && scope.relations.length > 0)
      throw unknownQualifier(scope, names, (first as Identifier).span);
    throw unknownColumn(scope.relations, name, (first as Identifier).span);
  }
  return fieldsOf(columnExpr(found[0] as Found), parts.slice(1));
}

/** `expr.a.b`, checked against the ROW types. */
export function fieldsOf(expr: Expr, path: readonly Identifier[]): Expr {
  let result = expr;
  for (const part of path) {
    const type = result.type;
    if (type.kind !== 'ROW') {
      throw new EngineError('undefined_column', `field "${part.name}" does not exist: its owner is not a ROW`, {
        span: part.span,
      });
    }
    const index = type.fields.findIndex((field) => field.name === part.name);
    const field = type.fields[index];
    if (field === undefined) {
      const names = type.fields.map((each) => each.name);
      const near = similarNames(part.name, names);
      throw new EngineError('undefined_column', `field "${part.name}" does not exist`, {
        hint: `${near.length > 0 ? 'Fields with similar names' : 'The fields are'}: ${quoted(near.length > 0 ? near : names)}.`,
        span: part.span,
      });
    }
    result = fieldAt(result, index, field.type);
  }
  return result;
}

export function fieldAt(arg: Expr, index: number, type: DataType): Expr {
  return { kind: 'field', arg, index, type: arg.type.nullable && !type.nullable ? { ...type, nullable: true } : type };
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

function ambiguous(name: string, found: readonly Found[], span: SourceSpan): EngineError {
  const owners = [...new Set(found.map(({ relation }) => relation.alias ?? 'a sub-query'))];
  return new EngineError('ambiguous_column', `column "${name}" is ambiguous`, {
    hint:
      owners.length > 1
        ? `It is in ${owners.map((owner) => (owner === 'a sub-query' ? owner : `"${owner}"`)).join(' and ')}; write the table's name in front.`
        : 'The relation has several columns of this name; give them names of their own.',
    span,
  });
}

function unknownColumn(relations: readonly Relation[], name: string, span: SourceSpan): EngineError {
  const owner = (relation: Relation): string => (relation.alias === null ? 'the sub-query' : `"${relation.alias}"`);
  const near = relations.flatMap((relation) => {
    const names = similarNames(
      name,
      relation.columns.map((column) => column.name),
    );
    return names.length > 0 ? [`Columns of ${owner(relation)} with similar names: ${quoted(names)}.`] : [];
  });
  const all = relations.map(
    (relation) =>
      `Columns of ${owner(relation)}: ${quoted(relation.columns.slice(0, 20).map((column) => column.name))}.`,
  );
  const hint = (near.length > 0 ? near : all).join(' ');
  return new EngineError('undefined_column', `column "${name}" does not exist`, {
    hint: hint === '' ? 'There is no FROM whose columns could be named.' : hint,
    span,
  });
}

function unknownQualifier(scope: Scope, names: readonly string[], span: SourceSpan): EngineError {
  const owners = scope.relations.flatMap((relation) => (relation.alias === null ? [] : [relation.alias]));
  const columns = scope.relations.flatMap((relation) => relation.columns.map((column) => column.name));
  const name = names[0] as string;
  const near = similarNames(name, [...owners, ...columns]);
  return new EngineError('undefined_table', `there is no table or ROW column "${name}" in FROM`, {
    hint: near.length > 0 ? `Similar names: ${quoted(near)}.` : `Tables in FROM: ${quoted(owners)}.`,
    span,
  });
}
