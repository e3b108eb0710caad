/**
 * From what the grammar reports (a token, and words for what was expected) to the error a person reads: what was expected, what stands there,
 * and a guess at the slip.
 */

import type { IRecognitionException, TokenType } from 'chevrotain';
import { EngineError, similarNames, type SourceSpan } from '../errors.ts';
import { isReserved } from './keywords.ts';
import * as T from './tokens.ts';
import { K, type Token } from './tokens.ts';

/** The tokens of one statement, and where it ends. */
export interface StatementTokens {
  readonly text: string;
  readonly tokens: readonly Token[];
  /** The semicolon, or the end of the text. */
  readonly end: number;
}

export function positionAt(text: string, offset: number): SourceSpan {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  let line = 1;
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) line++;
  return { start: offset, end: Math.min(offset + 1, text.length), line, column: offset - lineStart + 1 };
}

export function tokenSpan(token: Token): SourceSpan {
  return { start: token.startOffset, end: token.endOffset + 1, line: token.startLine, column: token.startColumn };
}

/** Words that begin or join clauses: where a name was expected, they mean that the name is missing. */
const structure = new Set<TokenType>([
  K.ALTER,
  K.AND,
  K.AS,
  K.BETWEEN,
  K.BY,
  K.CREATE,
  K.CROSS,
  K.DROP,
  K.ELSE,
  K.EXCEPT,
  K.FETCH,
  K.FROM,
  K.HAVING,
  K.IN,
  K.INNER,
  K.INSERT,
  K.INTERSECT,
  K.INTO,
  K.IS,
  K.JOIN,
  K.LIKE,
  K.LIMIT,
  K.NATURAL,
  K.NOT,
  K.ON,
  K.OR,
  K.OVER,
  K.QUALIFY,
  K.SELECT,
  K.SET,
  K.THEN,
  K.UNION,
  K.USING,
  K.WATERMARK,
  K.WHEN,
  K.WHERE,
  K.WITH,
]);

/** These begin a clause only before certain words, and are popular names otherwise. */
const structureBefore = new Map<TokenType, readonly TokenType[]>([
  [K.ORDER, [K.BY]],
  [K.GROUP, [K.BY]],
  [K.PARTITION, [K.BY, T.LParen]],
  [K.OFFSET, [T.IntegerToken]],
  [K.TABLE, [T.LParen]],
  [K.VALUES, [T.LParen]],
  [K.FOR, [K.SYSTEM_TIME]],
  [K.PRIMARY, [K.KEY]],
  [K.AT, [K.TIME]],
]);

const clauseWords = [
  'FROM',
  'WHERE',
  'GROUP',
  'ORDER',
  'HAVING',
  'LIMIT',
  'JOIN',
  'UNION',
  'QUALIFY',
  'WINDOW',
  'WITH',
];
const definitionWords = ['WITH', 'COMMENT', 'PARTITIONED', 'LIKE'];
const statementWords = (
  'SELECT INSERT CREATE ALTER DROP EXPLAIN DESCRIBE SHOW SET RESET USE EXECUTE BEGIN WITH VALUES DELETE UPDATE ' +
  'TRUNCATE CALL LOAD UNLOAD STOP ANALYZE COMPILE'
).split(' ');

const setHint = "Write SET 'key' = 'value', both in single quotes.";

/** The error for what the grammar did not accept. */
export function syntaxError(exception: IRecognitionException, statement: StatementTokens): EngineError {
  return new Slip(exception, statement).error();
}

class Slip {
  readonly #statement: StatementTokens;
  /** What was expected, in words; empty if the statement could have ended. */
  readonly #expected: string;
  /** `undefined` at the end of the statement. */
  readonly #found: Token | undefined;
  readonly #previous: Token | undefined;
  readonly #next: Token | undefined;

  constructor(exception: IRecognitionException, statement: StatementTokens) {
    const at = Number.isNaN(exception.token.startOffset) ? statement.tokens.length : (exception.token as Token).index;
    this.#statement = statement;
    this.#expected = exception.message;
    this.#found = statement.tokens[at];
    this.#previous = statement.tokens[at - 1];
    this.#next = statement.tokens[at + 1];
  }

  error(): EngineError {
    const reserved = this.#reservedWord();
    if (reserved !== undefined) return reserved;
    const misspelt = this.#misspeltBefore();
    if (misspelt !== undefined) return misspelt;
    const found = this.#found === undefined ? 'the end of the statement' : quoted(this.#found);
    const message = this.#expected === '' ? `unexpected ${found}` : `expected ${this.#expected}, found ${found}`;
    return new EngineError('syntax_error', message, { hint: this.#hint(), span: this.#span() });
  }

  #span(): SourceSpan {
    if (this.#found !== undefined) return tokenSpan(this.#found);
    return positionAt(this.#statement.text, this.#statement.end);
  }

  // ------------------------------------------------------------------------------------------------------------- reserved words

  #reservedWord(): EngineError | undefined {
    const { tokenType } = this.#previous ?? {};
    // `count FROM`, `date FROM`: the word was taken for the beginning of a call or a literal.
    const begun =
      (this.#expected === '"("' && tokenType !== undefined && startsCall(tokenType)) ||
      this.#expected.startsWith('a string after ') ||
      (this.#expected === '"["' && (tokenType === K.ARRAY || tokenType === K.MULTISET)) ||
      (tokenType === K.INTERVAL && this.#expected.startsWith('the amount'));
    if (begun && this.#previous !== undefined) return reservedWord(this.#previous);
    if (this.#found === undefined || this.#columnKeyword() || !this.#wantsName() || !this.#standsAsName(this.#found))
      return undefined;
    return reservedWord(this.#found);
  }

  /** `ADD COLUMN`, which other dialects write. */
  #columnKeyword(): boolean {
    return this.#found?.tokenType === K.COLUMN && this.#statement.tokens[0]?.tokenType === K.ALTER;
  }

  #wantsName(): boolean {
    if (this.#expected === '') return this.#previous !== undefined && endsValue(this.#previous.tokenType);
    return /^an? (?!statement|query|string|whole|number|data type|time unit)/.test(this.#expected);
  }

  #standsAsName(token: Token): boolean {
    if (!isReserved(token.image) || token.tokenType === T.QuotedWord || structure.has(token.tokenType)) return false;
    if (token.tokenType === K.END && this.#statement.tokens.some((other) => other.tokenType === K.CASE)) return false;
    const next = this.#next?.tokenType;
    return next === undefined || !(structureBefore.get(token.tokenType) ?? []).includes(next);
  }

  // ------------------------------------------------------------------------------------------------------------------ spelling

  /** `SELECT a FORM t`: FORM became an alias, and the error shows only after it. */
  #misspeltBefore(): EngineError | undefined {
    const word = this.#previous;
    if (this.#expected !== '' || word?.tokenType !== T.PlainWord || word.image.length < 4) return undefined;
    const [near] = similarNames(word.image, [...clauseWords, ...definitionWords]);
    if (near === undefined) return undefined;
    const hint = `Did you mean ${near}?`;
    return new EngineError('syntax_error', `unexpected ${quoted(word)}`, { hint, span: tokenSpan(word) });
  }

  #nearKeyword(): string | undefined {
    const word = this.#found;
    if (word === undefined || !word.tokenType.name.endsWith('Word') || word.image.length < 2) return undefined;
    const candidates =
      this.#expected === 'a statement'
        ? statementWords
        : this.#expected === ''
          ? [...clauseWords, ...definitionWords]
          : (this.#expected.match(/\b[A-Z][A-Z_]+\b/g) ?? []);
    const [near] = similarNames(word.image, candidates);
    return near === undefined ? undefined : `Did you mean ${near}?`;
  }

  // --------------------------------------------------------------------------------------------------------------------- hints

  #hint(): string | undefined {
    return (
      this.#nearKeyword() ??
      this.#wrongQuotes() ??
      this.#digitsFirst() ??
      this.#openString() ??
      this.#commas() ??
      this.#wrongPlace() ??
      this.#parentheses()
    );
  }

  #wrongQuotes(): string | undefined {
    const found = this.#found;
    if (found === undefined) return undefined;
    if (this.#expected.includes('single quotes') && found.tokenType.name !== 'StringToken') {
      const first = this.#statement.tokens[0]?.tokenType;
      if (first === K.SET) return setHint;
      return isWord(found) ? `Write '${found.value}' in single quotes.` : undefined;
    }
    if (found.tokenType === T.StringToken && /^a (?:table )?name(?: after FROM)?$/.test(this.#expected)) {
      const first = this.#statement.tokens[0]?.tokenType;
      if (first === K.DESCRIBE || first === K.DESC || first === K.SHOW) return fileHint(found);
    }
    if (found.tokenType === T.StringToken && /^an? .*(name|alias)$/.test(this.#expected)) {
      return `Write \`${found.value}\` in back-ticks: single quotes make a string.`;
    }
    return undefined;
  }

  #digitsFirst(): string | undefined {
    const pairs = [
      [this.#previous, this.#found],
      [this.#found, this.#next],
    ] as const;
    for (const [number, word] of pairs) {
      if (number === undefined || word === undefined) continue;
      if (number.tokenType !== T.NumberToken && number.tokenType !== T.IntegerToken) continue;
      if (number.endOffset + 1 !== word.startOffset || !word.tokenType.name.endsWith('Word')) continue;
      return `A name that begins with a digit is written in back-ticks: \`${number.image}${word.image}\`.`;
    }
    return undefined;
  }

  #openString(): string | undefined {
    for (const token of [this.#found, this.#previous]) {
      if (token?.tokenType === T.StringToken && token.image.includes('\n')) {
        return `The string that begins in line ${token.startLine} spans several lines: is a quote missing there?`;
      }
    }
    return undefined;
  }

  #commas(): string | undefined {
    if (this.#previous?.tokenType === T.Comma && this.#expected !== '') {
      return this.#found === undefined || this.#found.tokenType === T.RParen || structure.has(this.#found.tokenType)
        ? 'Remove the comma before it.'
        : undefined;
    }
    const found = this.#found;
    if (found === undefined || this.#previous === undefined) return undefined;
    const { tokenType } = this.#previous;
    if (!endsValue(tokenType) && !(this.#inList() && isReserved(this.#previous.image))) return undefined;
    const inList = this.#inList();
    const startsItem = found.tokenType.name.endsWith('Word') || endsValue(found.tokenType);
    if (!startsItem || found.tokenType === T.RParen || found.tokenType === T.RBracket) return undefined;
    return inList || this.#expected === '' ? `Is a comma missing before ${quoted(found)}?` : undefined;
  }

  #inList(): boolean {
    return this.#expected === '")"' || this.#expected === '"]"' || this.#expected === '">"';
  }

  #parentheses(): string | undefined {
    const open: Token[] = [];
    for (const token of this.#statement.tokens) {
      if (token === this.#found) break;
      if (token.tokenType === T.LParen) open.push(token);
      if (token.tokenType === T.RParen) open.pop();
    }
    const last = open.at(-1);
    if (this.#found === undefined || this.#expected === '")"') {
      if (last === undefined) return undefined;
      return `The "(" in line ${last.startLine}, column ${last.startColumn} is not closed.`;
    }
    return this.#found.tokenType === T.RParen && last === undefined ? 'There is no "(" for this ")".' : undefined;
  }

  #wrongPlace(): string | undefined {
    if (this.#columnKeyword()) return 'Leave COLUMN out: write ADD name type, DROP name or RENAME old TO new.';
    const type = this.#found?.tokenType;
    if (type === T.Question || type === T.Colon)
      return 'A parameter stands for a value only, not for a name or a keyword.';
    if (type === K.FOR && this.#next?.tokenType === K.SYSTEM_TIME) {
      return 'FOR SYSTEM_TIME AS OF stands before the alias.';
    }
    if (type === K.DEFAULT && this.#statement.tokens[1]?.tokenType === K.TABLE)
      return 'Columns have no default values.';
    const leftOver = this.#expected === '';
    if (leftOver && (type === K.UNION || type === K.INTERSECT || type === K.EXCEPT)) {
      return 'ORDER BY and LIMIT belong to the whole: put the query before it in parentheses.';
    }
    if (leftOver && type === K.AT) return 'AT TIME ZONE is not part of Flink SQL: use CONVERT_TZ.';
    if (leftOver && this.#statement.tokens[0]?.tokenType === K.SET) return setHint;
    if (/^(semi|anti)$/i.test(this.#found?.image ?? '')) return 'Write IN or EXISTS, or NOT before them.';
    return undefined;
  }
}

/** A file has columns only in a query: what else people try. */
const fileHint = ({ image, value }: Token): string =>
  `A file is read with SELECT * FROM ${image}; "millrace infer ${value}" prints its columns as a CREATE TABLE.`;

function reservedWord(token: Token): EngineError {
  return new EngineError('reserved_word', `"${token.image}" is a reserved word`, {
    hint: `Write \`${token.image}\` in back-ticks to use it as a name.`,
    span: tokenSpan(token),
  });
}

function startsCall(type: TokenType): boolean {
  if ((T.FunctionWord.categoryMatches ?? []).includes(type.tokenTypeIdx ?? -1)) return true;
  return /^(CAST|TRY_CAST|SAFE_CAST|EXTRACT|POSITION|SUBSTRING|OVERLAY|TRIM|CEIL|CEILING|FLOOR|ROW|JSON_[A-Z]+)$/.test(
    type.name,
  );
}

function isWord(token: Token): boolean {
  return token.tokenType.name.endsWith('Word') || T.isFreeKeyword(token.tokenType);
}

/** Whether a value or a name can end with this token. */
function endsValue(type: TokenType): boolean {
  return (
    type.name.endsWith('Word') ||
    type.name.endsWith('Token') ||
    T.isFreeKeyword(type) ||
    type === T.RParen ||
    type === T.RBracket
  );
}

function quoted(token: Token): string {
  const line = token.image.split('\n', 1)[0] ?? '';
  const text = line.length > 40 || line.length < token.image.length ? `${line.slice(0, 40)}…` : line;
  return token.tokenType === T.StringToken ? text : `"${text}"`;
}
