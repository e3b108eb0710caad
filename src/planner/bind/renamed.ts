import { EngineError, type SourceSpan } from '../../errors.ts';
import { identity, type LogicalNode } from '../../plan/logical.ts';
import type { Field } from '../../types/schema.ts';

/** The relation under other column names (none = as they are). */
export function renamed(node: LogicalNode, names: readonly string[], span: SourceSpan): LogicalNode {
  if (names.length === 0) return node;
  if (names.length !== node.schema.length) {
    throw new EngineError(
      'invalid_definition',
      `${names.length} column names are given for ${node.schema.length} columns`,
      {
        span,
      },
    );
  }
  const schema = node.schema.map((field, i): Field => ({ name: names[i] as string, type: field.type }));
  return { kind: 'calc', input: node, condition: null, projections: identity(node.schema), schema };
}
