import { EmbeddedActionsParser, type IOrAlt, type OrMethodOpts, type ParserMethod, type TokenType } from 'chevrotain';
import type { SourceSpan } from '../../errors.ts';
import type { Identifier, NumberLiteral, ObjectName, Option, StringLiteral } from '../ast.ts';
import { expectationWords } from '../expectations.ts';
import {
  Comma,
  Dot,
  Equal,
  IntegerToken,
  K,
  LParen,
  RParen,
  StringToken,
  type Token,
  vocabulary,
  Word,
} from '../tokens.ts';

export type Rule<Result, Arguments extends unknown[] = []> = ParserMethod<Arguments, Result>;

/**
 * What all areas of the grammar share. The grammar is LL(1): one token decides, and where it cannot, a GATE looks further.
 *
 * Rules also run once at start without input, when chevrotain records their shape. In that run tokens are empty, sub-rules return no node and
 * a rule's arguments are undefined: whatever looks into a result belongs in `ACTION` or must bear that.
 *
 * A rule that expects a name takes as its argument what kind of name, in words for the error.
 */
export abstract class BaseGrammar extends EmbeddedActionsParser {
  constructor(validate: boolean) {
    super([...vocabulary], {
      maxLookahead: 1,
      recoveryEnabled: false,
      skipValidations: !validate,
      errorMessageProvider: expectationWords,
    });
  }

  /** The span from a token, or from the start of a node, to the last token consumed. */
  protected since(first: Token | { readonly span: SourceSpan } | undefined): SourceSpan {
    const end = ((this.LA(0) as Token).endOffset ?? 0) + 1;
    if (first === undefined) return { start: 0, end, line: 1, column: 1 };
    if ('startOffset' in first) {
      return { start: first.startOffset, end, line: first.startLine, column: first.startColumn };
    }
    const span = first.span as SourceSpan | undefined;
    return { start: span?.start ?? 0, end, line: span?.line ?? 1, column: span?.column ?? 1 };
  }

  protected ahead(distance: number): Token {
    return this.LA(distance) as Token;
  }

  protected isAhead(distance: number, type: TokenType): boolean {
    return this.LA(distance).tokenType === type;
  }

  protected isWordAhead(distance: number): boolean {
    const type = this.LA(distance).tokenType;
    return type === Word || (Word.categoryMatches ?? []).includes(type.tokenTypeIdx ?? -1);
  }

  protected take(index: number, type: TokenType, expected?: string): Token {
    return this.consume(index, type, expected === undefined ? undefined : { ERR_MSG: expected }) as Token;
  }

  /** OR with the type of its result said once. */
  protected pick<Result>(index: number, alternatives: IOrAlt<Result>[] | OrMethodOpts<Result>): Result {
    // The declared type of `or` has an overload for each of the two forms, but none for their union.
    return this.or(index, alternatives as IOrAlt<Result>[]);
  }

  // ------------------------------------------------------------------------------------------------------------------------ names

  protected readonly identifier: Rule<Identifier, [string]> = this.RULE('identifier', (expected: string) => {
    const token = this.take(0, Word, expected);
    return { kind: 'identifier', name: token.value, span: this.since(token) } as const;
  });

  protected readonly dottedName: Rule<ObjectName, [string]> = this.RULE('dottedName', (expected: string) => {
    const first = this.SUBRULE(this.identifier, { ARGS: [expected] });
    const parts = [first];
    this.MANY(() => {
      this.CONSUME(Dot);
      parts.push(this.SUBRULE1(this.identifier, { ARGS: [expected] }));
    });
    return { kind: 'objectName', parts, span: this.since(first) } as const;
  });

  protected readonly nameList: Rule<Identifier[], [string]> = this.RULE('nameList', (expected: string) => {
    const names = [this.SUBRULE(this.identifier, { ARGS: [expected] })];
    this.MANY(() => {
      this.CONSUME(Comma);
      names.push(this.SUBRULE1(this.identifier, { ARGS: [expected] }));
    });
    return names;
  });

  /** `(a, b)`. */
  protected readonly namesInParentheses: Rule<Identifier[], [string]> = this.RULE(
    'namesInParentheses',
    (expected: string) => {
      this.CONSUME(LParen);
      const names = this.SUBRULE(this.nameList, { ARGS: [expected] });
      this.CONSUME(RParen);
      return names;
    },
  );

  /** `(a, b.c)`. */
  protected readonly dottedNamesInParentheses: Rule<ObjectName[], [string]> = this.RULE(
    'dottedNamesInParentheses',
    (expected: string) => {
      this.CONSUME(LParen);
      const names = [this.SUBRULE(this.dottedName, { ARGS: [expected] })];
      this.MANY(() => {
        this.CONSUME(Comma);
        names.push(this.SUBRULE1(this.dottedName, { ARGS: [expected] }));
      });
      this.CONSUME(RParen);
      return names;
    },
  );

  protected name(index: number, expected: string): Identifier {
    return this.subrule(index, this.identifier, { ARGS: [expected] });
  }

  protected dotted(index: number, expected: string): ObjectName {
    return this.subrule(index, this.dottedName, { ARGS: [expected] });
  }

  // --------------------------------------------------------------------------------------------------------------------- literals

  protected readonly string: Rule<StringLiteral, [(string | undefined)?]> = this.RULE('string', (expected?: string) => {
    const token = this.take(0, StringToken, expected);
    return { kind: 'stringLiteral', value: token.value, span: this.since(token) } as const;
  });

  protected text(index: number, expected?: string): StringLiteral {
    return this.subrule(index, this.string, { ARGS: [expected] });
  }

  protected readonly wholeNumber: Rule<NumberLiteral, [string]> = this.RULE('wholeNumber', (expected: string) => {
    const token = this.take(0, IntegerToken, expected);
    return { kind: 'numberLiteral', text: token.image, form: 'exact', span: this.since(token) } as const;
  });

  /** A whole number as part of the syntax: a length, a precision, a count. */
  protected count(index: number, expected: string): number {
    return Number(this.take(index, IntegerToken, expected).image);
  }

  // ------------------------------------------------------------------------------------------------------- clauses used everywhere

  protected readonly ifNotExists: Rule<boolean> = this.RULE('ifNotExists', () => {
    let found = false;
    this.OPTION(() => {
      this.CONSUME(K.IF);
      this.CONSUME(K.NOT);
      this.CONSUME(K.EXISTS);
      found = true;
    });
    return found;
  });

  protected readonly ifExists: Rule<boolean> = this.RULE('ifExists', () => {
    let found = false;
    this.OPTION(() => {
      this.CONSUME(K.IF);
      this.CONSUME(K.EXISTS);
      found = true;
    });
    return found;
  });

  protected readonly commentClause: Rule<StringLiteral | null> = this.RULE('commentClause', () => {
    let comment: StringLiteral | null = null;
    this.OPTION(() => {
      this.CONSUME(K.COMMENT);
      comment = this.text(0, 'the comment in single quotes');
    });
    return comment;
  });

  protected readonly optionPair: Rule<Option> = this.RULE('optionPair', () => {
    const key = this.text(0, 'an option key in single quotes');
    this.CONSUME(Equal);
    const value = this.text(1, 'an option value in single quotes');
    return { kind: 'option', key, value, span: this.since(key) } as const;
  });

  /** `('k' = 'v', …)`; may be empty. */
  protected readonly optionList: Rule<Option[]> = this.RULE('optionList', () => {
    const options: Option[] = [];
    this.CONSUME(LParen);
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(RParen) },
        {
          ALT: () => {
            options.push(this.SUBRULE(this.optionPair));
            this.MANY(() => {
              this.CONSUME(Comma);
              options.push(this.SUBRULE1(this.optionPair));
            });
            this.CONSUME1(RParen);
          },
        },
      ],
      ERR_MSG: 'an option key in single quotes',
    });
    return options;
  });

  /** `[WITH ('k' = 'v', …)]`. */
  protected readonly withOptions: Rule<Option[]> = this.RULE('withOptions', () => {
    let options: Option[] = [];
    this.OPTION(() => {
      this.CONSUME(K.WITH);
      options = this.SUBRULE(this.optionList);
    });
    return options;
  });
}
