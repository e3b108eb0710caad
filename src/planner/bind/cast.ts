/** Conversions as they stand in bound expressions: literals are converted at once, the rest becomes a `cast` node. */
import { EngineError, type SourceSpan } from '../../errors.ts';
import type { Expr } from '../../plan/expr.ts';
import { commonType } from '../../types/coercion.ts';
import {
  type DataType,
  type RowField,
  isCharacter,
  sameType,
  typeToString,
  withNullable,
  withoutTimeAttribute,
} from '../../types/data-type.ts';
import type { Value } from '../../types/vector.ts';

/** `expr` as `type`; its nullability stays its own. The caller made sure that the conversion is allowed. */
export function castTo(expr: Expr, type: DataType, options: { readonly try?: boolean } = {}): Expr {
  const target = withNullable(withoutTimeAttribute(type), expr.type.nullable || options.try === true);
  if (sameType(expr.type, target, true)) return expr;
  if (sameShape(expr.type, target)) return { ...expr, type: target };
  if (expr.kind === 'construct' && target.kind === 'ROW' && expr.args.length === target.fields.length) {
    return {
      ...expr,
      args: expr.args.map((arg, i) => castTo(arg, (target.fields[i] as RowField).type, options)),
      type: target,
    };
  }
  if (expr.kind === 'construct' && target.kind === 'ARRAY') {
    return { ...expr, args: expr.args.map((arg) => castTo(arg, target.element, options)), type: target };
  }
  if (expr.kind === 'literal') {
    const value = convertLiteral(expr.value, expr.type, target);
    if (value !== undefined) return { kind: 'literal', value, type: target };
  }
  return { kind: 'cast', arg: expr, try: options.try === true, type: target };
}

/** Whether the types differ in the names of ROW fields only, so that the value is the same. */
function sameShape(a: DataType, b: DataType): boolean {
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') return sameShape(a.element, b.element);
  if (a.kind === 'MAP' && b.kind === 'MAP') return sameShape(a.key, b.key) && sameShape(a.value, b.value);
  if (a.kind !== 'ROW' || b.kind !== 'ROW') return sameType(a, b, true);
  return (
    a.fields.length === b.fields.length &&
    a.fields.every((field, i) => sameShape(field.type, (b.fields[i] as typeof field).type))
  );
}

/** Conversions of literals that cannot fail or lose anything; `undefined` leaves it to evaluation. */
function convertLiteral(value: Value, from: DataType, to: DataType): Value | undefined {
  if (value === null) return null;
  if (isCharacter(from)) return to.kind === 'VARCHAR' && [...(value as string)].length <= to.length ? value : undefined;
  const whole = from.kind === 'TINYINT' || from.kind === 'SMALLINT' || from.kind === 'INTEGER';
  if (whole && to.kind === 'BIGINT') return BigInt(value as number);
  if (whole && (to.kind === 'DOUBLE' || to.kind === 'INTEGER')) return value;
  if (from.kind === 'TIMESTAMP' && to.kind === 'TIMESTAMP' && to.precision >= from.precision) {
    return typeof value === 'number' && to.precision > 3 ? { ms: value, nanos: 0 } : value;
  }
  if (from.kind === 'DECIMAL' && to.kind === 'DECIMAL') {
    const wider = to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
    return wider ? (value as bigint) * 10n ** BigInt(to.scale - from.scale) : undefined;
  }
  if ((whole || from.kind === 'BIGINT') && to.kind === 'DECIMAL') {
    const unscaled = BigInt(value as number | bigint);
    const digits = String(unscaled < 0n ? -unscaled : unscaled).length;
    return digits <= to.precision - to.scale ? unscaled * 10n ** BigInt(to.scale) : undefined;
  }
  return undefined;
}

/** The expressions as their common type, for branches and elements that must agree. */
export function castToCommon(
  exprs: readonly Expr[],
  what: string,
  span: SourceSpan,
): { exprs: Expr[]; type: DataType } {
  const type = commonType(exprs.map((expr) => expr.type));
  if (type === undefined) {
    const names = [...new Set(exprs.map((expr) => typeToString(withNullable(expr.type, true))))];
    throw new EngineError('datatype_mismatch', `${what} have no common type`, {
      detail: `They are ${names.join(', ')}.`,
      hint: 'Convert them with CAST.',
      span,
    });
  }
  return { exprs: exprs.map((expr) => castTo(expr, type)), type };
}

/** A condition: BOOLEAN, or an error that says where. */
export function asCondition(expr: Expr, where: string, span: SourceSpan): Expr {
  if (expr.type.kind === 'BOOLEAN') return expr;
  if (expr.type.kind === 'NULL') return { kind: 'literal', value: null, type: { kind: 'BOOLEAN', nullable: true } };
  throw new EngineError(
    'datatype_mismatch',
    `${where} must be BOOLEAN, not ${typeToString(withNullable(expr.type, true))}`,
    {
      hint: 'Write a comparison.',
      span,
    },
  );
}
