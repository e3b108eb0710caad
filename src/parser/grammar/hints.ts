import { EngineError, type SourceSpan } from '../../errors.ts';
import type { Hint, HintArgument, Identifier } from '../ast.ts';
import { tokenize } from '../lexer.ts';
import * as T from '../tokens.ts';
import type { Token } from '../tokens.ts';

/** `NAME(argument, …), NAME …` from between `/*+` and its end. */
export function parseHints(block: Token): Hint[] {
  return new HintReader(block).read();
}

class HintReader {
  readonly #block: Token;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(block: Token) {
    this.#block = block;
    this.#tokens = tokenize(block.value);
  }

  read(): Hint[] {
    const hints: Hint[] = [];
    while (this.#peek() !== undefined) {
      const first = this.#peek();
      const name = this.#name('the name of a hint');
      const list: HintArgument[] = [];
      if (this.#skip(T.LParen)) {
        if (!this.#skip(T.RParen)) {
          do list.push(this.#argument());
          while (this.#skip(T.Comma));
          if (!this.#skip(T.RParen)) throw this.#expected('"," or ")" in the hint');
        }
      }
      hints.push({ kind: 'hint', name, arguments: list, span: this.#since(first) });
      this.#skip(T.Comma);
    }
    return hints;
  }

  #argument(): HintArgument {
    const first = this.#peek();
    const value = this.#value();
    if (!this.#skip(T.Equal)) return { kind: 'hintArgument', key: null, value, span: this.#since(first) };
    return { kind: 'hintArgument', key: value, value: this.#value(), span: this.#since(first) };
  }

  #value(): string {
    const token = this.#peek();
    if (token?.tokenType === T.StringToken || token?.tokenType === T.IntegerToken) {
      this.#at++;
      return token.value;
    }
    const parts = [this.#name('an argument of the hint').name];
    while (this.#skip(T.Dot)) parts.push(this.#name('a name').name);
    return parts.join('.');
  }

  #name(expected: string): Identifier {
    const token = this.#peek();
    if (token === undefined || !/Word$|^[A-Z_]+$/.test(token.tokenType.name)) throw this.#expected(expected);
    this.#at++;
    return { kind: 'identifier', name: token.value, span: this.#since(token) };
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #skip(type: (typeof T)['Comma']): boolean {
    if (this.#peek()?.tokenType !== type) return false;
    this.#at++;
    return true;
  }

  #expected(what: string): EngineError {
    const token = this.#peek();
    if (token?.error !== undefined) return token.error.at(this.#since(token));
    const found = token === undefined ? 'the end of the hint' : `"${token.image}"`;
    return new EngineError('syntax_error', `expected ${what}, found ${found}`, {
      hint: "A hint is written as /*+ OPTIONS('key' = 'value', …) */.",
      span: this.#since(token),
    });
  }

  /** From a token to the last one read, in the statement's coordinates. */
  #since(first: Token | undefined): SourceSpan {
    const base = this.#block;
    const offset = base.startOffset + 3;
    const start = first?.startOffset ?? base.value.length;
    const last = this.#tokens[this.#at - 1];
    const end = Math.max(start + 1, (last?.endOffset ?? start) + 1);
    const line = first?.startLine ?? 1;
    const column = first?.startColumn ?? start + 1;
    return {
      start: offset + start,
      end: offset + end,
      line: base.startLine + line - 1,
      column: line === 1 ? base.startColumn + 2 + column : column,
    };
  }
}
