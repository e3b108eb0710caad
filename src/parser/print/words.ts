import type { Identifier, ObjectName, Option, PartitionItem, StringLiteral } from '../ast.ts';
import { isReserved } from '../keywords.ts';

/** Free words that begin a construct in some place where a name may stand; in back-ticks they are always names. */
const awkward =
  /^(MAP|FINAL|DESCRIPTOR|MODEL|KEY|ABSENT|UNBOUNDED|IF|CATALOG|DATABASE|JOB|IMMEDIATELY|FIRST|LAST|IGNORE)$/i;

/** A name, in back-ticks where it needs them. */
export function printName(name: string): string {
  if (/^[\p{L}_][\p{L}\p{Nd}_$]*$/u.test(name) && !isReserved(name) && !awkward.test(name)) return name;
  return `\`${name.replaceAll('`', '``')}\``;
}

export function printIdentifier(identifier: Identifier): string {
  return printName(identifier.name);
}

export function printDotted(name: ObjectName): string {
  return name.parts.map(printIdentifier).join('.');
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function printString(literal: StringLiteral): string {
  return quote(literal.value);
}

/** `(a, b)`. */
export function inParentheses(parts: readonly string[]): string {
  return `(${parts.join(', ')})`;
}

export function printNames(names: readonly Identifier[]): string {
  return inParentheses(names.map(printIdentifier));
}

/** The words that are there, one space between. */
export function words(...parts: readonly (string | false | null | undefined)[]): string {
  return parts.filter((part) => typeof part === 'string' && part !== '').join(' ');
}

export function printOption(option: Option): string {
  return `${printString(option.key)} = ${printString(option.value)}`;
}

/** `WITH (…)`, or nothing. */
export function withOptions(options: readonly Option[]): string {
  return options.length === 0 ? '' : `WITH ${inParentheses(options.map(printOption))}`;
}

export function comment(literal: StringLiteral | null): string {
  return literal === null ? '' : `COMMENT ${printString(literal)}`;
}

export function partition(items: readonly PartitionItem[], print: (item: PartitionItem) => string): string {
  return items.length === 0 ? '' : `PARTITION ${inParentheses(items.map(print))}`;
}
