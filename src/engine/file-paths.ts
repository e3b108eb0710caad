import type { Catalog } from '../catalog/catalog.ts';
import type { SourceSpan } from '../errors.ts';
import type { FileTable, ObjectName, Statement } from '../parser/ast.ts';
import { parseStatement } from '../parser/parser.ts';

export interface FilePath {
  readonly value: string;
  /** Where the statement names the file, or the view that reads it. */
  readonly span: SourceSpan;
}

/** The paths of all `FROM 'file'` in a statement and in the views that it names. */
export function filePaths(statement: Statement, catalog: Catalog): FilePath[] {
  const found = new Map<string, FilePath>();
  const views = new Set<string>();
  const visitView = (name: ObjectName, home: readonly [string, string] | null, span: SourceSpan): void => {
    const parts = name.parts.map((part) => part.name);
    if (parts.length > 3) return;
    const relation = catalog.find(home === null ? catalog.path(parts) : catalog.path(parts, ...home));
    if (relation?.kind !== 'view' || views.has(relation.path.join('.'))) return;
    views.add(relation.path.join('.'));
    visit(parseStatement(relation.text), [relation.catalog, relation.database], span);
  };
  /** `span`: of the view that is looked into, in the statement. */
  const visit = (node: unknown, home: readonly [string, string] | null, span: SourceSpan | null): void => {
    if (Array.isArray(node)) {
      for (const each of node) visit(each, home, span);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    const { kind } = node as { readonly kind?: unknown };
    if (kind === 'fileTable') {
      const { path } = node as FileTable;
      if (!found.has(path.value)) found.set(path.value, { value: path.value, span: span ?? path.span });
    } else if (kind === 'objectName') {
      const name = node as ObjectName;
      visitView(name, home, span ?? name.span);
    }
    for (const each of Object.values(node)) visit(each, home, span);
  };
  visit(statement, null, null);
  return [...found.values()];
}
