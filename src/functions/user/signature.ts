import { EngineError } from '../../errors.ts';
import { canImplicitCast } from '../../types/coercion.ts';
import { type DataType, isCharacter, isNumeric, typeToString, withNullable } from '../../types/data-type.ts';
import type { UserFunction } from './user-function.ts';

/** The types of `count` arguments: the last one again where it may be repeated. */
export function argumentTypes({ args, variadic }: UserFunction, count: number): readonly DataType[] {
  if (!variadic || count <= args.length) return args.slice(0, count);
  const last = args.at(-1) as DataType;
  return [...args, ...Array.from({ length: count - args.length }, () => last)];
}

/** `f(STRING, INT...) → INT` */
export function signatureText(definition: UserFunction): string {
  const args = definition.args.map(typeToString).join(', ');
  const returns =
    definition.kind === 'table'
      ? `TABLE(${definition.returns.map(({ name, type }) => `${name} ${typeToString(type)}`).join(', ')})`
      : typeToString(definition.returns);
  return `${definition.name}(${args}${definition.variadic ? ', …' : ''}) → ${returns}`;
}

/** What the arguments of a call are converted to; throws `datatype_mismatch` when they do not fit. */
export function resolveUserCall(definition: UserFunction, given: readonly DataType[]): readonly DataType[] {
  const least = definition.variadic ? definition.args.length - 1 : definition.args.length;
  const fits = given.length >= least && (definition.variadic || given.length === definition.args.length);
  const types = argumentTypes(definition, given.length);
  if (fits && types.every((type, i) => converts(given[i] as DataType, type))) return types;
  const shown = given.map((type) => typeToString(withNullable(type, true))).join(', ');
  throw new EngineError('datatype_mismatch', `function ${definition.name} does not take (${shown})`, {
    hint: `It is declared as ${signatureText(definition)}.`,
  });
}

/** As for INSERT, but never from a wider number to a narrower one. */
function converts(from: DataType, to: DataType): boolean {
  if (isCharacter(from) && isCharacter(to)) return true;
  if (isNumeric(from) && to.kind === 'DECIMAL') return from.kind === 'DECIMAL' || canImplicitCast(from, to);
  return canImplicitCast(from, to);
}
