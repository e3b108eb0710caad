/** LIKE and SIMILAR TO patterns: `%` any run, `_` one character (code point). There is no escape unless one is named. */
import { EngineError } from '../../errors.ts';

interface PatternPart {
  readonly kind: 'text' | 'any' | 'one';
  readonly text: string;
}

function partsOf(pattern: string, escape: string | undefined): readonly PatternPart[] {
  const escapeChar = checkEscape(escape);
  const parts: PatternPart[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
  };
  const chars = Array.from(pattern);
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] as string;
    if (char === escapeChar) {
      const next = chars[++i];
      if (next === undefined || (next !== '%' && next !== '_' && next !== escapeChar)) {
        throw new EngineError(
          'invalid_regex',
          `escape in pattern '${pattern}' is not followed by %, _ or the escape itself`,
        );
      }
      text += next;
    } else if (char === '%' || char === '_') {
      flush();
      parts.push({ kind: char === '%' ? 'any' : 'one', text: '' });
    } else text += char;
  }
  flush();
  return parts;
}

function checkEscape(escape: string | undefined): string | undefined {
  if (escape !== undefined && Array.from(escape).length !== 1) {
    throw new EngineError('invalid_regex', `escape '${escape}' is not one character`);
  }
  return escape;
}

export interface LikeShape {
  readonly kind: 'equal' | 'prefix' | 'suffix' | 'contains';
  readonly text: string;
}

/** The pattern as a plain comparison, where it is one. */
export function likeShape(pattern: string, escape?: string): LikeShape | undefined {
  const parts = partsOf(pattern, escape);
  if (parts.some((part) => part.kind === 'one')) return undefined;
  const texts = parts.filter((part) => part.kind === 'text');
  if (texts.length > 1) return undefined;
  const text = texts[0]?.text ?? '';
  const open = parts[0]?.kind === 'any';
  const close = parts.at(-1)?.kind === 'any';
  return { kind: open && close ? 'contains' : open ? 'suffix' : close ? 'prefix' : 'equal', text };
}

const quote = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

export function likeRegex(pattern: string, escape?: string): RegExp {
  const source = partsOf(pattern, escape)
    .map((part) => (part.kind === 'any' ? '.*' : part.kind === 'one' ? '.' : quote(part.text).replaceAll('\\-', '-')))
    .join('');
  return new RegExp(`^${source}$`, 'su');
}

/** SIMILAR TO: `% _` as in LIKE, `| * + ? {m,n} ( ) [ ]` as in regular expressions, everything else is itself. */
export function similarRegex(pattern: string, escape?: string): RegExp {
  const escapeChar = checkEscape(escape);
  const chars = Array.from(pattern);
  let source = '';
  let inClass = false;
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] as string;
    if (char === escapeChar) source += quote(chars[++i] ?? '').replaceAll('\\-', inClass ? '\\-' : '-');
    else if (inClass) {
      if (char === ']') inClass = false;
      source += char === '\\' || char === '[' ? `\\${char}` : char;
    } else if (char === '[') {
      inClass = true;
      source += char;
    } else if (char === '%') source += '.*';
    else if (char === '_') source += '.';
    else source += '|*+?{},()'.includes(char) ? char : quote(char).replaceAll('\\-', '-');
  }
  try {
    return new RegExp(`^(?:${source})$`, 'su');
  } catch (error) {
    throw new EngineError('invalid_regex', `SIMILAR TO pattern '${pattern}' is not valid`, { cause: error });
  }
}
