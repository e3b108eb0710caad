/** `arr[i]` and CARDINALITY on vectors: no array is made. */
import type { Expr } from '../../plan/expr.ts';
import type { Code } from './code.ts';
import type { ExpressionEmitter } from './expression.ts';
import { load, validBytesOf } from './load.ts';

type CallExpr = Extract<Expr, { kind: 'call' }>;

export function emitItem(compile: ExpressionEmitter, expr: CallExpr): Code | undefined {
  const [subject, position] = expr.args as [Expr, Expr];
  if (subject.type.kind !== 'ARRAY') return undefined;
  const { emitter } = compile;
  const array = compile.emit(subject);
  const index = compile.emit(position);
  if (array.form !== 'nested' || index.form !== 'plain') return undefined;
  const { vector } = array;
  const len = `${emitter.perBatch('l', `${vector}.len`)}[${array.index}]`;
  const start = `${emitter.perBatch('s', `${vector}.start`)}[${array.index}]`;
  const element = emitter.perBatch('w', `${vector}.element`);
  const known = [array.valid, index.valid].filter((valid) => valid !== null);
  const inside = emitter.let('b', [...known, `${index.value} >= 1`, `${index.value} <= ${len}`].join(' && '));
  const at = emitter.let('j', `${inside} ? ${start} + ${index.value} - 1 : 0`);
  const found = load(emitter, element, at, { ...subject.type.element, nullable: true });
  const own = `${validBytesOf(emitter, element)}[${at}] === 1`;
  return { ...found, type: expr.type, valid: `(${inside} && ${own})` };
}

export function emitCardinality(compile: ExpressionEmitter, expr: CallExpr): Code | undefined {
  const code = compile.emit(expr.args[0] as Expr);
  if (code.form !== 'nested' || expr.args[0]?.type.kind === 'ROW') return undefined;
  const len = `${compile.emitter.perBatch('l', `${code.vector}.len`)}[${code.index}]`;
  return { form: 'plain', type: expr.type, valid: code.valid, value: compile.emitter.let('x', len) };
}
