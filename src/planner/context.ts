/** What the session hands to planning; all of it is asked, none of it is kept. */
import type { Catalog } from '../catalog/catalog.ts';
import type { CatalogTypeLookup, ConnectorLookup, FormatLookup, SessionConfig } from '../catalog/lookups.ts';
import type { CatalogTable } from '../catalog/table.ts';
import type { AlterFunction, CreateFunction, Expression, Parameter, Query } from '../parser/ast.ts';
import type { UserFunction } from '../functions/user/user-function.ts';
import type { Expr } from '../plan/expr.ts';

export interface PlannerContext {
  readonly catalog: Catalog;
  readonly config: SessionConfig;
  readonly connectors: ConnectorLookup;
  readonly formats: FormatLookup;
  readonly catalogTypes: CatalogTypeLookup;
  /** The parser, for the text of views. */
  parseQuery(sql: string): Query;
  /** The parser's printer, for the text of views, computed columns and watermarks. */
  printSql(node: Query | Expression): string;
  /** The table behind `FROM 'data/x.csv'`. */
  inferFileTable(path: string): CatalogTable;
  /** The function of CREATE FUNCTION or ALTER FUNCTION, loaded from its module; undefined in another language. */
  loadedFunction?(statement: CreateFunction | AlterFunction): UserFunction | undefined;
  /** What stands for a parameter of the statement; undefined when it was given no value. */
  parameter?(node: Parameter): Extract<Expr, { kind: 'literal' }> | undefined;
  /** Names of rules that must not run; for tests. */
  readonly disabledRules?: ReadonlySet<string> | undefined;
}
