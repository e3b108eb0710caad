/** Bound expressions as text for EXPLAIN and errors: columns by name, constants as SQL writes them. */
import type { DataType } from '../types/data-type.ts';
import { typeToString, withNullable } from '../types/data-type.ts';
import type { Schema } from '../types/schema.ts';
import type { Value } from '../types/vector.ts';
import { type Expr } from './expr.ts';

const INFIX = /^(?:[-+*/%=]|<>|<|<=|>|>=|\|\||IS (?:NOT )?DISTINCT FROM|LIKE|ILIKE|RLIKE|SIMILAR TO)$/;

/** `expr` over a row of `schema`. */
export function exprText(expr: Expr, schema: Schema): string {
  const inner = (child: Expr): string => exprText(child, schema);
  switch (expr.kind) {
    case 'column':
      return schema[expr.index]?.name ?? `$${expr.index}`;
    case 'literal':
      return literalText(expr.value, expr.type);
    case 'and':
    case 'or':
      return `(${expr.args.map(inner).join(expr.kind === 'and' ? ' AND ' : ' OR ')})`;
    case 'not':
      return `NOT ${inner(expr.arg)}`;
    case 'case':
      return `CASE ${expr.branches.map(({ when, then }) => `WHEN ${inner(when)} THEN ${inner(then)}`).join(' ')} ELSE ${inner(expr.otherwise)} END`;
    case 'cast':
      return `${expr.try ? 'TRY_CAST' : 'CAST'}(${inner(expr.arg)} AS ${typeToString(withNullable(expr.type, true))})`;
    case 'field': {
      const owner = expr.arg.type;
      const name = owner.kind === 'ROW' ? owner.fields[expr.index]?.name : undefined;
      return `${inner(expr.arg)}.${name ?? expr.index}`;
    }
    case 'in':
      return `${inner(expr.arg)} IN (${expr.items.map(inner).join(', ')})`;
    case 'construct': {
      const args = expr.args.map(inner).join(', ');
      return expr.type.kind === 'ROW' ? `ROW(${args})` : `${expr.type.kind}[${args}]`;
    }
    case 'call':
      return callText(expr.name, expr.args.map(inner));
  }
}

function callText(name: string, args: readonly string[]): string {
  if (name.startsWith('IS ') && args.length === 1) return `(${args[0]} ${name})`;
  if (name === 'NEGATE') return `-(${args[0]})`;
  if (INFIX.test(name) && args.length === 2) return `(${args[0]} ${name} ${args[1]})`;
  if (name === 'ITEM' && args.length === 2) return `${args[0]}[${args[1]}]`;
  return `${name}(${args.join(', ')})`;
}

/** A value as SQL would write it. */
function literalText(value: Value, type: DataType): string {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return `'${String(value).replaceAll("'", "''")}'`;
    case 'DECIMAL':
      return decimalText(value as bigint, type.scale);
    case 'BOOLEAN':
      return value === true ? 'TRUE' : 'FALSE';
    case 'BINARY':
    case 'VARBINARY':
      return `X'${Buffer.from(value as Uint8Array).toString('hex')}'`;
    case 'INTERVAL_DAY_TIME':
      return `${String(value)}:INTERVAL`;
    case 'INTERVAL_YEAR_MONTH':
      return `${String(value)}:INTERVAL MONTH`;
    case 'DATE':
      return new Date((value as number) * 86_400_000).toISOString().slice(0, 10);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const ms = typeof value === 'number' ? value : (value as { ms: number }).ms;
      return Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString().replace('T', ' ').replace('Z', '') : String(ms);
    }
    default:
      return Array.isArray(value) ? `[${value.length} values]` : String(value as number | bigint);
  }
}

function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
