/** SQL text → syntax trees. The one door to this folder, with `print.ts` as the way back. */

import type { IRecognitionException } from 'chevrotain';
import { EngineError, type SourceSpan } from '../errors.ts';
import type { Expression, Statement } from './ast.ts';
import { positionAt, type StatementTokens, syntaxError, tokenSpan } from './errors.ts';
import { type ExpectedToken, ExpectedTokens } from './expected-tokens.ts';
import { Grammar } from './grammar/statements.ts';
import { tokenize } from './lexer.ts';
import { splitStatements } from './split.ts';
import type { Token } from './tokens.ts';

export interface ParsedStatement {
  readonly statement: Statement;
  /** As written, without the semicolon. */
  readonly text: string;
  /** Where in the script. The spans in `statement` count from the start of the script too. */
  readonly span: SourceSpan;
}

export interface ParsedScript {
  readonly statements: readonly ParsedStatement[];
  /** In the order of the text; a statement with an error is not among `statements`. */
  readonly errors: readonly EngineError[];
}

let shared: Grammar | undefined;

/** Built on first use: the analysis of the grammar takes longer than most statements. */
function grammar(): Grammar {
  shared ??= new Grammar();
  return shared;
}

let sharedExpected: ExpectedTokens | undefined;

/** What may follow the first tokens of a statement. */
export function expectedAfter(tokens: readonly Token[]): readonly ExpectedToken[] {
  sharedExpected ??= new ExpectedTokens(grammar());
  return sharedExpected.after(tokens);
}

/** All statements of a text. Each is parsed by itself, so that one text reports all its errors. */
export function parseScript(text: string): ParsedScript {
  const statements: ParsedStatement[] = [];
  const errors: EngineError[] = [];
  for (const part of splitStatements(text, tokenize(text))) {
    const broken = part.tokens.flatMap((token) => (token.error === undefined ? [] : [token.error]));
    if (broken.length > 0) {
      errors.push(...broken);
      continue;
    }
    try {
      statements.push(parsePart(part));
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      errors.push(error);
    }
  }
  return { statements, errors };
}

/** One statement, with or without its semicolon. Throws the first error. */
export function parseStatement(text: string): Statement {
  const { statements, errors } = parseScript(text);
  const [error] = errors;
  if (error !== undefined) throw error;
  const [first, second] = statements;
  if (first === undefined) {
    throw new EngineError('syntax_error', 'expected a statement, found nothing', {
      span: positionAt(text, text.length),
    });
  }
  if (second !== undefined) {
    throw new EngineError('syntax_error', 'expected one statement, found several', { span: second.span });
  }
  return first.statement;
}

/** One expression, such as a computed column's. Throws the first error. */
export function parseExpression(text: string): Expression {
  const tokens = tokenize(text);
  const broken = tokens.find((token) => token.error !== undefined);
  if (broken?.error !== undefined) throw broken.error;
  return parseTokens({ text, tokens, end: text.length }, (parser) => parser.expression(0));
}

function parsePart(part: StatementTokens): ParsedStatement {
  const [first] = part.tokens as [Token, ...Token[]];
  const end = (part.tokens.at(-1) ?? first).endOffset + 1;
  const statement = parseTokens(part, (parser) => parser.statement());
  return { statement, text: part.text.slice(first.startOffset, end), span: { ...tokenSpan(first), end } };
}

function parseTokens<Result>(part: StatementTokens, run: (parser: Grammar) => Result): Result {
  const parser = grammar();
  parser.load([...part.tokens]);
  let result: Result;
  try {
    result = run(parser);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The stack overflowed: the only limit on how deep a statement may nest.
    const token = part.tokens[0];
    throw new EngineError('syntax_error', 'the statement is nested too deeply', {
      span: token === undefined ? positionAt(part.text, 0) : tokenSpan(token),
    });
  }
  const [exception] = parser.errors as IRecognitionException[];
  if (exception !== undefined) throw syntaxError(exception, part);
  return result;
}
