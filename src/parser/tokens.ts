import { createToken, type IToken, type TokenType } from 'chevrotain';
import type { EngineError } from '../errors.ts';
import { bareFunctionWords, type FreeWord, freeWords, functionWords, type Keyword, reservedWords } from './keywords.ts';

/** A token of the hand-written lexer, in the shape that the parser wants. */
export interface Token extends IToken {
  readonly image: string;
  readonly startOffset: number;
  /** Inclusive, as chevrotain has it. */
  readonly endOffset: number;
  readonly startLine: number;
  readonly startColumn: number;
  /** What an identifier, string or hint means: quotes and escapes removed. */
  readonly value: string;
  /** Place in the statement's token list. */
  index: number;
  /** Only on `Invalid`. */
  readonly error?: EngineError;
}

function category(name: string, label: string): TokenType {
  return createToken({ name, label });
}

/** Any identifier: a plain word, a quoted one or a keyword that is not reserved. */
export const Word = category('Word', 'a name');
export const FunctionWord = category('FunctionWord', 'a function');
export const BareFunctionWord = category('BareFunctionWord', 'a function');
export const ComparisonSign = category('ComparisonSign', 'a comparison');
export const ProductSign = category('ProductSign', 'an operator');

export const PlainWord = createToken({ name: 'PlainWord', label: 'a name', categories: Word });
export const QuotedWord = createToken({ name: 'QuotedWord', label: 'a name', categories: Word });

export const NumberToken = category('NumberToken', 'a number');
/** `NumberToken` that is digits only. */
export const IntegerToken = createToken({ name: 'IntegerToken', label: 'a whole number', categories: NumberToken });
export const StringToken = category('StringToken', 'a string in single quotes');
export const BinaryToken = category('BinaryToken', 'a binary string');
/** The text between `/*+` and its end; only in places where a hint can stand. */
export const HintToken = category('HintToken', 'a hint');
/** What is no token at all; it carries the error and never reaches the grammar. */
export const Invalid = category('Invalid', 'a token');

function sign(name: string, label: string, ...categories: TokenType[]): TokenType {
  return createToken({ name, label: `"${label}"`, categories });
}

export const LParen = sign('LParen', '(');
export const RParen = sign('RParen', ')');
export const LBracket = sign('LBracket', '[');
export const RBracket = sign('RBracket', ']');
export const LBrace = sign('LBrace', '{');
export const RBrace = sign('RBrace', '}');
export const Comma = sign('Comma', ',');
export const Dot = sign('Dot', '.');
export const Semicolon = sign('Semicolon', ';');
export const Question = sign('Question', '?');
export const Bar = sign('Bar', '|');
export const Caret = sign('Caret', '^');
export const Dollar = sign('Dollar', '$');
export const Colon = sign('Colon', ':');
export const Arrow = sign('Arrow', '=>');
export const Equal = sign('Equal', '=', ComparisonSign);
export const NotEqual = sign('NotEqual', '<>', ComparisonSign);
export const Less = sign('Less', '<', ComparisonSign);
export const LessEqual = sign('LessEqual', '<=', ComparisonSign);
export const Greater = sign('Greater', '>', ComparisonSign);
export const GreaterEqual = sign('GreaterEqual', '>=', ComparisonSign);
export const Plus = sign('Plus', '+');
export const Minus = sign('Minus', '-');
export const Star = sign('Star', '*', ProductSign);
export const Slash = sign('Slash', '/', ProductSign);
export const Percent = sign('Percent', '%', ProductSign);
export const Concat = sign('Concat', '||', ProductSign);

function keywordTypes(): Record<Keyword, TokenType> {
  const types = {} as Record<Keyword, TokenType>;
  const functions = new Set<string>(functionWords);
  const bare = new Set<string>(bareFunctionWords);
  for (const word of reservedWords) {
    const categories = functions.has(word) ? [FunctionWord] : bare.has(word) ? [BareFunctionWord] : [];
    types[word] = createToken({ name: word, label: word, categories });
  }
  for (const word of freeWords) types[word] = createToken({ name: word, label: word, categories: Word });
  return types;
}

/** The token type of each keyword. */
export const K: Readonly<Record<Keyword, TokenType>> = keywordTypes();

const byText = new Map<string, TokenType>(Object.entries(K));

/** The token type of an unquoted word. */
export function wordType(word: string): TokenType {
  return byText.get(word.toUpperCase()) ?? PlainWord;
}

export function isFreeKeyword(type: TokenType): boolean {
  return type !== PlainWord && byText.get(type.name) === type && free.has(type.name);
}

const free = new Set<string>(freeWords satisfies readonly FreeWord[]);

export const vocabulary: readonly TokenType[] = [
  Word,
  FunctionWord,
  BareFunctionWord,
  ComparisonSign,
  ProductSign,
  PlainWord,
  QuotedWord,
  NumberToken,
  IntegerToken,
  StringToken,
  BinaryToken,
  HintToken,
  Invalid,
  LParen,
  RParen,
  LBracket,
  RBracket,
  LBrace,
  RBrace,
  Comma,
  Dot,
  Semicolon,
  Question,
  Bar,
  Caret,
  Dollar,
  Colon,
  Arrow,
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Plus,
  Minus,
  Star,
  Slash,
  Percent,
  Concat,
  ...Object.values(K),
];
