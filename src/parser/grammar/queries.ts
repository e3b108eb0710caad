import { EOF, type TokenType } from 'chevrotain';
import { EngineError, unsupported } from '../../errors.ts';
import type {
  CommonTable,
  DerivedTable,
  Expression,
  FunctionCall,
  GroupBy,
  GroupingExpressions,
  GroupingItem,
  Hint,
  Identifier,
  Join,
  NamedWindow,
  NumberLiteral,
  ObjectName,
  Query,
  QueryBody,
  Select,
  SelectItem,
  SetOperation,
  SortItem,
  TableAlias,
  TableName,
  TableReference,
  Values,
  ValuesRow,
} from '../ast.ts';
import * as T from '../tokens.ts';
import { K, type Token } from '../tokens.ts';
import type { Rule } from './base.ts';
import { parseHints } from './hints.ts';
import { MatchGrammar } from './match.ts';

interface Limits {
  readonly limit: NumberLiteral | null;
  readonly offset: NumberLiteral | null;
}

type JoinType = Join['type'];

const queryStarts = new Set<TokenType>([K.SELECT, K.VALUES, K.WITH]);
const afterQuery = new Set<TokenType>([
  EOF,
  T.RParen,
  K.UNION,
  K.INTERSECT,
  K.EXCEPT,
  K.MINUS,
  K.ORDER,
  K.LIMIT,
  K.OFFSET,
  K.FETCH,
]);

export abstract class QueryGrammar extends MatchGrammar {
  /** The statement's tokens and, for each opening parenthesis, the index of its partner. */
  protected tokens: readonly Token[] = [];
  protected partners: readonly number[] = [];

  protected queryAhead(): boolean {
    return this.queryAt(this.ahead(1).index ?? this.tokens.length);
  }

  /**
   * Whether what starts at a token, inside a parenthesis, is a query rather than an expression or a join. Inner parentheses are skipped: what
   * follows their partner tells, as in `((SELECT 1) UNION …` against `((SELECT 1) + 2)` and `((SELECT 1) AS t JOIN …`.
   */
  protected queryAt(start: number): boolean {
    let depth = 0;
    let at = start;
    while (this.tokens[at]?.tokenType === T.LParen) {
      depth++;
      at++;
    }
    const type = this.tokens[at]?.tokenType;
    if (type === undefined) return false;
    if (!queryStarts.has(type) && !(type === K.TABLE && this.tokens[at + 1]?.tokenType !== T.LParen)) return false;
    for (; depth > 0; depth--) {
      at--;
      const after = this.tokens[(this.partners[at] ?? this.tokens.length) + 1]?.tokenType;
      if (after !== undefined && !afterQuery.has(after)) return false;
    }
    return true;
  }

  // ---------------------------------------------------------------------------------------------------------------------- queries

  readonly query: Rule<Query> = this.RULE('query', () => {
    const first = this.ahead(1);
    let common: CommonTable[] = [];
    let recursive = false;
    let orderBy: SortItem[] = [];
    this.OPTION(() => {
      this.CONSUME(K.WITH);
      this.OPTION1(() => {
        this.CONSUME(K.RECURSIVE);
        recursive = true;
      });
      common = this.SUBRULE(this.commonTables);
    });
    const body = this.SUBRULE(this.setOperations);
    this.OPTION2(() => {
      orderBy = this.SUBRULE(this.orderBy);
    });
    const limits = this.SUBRULE(this.limits);
    const span = this.since(first);
    // A query in parentheses that adds nothing is the query itself.
    if (body.kind === 'query' && common.length === 0 && orderBy.length === 0 && !limits.limit && !limits.offset) {
      return body;
    }
    return { kind: 'query', with: common, recursive, body, orderBy, ...limits, span } as const;
  });

  protected readonly commonTables: Rule<CommonTable[]> = this.RULE('commonTables', () => {
    const list = [this.SUBRULE(this.commonTable)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      list.push(this.SUBRULE1(this.commonTable));
    });
    return list;
  });

  protected readonly commonTable: Rule<CommonTable> = this.RULE('commonTable', () => {
    const name = this.name(0, 'a name for the query after WITH');
    let columns: Identifier[] = [];
    this.OPTION(() => {
      columns = this.SUBRULE(this.namesInParentheses, { ARGS: ['a column name'] });
    });
    this.CONSUME(K.AS);
    const query = this.SUBRULE(this.queryInParentheses);
    return { kind: 'commonTable', name, columns, query, span: this.since(name) } as const;
  });

  protected readonly setOperations: Rule<QueryBody> = this.RULE('setOperations', () => {
    let left = this.SUBRULE(this.intersections);
    this.MANY(() => {
      const operator = this.pick<SetOperation['operator']>(0, [
        { ALT: () => (this.CONSUME(K.UNION), 'union') },
        { ALT: () => (this.CONSUME(K.EXCEPT), 'except') },
        { ALT: () => this.SUBRULE(this.minus) },
      ]);
      const all = this.SUBRULE(this.setQuantifier);
      const right = this.SUBRULE1(this.intersections);
      left = { kind: 'setOperation', operator, all, left, right, span: this.since(left) };
    });
    return left;
  });

  protected readonly minus: Rule<'except'> = this.RULE('minus', () => {
    const token = this.take(0, K.MINUS);
    this.ACTION(() => {
      throw new EngineError('syntax_error', 'the set operation MINUS is not part of Flink SQL', {
        hint: 'Write EXCEPT.',
        span: this.since(token),
      });
    });
    return 'except' as const;
  });

  protected readonly intersections: Rule<QueryBody> = this.RULE('intersections', () => {
    let left = this.SUBRULE(this.queryPrimary);
    this.MANY(() => {
      this.CONSUME(K.INTERSECT);
      const all = this.SUBRULE(this.setQuantifier);
      const right = this.SUBRULE1(this.queryPrimary);
      left = { kind: 'setOperation', operator: 'intersect', all, left, right, span: this.since(left) };
    });
    return left;
  });

  protected readonly setQuantifier: Rule<boolean> = this.RULE('setQuantifier', () => {
    let all = false;
    this.OPTION(() => {
      this.OR([
        { ALT: () => this.CONSUME(K.DISTINCT) },
        {
          ALT: () => {
            this.CONSUME(K.ALL);
            all = true;
          },
        },
      ]);
    });
    return all;
  });

  protected readonly queryPrimary: Rule<QueryBody> = this.RULE('queryPrimary', () => {
    return this.pick<QueryBody>(0, {
      DEF: [
        { ALT: () => this.SUBRULE(this.select) },
        { ALT: () => this.SUBRULE(this.values) },
        {
          ALT: () => {
            const first = this.take(0, K.TABLE);
            const name = this.dotted(0, 'a table name');
            return { kind: 'explicitTable', name, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            const query = this.SUBRULE(this.queryInParentheses);
            return this.ACTION(() => (isBare(query) ? query.body : query));
          },
        },
      ],
      ERR_MSG: 'a query',
    });
  });

  protected readonly limits: Rule<Limits> = this.RULE('limits', () => {
    let limit: NumberLiteral | null = null;
    let offset: NumberLiteral | null = null;
    this.OPTION(() => {
      this.CONSUME(K.LIMIT);
      this.OR({
        DEF: [
          { ALT: () => this.CONSUME(K.ALL) },
          {
            ALT: () => {
              limit = this.SUBRULE(this.wholeNumber, { ARGS: ['a number of rows'] });
            },
          },
        ],
        ERR_MSG: 'a number of rows or ALL after LIMIT',
      });
      this.OPTION1(() => {
        const comma = this.take(0, T.Comma);
        this.ACTION(() => {
          throw this.limitWithComma(limit, comma);
        });
      });
    });
    this.OPTION2(() => {
      this.CONSUME(K.OFFSET);
      offset = this.SUBRULE1(this.wholeNumber, { ARGS: ['a number of rows after OFFSET'] });
      this.OPTION3(() => this.OR1([{ ALT: () => this.CONSUME(K.ROW) }, { ALT: () => this.CONSUME(K.ROWS) }]));
      this.OPTION4(() => {
        const token = this.take(1, K.LIMIT);
        this.ACTION(() => {
          throw new EngineError('syntax_error', 'OFFSET before LIMIT is not part of Flink SQL', {
            hint: 'Write LIMIT n OFFSET m, or OFFSET m ROWS FETCH NEXT n ROWS ONLY.',
            span: this.since(token),
          });
        });
      });
    });
    this.OPTION5({
      GATE: () => limit === null,
      DEF: () => {
        limit = this.SUBRULE(this.fetch);
      },
    });
    return { limit, offset };
  });

  private limitWithComma(start: NumberLiteral | null, comma: Token): EngineError {
    const count = this.ahead(1).image;
    return new EngineError('syntax_error', 'LIMIT start, count is not part of Flink SQL', {
      hint: `Write LIMIT ${/^\d+$/.test(count) ? count : 'count'} OFFSET ${start?.text ?? 'start'}.`,
      span: this.since(comma),
    });
  }

  protected readonly fetch: Rule<NumberLiteral> = this.RULE('fetch', () => {
    this.CONSUME(K.FETCH);
    const first = this.OR({
      DEF: [{ ALT: () => this.take(0, K.FIRST) }, { ALT: () => this.take(0, K.NEXT) }],
      ERR_MSG: 'FIRST or NEXT after FETCH',
    });
    let count: NumberLiteral = { kind: 'numberLiteral', text: '1', form: 'exact', span: this.since(first) };
    this.OPTION(() => {
      count = this.SUBRULE(this.wholeNumber, { ARGS: ['a number of rows'] });
    });
    this.OR1({
      DEF: [{ ALT: () => this.CONSUME(K.ROW) }, { ALT: () => this.CONSUME(K.ROWS) }],
      ERR_MSG: 'ROW or ROWS',
    });
    this.CONSUME(K.ONLY);
    return count;
  });

  protected readonly values: Rule<Values> = this.RULE('values', () => {
    const first = this.take(0, K.VALUES);
    const rows = [this.SUBRULE(this.valuesRow)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      rows.push(this.SUBRULE1(this.valuesRow));
    });
    return { kind: 'values', rows, span: this.since(first) } as const;
  });

  protected readonly valuesRow: Rule<ValuesRow> = this.RULE('valuesRow', () => {
    const first = this.ahead(1);
    const fields = this.pick<readonly Expression[]>(0, {
      DEF: [
        {
          GATE: () => this.isAhead(1, T.LParen) && !this.queryAt(first.index + 1),
          ALT: () => {
            this.CONSUME(T.LParen);
            const list = this.SUBRULE(this.expressionList);
            this.CONSUME(T.RParen);
            return list;
          },
        },
        {
          ALT: () => {
            const value = this.expr(0);
            return value.kind === 'rowConstructor' ? value.fields : [value];
          },
        },
      ],
      ERR_MSG: 'a row of values',
    });
    return { kind: 'valuesRow', fields, span: this.since(first) } as const;
  });

  // ----------------------------------------------------------------------------------------------------------------------- SELECT

  protected readonly select: Rule<Select> = this.RULE('select', () => {
    const first = this.take(0, K.SELECT);
    const hints = this.SUBRULE(this.hints);
    let quantifier: Select['quantifier'] = null;
    let from: TableReference[] = [];
    let where: Expression | null = null;
    let groupBy: GroupBy | null = null;
    let having: Expression | null = null;
    let windows: NamedWindow[] = [];
    let qualify: Expression | null = null;
    this.OPTION(() => {
      quantifier = this.OR([
        { ALT: () => (this.CONSUME(K.ALL), 'all' as const) },
        { ALT: () => (this.CONSUME(K.DISTINCT), 'distinct' as const) },
      ]);
    });
    const items = [this.SUBRULE(this.selectItem)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      items.push(this.SUBRULE1(this.selectItem));
    });
    this.OPTION1(() => {
      this.CONSUME(K.FROM);
      from = this.SUBRULE(this.fromItems);
    });
    this.OPTION2(() => {
      this.CONSUME(K.WHERE);
      where = this.expr(0);
    });
    this.OPTION3(() => {
      groupBy = this.SUBRULE(this.groupBy);
    });
    this.OPTION4(() => {
      this.CONSUME(K.HAVING);
      having = this.expr(1);
    });
    this.OPTION5(() => {
      windows = this.SUBRULE(this.namedWindows);
    });
    this.OPTION6(() => {
      this.CONSUME(K.QUALIFY);
      qualify = this.expr(2);
    });
    const span = this.since(first);
    return { kind: 'select', hints, quantifier, items, from, where, groupBy, having, windows, qualify, span } as const;
  });

  protected readonly hints: Rule<Hint[]> = this.RULE('hints', () => {
    const hints: Hint[] = [];
    this.MANY(() => {
      const token = this.take(0, T.HintToken);
      this.ACTION(() => hints.push(...parseHints(token)));
    });
    return hints;
  });

  protected readonly selectItem: Rule<SelectItem> = this.RULE('selectItem', () => {
    const first = this.ahead(1);
    return this.pick<SelectItem>(0, {
      DEF: [
        {
          ALT: () => {
            this.CONSUME(T.Star);
            return { kind: 'selectStar', qualifier: [], span: this.since(first) };
          },
        },
        {
          GATE: () => this.qualifiedStarAhead(),
          ALT: () => {
            const qualifier = [this.name(0, 'a table name')];
            this.MANY(() => {
              this.CONSUME(T.Dot);
              this.OR1([
                { ALT: () => this.CONSUME1(T.Star) },
                { ALT: () => qualifier.push(this.name(1, 'a column name')) },
              ]);
            });
            return { kind: 'selectStar', qualifier, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            const expression = this.expr(0);
            const alias = this.SUBRULE(this.columnAlias);
            return { kind: 'selectExpression', expression, alias, span: this.since(first) };
          },
        },
      ],
      ERR_MSG: 'a column or expression',
    });
  });

  private qualifiedStarAhead(): boolean {
    for (let i = 1; this.isWordAhead(i) && this.isAhead(i + 1, T.Dot); i += 2) {
      if (this.isAhead(i + 2, T.Star)) return true;
    }
    return false;
  }

  protected readonly columnAlias: Rule<Identifier | null> = this.RULE('columnAlias', () => {
    let alias: Identifier | null = null;
    this.OPTION(() => {
      alias = this.OR([
        {
          ALT: () => {
            this.CONSUME(K.AS);
            return this.name(0, 'a column alias');
          },
        },
        { ALT: () => this.name(1, 'a column alias') },
      ]);
    });
    return alias;
  });

  protected readonly groupBy: Rule<GroupBy> = this.RULE('groupBy', () => {
    const first = this.take(0, K.GROUP);
    this.CONSUME(K.BY);
    let distinct = false;
    this.OPTION(() => {
      this.OR([
        { ALT: () => this.CONSUME(K.ALL) },
        {
          ALT: () => {
            this.CONSUME(K.DISTINCT);
            distinct = true;
          },
        },
      ]);
    });
    const items = this.SUBRULE(this.groupingItems);
    return { kind: 'groupBy', distinct, items, span: this.since(first) } as const;
  });

  protected readonly groupingItems: Rule<GroupingItem[]> = this.RULE('groupingItems', () => {
    const items = [this.SUBRULE(this.groupingItem)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      items.push(this.SUBRULE1(this.groupingItem));
    });
    return items;
  });

  protected readonly groupingItem: Rule<GroupingItem> = this.RULE('groupingItem', () => {
    const first = this.ahead(1);
    return this.pick<GroupingItem>(0, {
      DEF: [
        {
          GATE: () => this.isAhead(2, K.SETS),
          ALT: () => {
            this.CONSUME(K.GROUPING);
            this.CONSUME(K.SETS);
            this.CONSUME(T.LParen);
            const sets = this.SUBRULE(this.groupingItems);
            this.CONSUME(T.RParen);
            return { kind: 'groupingSets', sets, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.ROLLUP);
            const items = this.SUBRULE(this.groupingList);
            return { kind: 'rollup', items, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.CUBE);
            const items = this.SUBRULE1(this.groupingList);
            return { kind: 'cube', items, span: this.since(first) };
          },
        },
        { ALT: () => this.SUBRULE(this.groupingExpressions) },
      ],
      ERR_MSG: 'a column or expression to group by',
    });
  });

  protected readonly groupingList: Rule<GroupingExpressions[]> = this.RULE('groupingList', () => {
    this.CONSUME(T.LParen);
    const items = [this.SUBRULE(this.groupingExpressions)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      items.push(this.SUBRULE1(this.groupingExpressions));
    });
    this.CONSUME(T.RParen);
    return items;
  });

  protected readonly groupingExpressions: Rule<GroupingExpressions> = this.RULE('groupingExpressions', () => {
    const first = this.ahead(1);
    return this.pick<GroupingExpressions>(0, [
      {
        GATE: () => this.isAhead(2, T.RParen),
        ALT: () => {
          this.CONSUME(T.LParen);
          this.CONSUME(T.RParen);
          return { kind: 'groupingExpressions', expressions: [], span: this.since(first) };
        },
      },
      {
        ALT: () => {
          const value = this.expr(0);
          const expressions = value.kind === 'rowConstructor' && !value.explicit ? value.fields : [value];
          return { kind: 'groupingExpressions', expressions, span: this.since(first) };
        },
      },
    ]);
  });

  protected readonly namedWindows: Rule<NamedWindow[]> = this.RULE('namedWindows', () => {
    this.CONSUME(K.WINDOW);
    const windows = [this.SUBRULE(this.namedWindow)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      windows.push(this.SUBRULE1(this.namedWindow));
    });
    return windows;
  });

  protected readonly namedWindow: Rule<NamedWindow> = this.RULE('namedWindow', () => {
    const name = this.name(0, 'a window name');
    this.CONSUME(K.AS);
    const specification = this.SUBRULE(this.windowSpecification);
    return { kind: 'namedWindow', name, specification, span: this.since(name) } as const;
  });

  // ------------------------------------------------------------------------------------------------------------------------- FROM

  protected readonly fromItems: Rule<TableReference[]> = this.RULE('fromItems', () => {
    const list = [this.SUBRULE(this.joined)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      list.push(this.SUBRULE1(this.joined));
    });
    return list;
  });

  protected readonly joined: Rule<TableReference> = this.RULE('joined', () => {
    let left = this.SUBRULE(this.tablePrimary);
    this.MANY(() => {
      left = this.SUBRULE(this.join, { ARGS: [left] });
    });
    return left;
  });

  protected readonly join: Rule<Join, [TableReference]> = this.RULE('join', (left: TableReference) => {
    let natural = false;
    this.OPTION(() => {
      this.CONSUME(K.NATURAL);
      natural = true;
    });
    const type = this.SUBRULE(this.joinType);
    const right = this.SUBRULE(this.tablePrimary);
    let condition: Join['condition'] = null;
    this.OPTION1({
      GATE: () => type !== 'cross' && !natural,
      DEF: () => {
        condition = this.pick<NonNullable<Join['condition']>>(0, [
          {
            ALT: () => {
              const first = this.take(0, K.ON);
              const expression = this.expr(0);
              return { kind: 'joinOn', expression, span: this.since(first) };
            },
          },
          {
            ALT: () => {
              const first = this.take(0, K.USING);
              const columns = this.SUBRULE(this.namesInParentheses, { ARGS: ['a column name'] });
              return { kind: 'joinUsing', columns, span: this.since(first) };
            },
          },
        ]);
      },
    });
    const span = this.since(left);
    this.ACTION(() => {
      if (condition === null && type !== 'cross' && !natural) throw this.joinWithoutCondition();
    });
    return { kind: 'join', type, natural, left, right, condition, span } as const;
  });

  private joinWithoutCondition(): EngineError {
    const token = this.ahead(1).image === '' ? this.ahead(0) : this.ahead(1);
    const found = this.ahead(1).image === '' ? 'the end of the statement' : `"${token.image}"`;
    const start = token.startOffset;
    return new EngineError('syntax_error', `expected ON or USING after the joined table, found ${found}`, {
      hint: 'A join without a condition is written as CROSS JOIN.',
      span: { start, end: token.endOffset + 1, line: token.startLine, column: token.startColumn },
    });
  }

  protected readonly joinType: Rule<JoinType> = this.RULE('joinType', () => {
    let type: JoinType = 'inner';
    this.OPTION(() => {
      type = this.pick<JoinType>(0, [
        { ALT: () => (this.CONSUME(K.INNER), 'inner') },
        { ALT: () => (this.CONSUME(K.CROSS), 'cross') },
        { ALT: () => this.SUBRULE(this.outerJoin) },
      ]);
    });
    this.CONSUME(K.JOIN);
    return type;
  });

  protected readonly outerJoin: Rule<JoinType> = this.RULE('outerJoin', () => {
    const side = this.pick<JoinType>(0, [
      { ALT: () => (this.CONSUME(K.LEFT), 'left') },
      { ALT: () => (this.CONSUME(K.RIGHT), 'right') },
      { ALT: () => (this.CONSUME(K.FULL), 'full') },
    ]);
    this.OPTION(() => this.CONSUME(K.OUTER));
    return side;
  });

  protected readonly tablePrimary: Rule<TableReference> = this.RULE('tablePrimary', () => {
    let table = this.pick<TableReference>(0, {
      DEF: [
        { ALT: () => this.SUBRULE(this.lateral) },
        { ALT: () => this.SUBRULE(this.tableKeyword) },
        { ALT: () => this.SUBRULE(this.unnest, { ARGS: [false, undefined] }) },
        { ALT: () => this.SUBRULE(this.parenthesizedTable) },
        { ALT: () => this.SUBRULE(this.fileTable) },
        { ALT: () => this.SUBRULE(this.namedTable) },
      ],
      ERR_MSG: 'a table name',
    });
    this.OPTION(() => {
      table = this.SUBRULE(this.matchRecognize, { ARGS: [table] });
    });
    this.OPTION1(() => this.SUBRULE(this.refusedTableSuffix));
    return table;
  });

  protected readonly refusedTableSuffix: Rule<void> = this.RULE('refusedTableSuffix', () => {
    const token = this.OR([
      { ALT: () => this.take(0, K.TABLESAMPLE) },
      { ALT: () => this.take(0, K.PIVOT) },
      { ALT: () => this.take(0, K.UNPIVOT) },
    ]);
    this.ACTION(() => {
      const name = token.tokenType.name;
      const hint =
        name === 'TABLESAMPLE'
          ? 'Filter with WHERE RAND() < 0.1 instead.'
          : 'Write the columns as aggregates with FILTER, or the rows with UNION ALL.';
      throw unsupported(name, hint, this.since(token));
    });
  });

  protected readonly tableAlias: Rule<TableAlias | null> = this.RULE('tableAlias', () => {
    let alias: TableAlias | null = null;
    this.OPTION(() => {
      const name = this.OR([
        {
          ALT: () => {
            this.CONSUME(K.AS);
            return this.name(0, 'a table alias');
          },
        },
        { ALT: () => this.name(1, 'a table alias') },
      ]);
      let columns: Identifier[] = [];
      this.OPTION1(() => {
        columns = this.SUBRULE(this.namesInParentheses, { ARGS: ['a column name'] });
      });
      alias = { kind: 'tableAlias', name, columns, span: this.since(name) };
    });
    return alias;
  });

  protected readonly fileTable: Rule<TableReference> = this.RULE('fileTable', () => {
    const path = this.text(0);
    const hints = this.SUBRULE(this.hints);
    const alias = this.SUBRULE(this.tableAlias);
    return { kind: 'fileTable', path, hints, alias, span: this.since(path) } as const;
  });

  /** A table by name, or a bare call of a table function. */
  protected readonly namedTable: Rule<TableReference> = this.RULE('namedTable', () => {
    const name = this.dotted(0, 'a table name');
    return this.pick<TableReference>(0, [
      {
        GATE: () => this.isAhead(1, T.LParen),
        ALT: () => {
          const call = this.SUBRULE(this.callTail, { ARGS: [name] });
          const alias = this.SUBRULE(this.tableAlias);
          return { kind: 'tableFunction', lateral: false, wrapped: false, call, alias, span: this.since(name) };
        },
      },
      { ALT: () => this.SUBRULE(this.tableTail, { ARGS: [name, undefined] }) },
    ]);
  });

  /** What follows a table's name: hints, FOR SYSTEM_TIME, alias. */
  protected readonly tableTail: Rule<TableName, [ObjectName, Token | undefined]> = this.RULE(
    'tableTail',
    (name: ObjectName, first: Token | undefined) => {
      const hints = this.SUBRULE(this.hints);
      let systemTime: Expression | null = null;
      this.OPTION(() => {
        this.CONSUME(K.FOR);
        this.CONSUME(K.SYSTEM_TIME);
        this.CONSUME(K.AS);
        this.CONSUME(K.OF);
        systemTime = this.expr(0);
      });
      const alias = this.SUBRULE(this.tableAlias);
      return { kind: 'tableName', name, hints, systemTime, alias, span: this.since(first ?? name) } as const;
    },
  );

  /** `TABLE(f(…))`, `TABLE t`. */
  protected readonly tableKeyword: Rule<TableReference> = this.RULE('tableKeyword', () => {
    const first = this.take(0, K.TABLE);
    return this.pick<TableReference>(0, {
      DEF: [
        {
          ALT: () => {
            const call = this.SUBRULE(this.wrappedCall);
            const alias = this.SUBRULE(this.tableAlias);
            return { kind: 'tableFunction', lateral: false, wrapped: true, call, alias, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            const name = this.dotted(0, 'a table name');
            return this.SUBRULE(this.tableTail, { ARGS: [name, first] });
          },
        },
      ],
      ERR_MSG: 'a table name or a table function in parentheses',
    });
  });

  protected readonly wrappedCall: Rule<FunctionCall> = this.RULE('wrappedCall', () => {
    this.CONSUME(T.LParen);
    const name = this.dotted(0, 'a table function');
    const call = this.SUBRULE(this.callTail, { ARGS: [name] });
    this.CONSUME(T.RParen);
    return call;
  });

  protected readonly lateral: Rule<TableReference> = this.RULE('lateral', () => {
    const first = this.take(0, K.LATERAL);
    return this.pick<TableReference>(0, {
      DEF: [
        {
          ALT: () => {
            this.CONSUME(K.TABLE);
            const call = this.SUBRULE(this.wrappedCall);
            const alias = this.SUBRULE(this.tableAlias);
            return { kind: 'tableFunction', lateral: true, wrapped: true, call, alias, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            const query = this.SUBRULE(this.queryInParentheses);
            const alias = this.SUBRULE1(this.tableAlias);
            return { kind: 'derivedTable', lateral: true, query, alias, span: this.since(first) };
          },
        },
        { ALT: () => this.SUBRULE(this.unnest, { ARGS: [true, first] }) },
        {
          ALT: () => {
            const name = this.dotted(0, 'a table function');
            const call = this.SUBRULE(this.callTail, { ARGS: [name] });
            const alias = this.SUBRULE2(this.tableAlias);
            return { kind: 'tableFunction', lateral: true, wrapped: false, call, alias, span: this.since(first) };
          },
        },
      ],
      ERR_MSG: 'TABLE(function(…)) or a query in parentheses after LATERAL',
    });
  });

  protected readonly unnest: Rule<TableReference, [boolean, Token | undefined]> = this.RULE(
    'unnest',
    (lateral: boolean, start: Token | undefined) => {
      const token = this.take(0, K.UNNEST);
      this.CONSUME(T.LParen);
      const expressions = this.SUBRULE(this.expressionList);
      this.CONSUME(T.RParen);
      let withOrdinality = false;
      this.OPTION(() => {
        this.CONSUME(K.WITH);
        this.CONSUME(K.ORDINALITY);
        withOrdinality = true;
      });
      const alias = this.SUBRULE(this.tableAlias);
      const span = this.since(start ?? token);
      return { kind: 'unnest', lateral, expressions, withOrdinality, alias, span } as const;
    },
  );

  /** `(query) AS t`, or a join in parentheses. */
  protected readonly parenthesizedTable: Rule<TableReference> = this.RULE('parenthesizedTable', () => {
    const first = this.take(0, T.LParen);
    return this.pick<TableReference>(0, {
      DEF: [
        {
          GATE: () => this.queryAhead(),
          ALT: () => {
            const query = this.SUBRULE(this.query);
            this.CONSUME(T.RParen);
            const alias = this.SUBRULE(this.tableAlias);
            return { kind: 'derivedTable', lateral: false, query, alias, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            const table = this.SUBRULE(this.joined);
            this.CONSUME1(T.RParen);
            return table;
          },
        },
      ],
      ERR_MSG: 'a query or a table',
    });
  });

  readonly argumentTable: Rule<TableName | DerivedTable> = this.RULE('argumentTable', () => {
    return this.pick<TableName | DerivedTable>(0, {
      DEF: [
        {
          ALT: () => {
            const name = this.dotted(0, 'a table name');
            const hints = this.SUBRULE(this.hints);
            return { kind: 'tableName', name, hints, systemTime: null, alias: null, span: this.since(name) };
          },
        },
        {
          ALT: () => {
            const first = this.ahead(1);
            const query = this.SUBRULE(this.queryInParentheses);
            return { kind: 'derivedTable', lateral: false, query, alias: null, span: this.since(first) };
          },
        },
      ],
      ERR_MSG: 'a table name',
    });
  });
}

function isBare(query: Query): boolean {
  return query.with.length === 0 && query.orderBy.length === 0 && query.limit === null && query.offset === null;
}
