/** A table function of the program in FROM: its arguments read the tables that stand before it. */
import { functionId } from '../../catalog/table.ts';
import { EngineError } from '../../errors.ts';
import type { FunctionCall, TableFunction } from '../../parser/ast.ts';
import type { LogicalNode } from '../../plan/logical.ts';
import { withNullable } from '../../types/data-type.ts';
import type { Field, Schema } from '../../types/schema.ts';
import { bindExpression } from './expression.ts';
import { bindArguments } from './call-arguments.ts';
import type { QueryEnv } from './query-env.ts';
import { relationOf, type Scope } from './scope.ts';
import { typedArguments } from './user-call.ts';

interface Bound {
  readonly node: LogicalNode;
  readonly scope: Scope;
}

/** Whether what stands in FROM is a table function of the program. */
export function isOwnTableFunction({ call }: TableFunction, env: QueryEnv): boolean {
  return env.ctx.catalog.findFunction(partsOf(call)) !== undefined;
}

const partsOf = (call: FunctionCall): string[] => call.name.parts.map((part) => part.name);

/** `left` with the rows that the function gives for each of its rows; `outer` keeps a row for which it gives none. */
export function bindTableFunction(left: Bound, reference: TableFunction, outer: boolean, env: QueryEnv): Bound {
  const { call, alias } = reference;
  const own = env.ctx.catalog.findFunction(partsOf(call));
  if (own === undefined || own.definition.kind !== 'table') {
    throw new EngineError('invalid_definition', `${partsOf(call).join('.')} gives a value, not rows`, {
      hint: 'Call it in the SELECT list.',
      span: call.span,
    });
  }
  const { definition } = own;
  const argumentEnv = { ctx: env.ctx, scope: left.scope, clause: `an argument of ${definition.name}`, calls: {} };
  const args = bindArguments(call, definition.name, (child) => bindExpression(child, argumentEnv));
  const names = alias?.columns ?? [];
  if (names.length > definition.returns.length) {
    throw new EngineError(
      'invalid_definition',
      `${definition.name} gives ${definition.returns.length} columns, not ${names.length}`,
      {
        span: alias?.span,
      },
    );
  }
  const columns: Schema = definition.returns.map(({ name, type }, i): Field => ({
    name: names[i]?.name ?? name,
    type: outer ? withNullable(type, true) : type,
  }));
  const node: LogicalNode = {
    kind: 'correlate',
    input: left.node,
    call: {
      name: functionId(own),
      args: typedArguments(definition, args, call),
      deterministic: definition.deterministic,
    },
    outer,
    schema: [...left.node.schema, ...columns],
  };
  const relation = relationOf(columns, alias?.name.name ?? null, { offset: left.node.schema.length });
  return { node, scope: { relations: [...left.scope.relations, relation], merged: left.scope.merged } };
}
