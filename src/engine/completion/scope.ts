/** The tables that a statement names, under the names that its columns can be asked by. */
import type { Catalog } from '../../catalog/catalog.ts';
import { type CatalogRelation, tableSchema } from '../../catalog/table.ts';
import * as T from '../../parser/tokens.ts';
import { K, type Token } from '../../parser/tokens.ts';
import { typeToString } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';
import type { Candidate } from './candidate.ts';
import { writtenName } from './names.ts';

export interface ScopedTable {
  readonly alias: string;
  readonly schema: Schema;
}

/** Reads the schema of a file; null when it has none. */
export type FileSchema = (path: string) => Promise<Schema | null>;

const before = new Set<unknown>([K.FROM, K.JOIN, K.INTO, K.UPDATE, K.TABLE, K.OVERWRITE]);

export async function tablesInScope(
  tokens: readonly Token[],
  catalog: Catalog,
  fileSchema: FileSchema,
): Promise<ScopedTable[]> {
  const found: ScopedTable[] = [];
  let inFrom = false;
  for (let i = 0; i < tokens.length; i++) {
    const type = tokens[i]?.tokenType;
    if (type === K.FROM) inFrom = true;
    else if (type === K.WHERE || type === K.SELECT || type === K.GROUP || type === K.ORDER) inFrom = false;
    if (!before.has(type) && !(inFrom && type === T.Comma)) continue;
    const file = tokens[i + 1];
    if (file?.tokenType === T.StringToken) {
      const schema = await fileSchema(file.value);
      if (schema !== null) found.push({ alias: aliasAt(tokens, i + 2) ?? file.value, schema });
      continue;
    }
    const { parts, next } = nameAt(tokens, i + 1);
    if (parts.length === 0 || parts.length > 3) continue;
    const relation = catalog.find(catalog.path(parts));
    if (relation === undefined) continue;
    found.push({ alias: aliasAt(tokens, next) ?? (parts.at(-1) as string), schema: schemaOf(relation) });
  }
  return found;
}

export const schemaOf = (relation: CatalogRelation): Schema =>
  relation.kind === 'table' ? tableSchema(relation) : relation.schema;

const isName = (token: Token | undefined): boolean =>
  token !== undefined &&
  (token.tokenType === T.PlainWord || token.tokenType === T.QuotedWord || T.isFreeKeyword(token.tokenType));

/** `a.b.c` from a place on. */
function nameAt(tokens: readonly Token[], start: number): { readonly parts: string[]; readonly next: number } {
  const parts: string[] = [];
  let at = start;
  while (isName(tokens[at])) {
    parts.push((tokens[at] as Token).value);
    if (tokens[at + 1]?.tokenType !== T.Dot) return { parts, next: at + 1 };
    at += 2;
  }
  return { parts, next: at };
}

function aliasAt(tokens: readonly Token[], at: number): string | undefined {
  const start = tokens[at]?.tokenType === K.AS ? at + 1 : at;
  return isName(tokens[start]) ? tokens[start]?.value : undefined;
}

/** Columns by name, or what `qualifier` has: the columns of a table, the fields of a row. */
export function columnCandidates(tables: readonly ScopedTable[], qualifier: readonly string[]): Candidate[] {
  const [first, ...rest] = qualifier;
  if (first === undefined) {
    const aliases = tables.map(({ alias }): Candidate => ({
      text: writtenName(alias),
      kind: 'table',
      detail: '',
      after: '.',
    }));
    return [...tables.flatMap(({ schema }) => fieldsOf(schema)), ...(tables.length > 1 ? aliases : [])];
  }
  const table = tables.find(({ alias }) => alias === first);
  const path = table === undefined ? qualifier : rest;
  const schemas = table === undefined ? tables.map(({ schema }) => schema) : [table.schema];
  return schemas.flatMap((schema) => fieldsOf(path.reduce(nested, schema)));
}

function nested(schema: Schema, name: string): Schema {
  const type = schema.find((field) => field.name === name)?.type;
  return type?.kind === 'ROW' ? type.fields : [];
}

const fieldsOf = (schema: Schema): Candidate[] =>
  schema.map(({ name, type }) => ({ text: writtenName(name), kind: 'column', detail: typeToString(type), after: '' }));
