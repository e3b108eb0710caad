/** LIKE with a constant pattern of the common shapes, on the bytes: `abc`, `abc%`, `%abc`, `%abc%`. */
import { likeShape } from '../../functions/string/like-pattern.ts';
import type { Expr } from '../../plan/expr.ts';
import type { Code } from './code.ts';
import { containsBytes } from './byte-range.ts';
import { UNROLLED_BYTES, bytesAt, rangeArguments } from './comparison.ts';
import type { ExpressionEmitter } from './expression.ts';

type CallExpr = Extract<Expr, { kind: 'call' }>;

const UTF8 = new TextEncoder();

export function emitLike(compile: ExpressionEmitter, expr: CallExpr): Code | undefined {
  const [subject, pattern, escape] = expr.args as [Expr, Expr, Expr | undefined];
  if (pattern.kind !== 'literal' || typeof pattern.value !== 'string') return undefined;
  if (escape !== undefined && (escape.kind !== 'literal' || typeof escape.value !== 'string')) return undefined;
  const shape = likeShape(pattern.value, (escape?.value ?? undefined) as string | undefined);
  if (shape === undefined) return undefined;
  const code = compile.emit(subject);
  if (code.form !== 'range') return undefined;
  const { emitter } = compile;
  const bytes = UTF8.encode(shape.text);
  const { len, start } = code;
  if (shape.kind !== 'contains' && bytes.length > UNROLLED_BYTES) return undefined;
  const text =
    shape.kind === 'contains'
      ? `${emitter.constant(containsBytes)}(${rangeArguments(emitter, code)}, ${emitter.constant(bytes)})`
      : shape.kind === 'suffix'
        ? `(${len} >= ${bytes.length}${bytesAt(emitter, code, `${start} + ${len} - ${bytes.length}`, bytes)})`
        : `(${len} ${shape.kind === 'equal' ? '===' : '>='} ${bytes.length}${bytesAt(emitter, code, start, bytes)})`;
  return { form: 'plain', type: expr.type, valid: code.valid, value: emitter.let('x', text) };
}
