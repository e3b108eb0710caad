/** CREATE VIEW: the query is bound once, to find its errors and its columns, and kept as text. */
import type { CatalogView } from '../../catalog/table.ts';
import { EngineError } from '../../errors.ts';
import type { CreateView, Query } from '../../parser/ast.ts';
import type { PlannerContext } from '../context.ts';
import { bindQuery, rootEnv } from './query.ts';
import { renamed } from './renamed.ts';

export function bindCreateView(node: CreateView, ctx: PlannerContext): CatalogView {
  const path = ctx.catalog.path(node.name.parts.map((part) => part.name));
  const bound = bindQuery(node.query, { ...rootEnv(ctx), views: [path.join('.')] });
  const { schema } = renamed(
    bound,
    node.columns.map((column) => column.name.name),
    node.name.span,
  );
  const names = new Set<string>();
  for (const { name } of schema) {
    if (names.has(name)) {
      throw new EngineError('duplicate_column', `a view cannot have two columns "${name}"`, {
        hint: 'Give them different names with AS.',
        span: node.query.span,
      });
    }
    names.add(name);
  }
  return {
    kind: 'view',
    path,
    temporary: node.temporary,
    ...viewText(node.query, ctx),
    schema,
    comment: node.comment?.value ?? null,
  };
}

/** A view with another query. */
export function withQuery(view: CatalogView, query: Query, ctx: PlannerContext): CatalogView {
  const { schema } = bindQuery(query, { ...rootEnv(ctx), views: [view.path.join('.')] });
  return { ...view, ...viewText(query, ctx), schema };
}

function viewText(query: Query, ctx: PlannerContext): Pick<CatalogView, 'text' | 'catalog' | 'database'> {
  return { text: ctx.printSql(query), catalog: ctx.catalog.currentCatalog, database: ctx.catalog.currentDatabase };
}
