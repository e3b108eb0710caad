/** Glob patterns: `*` and `?` within a name, `**` across directories, `[a-z]`, `[!a]`, `{a,b}`, `\` before any of them. */

/** Whether a path names more than one file. */
export const isGlob = (path: string): boolean => /[*?[{]/.test(path);

/** The patterns without braces that a pattern with them stands for; `,` and `}` outside of braces are themselves. */
export function expandBraces(pattern: string): string[] {
  const open = findUnescaped(pattern, '{', 0);
  if (open < 0) return [pattern];
  const parts: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let at = open; at < pattern.length; at++) {
    const c = pattern[at];
    if (c === '\\') at++;
    else if (c === '{') depth++;
    else if (c === ',' && depth === 1) {
      parts.push(pattern.slice(from, at));
      from = at + 1;
    } else if (c === '}' && --depth === 0) {
      parts.push(pattern.slice(from, at));
      const before = pattern.slice(0, open);
      const after = pattern.slice(at + 1);
      return parts.flatMap((part) => expandBraces(before + part + after));
    }
  }
  return [`${pattern.slice(0, open)}\\{${pattern.slice(open + 1)}`].flatMap(expandBraces);
}

function findUnescaped(text: string, wanted: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === wanted) return at;
  }
  return -1;
}

/** One name's pattern, without braces, as an expression over the whole name. */
export function namePattern(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const c = pattern[at] as string;
    if (c === '\\' && at + 1 < pattern.length) source += quote(pattern[++at] as string);
    else if (c === '*') source += '[^/]*';
    else if (c === '?') source += '[^/]';
    else if (c === '[') {
      // A `]` that comes first belongs to the class.
      const close = pattern.indexOf(']', pattern[at + 1] === '!' || pattern[at + 1] === '^' ? at + 3 : at + 2);
      if (close < 0) source += quote(c);
      else {
        const negated = pattern[at + 1] === '!' || pattern[at + 1] === '^';
        const members = pattern.slice(at + (negated ? 2 : 1), close).replace(/[\\\]^[]/g, '\\$&');
        source += `[${negated ? '^' : ''}${members}]`;
        at = close;
      }
    } else source += quote(c);
  }
  return new RegExp(`^${source}$`, 'su');
}

const quote = (c: string): string => c.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
