/** What an editor of SQL asks about a text while it is written: where statements end, what its parts are, what is secret. */
import { maskedOptions } from '../catalog/options.ts';
import type { ConnectorLookup } from '../catalog/lookups.ts';
import { tokenize } from '../parser/lexer.ts';
import { splitStatements } from '../parser/split.ts';
import * as T from '../parser/tokens.ts';
import type { Token } from '../parser/tokens.ts';
import { isFunctionName } from './completion/function-names.ts';
import { FORMATS } from './table-access.ts';

export interface StatementPart {
  readonly start: number;
  /** The offset of its semicolon, or of the end of what is there. */
  readonly end: number;
  readonly complete: boolean;
}

/** The statements of a text. The last one is complete only when its semicolon is there. */
export function statementParts(text: string): StatementPart[] {
  const tokens = tokenize(text);
  const open = openToken(tokens);
  return splitStatements(text, tokens)
    .filter(({ tokens: part }) => part.length > 0)
    .map(({ tokens: part, end }) => {
      const first = part[0] as Token;
      const last = part.at(-1) as Token;
      // A statement set without its END keeps its last semicolon.
      const complete =
        text[end] === ';' && last.tokenType !== T.Semicolon && (open === undefined || end < open.startOffset);
      return { start: first.startOffset, end, complete };
    });
}

/** The string, name or comment that is begun and not closed. */
function openToken(tokens: readonly Token[]): Token | undefined {
  return tokens.find(({ tokenType, image }) => {
    if (tokenType !== T.Invalid) return false;
    if (image.startsWith('/*')) return true;
    const quote = /^(?:[xen]|u&)?(['`])/i.exec(image);
    return quote !== null && (image.length === quote[0].length || !image.endsWith(quote[1] as string));
  });
}

export type TextKind =
  'keyword' | 'function' | 'string' | 'number' | 'name' | 'quoted' | 'sign' | 'comment' | 'invalid';

export interface TextSpan {
  readonly start: number;
  readonly end: number;
  readonly kind: TextKind;
}

/** The parts of a text without gaps, white space aside. */
export function textSpans(text: string): TextSpan[] {
  const spans: TextSpan[] = [];
  const tokens = tokenize(text);
  let at = 0;
  const comment = (end: number): void => {
    const start = at + (/\S/.exec(text.slice(at, end))?.index ?? end - at);
    if (start < end) spans.push({ start, end, kind: 'comment' });
  };
  for (const [i, token] of tokens.entries()) {
    comment(token.startOffset);
    const end = token.endOffset + 1;
    spans.push({ start: token.startOffset, end, kind: kindOf(token, tokens[i + 1]) });
    at = end;
  }
  comment(text.length);
  return spans;
}

function kindOf(token: Token, next: Token | undefined): TextKind {
  const type = token.tokenType;
  if (type === T.Invalid) return token.image.startsWith('/*') ? 'comment' : 'invalid';
  if (type === T.HintToken) return 'comment';
  if (type === T.StringToken || type === T.BinaryToken) return 'string';
  if (type === T.NumberToken || type === T.IntegerToken) return 'number';
  if (type === T.QuotedWord) return 'quoted';
  if (next?.tokenType === T.LParen && isFunctionName(token.image)) return 'function';
  if (type === T.PlainWord) return 'name';
  return /^[A-Z]/i.test(token.image) ? 'keyword' : 'sign';
}

const MASK = '******';
/** `'key' = 'value'`, in statements, hints and comments alike; the last quote may be missing. */
const PAIR = /'((?:[^']|'')*)'(\s*=\s*)'((?:[^']|'')*)('|$)/g;

/** The text with the values of secret options masked: what may be written to a file. */
export function maskSecrets(text: string, connectors: ConnectorLookup): string {
  const given = new Map([...text.matchAll(PAIR)].map(([, key, , value]) => [key, value]));
  const named = { connector: given.get('connector') ?? '', format: given.get('format') ?? '' };
  const lookup = lenient(connectors);
  const isSecret = (key: string): boolean =>
    maskedOptions({ ...named, [key]: 'x' }, lookup, FORMATS_LENIENT).some(
      ([name, shown]) => name === key && shown === MASK,
    );
  return text
    .replaceAll(PAIR, (pair, key: string, equals: string) => (isSecret(key) ? `'${key}'${equals}'${MASK}'` : pair))
    .replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@']*:)[^\s/@']+@/gi, `$1${MASK}@`)
    .replaceAll(/([?&;]\s*(?:password|secret|token|api-?key)=)[^\s&;'"]+/gi, `$1${MASK}`);
}

/** Unknown names are no error where a text is only looked at. */
function lenient<Lookup extends { get(name: string): unknown }>(lookup: Lookup): Lookup {
  return Object.assign(Object.create(lookup) as Lookup, {
    get(name: string) {
      try {
        return lookup.get(name);
      } catch {
        // No such name.
        return undefined;
      }
    },
  });
}

const FORMATS_LENIENT = lenient(FORMATS);
