/**
 * Aggregation: GROUP BY, aggregate calls and group windows of one SELECT.
 *
 * Expressions are bound over the input row with placeholders (columns from `AGGREGATES` and `PROPERTIES` on) where an
 * aggregate or a window bound stands. `rewrite` then turns them into expressions over the aggregate's output; a column
 * of the input that is left is neither grouped nor aggregated.
 */
import { type CatalogFunction, functionId } from '../../catalog/table.ts';
import { EngineError, unsupported } from '../../errors.ts';
import { resolveAggregate } from '../../functions/aggregates/registry.ts';
import type { AggregateUserFunction } from '../../functions/user/user-function.ts';
import type { Expression, FunctionCall, GroupBy } from '../../parser/ast.ts';
import { type Expr, replaceExpr, sameExpr } from '../../plan/expr.ts';
import { isIdentity, type LogicalNode } from '../../plan/logical.ts';
import type { AggregateCall, WindowProperty, WindowSpec } from '../../plan/physical.ts';
import {
  type DataType,
  timeAttribute,
  timestamp,
  typeToString,
  withNullable,
  withoutTimeAttribute,
} from '../../types/data-type.ts';
import type { Field, Schema } from '../../types/schema.ts';
import type { Value } from '../../types/vector.ts';
import { groupsByWindow, windowColumns } from '../window-columns.ts';
import { boundArgument, located } from './call.ts';
import { castTo } from './cast.ts';
import { typedArguments } from './user-call.ts';
import type { Env } from './env.ts';
import { bindCondition, bindExpression, spanOf } from './expression.ts';
import { expressionArgument } from './call-arguments.ts';
import { GROUP_WINDOW } from './function-call.ts';
import { constantInterval, windowSpec } from './window-spec.ts';

const AGGREGATES = 1_000_000;
const PROPERTIES = 2_000_000;
/** Placeholders from here on belong to OVER calls. */
export const OVER_CALLS = 3_000_000;

interface BoundAggregate {
  readonly name: string;
  readonly user?: boolean;
  readonly args: readonly Expr[];
  readonly constants: readonly Value[];
  readonly distinct: boolean;
  readonly filter: Expr | null;
  readonly type: DataType;
}

interface GroupWindow {
  readonly name: string;
  readonly time: Expr;
  readonly window: WindowSpec;
}

export class Grouping {
  readonly #env: Env;
  readonly #keys: Expr[] = [];
  readonly #aggregates: BoundAggregate[] = [];
  readonly #properties: WindowProperty[] = [];
  #window: GroupWindow | null = null;
  /** Set by `build`. */
  #output: Schema = [];

  /** `env` is over the input row; its hooks are not used. */
  constructor(env: Env, groupBy: GroupBy | null, aliases: ReadonlySet<string>) {
    this.#env = env;
    for (const item of groupBy?.items ?? []) {
      if (item.kind !== 'groupingExpressions') {
        const name = { groupingSets: 'GROUPING SETS', rollup: 'ROLLUP', cube: 'CUBE' }[item.kind];
        throw unsupported(name, 'Write one query per grouping and combine them with UNION ALL.', item.span);
      }
      for (const expression of item.expressions) this.#addKey(expression, aliases);
    }
  }

  get hasAggregates(): boolean {
    return this.#aggregates.length > 0 || this.#properties.length > 0;
  }

  #addKey(expression: Expression, aliases: ReadonlySet<string>): void {
    if (expression.kind === 'numberLiteral') {
      throw new EngineError('grouping_error', `GROUP BY ${expression.text} would make one group of all rows`, {
        hint: 'GROUP BY takes no positions: repeat the expression of the column.',
        span: expression.span,
      });
    }
    const name = expression.kind === 'call' ? (expression.name.parts.at(-1)?.name ?? '').toUpperCase() : '';
    if (expression.kind === 'call' && GROUP_WINDOW.test(name)) {
      if (this.#window !== null) {
        throw new EngineError('windowing_error', 'GROUP BY takes one window', { span: expression.span });
      }
      this.#window = this.#bindWindow(expression, name);
      return;
    }
    try {
      const key = bindExpression(expression, { ...this.#env, clause: 'GROUP BY', calls: {} });
      if (!this.#keys.some((other) => sameExpr(other, key))) this.#keys.push(key);
    } catch (error) {
      const alias =
        expression.kind === 'columnReference' && expression.parts.length === 1 ? expression.parts[0]?.name : undefined;
      if (
        !(error instanceof EngineError) ||
        error.code !== 'undefined_column' ||
        alias === undefined ||
        !aliases.has(alias)
      )
        throw error;
      throw new EngineError(error.code, error.message, {
        hint: `"${alias}" is a name of the SELECT list, which GROUP BY does not see: repeat its expression.`,
        span: error.span,
      });
    }
  }

  /** TUMBLE(ts, size), HOP(ts, slide, size), SESSION(ts, gap). */
  #bindWindow(call: FunctionCall, name: string): GroupWindow {
    const values = call.arguments.map((argument) => expressionArgument(argument, name));
    const parameters = { TUMBLE: ['SIZE'], HOP: ['SLIDE', 'SIZE'], SESSION: ['GAP'] }[name] as string[];
    if (values.length !== parameters.length + 1) {
      throw new EngineError('windowing_error', `${name} in GROUP BY takes ${parameters.length + 1} arguments`, {
        hint: `Write ${name}(ts, ${parameters.map((parameter) => parameter.toLowerCase()).join(', ')}).`,
        span: call.span,
      });
    }
    const [timeNode, ...rest] = values as [Expression, ...Expression[]];
    const time = bindExpression(timeNode, { ...this.#env, clause: 'GROUP BY', calls: {} });
    const attribute = timeAttribute(time.type);
    if (attribute === 'proctime') {
      throw unsupported(
        'a window over processing time',
        'Use an event-time column: declare WATERMARK FOR it.',
        timeNode.span,
      );
    }
    if (time.kind !== 'column' || attribute === undefined) {
      throw new EngineError(
        'windowing_error',
        `Window aggregate can only be defined over a time attribute column, but ${typeToString(withNullable(time.type, true))} encountered`,
        {
          hint: 'Declare WATERMARK FOR the column in its table, and hand it on without computing on it.',
          span: timeNode.span,
        },
      );
    }
    const times = new Map(
      parameters.map((parameter, i) => [parameter, constantInterval(rest[i] as Expression, this.#env, parameter)]),
    );
    return {
      name,
      time,
      window: windowSpec(name as 'TUMBLE' | 'HOP' | 'SESSION', times, { span: call.span, grouped: true }),
    };
  }

  /** The hook for TUMBLE_START(…) and the like: a placeholder. */
  windowProperty(call: FunctionCall, name: string): Expr {
    const [prefix, suffix] = name.split('_') as [string, string];
    if (suffix === 'PROCTIME') throw unsupported(name, 'Use an event-time window.', call.span);
    const grouped = this.#window;
    const asked = grouped === null ? null : this.#bindWindow({ ...call, name: call.name }, prefix);
    const same =
      grouped !== null &&
      asked !== null &&
      grouped.name === prefix &&
      sameExpr(grouped.time, asked.time) &&
      JSON.stringify(grouped.window) === JSON.stringify(asked.window);
    if (!same) {
      throw new EngineError('windowing_error', `${name}(…) does not match a window of GROUP BY`, {
        hint: `GROUP BY must hold ${prefix} with the very same arguments.`,
        span: call.span,
      });
    }
    const property: WindowProperty = suffix === 'START' ? 'start' : suffix === 'END' ? 'end' : 'time';
    if (!this.#properties.includes(property)) this.#properties.push(property);
    return {
      kind: 'column',
      index: PROPERTIES + this.#properties.indexOf(property),
      type: this.#propertyType(property),
    };
  }

  #propertyType(property: WindowProperty): DataType {
    if (property !== 'time') return withNullable(timestamp(3), false);
    const kind = this.#window?.time.type.kind === 'TIMESTAMP_LTZ' ? 'TIMESTAMP_LTZ' : 'TIMESTAMP';
    return { kind, precision: 3, attribute: 'rowtime', nullable: true };
  }

  /** The hook for aggregate calls: a placeholder. */
  aggregate(call: FunctionCall, name: string, own?: CatalogFunction): Expr {
    if (call.withinGroup.length > 0 || call.orderBy.length > 0) {
      throw unsupported(`ORDER BY inside ${name}`, 'Values are taken in order of arrival.', call.span);
    }
    if (call.nulls !== null) throw unsupported(`${call.nulls.toUpperCase()} NULLS in ${name}`, undefined, call.span);
    const inner: Env = { ...this.#env, clause: `an argument of ${name}`, calls: {} };
    const args = call.arguments.flatMap((argument): Expr[] => {
      const { value } = argument;
      if (value.kind === 'star') {
        if (own === undefined && name === 'COUNT' && call.quantifier === null) return [];
        const quantifier = call.quantifier === null ? '' : `${call.quantifier.toUpperCase()} `;
        throw new EngineError('syntax_error', `${name}(${quantifier}*) does not exist`, {
          hint: 'Only COUNT(*) takes *.',
          span: value.span,
        });
      }
      return [bindExpression(expressionArgument(argument, name), inner)];
    });
    if (own === undefined && name === 'COUNT' && call.arguments.length === 0) {
      throw new EngineError('datatype_mismatch', 'aggregate function COUNT does not take ()', {
        hint: 'COUNT(*) counts rows.',
        span: call.span,
      });
    }
    const filter = call.filter === null ? null : bindCondition(call.filter, { ...inner, clause: 'FILTER' });
    return own === undefined
      ? this.#placeholder(call, name, { args, filter })
      : this.#userPlaceholder(call, own, { args, filter });
  }

  #placeholder(
    call: FunctionCall,
    name: string,
    { args, filter }: { readonly args: readonly Expr[]; readonly filter: Expr | null },
  ): Expr {
    const distinct = call.quantifier === 'distinct';
    const [first] = args;
    const countsRows =
      name === 'COUNT' && !distinct && args.length === 1 && first?.kind === 'literal' && first.value !== null;
    const given = countsRows ? [] : args;
    const resolved = located(call.span, () => resolveAggregate(name, given.map(boundArgument), { distinct }));
    const typed = given.map((arg, i) => castTo(arg, resolved.argTypes[i] as DataType));
    const constants = typed.slice(1).flatMap((arg) => (arg.kind === 'literal' ? [arg.value] : []));
    const bound: BoundAggregate = {
      name: resolved.name,
      args: typed.filter((arg, i) => i === 0 || arg.kind !== 'literal'),
      constants,
      distinct,
      filter,
      type: resolved.type,
    };
    return this.#placeholderOf(bound);
  }

  #userPlaceholder(
    call: FunctionCall,
    own: CatalogFunction,
    { args, filter }: { readonly args: readonly Expr[]; readonly filter: Expr | null },
  ): Expr {
    const definition = own.definition as AggregateUserFunction;
    return this.#placeholderOf({
      name: functionId(own),
      user: true,
      args: typedArguments(definition, args, call),
      constants: [],
      distinct: call.quantifier === 'distinct',
      filter,
      type: definition.returns,
    });
  }

  #placeholderOf(bound: BoundAggregate): Expr {
    let index = this.#aggregates.findIndex((other) => sameAggregate(other, bound));
    if (index < 0) index = this.#aggregates.push(bound) - 1;
    return { kind: 'column', index: AGGREGATES + index, type: this.#resultType(bound) };
  }

  /** FILTER may leave no row of a group, and a global aggregate may have none; then all but a count are NULL. */
  #resultType(aggregate: BoundAggregate): DataType {
    // What a function of the program gives for no rows is its own business.
    if (aggregate.user === true) return aggregate.type;
    const mayBeEmpty = aggregate.filter !== null || (this.#keys.length === 0 && this.#window === null);
    return mayBeEmpty && !/^(COUNT|\$SUM0)$/.test(aggregate.name) ? withNullable(aggregate.type, true) : aggregate.type;
  }

  /** The aggregate over `input`: its output is keys, aggregates, then window properties. */
  build(input: LogicalNode): LogicalNode {
    const computed: { readonly name: string; readonly expr: Expr }[] = [];
    const columnOf = (expr: Expr, name: string): number => {
      const existing = computed.findIndex((other) => sameExpr(other.expr, expr));
      return existing >= 0
        ? existing
        : computed.push({ expr, name: expr.kind === 'column' ? (input.schema[expr.index] as Field).name : name }) - 1;
    };
    const keys = this.#keys.map((key, i) => columnOf(key, `$key${i}`));
    const aggregates = this.#aggregates.map((aggregate, i): AggregateCall => {
      const args = aggregate.args.map((arg, k) => columnOf(arg, `$arg${i}_${k}`));
      return {
        name: aggregate.name,
        args,
        argTypes: aggregate.args.map((arg) => withoutTimeAttribute(arg.type)),
        distinct: aggregate.distinct,
        filter: aggregate.filter === null ? null : columnOf(aggregate.filter, `$filter${i}`),
        type: this.#resultType(aggregate),
        constants: aggregate.constants,
        ...(aggregate.user === true ? { user: true } : {}),
      };
    });
    const timeColumn = this.#window === null ? null : columnOf(this.#window.time, '$time');
    const projections = computed.map(({ expr }) => expr);
    const schema = computed.map(({ name, expr }): Field => ({ name, type: expr.type }));
    // A COUNT(*) reads no column; the row must still have one.
    const narrow: LogicalNode =
      isIdentity(projections, input.schema.length) || projections.length === 0
        ? input
        : { kind: 'calc', input, condition: null, projections, schema };
    if (this.#window === null) {
      const node = aggregateNode(narrow, keys, aggregates);
      this.#output = node.schema;
      return node;
    }
    const properties = this.#properties.map((property): Field => ({
      name: `window_${property}`,
      type: this.#propertyType(property),
    }));
    this.#output = [...aggregateSchema(narrow.schema, keys, aggregates, null), ...properties];
    return {
      kind: 'group-window-aggregate',
      input: narrow,
      window: this.#window.window,
      timeColumn: timeColumn as number,
      keys,
      aggregates,
      properties: this.#properties,
      schema: this.#output,
    };
  }

  /** An expression with placeholders, over the output of the aggregate that `build` made. */
  rewrite(expr: Expr, input: Schema): Expr {
    return replaceExpr(expr, (part) => {
      const key = this.#keys.findIndex((candidate) => sameExpr(candidate, part));
      if (key >= 0) return { kind: 'column', index: key, type: (this.#output[key] as Field).type };
      if (part.kind !== 'column' || part.index >= OVER_CALLS) return undefined;
      const width = this.#keys.length;
      if (part.index >= PROPERTIES)
        return { ...part, index: width + this.#aggregates.length + part.index - PROPERTIES };
      if (part.index >= AGGREGATES) return { ...part, index: width + part.index - AGGREGATES };
      const name = input[part.index]?.name ?? '';
      throw new EngineError('grouping_error', `column "${name}" must be in GROUP BY or in an aggregate`, {
        hint: 'Add it to GROUP BY, or take FIRST_VALUE, LAST_VALUE, MIN or MAX of it.',
        span: spanOf(part),
      });
    });
  }
}

function sameAggregate(a: BoundAggregate, b: BoundAggregate): boolean {
  const sameFilter = a.filter === null || b.filter === null ? a.filter === b.filter : sameExpr(a.filter, b.filter);
  return (
    a.name === b.name &&
    a.distinct === b.distinct &&
    sameFilter &&
    a.args.length === b.args.length &&
    a.args.every((arg, i) => sameExpr(arg, b.args[i] as Expr)) &&
    a.constants.length === b.constants.length &&
    a.constants.every((value, i) => Object.is(value, b.constants[i]))
  );
}

/** An aggregate by window bounds keeps the window's time attribute; any other makes plain values of its keys. */
export function aggregateNode(
  input: LogicalNode,
  keys: readonly number[],
  aggregates: readonly AggregateCall[],
): LogicalNode {
  const columns = windowColumns(input);
  const windowTime = groupsByWindow(columns, keys) ? columns.time : null;
  return {
    kind: 'aggregate',
    input,
    keys,
    aggregates,
    schema: aggregateSchema(input.schema, keys, aggregates, windowTime),
  };
}

function aggregateSchema(
  input: Schema,
  keys: readonly number[],
  aggregates: readonly AggregateCall[],
  windowTime: number | null,
): Schema {
  return [
    ...keys.map((key): Field => {
      const { name, type } = input[key] as Field;
      return { name, type: key === windowTime ? type : withoutTimeAttribute(type) };
    }),
    ...aggregates.map((aggregate, i): Field => ({ name: `$agg${i}`, type: aggregate.type })),
  ];
}
