/**
 * Regular expressions as Java writes them, for the engine that is here. What both understand passes; what is spelled
 * differently is translated; what has no counterpart (possessive quantifiers, atomic groups, class intersection) is
 * refused, since a pattern must not quietly mean something else.
 */
import { unsupported } from '../../errors.ts';

const POSIX: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\x00-\\x7f',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '!-\\/:-@\\[-`{-~',
  Graph: '!-~',
  Print: ' -~',
  Blank: ' \\t',
  Cntrl: '\\x00-\\x1f\\x7f',
  XDigit: '0-9a-fA-F',
  Space: '\\s',
};

const escapeLiteral = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** The regular expression; `undefined` when Java would not take the pattern either. */
export function javaRegex(pattern: string, flags = ''): RegExp | undefined {
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(pattern);
  let all = flags;
  let rest = pattern;
  if (leading !== null) {
    if (/[^ismu]/.test(leading[1] as string)) throw unsupported(`flag in regular expression '${pattern}'`);
    all += (leading[1] as string).replaceAll('u', '');
    rest = pattern.slice(leading[0].length);
  }
  const source = translate(rest, pattern);
  for (const unicode of ['u', '']) {
    try {
      return new RegExp(source, `${all}${unicode}`);
    } catch {
      // Some escapes are errors under the unicode flag only; the second round takes them.
    }
  }
  return undefined;
}

function translate(rest: string, pattern: string): string {
  let out = '';
  let inClass = false;
  for (let i = 0; i < rest.length; i++) {
    const char = rest[i] as string;
    if (char === '\\') {
      const [text, used] = translateEscape(rest, i, inClass);
      out += text;
      i += used - 1;
    } else if (inClass) {
      if (char === ']') inClass = false;
      if ((char === '&' && rest[i + 1] === '&') || char === '[') {
        throw unsupported(`class intersection or union in regular expression '${pattern}'`, 'Write one class.');
      }
      out += char;
    } else if (char === '[') {
      inClass = true;
      out += char;
      if (rest[i + 1] === '^') out += rest[++i] as string;
    } else if (/[*+?}]/.test(char) && rest[i + 1] === '+') {
      throw unsupported(`possessive quantifier in regular expression '${pattern}'`, 'Use a greedy one.');
    } else if (char === '(' && rest.startsWith('(?>', i)) {
      throw unsupported(`atomic group in regular expression '${pattern}'`, 'Use a plain group.');
    } else out += char;
  }
  return out;
}

/** The translation of the escape at `at`, and how many characters it took. */
function translateEscape(rest: string, at: number, inClass: boolean): readonly [string, number] {
  const next = rest[at + 1];
  if (next === 'Q') {
    const end = rest.indexOf('\\E', at + 2);
    const quoted = rest.slice(at + 2, end === -1 ? undefined : end);
    return [escapeLiteral(quoted), quoted.length + (end === -1 ? 2 : 4)];
  }
  if ((next === 'p' || next === 'P') && rest[at + 2] === '{') {
    const end = rest.indexOf('}', at);
    const posix = POSIX[rest.slice(at + 3, end)];
    if (posix !== undefined) {
      const text = inClass && next === 'p' ? posix : `[${next === 'P' ? '^' : ''}${posix}]`;
      return [text, end - at + 1];
    }
  }
  if (next === 'A' || next === 'z') return [next === 'A' ? '(?<![\\s\\S])' : '(?![\\s\\S])', 2];
  if (next === 'Z') return ['(?=\\n?(?![\\s\\S]))', 2];
  if (next === 'h') return [inClass ? ' \\t\\u00a0' : '[ \\t\\u00a0]', 2];
  if (next === 'R') return ['(?:\\r\\n|[\\n\\r\\u2028\\u2029])', 2];
  return [rest.slice(at, at + 2), 2];
}
