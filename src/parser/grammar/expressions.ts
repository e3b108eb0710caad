import type { TokenType } from 'chevrotain';
import { EngineError } from '../../errors.ts';
import type {
  Argument,
  ArgumentValue,
  BinaryOperator,
  CaseBranch,
  ComparisonOperator,
  DataType,
  Expression,
  FrameBound,
  FunctionCall,
  Identifier,
  IsExpression,
  JsonBehavior,
  JsonEntry,
  KeywordArgument,
  LikeExpression,
  MapEntry,
  MembershipSource,
  ObjectName,
  Query,
  SortItem,
  TimeUnit,
  WindowFrame,
  WindowReference,
  WindowSpecification,
} from '../ast.ts';
import * as T from '../tokens.ts';
import { K, type Token } from '../tokens.ts';
import type { Rule } from './base.ts';
import { intervalUnitOf, TypeGrammar } from './types.ts';

/** Calcite's precedences. */
export const PRECEDENCE = {
  or: 22,
  and: 24,
  not: 26,
  is: 28,
  comparison: 30,
  membership: 32,
  sum: 40,
  product: 60,
  sign: 80,
} as const;

const periodOperators = [K.OVERLAPS, K.CONTAINS, K.EQUALS, K.PRECEDES, K.SUCCEEDS] as const;
const likeOperators = [K.LIKE, K.ILIKE, K.RLIKE, K.SIMILAR] as const;

const precedences: number[] = [];
function bind(precedence: number, ...types: readonly TokenType[]): void {
  for (const type of types) precedences[type.tokenTypeIdx ?? 0] = precedence;
}
bind(PRECEDENCE.or, K.OR);
bind(PRECEDENCE.and, K.AND);
bind(PRECEDENCE.is, K.IS);
bind(PRECEDENCE.comparison, T.Equal, T.NotEqual, T.Less, T.LessEqual, T.Greater, T.GreaterEqual, ...periodOperators);
bind(PRECEDENCE.membership, K.IN, K.BETWEEN, ...likeOperators);
bind(PRECEDENCE.sum, T.Plus, T.Minus);
bind(PRECEDENCE.product, T.Star, T.Slash, T.Percent, T.Concat);

const otherUnits: readonly TimeUnit[] = [
  'MILLISECOND',
  'MICROSECOND',
  'NANOSECOND',
  'DOW',
  'ISODOW',
  'DOY',
  'ISOYEAR',
  'EPOCH',
  'DECADE',
  'CENTURY',
  'MILLENNIUM',
];

function timeUnitOf(word: string): TimeUnit | undefined {
  const upper = word.toUpperCase();
  return otherUnits.find((unit) => unit === upper) ?? intervalUnitOf(upper.replace(/^SQL_TSI_/, ''));
}

const unitFirstFunctions = new Set(['TIMESTAMPADD', 'TIMESTAMPDIFF']);

interface CallArguments {
  readonly quantifier: 'all' | 'distinct' | null;
  readonly arguments: readonly Argument[];
  readonly orderBy: readonly SortItem[];
  readonly nulls: 'respect' | 'ignore' | null;
}

const noArguments: CallArguments = { quantifier: null, arguments: [], orderBy: [], nulls: null };

export abstract class ExpressionGrammar extends TypeGrammar {
  abstract readonly query: Rule<Query>;
  /** Whether the parenthesis before the next token opens a query. */
  protected abstract queryAhead(): boolean;

  /** An expression whose operators all bind at least as tightly as `minimum`. */
  readonly expression: Rule<Expression, [number?]> = this.RULE('expression', (minimum?: number) => {
    let left = this.SUBRULE(this.prefixed);
    this.MANY({
      GATE: () => this.bindingAhead() >= (minimum ?? 0),
      DEF: () => {
        left = this.SUBRULE(this.infix, { ARGS: [left] });
      },
    });
    return left;
  });

  protected expr(index: number, minimum = 0): Expression {
    return this.subrule(index, this.expression, { ARGS: [minimum] });
  }

  private bindingAhead(): number {
    const type = this.ahead(1).tokenType;
    if (type === K.NOT || type === K.IMMEDIATELY) return precedences[this.ahead(2).tokenType.tokenTypeIdx ?? 0] ?? -1;
    return precedences[type.tokenTypeIdx ?? 0] ?? -1;
  }

  protected readonly expressionList: Rule<Expression[]> = this.RULE('expressionList', () => {
    const list = [this.expr(0)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      list.push(this.expr(1));
    });
    return list;
  });

  // -------------------------------------------------------------------------------------------------------------------- operators

  protected readonly prefixed: Rule<Expression> = this.RULE('prefixed', () => {
    const first = this.ahead(1);
    return this.OR({
      DEF: [
        {
          ALT: (): Expression => {
            this.CONSUME(K.NOT);
            const operand = this.expr(0, PRECEDENCE.not);
            return { kind: 'unary', operator: 'NOT', operand, span: this.since(first) };
          },
        },
        { ALT: (): Expression => this.SUBRULE(this.signed) },
        { ALT: (): Expression => this.SUBRULE(this.postfixed) },
      ],
      ERR_MSG: 'an expression',
    });
  });

  protected readonly signed: Rule<Expression> = this.RULE('signed', () => {
    const first = this.OR([{ ALT: () => this.take(0, T.Plus) }, { ALT: () => this.take(0, T.Minus) }]);
    const operand = this.expr(0, PRECEDENCE.sign);
    return { kind: 'unary', operator: first.image === '-' ? '-' : '+', operand, span: this.since(first) } as const;
  });

  protected readonly infix: Rule<Expression, [Expression]> = this.RULE('infix', (left: Expression) => {
    return this.OR([
      { ALT: () => this.binary(0, K.OR, left) },
      { ALT: () => this.binary(1, K.AND, left) },
      { ALT: () => this.SUBRULE(this.comparison, { ARGS: [left] }) },
      { ALT: () => this.binary(2, T.Plus, left) },
      { ALT: () => this.binary(3, T.Minus, left) },
      { ALT: () => this.binary(4, T.ProductSign, left) },
      { ALT: () => this.SUBRULE(this.isTest, { ARGS: [left] }) },
      { ALT: () => this.SUBRULE(this.membership, { ARGS: [left] }) },
      ...periodOperators.map((type, index) => ({ ALT: () => this.binary(5 + index, type, left) })),
      { ALT: () => this.SUBRULE(this.immediate, { ARGS: [left] }) },
    ]);
  });

  private binary(index: number, type: TokenType, left: Expression): Expression {
    const operator = this.take(index, type);
    const precedence = precedences[operator.tokenTypeIdx] ?? 0;
    const right = this.expr(index, precedence + 1);
    return {
      kind: 'binary',
      operator: operator.image.toUpperCase() as BinaryOperator,
      left,
      right,
      span: this.since(left),
    };
  }

  protected readonly immediate: Rule<Expression, [Expression]> = this.RULE('immediate', (left: Expression) => {
    this.CONSUME(K.IMMEDIATELY);
    const type = this.OR([{ ALT: () => this.take(0, K.PRECEDES) }, { ALT: () => this.take(0, K.SUCCEEDS) }]);
    const right = this.expr(0, PRECEDENCE.comparison + 1);
    const operator = type.tokenType === K.PRECEDES ? 'IMMEDIATELY PRECEDES' : 'IMMEDIATELY SUCCEEDS';
    return { kind: 'binary', operator, left, right, span: this.since(left) } as const;
  });

  protected readonly comparison: Rule<Expression, [Expression]> = this.RULE('comparison', (left: Expression) => {
    const operator = this.take(0, T.ComparisonSign).image as ComparisonOperator;
    return this.OR({
      DEF: [
        {
          GATE: () => this.isAhead(1, K.ANY) || this.isAhead(1, K.SOME) || this.isAhead(1, K.ALL),
          ALT: (): Expression => {
            const quantifier = this.OR1([
              { ALT: () => (this.CONSUME(K.ANY), 'any' as const) },
              { ALT: () => (this.CONSUME(K.SOME), 'any' as const) },
              { ALT: () => (this.CONSUME(K.ALL), 'all' as const) },
            ]);
            const source = this.SUBRULE(this.membershipSource);
            return { kind: 'quantified', operand: left, operator, quantifier, source, span: this.since(left) };
          },
        },
        {
          ALT: (): Expression => {
            const right = this.expr(0, PRECEDENCE.comparison + 1);
            return { kind: 'binary', operator, left, right, span: this.since(left) };
          },
        },
      ],
      ERR_MSG: 'an expression',
    });
  });

  /** `(query)` or `(a, b)`. */
  protected readonly membershipSource: Rule<MembershipSource> = this.RULE('membershipSource', () => {
    const first = this.take(0, T.LParen);
    const source = this.OR([
      {
        GATE: () => this.queryAhead(),
        ALT: () => ({ kind: 'subquerySource' as const, query: this.SUBRULE(this.query) }),
      },
      { ALT: () => ({ kind: 'listSource' as const, items: this.SUBRULE(this.expressionList) }) },
    ]);
    this.CONSUME(T.RParen);
    return { ...source, span: this.since(first) };
  });

  protected readonly isTest: Rule<Expression, [Expression]> = this.RULE('isTest', (left: Expression) => {
    this.CONSUME(K.IS);
    let negated = false;
    this.OPTION(() => {
      this.CONSUME(K.NOT);
      negated = true;
    });
    const test = (type: TokenType, name: IsExpression['test']) => ({
      ALT: (): Expression => {
        this.take(0, type);
        return { kind: 'is', operand: left, negated, test: name, span: this.since(left) };
      },
    });
    return this.OR({
      DEF: [
        test(K.NULL, 'NULL'),
        test(K.TRUE, 'TRUE'),
        test(K.FALSE, 'FALSE'),
        test(K.UNKNOWN, 'UNKNOWN'),
        {
          ALT: (): Expression => {
            this.CONSUME(K.JSON);
            const type = this.SUBRULE(this.jsonKind);
            return { kind: 'is', operand: left, negated, test: type, span: this.since(left) };
          },
        },
        {
          ALT: (): Expression => {
            this.CONSUME(K.DISTINCT);
            this.CONSUME(K.FROM);
            const right = this.expr(0, PRECEDENCE.comparison + 1);
            return { kind: 'isDistinct', left, right, negated, span: this.since(left) };
          },
        },
      ],
      ERR_MSG: 'NULL, TRUE, FALSE, UNKNOWN, JSON or DISTINCT FROM after IS',
    });
  });

  protected readonly jsonKind: Rule<IsExpression['test']> = this.RULE('jsonKind', () => {
    let test: IsExpression['test'] = 'JSON VALUE';
    this.OPTION({
      GATE: () => (!this.isAhead(1, K.SCALAR) && !this.isAhead(1, K.OBJECT) ? true : !this.isAhead(2, T.Dot)),
      DEF: () => {
        test = this.OR([
          { ALT: () => (this.CONSUME(K.VALUE), 'JSON VALUE' as const) },
          { ALT: () => (this.CONSUME(K.SCALAR), 'JSON SCALAR' as const) },
          { ALT: () => (this.CONSUME(K.ARRAY), 'JSON ARRAY' as const) },
          { ALT: () => (this.CONSUME(K.OBJECT), 'JSON OBJECT' as const) },
        ]);
      },
    });
    return test;
  });

  /** `[NOT] {IN | BETWEEN | LIKE …}`. */
  protected readonly membership: Rule<Expression, [Expression]> = this.RULE('membership', (operand: Expression) => {
    let negated = false;
    this.OPTION(() => {
      this.CONSUME(K.NOT);
      negated = true;
    });
    return this.OR([
      {
        ALT: (): Expression => {
          this.CONSUME(K.IN);
          const source = this.SUBRULE(this.membershipSource);
          return { kind: 'in', operand, negated, source, span: this.since(operand) };
        },
      },
      {
        ALT: (): Expression => {
          this.CONSUME(K.BETWEEN);
          let symmetric = false;
          this.OPTION1(() => {
            this.OR1([
              { ALT: () => this.CONSUME(K.ASYMMETRIC) },
              {
                ALT: () => {
                  this.CONSUME(K.SYMMETRIC);
                  symmetric = true;
                },
              },
            ]);
          });
          const low = this.expr(0, PRECEDENCE.membership + 1);
          this.CONSUME(K.AND);
          const high = this.expr(1, PRECEDENCE.membership + 1);
          return { kind: 'between', operand, negated, symmetric, low, high, span: this.since(operand) };
        },
      },
      {
        ALT: (): Expression => {
          const operator: LikeExpression['operator'] = this.OR2([
            { ALT: () => (this.CONSUME(K.LIKE), 'LIKE' as const) },
            { ALT: () => (this.CONSUME(K.ILIKE), 'ILIKE' as const) },
            { ALT: () => (this.CONSUME(K.RLIKE), 'RLIKE' as const) },
            {
              ALT: () => {
                this.CONSUME(K.SIMILAR);
                this.CONSUME(K.TO);
                return 'SIMILAR TO' as const;
              },
            },
          ]);
          const pattern = this.expr(2, PRECEDENCE.membership + 1);
          let escape: Expression | null = null;
          this.OPTION2(() => {
            this.CONSUME(K.ESCAPE);
            escape = this.expr(3, PRECEDENCE.membership + 1);
          });
          return { kind: 'like', operator, operand, negated, pattern, escape, span: this.since(operand) };
        },
      },
    ]);
  });

  /** `primary[index].field…`. */
  protected readonly postfixed: Rule<Expression> = this.RULE('postfixed', () => {
    let operand = this.SUBRULE(this.primary);
    this.MANY(() => {
      operand = this.OR([
        {
          ALT: (): Expression => {
            this.CONSUME(T.LBracket);
            const index = this.expr(0);
            this.CONSUME(T.RBracket);
            return { kind: 'elementAccess', operand, index, span: this.since(operand) };
          },
        },
        {
          ALT: (): Expression => {
            this.CONSUME(T.Dot);
            const field = this.name(0, 'a field name');
            return { kind: 'fieldAccess', operand, field, span: this.since(operand) };
          },
        },
      ]);
    });
    return operand;
  });

  // -------------------------------------------------------------------------------------------------------------------- primaries

  protected readonly primary: Rule<Expression> = this.RULE('primary', () => {
    return this.OR({
      DEF: [
        { ALT: (): Expression => this.SUBRULE(this.nameExpression) },
        { ALT: (): Expression => this.SUBRULE(this.literal) },
        { ALT: (): Expression => this.SUBRULE(this.parenthesized) },
        { ALT: (): Expression => this.SUBRULE(this.reservedCall) },
        { ALT: (): Expression => this.SUBRULE(this.bareCall) },
        { ALT: (): Expression => this.SUBRULE(this.caseExpression) },
        { ALT: (): Expression => this.SUBRULE(this.cast) },
        { ALT: (): Expression => this.SUBRULE(this.extract) },
        { ALT: (): Expression => this.SUBRULE(this.position) },
        { ALT: (): Expression => this.SUBRULE(this.substring) },
        { ALT: (): Expression => this.SUBRULE(this.overlay) },
        { ALT: (): Expression => this.SUBRULE(this.trim) },
        { ALT: (): Expression => this.SUBRULE(this.roundToUnit) },
        { ALT: (): Expression => this.SUBRULE(this.exists) },
        { ALT: (): Expression => this.SUBRULE(this.interval) },
        { ALT: (): Expression => this.SUBRULE(this.row) },
        { ALT: (): Expression => this.SUBRULE(this.collection) },
        { ALT: (): Expression => this.SUBRULE(this.jsonCall) },
        { ALT: (): Expression => this.SUBRULE(this.running) },
        { ALT: (): Expression => this.SUBRULE(this.escape) },
        { ALT: (): Expression => this.SUBRULE(this.parameter) },
      ],
      ERR_MSG: 'an expression',
    });
  });

  /** `?`, or `:name`. */
  protected readonly parameter: Rule<Expression> = this.RULE('parameter', () => {
    const first = this.ahead(1);
    const name = this.OR([
      {
        ALT: (): string | null => {
          this.CONSUME(T.Question);
          return null;
        },
      },
      {
        ALT: (): string | null => {
          this.CONSUME(T.Colon);
          return this.name(0, 'the name of a parameter').name;
        },
      },
    ]);
    return { kind: 'parameter', name, span: this.since(first) } as const;
  });

  protected readonly literal: Rule<Expression> = this.RULE('literal', () => {
    const first = this.ahead(1);
    const boolean = (type: TokenType, value: boolean | null) => ({
      ALT: (): Expression => {
        this.take(0, type);
        return { kind: 'booleanLiteral', value, span: this.since(first) };
      },
    });
    const datetime = (token: TokenType, type: 'date' | 'time' | 'timestamp', index: number) => ({
      ALT: (): Expression => {
        this.take(0, token);
        const { value } = this.take(index, T.StringToken, `a string after ${token.name}`);
        return { kind: 'datetimeLiteral', type, value, span: this.since(first) };
      },
    });
    return this.OR([
      {
        ALT: (): Expression => {
          const text = this.CONSUME(T.NumberToken).image;
          const form = /e/i.test(text) ? 'approximate' : 'exact';
          return { kind: 'numberLiteral', text, form, span: this.since(first) };
        },
      },
      { ALT: (): Expression => this.SUBRULE(this.longString) },
      {
        ALT: (): Expression => {
          const hex = this.take(0, T.BinaryToken).value;
          return { kind: 'binaryLiteral', hex, span: this.since(first) };
        },
      },
      boolean(K.TRUE, true),
      boolean(K.FALSE, false),
      boolean(K.UNKNOWN, null),
      {
        ALT: (): Expression => {
          this.CONSUME(K.NULL);
          return { kind: 'nullLiteral', span: this.since(first) };
        },
      },
      {
        ALT: (): Expression => {
          this.CONSUME(K.DEFAULT);
          return { kind: 'default', span: this.since(first) };
        },
      },
      datetime(K.DATE, 'date', 1),
      datetime(K.TIME, 'time', 2),
      datetime(K.TIMESTAMP, 'timestamp', 3),
    ]);
  });

  /** Strings on lines of their own are one: `'a'` newline `'b'`. */
  protected readonly longString: Rule<Expression> = this.RULE('longString', () => {
    const first = this.take(0, T.StringToken);
    let value = first.value;
    this.MANY({
      GATE: () => this.ahead(1).startLine > this.ahead(0).startLine,
      DEF: () => {
        value += this.take(1, T.StringToken).value;
      },
    });
    return { kind: 'stringLiteral', value, span: this.since(first) } as const;
  });

  /** A column, or a call of a function whose name is not reserved. */
  protected readonly nameExpression: Rule<Expression> = this.RULE('nameExpression', () => {
    return this.OR([
      {
        GATE: () => this.isAhead(1, K.MAP) && (this.isAhead(2, T.LBracket) || this.isAhead(2, T.LParen)),
        ALT: (): Expression => this.SUBRULE(this.map),
      },
      {
        GATE: () =>
          this.isAhead(1, K.FINAL) &&
          (this.isWordAhead(2) || this.isFunctionAhead(2)) &&
          (this.isAhead(3, T.LParen) || this.isAhead(3, T.Dot)),
        ALT: (): Expression => {
          const first = this.take(0, K.FINAL);
          const operand = this.SUBRULE(this.primary);
          return { kind: 'matchSemantics', mode: 'final', operand, span: this.since(first) };
        },
      },
      { ALT: (): Expression => this.SUBRULE(this.columnOrCall) },
    ]);
  });

  private isFunctionAhead(distance: number): boolean {
    return (T.FunctionWord.categoryMatches ?? []).includes(this.ahead(distance).tokenTypeIdx);
  }

  protected readonly columnOrCall: Rule<Expression> = this.RULE('columnOrCall', () => {
    const first = this.name(0, 'a column name');
    const parts = [first];
    this.MANY({
      // `t.*` ends before the star.
      GATE: () => !this.isAhead(2, T.Star),
      DEF: () => {
        this.CONSUME(T.Dot);
        parts.push(this.name(1, 'a column name'));
      },
    });
    const column = { kind: 'columnReference', parts, span: this.since(first) } as const;
    return (
      this.OPTION(() => {
        const name: ObjectName = { kind: 'objectName', parts, span: column.span };
        return this.SUBRULE(this.callTail, { ARGS: [name] });
      }) ?? column
    );
  });

  protected readonly reservedCall: Rule<FunctionCall> = this.RULE('reservedCall', () => {
    const token = this.take(0, T.FunctionWord);
    const name = this.wordName(token);
    return this.SUBRULE(this.callTail, { ARGS: [name] });
  });

  /** `CURRENT_DATE`, `LOCALTIMESTAMP(3)`. */
  protected readonly bareCall: Rule<FunctionCall> = this.RULE('bareCall', () => {
    const token = this.take(0, T.BareFunctionWord);
    const name = this.wordName(token);
    const list = this.OPTION(() => this.SUBRULE(this.callArguments, { ARGS: [false] })) ?? noArguments;
    return this.call(name, list);
  });

  private wordName(token: Token): ObjectName {
    const span = this.since(token);
    const name: Identifier = { kind: 'identifier', name: token.image, span };
    return { kind: 'objectName', parts: [name], span };
  }

  private call(name: ObjectName, list: CallArguments): FunctionCall {
    return {
      kind: 'call',
      name,
      quantifier: list.quantifier,
      arguments: list.arguments,
      orderBy: list.orderBy,
      nulls: list.nulls,
      withinGroup: [],
      filter: null,
      over: null,
      span: this.since(name),
    };
  }

  /** A call of a special form: plain arguments only. */
  private specialCall(first: Token, name: Identifier, values: readonly ArgumentValue[]): FunctionCall {
    return this.ACTION(() => {
      const list: Argument[] = values.map((value) => ({ kind: 'argument', name: null, value, span: value.span }));
      const objectName: ObjectName = { kind: 'objectName', parts: [name], span: name.span };
      return { ...this.call(objectName, { ...noArguments, arguments: list }), span: this.since(first) };
    });
  }

  /** The name in upper case: a special form is a keyword, whatever its letters. */
  private formName(token: Token): Identifier {
    return this.ACTION(() => ({ kind: 'identifier', name: token.image.toUpperCase(), span: this.since(token) }));
  }

  // ------------------------------------------------------------------------------------------------------------------------ calls

  /** From the opening parenthesis to OVER. */
  protected readonly callTail: Rule<FunctionCall, [ObjectName]> = this.RULE('callTail', (name: ObjectName) => {
    const unitFirst = this.ACTION(
      () => name.parts.length === 1 && unitFirstFunctions.has(name.parts[0]?.name.toUpperCase() ?? ''),
    );
    const list = this.SUBRULE(this.callArguments, { ARGS: [unitFirst] });
    let nulls = list.nulls;
    let withinGroup: SortItem[] = [];
    this.OPTION({
      GATE: () => this.isAhead(2, K.NULLS),
      DEF: () => {
        nulls = this.SUBRULE(this.nullTreatment);
      },
    });
    this.OPTION1({
      GATE: () => this.isAhead(2, K.GROUP),
      DEF: () => {
        this.CONSUME(K.WITHIN);
        this.CONSUME(K.GROUP);
        this.CONSUME(T.LParen);
        withinGroup = this.SUBRULE(this.orderBy);
        this.CONSUME(T.RParen);
      },
    });
    const filter = this.SUBRULE(this.filterClause);
    const over = this.SUBRULE(this.overClause);
    return { ...this.call(name, list), nulls, withinGroup, filter, over, span: this.since(name) };
  });

  protected readonly nullTreatment: Rule<'respect' | 'ignore'> = this.RULE('nullTreatment', () => {
    const nulls = this.OR([
      { ALT: () => (this.CONSUME(K.RESPECT), 'respect' as const) },
      { ALT: () => (this.CONSUME(K.IGNORE), 'ignore' as const) },
    ]);
    this.CONSUME(K.NULLS);
    return nulls;
  });

  protected readonly filterClause: Rule<Expression | null> = this.RULE('filterClause', () => {
    let filter: Expression | null = null;
    this.OPTION(() => {
      this.CONSUME(K.FILTER);
      this.CONSUME(T.LParen);
      this.CONSUME(K.WHERE);
      filter = this.expr(0);
      this.CONSUME(T.RParen);
    });
    return filter;
  });

  protected readonly overClause: Rule<WindowReference | WindowSpecification | null> = this.RULE('overClause', () => {
    let over: WindowReference | WindowSpecification | null = null;
    this.OPTION(() => {
      this.CONSUME(K.OVER);
      over = this.OR({
        DEF: [
          { ALT: () => this.SUBRULE(this.windowSpecification) },
          {
            ALT: (): WindowReference => {
              const name = this.name(0, 'a window name');
              return { kind: 'windowReference', name, span: this.since(name) };
            },
          },
        ],
        ERR_MSG: '"(" or a window name after OVER',
      });
    });
    return over;
  });

  protected readonly callArguments: Rule<CallArguments, [boolean]> = this.RULE(
    'callArguments',
    (unitFirst: boolean) => {
      let quantifier: CallArguments['quantifier'] = null;
      let orderBy: SortItem[] = [];
      let nulls: CallArguments['nulls'] = null;
      const list: Argument[] = [];
      this.CONSUME(T.LParen);
      this.OPTION(() => {
        quantifier = this.OR([
          { ALT: () => (this.CONSUME(K.DISTINCT), 'distinct' as const) },
          { ALT: () => (this.CONSUME(K.ALL), 'all' as const) },
        ]);
      });
      this.OR1({
        DEF: [
          { ALT: () => this.CONSUME(T.RParen) },
          {
            ALT: () => {
              list.push(this.SUBRULE(this.argument, { ARGS: [unitFirst] }));
              this.MANY(() => {
                this.CONSUME(T.Comma);
                list.push(this.SUBRULE1(this.argument, { ARGS: [false] }));
              });
              this.OPTION1(() => {
                nulls = this.SUBRULE(this.nullTreatment);
              });
              this.OPTION2(() => {
                orderBy = this.SUBRULE(this.orderBy);
              });
              this.OPTION3(() => {
                nulls = this.SUBRULE1(this.nullTreatment);
              });
              this.CONSUME1(T.RParen);
            },
          },
        ],
        ERR_MSG: 'an argument or ")"',
      });
      return { quantifier, arguments: list, orderBy, nulls };
    },
  );

  protected readonly argument: Rule<Argument, [boolean]> = this.RULE('argument', (unitFirst: boolean) => {
    const first = this.ahead(1);
    let name: Identifier | null = null;
    this.OPTION({
      GATE: () => this.isAhead(2, T.Arrow),
      DEF: () => {
        name = this.name(0, 'an argument name');
        this.CONSUME(T.Arrow);
      },
    });
    const value: ArgumentValue = this.OR({
      DEF: [
        {
          GATE: () => unitFirst && timeUnitOf(this.ahead(1).image) !== undefined && this.isAhead(2, T.Comma),
          ALT: () => this.SUBRULE(this.timeUnit),
        },
        { ALT: () => this.SUBRULE(this.tableArgument) },
        {
          GATE: () => this.isAhead(1, K.MODEL) && this.isWordAhead(2),
          ALT: (): ArgumentValue => {
            const model = this.take(0, K.MODEL);
            const modelName = this.dotted(0, 'a model name');
            return { kind: 'modelArgument', name: modelName, span: this.since(model) };
          },
        },
        {
          GATE: () => this.isAhead(1, K.DESCRIPTOR) && this.isAhead(2, T.LParen),
          ALT: () => this.SUBRULE(this.descriptor),
        },
        {
          ALT: (): ArgumentValue => {
            const star = this.take(0, T.Star);
            return { kind: 'star', span: this.since(star) };
          },
        },
        { ALT: () => this.expr(0) },
      ],
      ERR_MSG: 'an argument',
    });
    return { kind: 'argument', name, value, span: this.since(first) } as const;
  });

  protected readonly timeUnit: Rule<ArgumentValue> = this.RULE('timeUnit', () => {
    const token = this.OR({
      DEF: [
        { ALT: () => this.take(0, K.YEAR) },
        { ALT: () => this.take(0, K.MONTH) },
        { ALT: () => this.take(0, K.DAY) },
        { ALT: () => this.take(0, K.HOUR) },
        { ALT: () => this.take(0, K.MINUTE) },
        { ALT: () => this.take(0, K.SECOND) },
        { GATE: () => timeUnitOf(this.ahead(1).image) !== undefined, ALT: () => this.take(0, T.PlainWord) },
      ],
      ERR_MSG: 'a time unit such as SECOND or DAY',
    });
    const unit = this.ACTION(() => timeUnitOf(token.image) ?? 'SECOND');
    return { kind: 'timeUnit', unit, span: this.since(token) } as const;
  });

  /** `TABLE t [PARTITION BY k] [ORDER BY ts]`, several keys in parentheses. */
  protected readonly tableArgument: Rule<ArgumentValue> = this.RULE('tableArgument', () => {
    const first = this.take(0, K.TABLE);
    const table = this.SUBRULE(this.argumentTable);
    let partitionBy: Expression[] = [];
    let orderBy: SortItem[] = [];
    this.OPTION(() => {
      this.CONSUME(K.PARTITION);
      this.CONSUME(K.BY);
      partitionBy = this.OR([
        {
          ALT: () => {
            this.CONSUME(T.LParen);
            const list = this.SUBRULE(this.expressionList);
            this.CONSUME(T.RParen);
            return list;
          },
        },
        { ALT: () => [this.SUBRULE(this.columnOrCall)] },
      ]);
    });
    this.OPTION1(() => {
      this.CONSUME(K.ORDER);
      this.CONSUME1(K.BY);
      orderBy = this.OR1([
        {
          ALT: () => {
            this.CONSUME1(T.LParen);
            const list = this.SUBRULE(this.sortItems);
            this.CONSUME1(T.RParen);
            return list;
          },
        },
        { ALT: () => [this.SUBRULE(this.sortItem)], IGNORE_AMBIGUITIES: true },
      ]);
    });
    return { kind: 'tableArgument', table, partitionBy, orderBy, span: this.since(first) } as const;
  });

  /** What follows TABLE in an argument: a name with hints, or a query in parentheses. */
  abstract readonly argumentTable: Rule<Extract<ArgumentValue, { readonly kind: 'tableArgument' }>['table']>;

  protected readonly descriptor: Rule<ArgumentValue> = this.RULE('descriptor', () => {
    const first = this.take(0, K.DESCRIPTOR);
    const columns: Identifier[] = [];
    const types: (DataType | null)[] = [];
    const column = (index: number): void => {
      columns.push(this.name(index, 'a column name'));
      types.push(this.option(index, () => this.type(index)) ?? null);
    };
    this.CONSUME(T.LParen);
    column(0);
    this.MANY(() => {
      this.CONSUME(T.Comma);
      column(1);
    });
    this.CONSUME(T.RParen);
    return { kind: 'descriptor', columns, types, span: this.since(first) } as const;
  });

  // ---------------------------------------------------------------------------------------------------------------- special forms

  protected readonly parenthesized: Rule<Expression> = this.RULE('parenthesized', () => {
    const first = this.take(0, T.LParen);
    return this.OR([
      {
        GATE: () => this.queryAhead(),
        ALT: (): Expression => {
          const query = this.SUBRULE(this.query);
          this.CONSUME(T.RParen);
          return { kind: 'scalarSubquery', query, span: this.since(first) };
        },
      },
      {
        ALT: (): Expression => {
          const fields = this.SUBRULE(this.expressionList);
          this.CONSUME1(T.RParen);
          const span = this.since(first);
          const only = fields[0];
          const inner: Expression =
            fields.length === 1 && only !== undefined
              ? { ...only, span } // So that a caret under `(a + b) * c` takes the parenthesis in.
              : { kind: 'rowConstructor', explicit: false, fields, span };
          return (
            this.OPTION({
              GATE: () => inner.kind === 'binary' && inner.operator === '-' && !this.isAhead(1, T.PlainWord),
              DEF: (): Expression => {
                const qualifier = this.SUBRULE(this.intervalQualifier);
                const { left, right } = inner as Extract<Expression, { readonly kind: 'binary' }>;
                return { kind: 'intervalDifference', left, right, qualifier, span: this.since(first) };
              },
            }) ?? inner
          );
        },
      },
    ]);
  });

  protected readonly caseExpression: Rule<Expression> = this.RULE('caseExpression', () => {
    const first = this.take(0, K.CASE);
    let operand: Expression | null = null;
    let otherwise: Expression | null = null;
    const branches: CaseBranch[] = [];
    this.OPTION(() => {
      operand = this.expr(0);
    });
    this.AT_LEAST_ONE({
      DEF: () => {
        const start = this.take(0, K.WHEN);
        const when = this.SUBRULE(this.expressionList);
        this.CONSUME(K.THEN);
        const then = this.expr(1);
        branches.push({ kind: 'caseBranch', when, then, span: this.since(start) });
      },
      ERR_MSG: 'WHEN',
    });
    this.OPTION1(() => {
      this.CONSUME(K.ELSE);
      otherwise = this.expr(2);
    });
    this.take(0, K.END, 'WHEN, ELSE or END of the CASE');
    return { kind: 'case', operand, branches, else: otherwise, span: this.since(first) } as const;
  });

  protected readonly cast: Rule<Expression> = this.RULE('cast', () => {
    const first = this.OR([
      { ALT: () => this.take(0, K.CAST) },
      { ALT: () => this.take(0, K.TRY_CAST) },
      { ALT: () => this.take(0, K.SAFE_CAST) },
    ]);
    this.CONSUME(T.LParen);
    const operand = this.expr(0);
    this.CONSUME(K.AS);
    const type = this.type(0);
    this.CONSUME(T.RParen);
    const lenient = first.tokenType !== K.CAST;
    return { kind: 'cast', try: lenient, operand, type, span: this.since(first) } as const;
  });

  protected readonly extract: Rule<Expression> = this.RULE('extract', () => {
    const first = this.take(0, K.EXTRACT);
    const name = this.formName(first);
    this.CONSUME(T.LParen);
    const unit = this.SUBRULE(this.timeUnit);
    this.CONSUME(K.FROM);
    const value = this.expr(0);
    this.CONSUME(T.RParen);
    return this.specialCall(first, name, [unit, value]);
  });

  protected readonly position: Rule<Expression> = this.RULE('position', () => {
    const first = this.take(0, K.POSITION);
    const name = this.formName(first);
    this.CONSUME(T.LParen);
    const needle = this.expr(0, PRECEDENCE.membership + 1);
    this.CONSUME(K.IN);
    const text = this.expr(1);
    this.CONSUME(T.RParen);
    return this.specialCall(first, name, [needle, text]);
  });

  protected readonly substring: Rule<Expression> = this.RULE('substring', () => {
    const first = this.take(0, K.SUBSTRING);
    const name = this.formName(first);
    this.CONSUME(T.LParen);
    const values = [this.expr(0)];
    this.OR([{ ALT: () => this.CONSUME(K.FROM) }, { ALT: () => this.CONSUME(T.Comma) }]);
    values.push(this.expr(1));
    this.OPTION(() => {
      this.OR1([{ ALT: () => this.CONSUME(K.FOR) }, { ALT: () => this.CONSUME1(T.Comma) }]);
      values.push(this.expr(2));
    });
    this.CONSUME(T.RParen);
    return this.specialCall(first, name, values);
  });

  protected readonly overlay: Rule<Expression> = this.RULE('overlay', () => {
    const first = this.take(0, K.OVERLAY);
    const name = this.formName(first);
    this.CONSUME(T.LParen);
    const values = [this.expr(0)];
    this.CONSUME(K.PLACING);
    values.push(this.expr(1));
    this.CONSUME(K.FROM);
    values.push(this.expr(2));
    this.OPTION(() => {
      this.CONSUME(K.FOR);
      values.push(this.expr(3));
    });
    this.CONSUME(T.RParen);
    return this.specialCall(first, name, values);
  });

  /** `TRIM([BOTH | LEADING | TRAILING] [characters] FROM text)`, `TRIM(text)`. */
  protected readonly trim: Rule<Expression> = this.RULE('trim', () => {
    const first = this.take(0, K.TRIM);
    const name = this.formName(first);
    const span = this.since(first);
    let side: KeywordArgument = { kind: 'keyword', word: 'BOTH', span };
    let characters: Expression = { kind: 'stringLiteral', value: ' ', span };
    this.CONSUME(T.LParen);
    const text = this.OR({
      DEF: [
        {
          ALT: () => {
            side = this.SUBRULE(this.trimSide);
            this.OPTION(() => {
              characters = this.expr(0);
            });
            this.CONSUME(K.FROM);
            return this.expr(1);
          },
        },
        {
          ALT: () => {
            const value = this.expr(2);
            return (
              this.OPTION1(() => {
                this.CONSUME1(K.FROM);
                characters = value;
                return this.expr(3);
              }) ?? value
            );
          },
        },
      ],
      ERR_MSG: 'an expression',
    });
    this.CONSUME(T.RParen);
    return this.specialCall(first, name, [side, characters, text]);
  });

  protected readonly trimSide: Rule<KeywordArgument> = this.RULE('trimSide', () => {
    const token = this.OR([
      { ALT: () => this.take(0, K.BOTH) },
      { ALT: () => this.take(0, K.LEADING) },
      { ALT: () => this.take(0, K.TRAILING) },
    ]);
    const word = this.ACTION(() => token.tokenType.name as KeywordArgument['word']);
    return { kind: 'keyword', word, span: this.since(token) } as const;
  });

  /** `CEIL(x [TO unit])`, `FLOOR(x [TO unit])`. */
  protected readonly roundToUnit: Rule<Expression> = this.RULE('roundToUnit', () => {
    const first = this.OR([
      { ALT: () => this.take(0, K.CEIL) },
      { ALT: () => this.take(0, K.CEILING) },
      { ALT: () => this.take(0, K.FLOOR) },
    ]);
    const name = this.formName(first);
    this.CONSUME(T.LParen);
    const values: ArgumentValue[] = [this.expr(0)];
    this.OPTION(() => {
      this.CONSUME(K.TO);
      values.push(this.SUBRULE(this.timeUnit));
    });
    this.CONSUME(T.RParen);
    return this.specialCall(first, name, values);
  });

  protected readonly exists: Rule<Expression> = this.RULE('exists', () => {
    const first = this.take(0, K.EXISTS);
    this.CONSUME(T.LParen);
    const query = this.SUBRULE(this.query);
    this.CONSUME(T.RParen);
    return { kind: 'exists', query, span: this.since(first) } as const;
  });

  protected readonly interval: Rule<Expression> = this.RULE('interval', () => {
    const first = this.take(0, K.INTERVAL);
    let negative = false;
    this.OPTION(() => {
      this.OR([
        { ALT: () => this.CONSUME(T.Plus) },
        {
          ALT: () => {
            this.CONSUME(T.Minus);
            negative = true;
          },
        },
      ]);
    });
    return this.OR1({
      DEF: [
        {
          ALT: (): Expression => {
            const { value } = this.take(0, T.StringToken);
            const qualifier = this.SUBRULE(this.intervalQualifier);
            return { kind: 'intervalLiteral', negative, value, qualifier, span: this.since(first) };
          },
        },
        {
          ALT: (): Expression => {
            const operand = this.SUBRULE(this.intervalOperand);
            const qualifier = this.SUBRULE1(this.intervalQualifier);
            return { kind: 'intervalExpression', negative, operand, qualifier, span: this.since(first) };
          },
        },
      ],
      ERR_MSG: 'the amount of the interval in single quotes',
    });
  });

  protected readonly intervalOperand: Rule<Expression> = this.RULE('intervalOperand', () => {
    return this.OR([
      {
        ALT: (): Expression => {
          this.CONSUME(T.LParen);
          const value = this.expr(0);
          this.CONSUME(T.RParen);
          return value;
        },
      },
      {
        ALT: (): Expression => {
          const token = this.take(0, T.NumberToken);
          return { kind: 'numberLiteral', text: token.image, form: 'exact', span: this.since(token) };
        },
      },
      {
        ALT: (): Expression => {
          const name = this.dotted(0, 'a column name');
          return { kind: 'columnReference', parts: name.parts, span: name.span };
        },
      },
    ]);
  });

  protected readonly row: Rule<Expression> = this.RULE('row', () => {
    const first = this.take(0, K.ROW);
    this.CONSUME(T.LParen);
    let fields: Expression[] = [];
    this.OPTION({
      GATE: () => !this.isAhead(1, T.RParen),
      DEF: () => {
        fields = this.SUBRULE(this.expressionList);
      },
    });
    this.CONSUME(T.RParen);
    return { kind: 'rowConstructor', explicit: true, fields, span: this.since(first) } as const;
  });

  protected readonly collection: Rule<Expression> = this.RULE('collection', () => {
    const first = this.OR([{ ALT: () => this.take(0, K.ARRAY) }, { ALT: () => this.take(0, K.MULTISET) }]);
    const type = first.tokenType === K.ARRAY ? 'array' : 'multiset';
    return this.OR1({
      DEF: [
        {
          ALT: (): Expression => {
            const elements = this.SUBRULE(this.bracketed);
            return { kind: 'collectionConstructor', type, elements, span: this.since(first) };
          },
        },
        {
          ALT: (): Expression => {
            const query = this.SUBRULE(this.queryInParentheses);
            return { kind: 'queryConstructor', type, query, span: this.since(first) };
          },
        },
      ],
      ERR_MSG: '"["',
    });
  });

  protected readonly queryInParentheses: Rule<Query> = this.RULE('queryInParentheses', () => {
    this.CONSUME(T.LParen);
    const query = this.SUBRULE(this.query);
    this.CONSUME(T.RParen);
    return query;
  });

  protected readonly bracketed: Rule<Expression[]> = this.RULE('bracketed', () => {
    let elements: Expression[] = [];
    this.CONSUME(T.LBracket);
    this.OPTION({
      GATE: () => !this.isAhead(1, T.RBracket),
      DEF: () => {
        elements = this.SUBRULE(this.expressionList);
      },
    });
    this.CONSUME(T.RBracket);
    return elements;
  });

  protected readonly map: Rule<Expression> = this.RULE('map', () => {
    const first = this.take(0, K.MAP);
    return this.OR([
      {
        ALT: (): Expression => {
          const elements = this.SUBRULE(this.bracketed);
          const span = this.since(first);
          const entries = this.ACTION(() => pairs(elements, span));
          return { kind: 'mapConstructor', entries, span };
        },
      },
      {
        ALT: (): Expression => {
          const query = this.SUBRULE(this.queryInParentheses);
          return { kind: 'queryConstructor', type: 'map', query, span: this.since(first) };
        },
      },
    ]);
  });

  protected readonly running: Rule<Expression> = this.RULE('running', () => {
    const first = this.take(0, K.RUNNING);
    const operand = this.SUBRULE(this.primary);
    return { kind: 'matchSemantics', mode: 'running', operand, span: this.since(first) } as const;
  });

  /** `{fn f(x)}`, `{d '…'}`, `{t '…'}`, `{ts '…'}`. */
  protected readonly escape: Rule<Expression> = this.RULE('escape', () => {
    const first = this.take(0, T.LBrace);
    const kind = this.take(0, T.PlainWord, 'fn, d, t or ts');
    const expression = this.OR({
      DEF: [
        {
          GATE: () => kind.image.toLowerCase() === 'fn',
          ALT: (): Expression => this.SUBRULE(this.primary),
        },
        {
          GATE: () => /^(d|t|ts)$/i.test(kind.image),
          ALT: (): Expression => {
            const { value } = this.take(0, T.StringToken);
            const letter = kind.image.toLowerCase();
            const type = letter === 'd' ? 'date' : letter === 't' ? 'time' : 'timestamp';
            return { kind: 'datetimeLiteral', type, value, span: this.since(first) };
          },
        },
      ],
      ERR_MSG: 'a function call after {fn',
    });
    this.CONSUME(T.RBrace);
    return expression;
  });

  // ------------------------------------------------------------------------------------------------------------------------- JSON

  protected readonly jsonCall: Rule<Expression> = this.RULE('jsonCall', () => {
    return this.OR([
      { ALT: (): Expression => this.SUBRULE(this.jsonExists) },
      { ALT: (): Expression => this.SUBRULE(this.jsonValue) },
      { ALT: (): Expression => this.SUBRULE(this.jsonQuery) },
      { ALT: (): Expression => this.SUBRULE(this.jsonObject) },
      { ALT: (): Expression => this.SUBRULE(this.jsonArray) },
      { ALT: (): Expression => this.SUBRULE(this.jsonObjectAggregate) },
      { ALT: (): Expression => this.SUBRULE(this.jsonArrayAggregate) },
    ]);
  });

  protected readonly jsonInput: Rule<{ input: Expression; path: Expression }> = this.RULE('jsonInput', () => {
    const input = this.expr(0);
    this.CONSUME(T.Comma);
    const path = this.expr(1);
    return { input, path };
  });

  protected readonly jsonReturning: Rule<DataType | null> = this.RULE('jsonReturning', () => {
    let type: DataType | null = null;
    this.OPTION(() => {
      this.CONSUME(K.RETURNING);
      type = this.type(0);
    });
    return type;
  });

  /** What a JSON function gives instead of a value, without ON EMPTY or ON ERROR. */
  protected readonly jsonBehavior: Rule<JsonBehavior> = this.RULE('jsonBehavior', () => {
    const first = this.ahead(1);
    let value: Expression | null = null;
    const word = (type: TokenType, behavior: JsonBehavior['behavior']) => ({
      ALT: () => {
        this.take(0, type);
        return behavior;
      },
    });
    const behavior = this.OR({
      DEF: [
        word(K.NULL, 'null'),
        word(K.ERROR, 'error'),
        word(K.TRUE, 'true'),
        word(K.FALSE, 'false'),
        word(K.UNKNOWN, 'unknown'),
        {
          ALT: (): JsonBehavior['behavior'] => {
            this.CONSUME(K.DEFAULT);
            value = this.expr(0);
            return 'default';
          },
        },
        {
          ALT: (): JsonBehavior['behavior'] => {
            this.CONSUME(K.EMPTY);
            return this.OR1({
              DEF: [
                { ALT: () => (this.CONSUME(K.ARRAY), 'empty array' as const) },
                { ALT: () => (this.CONSUME(K.OBJECT), 'empty object' as const) },
              ],
              ERR_MSG: 'ARRAY or OBJECT after EMPTY',
            });
          },
        },
      ],
      ERR_MSG: 'what to return: NULL, ERROR or DEFAULT',
    });
    return { kind: 'jsonBehavior', behavior, value, span: this.since(first) } as const;
  });

  /** `[behavior ON EMPTY] [behavior ON ERROR]`. */
  protected readonly jsonBehaviors: Rule<{ onEmpty: JsonBehavior | null; onError: JsonBehavior | null }> = this.RULE(
    'jsonBehaviors',
    () => {
      let onEmpty: JsonBehavior | null = null;
      let onError: JsonBehavior | null = null;
      this.MANY(() => {
        const behavior = this.SUBRULE(this.jsonBehavior);
        this.CONSUME(K.ON);
        this.OR({
          DEF: [
            {
              GATE: () => onEmpty === null && onError === null,
              ALT: () => {
                this.CONSUME(K.EMPTY);
                onEmpty = behavior;
              },
            },
            {
              GATE: () => onError === null,
              ALT: () => {
                this.CONSUME(K.ERROR);
                onError = behavior;
              },
            },
          ],
          ERR_MSG: 'EMPTY or ERROR after ON, each once and EMPTY first',
        });
      });
      return { onEmpty, onError };
    },
  );

  protected readonly jsonExists: Rule<Expression> = this.RULE('jsonExists', () => {
    const first = this.take(0, K.JSON_EXISTS);
    this.CONSUME(T.LParen);
    const source = this.SUBRULE(this.jsonInput);
    let onError: JsonBehavior | null = null;
    this.OPTION(() => {
      onError = this.SUBRULE(this.jsonBehavior);
      this.CONSUME(K.ON);
      this.CONSUME(K.ERROR);
    });
    this.CONSUME(T.RParen);
    return { kind: 'jsonExists', ...source, onError, span: this.since(first) } as const;
  });

  protected readonly jsonValue: Rule<Expression> = this.RULE('jsonValue', () => {
    const first = this.take(0, K.JSON_VALUE);
    this.CONSUME(T.LParen);
    const source = this.SUBRULE(this.jsonInput);
    const returning = this.SUBRULE(this.jsonReturning);
    const behaviors = this.SUBRULE(this.jsonBehaviors);
    this.CONSUME(T.RParen);
    return { kind: 'jsonValue', ...source, returning, ...behaviors, span: this.since(first) } as const;
  });

  protected readonly jsonQuery: Rule<Expression> = this.RULE('jsonQuery', () => {
    const first = this.take(0, K.JSON_QUERY);
    this.CONSUME(T.LParen);
    const source = this.SUBRULE(this.jsonInput);
    const returning = this.SUBRULE(this.jsonReturning);
    const wrapper = this.SUBRULE(this.jsonWrapper);
    const behaviors = this.SUBRULE(this.jsonBehaviors);
    this.CONSUME(T.RParen);
    return { kind: 'jsonQuery', ...source, returning, wrapper, ...behaviors, span: this.since(first) } as const;
  });

  protected readonly jsonWrapper: Rule<'without' | 'conditional' | 'unconditional' | null> = this.RULE(
    'jsonWrapper',
    () => {
      let wrapper: 'without' | 'conditional' | 'unconditional' | null = null;
      this.OPTION(() => {
        this.OR([
          {
            ALT: () => {
              this.CONSUME(K.WITHOUT);
              wrapper = 'without';
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.WITH);
              wrapper = 'unconditional';
              this.OPTION1(() => {
                wrapper = this.OR1([
                  { ALT: () => (this.CONSUME(K.CONDITIONAL), 'conditional' as const) },
                  { ALT: () => (this.CONSUME(K.UNCONDITIONAL), 'unconditional' as const) },
                ]);
              });
            },
          },
        ]);
        this.OPTION2(() => this.CONSUME(K.ARRAY));
        this.CONSUME(K.WRAPPER);
      });
      return wrapper;
    },
  );

  /** `[KEY] k VALUE v`, `k : v`. */
  protected readonly jsonEntry: Rule<JsonEntry> = this.RULE('jsonEntry', () => {
    const first = this.ahead(1);
    this.OPTION({
      // KEY is also a name: `KEY VALUE v` has a column called KEY.
      GATE: () => !this.isAhead(2, K.VALUE) && !this.isAhead(2, T.Dot) && !this.isAhead(2, T.Colon),
      DEF: () => this.CONSUME(K.KEY),
    });
    const key = this.expr(0);
    this.OR({
      DEF: [{ ALT: () => this.CONSUME(K.VALUE) }, { ALT: () => this.CONSUME(T.Colon) }],
      ERR_MSG: 'VALUE after the key',
    });
    const value = this.expr(1);
    return { kind: 'jsonEntry', key, value, span: this.since(first) } as const;
  });

  protected readonly jsonOnNull: Rule<'null' | 'absent' | null> = this.RULE('jsonOnNull', () => {
    let onNull: 'null' | 'absent' | null = null;
    this.OPTION(() => {
      onNull = this.OR([
        { ALT: () => (this.CONSUME(K.NULL), 'null' as const) },
        { ALT: () => (this.CONSUME(K.ABSENT), 'absent' as const) },
      ]);
      this.CONSUME(K.ON);
      this.CONSUME1(K.NULL);
    });
    return onNull;
  });

  /** `NULL ON NULL` or `ABSENT ON NULL` ahead, rather than an element. */
  private onNullAhead(): boolean {
    return (
      this.isAhead(1, T.RParen) || ((this.isAhead(1, K.NULL) || this.isAhead(1, K.ABSENT)) && this.isAhead(2, K.ON))
    );
  }

  protected readonly jsonObject: Rule<Expression> = this.RULE('jsonObject', () => {
    const first = this.take(0, K.JSON_OBJECT);
    const entries: JsonEntry[] = [];
    this.CONSUME(T.LParen);
    this.OPTION({
      GATE: () => !this.onNullAhead(),
      DEF: () => {
        entries.push(this.SUBRULE(this.jsonEntry));
        this.MANY(() => {
          this.CONSUME(T.Comma);
          entries.push(this.SUBRULE1(this.jsonEntry));
        });
      },
    });
    const onNull = this.SUBRULE(this.jsonOnNull);
    this.CONSUME(T.RParen);
    return { kind: 'jsonObject', entries, onNull, span: this.since(first) } as const;
  });

  protected readonly jsonArray: Rule<Expression> = this.RULE('jsonArray', () => {
    const first = this.take(0, K.JSON_ARRAY);
    let elements: Expression[] = [];
    this.CONSUME(T.LParen);
    this.OPTION({
      GATE: () => !this.onNullAhead(),
      DEF: () => {
        elements = this.SUBRULE(this.expressionList);
      },
    });
    const onNull = this.SUBRULE(this.jsonOnNull);
    this.CONSUME(T.RParen);
    return { kind: 'jsonArray', elements, onNull, span: this.since(first) } as const;
  });

  protected readonly jsonObjectAggregate: Rule<Expression> = this.RULE('jsonObjectAggregate', () => {
    const first = this.take(0, K.JSON_OBJECTAGG);
    this.CONSUME(T.LParen);
    const entry = this.SUBRULE(this.jsonEntry);
    const onNull = this.SUBRULE(this.jsonOnNull);
    this.CONSUME(T.RParen);
    const filter = this.SUBRULE(this.filterClause);
    const over = this.SUBRULE(this.overClause);
    return { kind: 'jsonObjectAggregate', entry, onNull, filter, over, span: this.since(first) } as const;
  });

  protected readonly jsonArrayAggregate: Rule<Expression> = this.RULE('jsonArrayAggregate', () => {
    const first = this.take(0, K.JSON_ARRAYAGG);
    let orderBy: SortItem[] = [];
    this.CONSUME(T.LParen);
    const element = this.expr(0);
    this.OPTION(() => {
      orderBy = this.SUBRULE(this.orderBy);
    });
    const onNull = this.SUBRULE(this.jsonOnNull);
    this.CONSUME(T.RParen);
    const filter = this.SUBRULE(this.filterClause);
    const over = this.SUBRULE(this.overClause);
    return { kind: 'jsonArrayAggregate', element, orderBy, onNull, filter, over, span: this.since(first) } as const;
  });

  // --------------------------------------------------------------------------------------------------------- sorting and windows

  protected readonly orderBy: Rule<SortItem[]> = this.RULE('orderBy', () => {
    this.CONSUME(K.ORDER);
    this.CONSUME(K.BY);
    return this.SUBRULE(this.sortItems);
  });

  protected readonly sortItems: Rule<SortItem[]> = this.RULE('sortItems', () => {
    const items = [this.SUBRULE(this.sortItem)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      items.push(this.SUBRULE1(this.sortItem));
    });
    return items;
  });

  protected readonly sortItem: Rule<SortItem> = this.RULE('sortItem', () => {
    const expression = this.expr(0);
    let direction: SortItem['direction'] = 'asc';
    let nulls: SortItem['nulls'] = null;
    this.OPTION(() => {
      direction = this.OR([
        { ALT: () => (this.CONSUME(K.ASC), 'asc' as const) },
        { ALT: () => (this.CONSUME(K.DESC), 'desc' as const) },
      ]);
    });
    this.OPTION1(() => {
      this.CONSUME(K.NULLS);
      nulls = this.OR1([
        { ALT: () => (this.CONSUME(K.FIRST), 'first' as const) },
        { ALT: () => (this.CONSUME(K.LAST), 'last' as const) },
      ]);
    });
    return { kind: 'sortItem', expression, direction, nulls, span: this.since(expression) } as const;
  });

  protected readonly windowSpecification: Rule<WindowSpecification> = this.RULE('windowSpecification', () => {
    const first = this.take(0, T.LParen);
    let base: Identifier | null = null;
    let partitionBy: Expression[] = [];
    let orderBy: SortItem[] = [];
    let frame: WindowFrame | null = null;
    this.OPTION(() => {
      base = this.name(0, 'a window name');
    });
    this.OPTION1(() => {
      this.CONSUME(K.PARTITION);
      this.CONSUME(K.BY);
      partitionBy = this.SUBRULE(this.expressionList);
    });
    this.OPTION2(() => {
      orderBy = this.SUBRULE(this.orderBy);
    });
    this.OPTION3(() => {
      frame = this.SUBRULE(this.windowFrame);
    });
    this.CONSUME(T.RParen);
    return { kind: 'windowSpecification', base, partitionBy, orderBy, frame, span: this.since(first) } as const;
  });

  protected readonly windowFrame: Rule<WindowFrame> = this.RULE('windowFrame', () => {
    const first = this.OR([{ ALT: () => this.take(0, K.ROWS) }, { ALT: () => this.take(0, K.RANGE) }]);
    const unit = first.tokenType === K.ROWS ? 'rows' : 'range';
    return this.OR1([
      {
        ALT: (): WindowFrame => {
          this.CONSUME(K.BETWEEN);
          const start = this.SUBRULE(this.frameBound);
          this.CONSUME(K.AND);
          const end = this.SUBRULE1(this.frameBound);
          return { kind: 'windowFrame', unit, start, end, span: this.since(first) };
        },
      },
      {
        ALT: (): WindowFrame => {
          const start = this.SUBRULE2(this.frameBound);
          return { kind: 'windowFrame', unit, start, end: null, span: this.since(first) };
        },
      },
    ]);
  });

  protected readonly frameBound: Rule<FrameBound> = this.RULE('frameBound', () => {
    const first = this.ahead(1);
    return this.OR([
      {
        GATE: () => this.isAhead(2, K.PRECEDING) || this.isAhead(2, K.FOLLOWING),
        ALT: (): FrameBound => {
          this.CONSUME(K.UNBOUNDED);
          const bound = this.OR1([
            { ALT: () => (this.CONSUME(K.PRECEDING), 'unboundedPreceding' as const) },
            { ALT: () => (this.CONSUME(K.FOLLOWING), 'unboundedFollowing' as const) },
          ]);
          return { kind: 'frameBound', bound, offset: null, span: this.since(first) };
        },
      },
      {
        ALT: (): FrameBound => {
          this.CONSUME(K.CURRENT);
          this.CONSUME(K.ROW);
          return { kind: 'frameBound', bound: 'currentRow', offset: null, span: this.since(first) };
        },
      },
      {
        ALT: (): FrameBound => {
          const offset = this.expr(0);
          const bound = this.OR2({
            DEF: [
              { ALT: () => (this.CONSUME1(K.PRECEDING), 'preceding' as const) },
              { ALT: () => (this.CONSUME1(K.FOLLOWING), 'following' as const) },
            ],
            ERR_MSG: 'PRECEDING or FOLLOWING',
          });
          return { kind: 'frameBound', bound, offset, span: this.since(first) };
        },
      },
    ]);
  });
}

function pairs(elements: readonly Expression[], span: Expression['span']): MapEntry[] {
  if (elements.length % 2 !== 0) {
    throw new EngineError('syntax_error', 'MAP takes an even number of values', {
      hint: "Write MAP['key', value, …]. An element of a column named map is `map`['key'] in back-ticks.",
      span,
    });
  }
  const entries: MapEntry[] = [];
  for (let i = 0; i + 1 < elements.length; i += 2) {
    const [key, value] = elements.slice(i, i + 2) as [Expression, Expression];
    entries.push({ kind: 'mapEntry', key, value, span: { ...key.span, end: value.span.end } });
  }
  return entries;
}
