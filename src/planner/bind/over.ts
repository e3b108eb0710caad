/** OVER calls of one SELECT: ROW_NUMBER() becomes a column behind the row, which Top-N and deduplication are made of. */
import { EngineError, unsupported } from '../../errors.ts';
import type { FunctionCall, NamedWindow, WindowSpecification } from '../../parser/ast.ts';
import { type Expr, sameExpr } from '../../plan/expr.ts';
import { identity, type LogicalNode } from '../../plan/logical.ts';
import type { SortKey } from '../../plan/physical.ts';
import { BIGINT, withNullable } from '../../types/data-type.ts';
import type { Field } from '../../types/schema.ts';
import type { Env } from './env.ts';
import { bindExpression } from './expression.ts';
import { OVER_CALLS } from './group.ts';
import { sortKey } from './order.ts';

interface OverCall {
  readonly partition: readonly Expr[];
  readonly order: readonly { readonly expr: Expr; readonly key: SortKey }[];
}

const REFUSALS: Readonly<Record<string, string>> = {
  RANK: 'RANK() on streaming table is not supported currently',
  DENSE_RANK: 'DENSE_RANK() on streaming table is not supported currently',
  NTILE: 'NTILE Function is not supported in stream mode',
  CUME_DIST: 'CUME_DIST Function is not supported in stream mode',
  PERCENT_RANK: 'PERCENT_RANK Function is not supported in stream mode',
  LEAD: 'LEAD Function is not supported in stream mode',
};

export class OverCalls {
  readonly #env: Env;
  readonly #windows: ReadonlyMap<string, WindowSpecification>;
  readonly #calls: OverCall[] = [];

  /** `env` allows aggregates where the SELECT groups. */
  constructor(env: Env, windows: readonly NamedWindow[]) {
    this.#env = env;
    this.#windows = new Map(windows.map((window) => [window.name.name, window.specification]));
  }

  get count(): number {
    return this.#calls.length;
  }

  /** The hook: a placeholder. */
  bind(call: FunctionCall, name: string): Expr {
    if (name !== 'ROW_NUMBER') {
      const refusal = REFUSALS[name];
      if (refusal !== undefined) {
        throw new EngineError('unsupported', refusal, { hint: 'Use ROW_NUMBER().', span: call.span });
      }
      throw unsupported(
        `${name}(…) OVER (…)`,
        'Aggregate with GROUP BY or a window table function and join.',
        call.span,
      );
    }
    const spec = this.#specification(call.over as NonNullable<FunctionCall['over']>);
    if (spec.frame !== null) throw unsupported('a frame for ROW_NUMBER()', 'Leave ROWS or RANGE out.', spec.frame.span);
    if (spec.orderBy.length === 0) {
      throw new EngineError('windowing_error', 'ROW_NUMBER() OVER (…) needs ORDER BY', { span: call.span });
    }
    const env: Env = { ...this.#env, clause: 'OVER' };
    const bound: OverCall = {
      partition: spec.partitionBy.map((expression) => bindExpression(expression, env)),
      order: spec.orderBy.map((item) => ({ expr: bindExpression(item.expression, env), key: sortKey(item, 0) })),
    };
    let index = this.#calls.findIndex((other) => sameCall(other, bound));
    if (index < 0) index = this.#calls.push(bound) - 1;
    return { kind: 'column', index: OVER_CALLS + index, type: withNullable(BIGINT, false) };
  }

  #specification(over: NonNullable<FunctionCall['over']>): WindowSpecification {
    const named = (name: string, span: EngineError['span']): WindowSpecification => {
      const found = this.#windows.get(name);
      if (found !== undefined) return this.#specification(found);
      throw new EngineError('undefined_object', `window "${name}" does not exist`, {
        hint:
          this.#windows.size > 0
            ? `There are: ${[...this.#windows.keys()].map((each) => `"${each}"`).join(', ')}.`
            : 'Define it with WINDOW name AS (…).',
        span,
      });
    };
    if (over.kind === 'windowReference') return named(over.name.name, over.name.span);
    if (over.base === null) return over;
    const base = named(over.base.name, over.base.span);
    return {
      ...over,
      base: null,
      partitionBy: over.partitionBy.length > 0 ? over.partitionBy : base.partitionBy,
      orderBy: over.orderBy.length > 0 ? over.orderBy : base.orderBy,
      frame: over.frame ?? base.frame,
    };
  }

  /** `input` with a row number per call behind its columns; `rewrite` brings expressions onto `input`. */
  build(input: LogicalNode, rewrite: (expr: Expr) => Expr): LogicalNode {
    const added: Expr[] = [];
    const columnOf = (expr: Expr): number => {
      const over = rewrite(expr);
      if (over.kind === 'column') return over.index;
      const existing = added.findIndex((other) => sameExpr(other, over));
      return input.schema.length + (existing >= 0 ? existing : added.push(over) - 1);
    };
    const calls = this.#calls.map(({ partition, order }) => ({
      partition: partition.map(columnOf),
      order: order.map(({ expr, key }): SortKey => ({ ...key, column: columnOf(expr) })),
    }));
    let node = input;
    if (added.length > 0) {
      const schema = [...input.schema, ...added.map((expr, i): Field => ({ name: `$over${i}`, type: expr.type }))];
      node = { kind: 'calc', input, condition: null, projections: [...identity(input.schema), ...added], schema };
    }
    this.#firstColumn = node.schema.length;
    for (const [i, call] of calls.entries()) {
      const schema = [...node.schema, { name: `$row_number${i}`, type: withNullable(BIGINT, false) }];
      node = { kind: 'row-number', input: node, ...call, schema };
    }
    return node;
  }

  #firstColumn = 0;

  /** The column of a placeholder after `build`. */
  columnOf(placeholder: number): number {
    return this.#firstColumn + placeholder - OVER_CALLS;
  }
}

function sameCall(a: OverCall, b: OverCall): boolean {
  return (
    a.partition.length === b.partition.length &&
    a.order.length === b.order.length &&
    a.partition.every((expr, i) => sameExpr(expr, b.partition[i] as Expr)) &&
    a.order.every(({ expr, key }, i) => {
      const other = b.order[i] as OverCall['order'][number];
      return (
        sameExpr(expr, other.expr) && key.descending === other.key.descending && key.nullsFirst === other.key.nullsFirst
      );
    })
  );
}
