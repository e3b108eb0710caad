/**
 * Text → tokens, by hand: one pass over the character codes. Chevrotain's own lexer would try some five hundred patterns and build them at
 * start; and what goes wrong here (an open quote, `!=`, double quotes) deserves a sentence rather than a failed match.
 *
 * A mistake becomes an `Invalid` token that carries its error, so that the statements around it can still be parsed.
 */

import type { TokenType } from 'chevrotain';
import { EngineError, type SourceSpan } from '../errors.ts';
import * as T from './tokens.ts';
import type { Token } from './tokens.ts';

const signs: Readonly<Record<string, TokenType>> = {
  '(': T.LParen,
  ')': T.RParen,
  '[': T.LBracket,
  ']': T.RBracket,
  '{': T.LBrace,
  '}': T.RBrace,
  ',': T.Comma,
  '.': T.Dot,
  ';': T.Semicolon,
  '?': T.Question,
  '|': T.Bar,
  '^': T.Caret,
  ':': T.Colon,
  '=': T.Equal,
  '<': T.Less,
  '>': T.Greater,
  '+': T.Plus,
  '-': T.Minus,
  '*': T.Star,
  '/': T.Slash,
  '%': T.Percent,
  '||': T.Concat,
  '=>': T.Arrow,
  '<>': T.NotEqual,
  '<=': T.LessEqual,
  '>=': T.GreaterEqual,
};

/** Signs that other dialects have, and what to write here. */
const foreignSigns: Readonly<Record<string, { readonly message: string; readonly hint: string }>> = {
  '!=': { message: 'the operator "!=" is not part of Flink SQL', hint: 'Write <> for "not equal".' },
  '==': { message: 'the operator "==" is not part of Flink SQL', hint: 'Write = for "equal".' },
  '::': { message: 'the operator "::" is not part of Flink SQL', hint: 'Write CAST(value AS type).' },
  '&&': { message: 'the operator "&&" is not part of Flink SQL', hint: 'Write AND.' },
  '->': {
    message: 'the operator "->" is not part of Flink SQL',
    hint: 'Use JSON_VALUE or JSON_QUERY to reach into JSON.',
  },
};

const letter = /[\p{L}\p{Nl}_$]/u;
const letterOrDigit = /[\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}\p{Pc}_$]/u;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 36;
  return letter.test(String.fromCodePoint(text.codePointAt(at) ?? 0));
}

function isWordPart(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return isDigit(code) || isLetter(text, at);
  // A low surrogate belongs to the pair that its high half began.
  if (code >= 0xdc00 && code <= 0xdfff) return true;
  return letterOrDigit.test(String.fromCodePoint(text.codePointAt(at) ?? 0));
}

/** After these a name starts that a table hint may follow. */
const tableStarters = new Set<TokenType>([T.K.FROM, T.K.JOIN, T.K.INTO, T.K.OVERWRITE, T.K.TABLE, T.K.UPDATE]);

const operandEnds = new Set<TokenType>([
  T.PlainWord,
  T.QuotedWord,
  T.StringToken,
  T.NumberToken,
  T.IntegerToken,
  T.RParen,
  T.RBracket,
]);

export function tokenize(text: string): Token[] {
  return new Lexer(text).run();
}

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): Token[] {
    const text = this.#text;
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at);
      if (code === 10) this.#newLine();
      else if (code === 32 || code === 9 || code === 13 || code === 12 || code === 0xfeff || code === 0xa0) this.#at++;
      else if (isLetter(text, this.#at)) this.#word();
      else if (isDigit(code)) this.#number();
      else this.#other(text[this.#at] ?? '');
    }
    return this.#tokens;
  }

  #newLine(): void {
    this.#at++;
    this.#line++;
    this.#lineStart = this.#at;
  }

  /** Moves to `end`, counting the lines on the way. */
  #moveTo(end: number): void {
    for (let i = this.#text.indexOf('\n', this.#at); i !== -1 && i < end; i = this.#text.indexOf('\n', i + 1)) {
      this.#line++;
      this.#lineStart = i + 1;
    }
    this.#at = end;
  }

  #push(type: TokenType, end: number, value?: string, error?: EngineError): void {
    const start = this.#at;
    const image = this.#text.slice(start, end);
    const token: Token = {
      image,
      startOffset: start,
      endOffset: end - 1,
      startLine: this.#line,
      startColumn: start - this.#lineStart + 1,
      tokenType: type,
      tokenTypeIdx: type.tokenTypeIdx ?? 0,
      value: value ?? image,
      index: 0,
      ...(error === undefined ? undefined : { error }),
    };
    this.#tokens.push(token);
    this.#moveTo(end);
  }

  #span(end: number): SourceSpan {
    return { start: this.#at, end, line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #invalid(end: number, message: string, hint?: string): void {
    this.#push(T.Invalid, end, undefined, new EngineError('syntax_error', message, { hint, span: this.#span(end) }));
  }

  #word(): void {
    const text = this.#text;
    const start = this.#at;
    let end = start + 1;
    while (end < text.length && isWordPart(text, end)) end++;
    if (text[end] === "'" && end === start + 1) {
      const prefix = text[start]?.toUpperCase();
      if (prefix === 'X') return this.#binary(end);
      if (prefix === 'E') return this.#string(end, true);
      if (prefix === 'N') return this.#string(end, false);
    }
    if (text[end] === '&' && text[end + 1] === "'" && end === start + 1 && /u/i.test(text[start] ?? '')) {
      return this.#unicodeString(end + 1);
    }
    if (end === start + 1 && text[start] === '$') return this.#push(T.Dollar, end);
    this.#push(this.#isParameterName() ? T.PlainWord : T.wordType(text.slice(start, end)), end);
  }

  /** `:day`: any word can name a parameter. A colon behind an operand is that of JSON_OBJECT(key : value). */
  #isParameterName(): boolean {
    const colon = this.#tokens.at(-1);
    if (colon?.tokenType !== T.Colon || colon.endOffset !== this.#at - 1) return false;
    const before = this.#tokens.at(-2)?.tokenType;
    return before === undefined || !(operandEnds.has(before) || T.isFreeKeyword(before));
  }

  #number(): void {
    const match = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
    match.lastIndex = this.#at;
    const image = match.exec(this.#text)?.[0] ?? '';
    this.#push(/^\d+$/.test(image) ? T.IntegerToken : T.NumberToken, this.#at + image.length);
  }

  #other(char: string): void {
    const text = this.#text;
    const pair = text.slice(this.#at, this.#at + 2);
    if (char === "'") return this.#string(this.#at, false);
    if (char === '`') return this.#quotedWord();
    if (char === '"') return this.#doubleQuoted();
    if (pair === '--' || pair === '//') {
      const end = text.indexOf('\n', this.#at);
      this.#at = end === -1 ? text.length : end;
      return;
    }
    if (pair === '/*') return this.#blockComment();
    if (char === '.' && isDigit(text.charCodeAt(this.#at + 1)) && !this.#followsName()) return this.#number();
    const foreign = foreignSigns[pair];
    if (foreign !== undefined && !(pair === '==' && text[this.#at + 2] === '>')) {
      return this.#invalid(this.#at + 2, foreign.message, foreign.hint);
    }
    const long = signs[pair];
    if (long !== undefined && pair.length === 2) return this.#push(long, this.#at + 2);
    const short = signs[char];
    if (short !== undefined) return this.#push(short, this.#at + 1);
    const point = String.fromCodePoint(text.codePointAt(this.#at) ?? 0);
    const typographic = /[‘’“”]/.test(point);
    this.#invalid(
      this.#at + point.length,
      `unexpected character "${point}"`,
      typographic ? "Strings are written in straight single quotes: '…'." : undefined,
    );
  }

  /** `t.1` is a mistake to report as such, not the number `.1` after `t`. */
  #followsName(): boolean {
    const last = this.#tokens.at(-1);
    return last !== undefined && last.endOffset === this.#at - 1 && last.tokenType.name.endsWith('Word');
  }

  /** The offset after the closing quote, or -1; a doubled quote does not close. */
  #closing(open: number, quote: string, backslash: boolean): number {
    const text = this.#text;
    for (let i = open + 1; i < text.length; i++) {
      const char = text[i];
      if (backslash && char === '\\') i++;
      else if (char === quote) {
        if (text[i + 1] !== quote) return i + 1;
        i++;
      }
    }
    return -1;
  }

  #string(open: number, backslash: boolean): void {
    const end = this.#closing(open, "'", backslash);
    if (end === -1) return this.#openQuote('string', "'");
    const body = this.#text.slice(open + 1, end - 1).replaceAll("''", "'");
    if (!backslash) return this.#push(T.StringToken, end, body);
    const value = unescapeC(body);
    if (value === null)
      return this.#invalid(end, 'invalid escape in the string', 'A \\u needs four hexadecimal digits, a \\U eight.');
    this.#push(T.StringToken, end, value);
  }

  /** The rest of the line is taken for the text in quotes: the statements after it are then still read. */
  #openQuote(what: string, quote: string): void {
    const lineEnd = this.#text.indexOf('\n', this.#at);
    const line = this.#text.slice(this.#at, lineEnd === -1 ? this.#text.length : lineEnd);
    const end = this.#at + line.replace(/;\s*$/, '').length;
    const swallowed = this.#tokens.find((token) => token.tokenType === T.StringToken && /;\s*\n/.test(token.image));
    if (swallowed !== undefined && quote === "'") {
      const hint = `The string that begins in line ${swallowed.startLine} spans several statements: is a quote missing there?`;
      return this.#invalid(end, `the ${what} is not closed`, hint);
    }
    this.#invalid(
      end,
      `the ${what} is not closed`,
      `Add the missing ${quote}, or write ${quote}${quote} for a quote inside.`,
    );
  }

  #unicodeString(open: number): void {
    let end = this.#closing(open, "'", false);
    if (end === -1) return this.#openQuote('string', "'");
    const body = this.#text.slice(open + 1, end - 1).replaceAll("''", "'");
    const clause = /\s+UESCAPE\s+'([^])'/iy;
    clause.lastIndex = end;
    const escape = clause.exec(this.#text);
    if (escape !== null) end = clause.lastIndex;
    const value = unescapeUnicode(body, escape?.[1] ?? '\\');
    if (value === null) {
      return this.#invalid(
        end,
        'invalid Unicode escape in the string',
        'An escape is a \\ and four hexadecimal digits: \\00E9.',
      );
    }
    this.#push(T.StringToken, end, value);
  }

  #binary(open: number): void {
    const end = this.#closing(open, "'", false);
    if (end === -1) return this.#openQuote('binary string', "'");
    const hex = this.#text.slice(open + 1, end - 1).toLowerCase();
    if (/^([0-9a-f]{2})*$/.test(hex)) return this.#push(T.BinaryToken, end, hex);
    this.#invalid(end, 'a binary string takes an even number of hexadecimal digits');
  }

  #quotedWord(): void {
    const end = this.#closing(this.#at, '`', false);
    if (end === -1) return this.#openQuote('name', '`');
    const name = this.#text.slice(this.#at + 1, end - 1).replaceAll('``', '`');
    if (name === '') return this.#invalid(end, 'a name cannot be empty');
    this.#push(T.QuotedWord, end, name);
  }

  #doubleQuoted(): void {
    const lineEnd = this.#text.indexOf('\n', this.#at);
    const found = this.#closing(this.#at, '"', false);
    const end = found === -1 ? (lineEnd === -1 ? this.#text.length : lineEnd) : found;
    const inner = this.#text.slice(this.#at + 1, found === -1 ? end : end - 1);
    this.#invalid(
      end,
      'double quotes quote nothing in Flink SQL',
      inner.length < 40
        ? `Write \`${inner}\` for a name or '${inner}' for a string.`
        : "Write `…` for a name or '…' for a string.",
    );
  }

  #blockComment(): void {
    const close = this.#text.indexOf('*/', this.#at + 2);
    if (close === -1) {
      return this.#invalid(this.#text.length, 'the comment is not closed', 'Add the missing */.');
    }
    if (this.#text[this.#at + 2] === '+' && this.#hintMayStand()) {
      return this.#push(T.HintToken, close + 2, this.#text.slice(this.#at + 3, close));
    }
    this.#moveTo(close + 2);
  }

  /** A hint stands after SELECT or after the name of a table; elsewhere it is a comment. */
  #hintMayStand(): boolean {
    let i = this.#tokens.length - 1;
    const type = (): TokenType | undefined => this.#tokens[i]?.tokenType;
    if (type() === T.K.SELECT) return true;
    if (type() === T.StringToken) return tableStarters.has(this.#tokens[i - 1]?.tokenType ?? T.Invalid);
    while (i >= 0) {
      const word = type();
      if (word !== T.PlainWord && word !== T.QuotedWord && !(word !== undefined && T.isFreeKeyword(word))) return false;
      i--;
      if (type() !== T.Dot) break;
      i--;
    }
    return type() === T.Comma ? this.#inFrom(i) : tableStarters.has(type() ?? T.Invalid);
  }

  /** Whether a comma separates tables rather than select items. */
  #inFrom(comma: number): boolean {
    let depth = 0;
    for (let i = comma - 1; i >= 0 && depth >= 0; i--) {
      const type = this.#tokens[i]?.tokenType;
      if (type === T.RParen) depth++;
      else if (type === T.LParen) depth--;
      else if (depth === 0 && (type === T.K.FROM || type === T.K.SELECT)) return type === T.K.FROM;
    }
    return false;
  }
}

const simpleEscapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** `E'…'`; null if an escape has too few digits. */
function unescapeC(body: string): string | null {
  let bad = false;
  const value = body.replace(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([^]))/g,
    (_, short?: string, long?: string, byte?: string, octal?: string, char?: string) => {
      const hex = short ?? long ?? byte;
      const code =
        hex !== undefined ? Number.parseInt(hex, 16) : octal !== undefined ? Number.parseInt(octal, 8) : null;
      if (code !== null && code <= 0x10ffff) return String.fromCodePoint(code);
      if (code !== null || char === 'u' || char === 'U' || char === 'x') bad = true;
      return simpleEscapes[char ?? ''] ?? char ?? '';
    },
  );
  return bad ? null : value;
}

/** `U&'…'`; null if an escape is not four hexadecimal digits. */
function unescapeUnicode(body: string, escape: string): string | null {
  let value = '';
  for (let i = 0; i < body.length; i++) {
    if (body[i] !== escape) {
      value += body[i];
    } else if (body[i + 1] === escape) {
      value += escape;
      i++;
    } else {
      const hex = body.slice(i + 1, i + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) return null;
      value += String.fromCharCode(Number.parseInt(hex, 16));
      i += 4;
    }
  }
  return value;
}
