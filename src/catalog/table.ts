/** What the catalog keeps of tables, views and functions: plain data, already bound. */
import type { UserFunction } from '../functions/user/user-function.ts';
import type { Expr } from '../plan/expr.ts';
import type { DataType } from '../types/data-type.ts';
import type { Field, Schema } from '../types/schema.ts';
import type { TableDefinition } from '../types/table-definition.ts';

/** catalog, database, name */
export type ObjectPath = readonly [catalog: string, database: string, name: string];

export type CatalogColumn =
  | { readonly kind: 'physical'; readonly name: string; readonly type: DataType; readonly comment: string | null }
  | {
      readonly kind: 'metadata';
      readonly name: string;
      readonly type: DataType;
      readonly key: string;
      readonly virtual: boolean;
      readonly comment: string | null;
    }
  | {
      readonly kind: 'computed';
      readonly name: string;
      readonly type: DataType;
      /** Over the row of all columns in declaration order; reads no computed column. */
      readonly expr: Expr;
      /** As SQL, for DESCRIBE and SHOW CREATE. */
      readonly text: string;
      readonly comment: string | null;
    };

export interface CatalogWatermark {
  readonly column: string;
  /** Over the row of all columns in declaration order. */
  readonly expr: Expr;
  readonly text: string;
}

export interface CatalogTable {
  readonly kind: 'table';
  readonly path: ObjectPath;
  readonly temporary: boolean;
  readonly columns: readonly CatalogColumn[];
  readonly watermark: CatalogWatermark | null;
  readonly primaryKey: { readonly name: string | null; readonly columns: readonly string[] } | null;
  readonly partitionKeys: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly comment: string | null;
}

/** A view is its text; `schema` is what it bound to when it was made, and is checked again on use. */
export interface CatalogView {
  readonly kind: 'view';
  readonly path: ObjectPath;
  readonly temporary: boolean;
  /** The query as SQL; its names resolve in `catalog` and `database`. */
  readonly text: string;
  readonly catalog: string;
  readonly database: string;
  readonly schema: Schema;
  readonly comment: string | null;
}

export type CatalogRelation = CatalogTable | CatalogView;

/** A function of the program. */
export interface CatalogFunction {
  /** Of a system function (`TEMPORARY SYSTEM`, or defined by the program) only the name counts. */
  readonly path: ObjectPath;
  readonly scope: 'catalog' | 'temporary' | 'temporary system';
  /** Where it was loaded from (`./file.ts#name`); null when the program defined it. */
  readonly module: string | null;
  readonly definition: UserFunction;
}

/** How plans call a function: of a system function the name, in lower case as all names of functions are compared. */
export function functionId({ path, scope }: Pick<CatalogFunction, 'path' | 'scope'>): string {
  const name = path[2].toLowerCase();
  return scope === 'temporary system' ? name : `${path[0]}.${path[1]}.${name}`;
}

/** All columns in declaration order as a query sees them: the watermark column is a rowtime attribute. */
export function tableSchema(table: CatalogTable): Schema {
  return table.columns.map((column): Field => {
    const type = column.type;
    return table.watermark?.column === column.name && (type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ')
      ? { name: column.name, type: { ...type, attribute: 'rowtime' } }
      : { name: column.name, type };
  });
}

/** What INSERT writes: physical and writable metadata columns, in declaration order. */
export function writableColumns(table: CatalogTable): readonly CatalogColumn[] {
  return table.columns.filter(
    (column) => column.kind === 'physical' || (column.kind === 'metadata' && !column.virtual),
  );
}

/** The table as connectors see it. */
export function tableDefinition(table: CatalogTable): TableDefinition {
  return {
    path: table.path,
    columns: table.columns.filter((column) => column.kind === 'physical').map(({ name, type }) => ({ name, type })),
    metadata: table.columns
      .filter((column) => column.kind === 'metadata')
      .map(({ name, key, type, virtual }) => ({ name, key, type, virtual })),
    primaryKey: table.primaryKey?.columns ?? [],
    partitionKeys: table.partitionKeys,
    options: table.options,
  };
}
