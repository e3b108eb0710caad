/** The window table functions TUMBLE, HOP, CUMULATE and SESSION in FROM. */
import { EngineError, unsupported } from '../../errors.ts';
import type { Argument, DescriptorArgument, Expression, FunctionCall, TableArgument } from '../../parser/ast.ts';
import type { LogicalNode } from '../../plan/logical.ts';
import {
  type DataType,
  timeAttribute,
  timestamp,
  typeToString,
  withNullable,
  withoutTimeAttribute,
} from '../../types/data-type.ts';
import type { Field, Schema } from '../../types/schema.ts';
import { bindExpression } from './expression.ts';
import { expressionArgument } from './call-arguments.ts';
import type { QueryEnv } from './query-env.ts';
import { relationOf, resolveName } from './scope.ts';
import { bindNamedTable } from './table.ts';
import { constantInterval, type WindowTable, windowSpec } from './window-spec.ts';

/** Parameters in order; OFFSET is optional. */
const PARAMETERS: Readonly<Record<WindowTable, readonly string[]>> = {
  TUMBLE: ['DATA', 'TIMECOL', 'SIZE', 'OFFSET'],
  HOP: ['DATA', 'TIMECOL', 'SLIDE', 'SIZE', 'OFFSET'],
  CUMULATE: ['DATA', 'TIMECOL', 'STEP', 'SIZE', 'OFFSET'],
  SESSION: ['DATA', 'TIMECOL', 'GAP'],
};

export const isWindowTable = (name: string): name is WindowTable => name in PARAMETERS;

export function bindWindowTable(call: FunctionCall, name: WindowTable, env: QueryEnv): LogicalNode {
  const given = byParameter(call, name);
  const data = given.get('DATA') as Argument;
  const { node, partition: partitionBy } = bindData(data, name, env);
  const descriptor = given.get('TIMECOL') as Argument;
  const timeColumn = bindDescriptor(descriptor, name, node.schema);
  const times = new Map<string, number>();
  for (const [parameter, argument] of given) {
    if (parameter !== 'DATA' && parameter !== 'TIMECOL') {
      times.set(parameter, constantInterval(expressionArgument(argument, name), env, `${parameter} of ${name}`));
    }
  }
  const window = windowSpec(name, times, { span: call.span, grouped: false });
  const partition = partitionBy.map((column) => {
    const expr = bindExpression(column, { ctx: env.ctx, scope: scopeOf(node), clause: 'PARTITION BY', calls: {} });
    if (expr.kind === 'column') return expr.index;
    throw unsupported(
      'an expression in PARTITION BY of a window table function',
      'Compute it as a column first.',
      column.span,
    );
  });
  const timeType = (node.schema[timeColumn] as Field).type as DataType & { kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ' };
  return {
    kind: 'window-table-function',
    input: node,
    window,
    timeColumn,
    partition,
    schema: windowSchema(node.schema, timeColumn, timeType.kind),
  };
}

/** The input's columns (its time column a plain timestamp from here on), then the window's. */
function windowSchema(input: Schema, timeColumn: number, kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ'): Schema {
  const bound = withNullable(timestamp(3), false);
  return [
    ...input.map(({ name, type }, i) => ({ name, type: i === timeColumn ? withoutTimeAttribute(type) : type })),
    { name: 'window_start', type: bound },
    { name: 'window_end', type: bound },
    { name: 'window_time', type: { kind, precision: 3, attribute: 'rowtime', nullable: false } },
  ];
}

const scopeOf = (node: LogicalNode) => ({ relations: [relationOf(node.schema, null)], merged: [] });

function byParameter(call: FunctionCall, name: WindowTable): Map<string, Argument> {
  const parameters = PARAMETERS[name];
  const found = new Map<string, Argument>();
  for (const [i, argument] of call.arguments.entries()) {
    const parameter = argument.name === null ? parameters[i] : argument.name.name.toUpperCase();
    if (parameter === undefined || !parameters.includes(parameter)) {
      throw new EngineError('windowing_error', `${name} has no parameter ${parameter ?? i + 1}`, {
        hint: `Its parameters are ${parameters.join(', ')}.`,
        span: argument.span,
      });
    }
    if (found.has(parameter)) {
      throw new EngineError('windowing_error', `parameter ${parameter} of ${name} is given twice`, {
        span: argument.span,
      });
    }
    found.set(parameter, argument);
  }
  const missing = parameters.filter((parameter) => parameter !== 'OFFSET' && !found.has(parameter));
  if (missing.length > 0) {
    throw new EngineError('windowing_error', `${name} needs ${missing.join(' and ')}`, {
      hint: `Its parameters are ${parameters.join(', ')}.`,
      span: call.span,
    });
  }
  return found;
}

function bindData(
  argument: Argument,
  name: WindowTable,
  env: QueryEnv,
): { node: LogicalNode; partition: readonly Expression[] } {
  const { value } = argument;
  if (value.kind === 'scalarSubquery') return { node: env.bindQuery(value.query, env), partition: [] };
  if (value.kind !== 'tableArgument') {
    throw new EngineError('windowing_error', `the first argument of ${name} must be a table`, {
      hint: `Write ${name}(TABLE t, DESCRIPTOR(ts), …).`,
      span: argument.span,
    });
  }
  const table: TableArgument = value;
  if (table.orderBy.length > 0) throw unsupported(`ORDER BY in ${name}`, undefined, table.span);
  if (table.partitionBy.length > 0 && name !== 'SESSION') {
    throw unsupported(`PARTITION BY in ${name}`, 'Group by the keys instead.', table.span);
  }
  const node =
    table.table.kind === 'derivedTable'
      ? env.bindQuery(table.table.query, env)
      : bindNamedTable(table.table.name, table.table.hints, env).node;
  return { node, partition: table.partitionBy };
}

function bindDescriptor(argument: Argument, name: WindowTable, schema: Schema): number {
  const descriptor = argument.value as DescriptorArgument;
  const [column, ...more] = descriptor.kind === 'descriptor' ? descriptor.columns : [];
  if (column === undefined || more.length > 0) {
    throw new EngineError('windowing_error', `TIMECOL of ${name} must be a DESCRIPTOR of one column`, {
      hint: 'Write DESCRIPTOR(ts).',
      span: argument.span,
    });
  }
  const expr = resolveName({ relations: [relationOf(schema, null)], merged: [] }, [column], column.span);
  const attribute = timeAttribute(expr.type);
  if (attribute === 'proctime') {
    throw unsupported(
      'a window over processing time',
      'Use an event-time column: declare WATERMARK FOR it.',
      column.span,
    );
  }
  if (attribute === undefined) {
    throw new EngineError(
      'windowing_error',
      `The window function requires the timecol is a time attribute type, but is ${typeToString(withNullable(expr.type, true))}`,
      {
        hint: `Declare WATERMARK FOR \`${column.name}\` in its table, and hand the column on without computing on it.`,
        span: column.span,
      },
    );
  }
  return (expr as { index: number }).index;
}
