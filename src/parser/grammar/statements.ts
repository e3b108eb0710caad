import { EngineError } from '../../errors.ts';
import type {
  AddJar,
  AnalyzeTable,
  Assignment,
  Call,
  ClientCommand,
  CompilePlan,
  Delete,
  Describe,
  DescribeJob,
  Explain,
  ExplainDetail,
  Expression,
  Identifier,
  Insert,
  NamePattern,
  ObjectName,
  RemoveJar,
  Show,
  ShowCreate,
  ShowCurrent,
  ShowPartitions,
  Statement,
  StatementSet,
  StopJob,
  StringLiteral,
  Truncate,
  Update,
} from '../ast.ts';
import * as T from '../tokens.ts';
import { K, type Token } from '../tokens.ts';
import { AlterGrammar } from './alter.ts';
import type { Rule } from './base.ts';

type Shown = Show | ShowCurrent | ShowCreate | ShowPartitions;

/** The whole grammar; its entry points are `statement` and `expression`. */
export class Grammar extends AlterGrammar {
  constructor(validate = false) {
    super(validate);
    this.performSelfAnalysis();
  }

  /** The tokens of one statement, without its semicolon. */
  load(tokens: Token[]): void {
    const partners: number[] = [];
    const open: number[] = [];
    for (const [index, token] of tokens.entries()) {
      token.index = index;
      if (token.tokenType === T.LParen) open.push(index);
      else if (token.tokenType === T.RParen) {
        const start = open.pop();
        if (start !== undefined) partners[start] = index;
      }
    }
    this.tokens = tokens;
    this.partners = partners;
    this.input = tokens;
  }

  readonly statement: Rule<Statement> = this.RULE('statement', () => {
    return this.pick<Statement>(0, {
      DEF: [
        { ALT: () => this.SUBRULE(this.query) },
        { ALT: () => this.SUBRULE(this.insert) },
        { ALT: () => this.SUBRULE(this.create) },
        { ALT: () => this.SUBRULE(this.replaceTable) },
        { ALT: () => this.SUBRULE(this.alter) },
        { ALT: () => this.SUBRULE(this.drop) },
        { ALT: () => this.SUBRULE(this.execute) },
        { ALT: () => this.SUBRULE(this.beginStatementSet) },
        { ALT: () => this.SUBRULE(this.compilePlan) },
        { ALT: () => this.SUBRULE(this.delete) },
        { ALT: () => this.SUBRULE(this.update) },
        { ALT: () => this.SUBRULE(this.truncate) },
        { ALT: () => this.SUBRULE(this.explain) },
        { ALT: () => this.SUBRULE(this.describe) },
        { ALT: () => this.SUBRULE(this.show) },
        { ALT: () => this.SUBRULE(this.analyzeTable) },
        { ALT: () => this.SUBRULE(this.set) },
        { ALT: () => this.SUBRULE(this.use) },
        { ALT: () => this.SUBRULE(this.module) },
        { ALT: () => this.SUBRULE(this.stopJob) },
        { ALT: () => this.SUBRULE(this.callProcedure) },
        { ALT: () => this.SUBRULE(this.jar) },
        { ALT: () => this.SUBRULE(this.clientCommand) },
      ],
      ERR_MSG: 'a statement',
    });
  });

  // -------------------------------------------------------------------------------------------------------------------------- DML

  protected readonly insert: Rule<Insert> = this.RULE('insert', () => {
    const first = this.ahead(1);
    const mode = this.pick<Insert['mode']>(0, [
      {
        ALT: () => {
          this.CONSUME(K.INSERT);
          return this.pick<Insert['mode']>(1, {
            DEF: [
              { ALT: () => (this.CONSUME(K.INTO), 'into') },
              { ALT: () => (this.CONSUME(K.OVERWRITE), 'overwrite') },
            ],
            ERR_MSG: 'INTO or OVERWRITE after INSERT',
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.UPSERT);
          this.CONSUME1(K.INTO);
          return 'upsert';
        },
      },
    ]);
    const target = this.dotted(0, 'a table name');
    const hints = this.SUBRULE(this.hints);
    const partition = this.SUBRULE(this.partitionClause);
    let columns: ObjectName[] = [];
    this.OPTION({
      GATE: () => !this.isQueryInParentheses(),
      DEF: () => {
        columns = this.SUBRULE(this.dottedNamesInParentheses, { ARGS: ['a column name'] });
      },
    });
    const query = this.SUBRULE(this.query);
    let onConflict: Insert['onConflict'] = null;
    this.OPTION1(() => {
      onConflict = this.SUBRULE(this.onConflict);
    });
    return {
      kind: 'insert',
      mode,
      target,
      hints,
      partition,
      columns,
      query,
      onConflict,
      span: this.since(first),
    } as const;
  });

  private isQueryInParentheses(): boolean {
    return this.queryAt(this.ahead(1).index + 1);
  }

  protected readonly onConflict: Rule<NonNullable<Insert['onConflict']>> = this.RULE('onConflict', () => {
    this.CONSUME(K.ON);
    this.CONSUME(K.CONFLICT);
    this.CONSUME(K.DO);
    return this.pick<NonNullable<Insert['onConflict']>>(0, {
      DEF: [
        { ALT: () => (this.CONSUME(K.ERROR), 'error') },
        { ALT: () => (this.CONSUME(K.NOTHING), 'nothing') },
        { ALT: () => (this.CONSUME(K.DEDUPLICATE), 'deduplicate') },
      ],
      ERR_MSG: 'ERROR, NOTHING or DEDUPLICATE',
    });
  });

  /** `EXECUTE STATEMENT SET BEGIN … END`, `EXECUTE PLAN '…'`, `EXECUTE` before an insert or a query. */
  protected readonly execute: Rule<Statement> = this.RULE('execute', () => {
    const first = this.take(0, K.EXECUTE);
    return this.pick<Statement>(0, {
      DEF: [
        { ALT: () => this.SUBRULE(this.statementSet, { ARGS: [first] }) },
        {
          ALT: () => {
            this.CONSUME(K.PLAN);
            const path = this.text(0, 'the path of a plan in single quotes');
            return { kind: 'executePlan', path, span: this.since(first) };
          },
        },
        { ALT: () => this.SUBRULE(this.insert) },
        { ALT: () => this.SUBRULE(this.query) },
      ],
      ERR_MSG: 'STATEMENT SET, PLAN, INSERT or a query after EXECUTE',
    });
  });

  /** `STATEMENT SET BEGIN insert; … END`. */
  protected readonly statementSet: Rule<StatementSet, [Token | undefined]> = this.RULE(
    'statementSet',
    (start: Token | undefined) => {
      const word = this.take(0, K.STATEMENT);
      this.CONSUME(K.SET);
      this.CONSUME(K.BEGIN);
      const statements = this.SUBRULE(this.insertsToEnd);
      return { kind: 'statementSet', statements, span: this.since(start ?? word) } as const;
    },
  );

  /** `BEGIN STATEMENT SET; insert; … END`, the older form. */
  protected readonly beginStatementSet: Rule<StatementSet> = this.RULE('beginStatementSet', () => {
    const first = this.take(0, K.BEGIN);
    this.CONSUME(K.STATEMENT);
    this.CONSUME(K.SET);
    this.CONSUME(T.Semicolon);
    const statements = this.SUBRULE(this.insertsToEnd);
    return { kind: 'statementSet', statements, span: this.since(first) } as const;
  });

  protected readonly insertsToEnd: Rule<Insert[]> = this.RULE('insertsToEnd', () => {
    const statements: Insert[] = [];
    this.AT_LEAST_ONE({
      DEF: () => {
        this.OPTION(() => this.CONSUME(K.EXECUTE));
        statements.push(this.SUBRULE(this.insert));
        this.take(0, T.Semicolon, '";" after the INSERT');
      },
      ERR_MSG: 'INSERT',
    });
    this.take(0, K.END, 'INSERT, or END of the statement set');
    return statements;
  });

  protected readonly compilePlan: Rule<CompilePlan> = this.RULE('compilePlan', () => {
    const first = this.take(0, K.COMPILE);
    let execute = false;
    this.OPTION(() => {
      this.CONSUME(K.AND);
      this.CONSUME(K.EXECUTE);
      execute = true;
    });
    this.CONSUME(K.PLAN);
    const path = this.text(0, 'the path of a plan in single quotes');
    const ifNotExists = this.SUBRULE(this.ifNotExists);
    this.CONSUME(K.FOR);
    const statement = this.pick<Insert | StatementSet>(0, {
      DEF: [
        { ALT: () => this.SUBRULE(this.insert) },
        { ALT: () => this.SUBRULE(this.statementSet, { ARGS: [undefined] }) },
      ],
      ERR_MSG: 'INSERT or STATEMENT SET',
    });
    return { kind: 'compilePlan', path, ifNotExists, execute, statement, span: this.since(first) } as const;
  });

  protected readonly alias: Rule<Identifier | null> = this.RULE('alias', () => {
    let alias: Identifier | null = null;
    this.OPTION(() => {
      this.OPTION1(() => this.CONSUME(K.AS));
      alias = this.name(0, 'a table alias');
    });
    return alias;
  });

  protected readonly whereClause: Rule<Expression | null> = this.RULE('whereClause', () => {
    let where: Expression | null = null;
    this.OPTION(() => {
      this.CONSUME(K.WHERE);
      where = this.expr(0);
    });
    return where;
  });

  protected readonly delete: Rule<Delete> = this.RULE('delete', () => {
    const first = this.take(0, K.DELETE);
    this.CONSUME(K.FROM);
    const target = this.dotted(0, 'a table name');
    const alias = this.SUBRULE(this.alias);
    const where = this.SUBRULE(this.whereClause);
    return { kind: 'delete', target, alias, where, span: this.since(first) } as const;
  });

  protected readonly update: Rule<Update> = this.RULE('update', () => {
    const first = this.take(0, K.UPDATE);
    const target = this.dotted(0, 'a table name');
    const alias = this.SUBRULE(this.alias);
    this.CONSUME(K.SET);
    const assignments = [this.SUBRULE(this.assignment)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      assignments.push(this.SUBRULE1(this.assignment));
    });
    const where = this.SUBRULE(this.whereClause);
    return { kind: 'update', target, alias, assignments, where, span: this.since(first) } as const;
  });

  protected readonly assignment: Rule<Assignment> = this.RULE('assignment', () => {
    const column = this.dotted(0, 'a column name');
    this.CONSUME(T.Equal);
    const value = this.expr(0);
    return { kind: 'assignment', column, value, span: this.since(column) } as const;
  });

  protected readonly truncate: Rule<Truncate> = this.RULE('truncate', () => {
    const first = this.take(0, K.TRUNCATE);
    this.CONSUME(K.TABLE);
    const name = this.dotted(0, 'a table name');
    return { kind: 'truncate', name, span: this.since(first) } as const;
  });

  // ------------------------------------------------------------------------------------------------------------------- inspection

  protected readonly explain: Rule<Explain> = this.RULE('explain', () => {
    const first = this.take(0, K.EXPLAIN);
    let details: ExplainDetail[] = [];
    this.OPTION(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(K.PLAN);
            this.CONSUME(K.FOR);
          },
        },
        {
          ALT: () => {
            details = this.SUBRULE(this.explainDetails);
          },
        },
      ]);
    });
    const statement = this.pick<Statement>(1, {
      DEF: [
        { ALT: () => this.SUBRULE(this.query) },
        { ALT: () => this.SUBRULE(this.insert) },
        { ALT: () => this.SUBRULE(this.statementSet, { ARGS: [undefined] }) },
        { ALT: () => this.SUBRULE(this.create) },
        { ALT: () => this.SUBRULE(this.replaceTable) },
        { ALT: () => this.SUBRULE(this.alter) },
      ],
      ERR_MSG: 'a query, INSERT or STATEMENT SET to explain',
    });
    return this.ACTION(
      () => ({ kind: 'explain', details, statement: explainable(statement), span: this.since(first) }) as const,
    );
  });

  protected readonly explainDetails: Rule<ExplainDetail[]> = this.RULE('explainDetails', () => {
    const details = [this.SUBRULE(this.explainDetail)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      details.push(this.SUBRULE1(this.explainDetail));
    });
    return details;
  });

  protected readonly explainDetail: Rule<ExplainDetail> = this.RULE('explainDetail', () => {
    return this.pick<ExplainDetail>(0, [
      { ALT: () => (this.CONSUME(K.ESTIMATED_COST), 'ESTIMATED_COST') },
      { ALT: () => (this.CONSUME(K.CHANGELOG_MODE), 'CHANGELOG_MODE') },
      { ALT: () => (this.CONSUME(K.PLAN_ADVICE), 'PLAN_ADVICE') },
      { ALT: () => (this.CONSUME(K.JSON_EXECUTION_PLAN), 'JSON_EXECUTION_PLAN') },
    ]);
  });

  protected readonly describe: Rule<Describe | DescribeJob> = this.RULE('describe', () => {
    const first = this.OR([{ ALT: () => this.take(0, K.DESCRIBE) }, { ALT: () => this.take(0, K.DESC) }]);
    // Words such as CATALOG are also names of tables.
    const objectAhead = (): boolean => this.isWordAhead(2) || this.isAhead(2, K.EXTENDED);
    return this.pick<Describe | DescribeJob>(1, {
      DEF: [
        {
          GATE: () => this.isAhead(2, T.StringToken),
          ALT: () => {
            this.CONSUME(K.JOB);
            const id = this.text(0, 'a job id in single quotes');
            return { kind: 'describeJob', id, span: this.since(first) };
          },
        },
        {
          GATE: objectAhead,
          ALT: () => {
            this.CONSUME(K.CATALOG);
            return this.described(0, 'catalog', first);
          },
        },
        {
          GATE: objectAhead,
          ALT: () => {
            this.CONSUME(K.DATABASE);
            return this.described(1, 'database', first);
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.FUNCTION);
            return this.described(2, 'function', first);
          },
        },
        {
          GATE: objectAhead,
          ALT: () => {
            this.CONSUME(K.MODEL);
            return this.described(3, 'model', first);
          },
        },
        { ALT: () => this.described(4, 'table', first) },
      ],
      ERR_MSG: 'a table name',
    });
  });

  private described(index: number, object: Describe['object'], first: Token): Describe {
    const extended = this.subrule(index, this.extended);
    const name = this.dotted(index, `a ${object} name`);
    return { kind: 'describe', object, extended, name, span: this.since(first) };
  }

  protected readonly extended: Rule<boolean> = this.RULE('extended', () => {
    let extended = false;
    this.OPTION(() => {
      this.CONSUME(K.EXTENDED);
      extended = true;
    });
    return extended;
  });

  protected readonly show: Rule<Shown> = this.RULE('show', () => {
    const first = this.take(0, K.SHOW);
    return this.pick<Shown>(0, {
      DEF: [
        {
          ALT: () => {
            this.CONSUME(K.CURRENT);
            const object = this.pick<ShowCurrent['object']>(1, [
              { ALT: () => (this.CONSUME(K.CATALOG), 'catalog') },
              { ALT: () => (this.CONSUME(K.DATABASE), 'database') },
            ]);
            return { kind: 'showCurrent', object, span: this.since(first) };
          },
        },
        { ALT: () => this.SUBRULE(this.showCreate, { ARGS: [first] }) },
        {
          ALT: () => {
            this.CONSUME(K.PARTITIONS);
            const name = this.dotted(0, 'a table name');
            const partition = this.SUBRULE(this.partitionClause);
            return { kind: 'showPartitions', name, partition, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.COLUMNS);
            const from = this.SUBRULE(this.showFrom);
            const pattern = this.SUBRULE(this.namePattern);
            return { kind: 'show', subject: 'columns', from, pattern, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            const subject = this.SUBRULE(this.showSubject);
            const from = this.OPTION(() => this.SUBRULE1(this.showFrom)) ?? null;
            const pattern = this.SUBRULE1(this.namePattern);
            return { kind: 'show', subject, from, pattern, span: this.since(first) };
          },
        },
      ],
      ERR_MSG: 'what to show, such as TABLES, VIEWS, COLUMNS, FUNCTIONS, JOBS or CREATE TABLE',
    });
  });

  protected readonly showCreate: Rule<ShowCreate, [Token]> = this.RULE('showCreate', (first: Token) => {
    let orAlter = false;
    this.CONSUME(K.CREATE);
    this.OPTION(() => {
      this.CONSUME(K.OR);
      this.CONSUME(K.ALTER);
      orAlter = true;
    });
    const object = this.pick<ShowCreate['object']>(0, {
      DEF: [
        { ALT: () => (this.CONSUME(K.TABLE), 'table') },
        { ALT: () => (this.CONSUME(K.VIEW), 'view') },
        { ALT: () => (this.CONSUME(K.CATALOG), 'catalog') },
        { ALT: () => (this.CONSUME(K.MODEL), 'model') },
        {
          ALT: () => {
            this.CONSUME(K.MATERIALIZED);
            this.CONSUME1(K.TABLE);
            return 'materialized table';
          },
        },
      ],
      ERR_MSG: 'TABLE, VIEW, CATALOG, MODEL or MATERIALIZED TABLE',
    });
    const name = this.dotted(0, `a ${object} name`);
    return { kind: 'showCreate', object, orAlter, name, span: this.since(first) } as const;
  });

  protected readonly showSubject: Rule<Show['subject']> = this.RULE('showSubject', () => {
    return this.pick<Show['subject']>(0, [
      { ALT: () => (this.CONSUME(K.CATALOGS), 'catalogs') },
      { ALT: () => (this.CONSUME(K.DATABASES), 'databases') },
      { ALT: () => (this.CONSUME(K.TABLES), 'tables') },
      { ALT: () => (this.CONSUME(K.VIEWS), 'views') },
      { ALT: () => (this.CONSUME(K.FUNCTIONS), 'functions') },
      { ALT: () => (this.CONSUME(K.PROCEDURES), 'procedures') },
      { ALT: () => (this.CONSUME(K.MODELS), 'models') },
      { ALT: () => (this.CONSUME(K.MODULES), 'modules') },
      { ALT: () => (this.CONSUME(K.JARS), 'jars') },
      { ALT: () => (this.CONSUME(K.JOBS), 'jobs') },
      {
        ALT: () => {
          this.CONSUME(K.MATERIALIZED);
          this.CONSUME1(K.TABLES);
          return 'materialized tables';
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.USER);
          this.CONSUME1(K.FUNCTIONS);
          return 'user functions';
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.FULL);
          this.CONSUME1(K.MODULES);
          return 'full modules';
        },
      },
    ]);
  });

  protected readonly showFrom: Rule<ObjectName> = this.RULE('showFrom', () => {
    this.OR({
      DEF: [{ ALT: () => this.CONSUME(K.FROM) }, { ALT: () => this.CONSUME(K.IN) }],
      ERR_MSG: 'FROM or IN',
    });
    return this.dotted(0, 'a name after FROM');
  });

  protected readonly namePattern: Rule<NamePattern | null> = this.RULE('namePattern', () => {
    const first = this.ahead(1);
    let result: NamePattern | null = null;
    this.OPTION(() => {
      let negated = false;
      this.OPTION1(() => {
        this.CONSUME(K.NOT);
        negated = true;
      });
      const caseInsensitive = this.pick<boolean>(0, [
        { ALT: () => (this.CONSUME(K.LIKE), false) },
        { ALT: () => (this.CONSUME(K.ILIKE), true) },
      ]);
      const pattern = this.text(0, 'a pattern in single quotes');
      result = { kind: 'namePattern', negated, caseInsensitive, pattern, span: this.since(first) };
    });
    return result;
  });

  protected readonly analyzeTable: Rule<AnalyzeTable> = this.RULE('analyzeTable', () => {
    const first = this.take(0, K.ANALYZE);
    this.CONSUME(K.TABLE);
    const name = this.dotted(0, 'a table name');
    const partition = this.SUBRULE(this.partitionClause);
    this.CONSUME(K.COMPUTE);
    this.CONSUME(K.STATISTICS);
    let columns: AnalyzeTable['columns'] = null;
    this.OPTION(() => {
      this.CONSUME(K.FOR);
      this.OR([
        {
          ALT: () => {
            this.CONSUME(K.ALL);
            this.CONSUME(K.COLUMNS);
            columns = 'all';
          },
        },
        {
          ALT: () => {
            this.CONSUME1(K.COLUMNS);
            columns = this.SUBRULE(this.nameList, { ARGS: ['a column name'] });
          },
        },
      ]);
    });
    return { kind: 'analyzeTable', name, partition, columns, span: this.since(first) } as const;
  });

  // ------------------------------------------------------------------------------------------------------------- session and jobs

  /** `SET ['k' = 'v']`, `RESET ['k']`. */
  protected readonly set: Rule<Statement> = this.RULE('set', () => {
    return this.pick<Statement>(0, [
      {
        ALT: () => {
          const first = this.take(0, K.SET);
          const option = this.OPTION(() => this.SUBRULE(this.setting)) ?? { key: null, value: null };
          return { kind: 'set', ...option, span: this.since(first) };
        },
      },
      {
        ALT: () => {
          const first = this.take(0, K.RESET);
          const key = this.OPTION1(() => this.text(0)) ?? null;
          return { kind: 'reset', key, span: this.since(first) };
        },
      },
    ]);
  });

  protected readonly setting: Rule<{ key: StringLiteral; value: StringLiteral }> = this.RULE('setting', () => {
    const key = this.text(0);
    this.CONSUME(T.Equal);
    const value = this.text(1, 'a value in single quotes');
    return { key, value };
  });

  protected readonly use: Rule<Statement> = this.RULE('use', () => {
    const first = this.take(0, K.USE);
    return this.pick<Statement>(0, {
      DEF: [
        {
          GATE: () => this.isWordAhead(2),
          ALT: () => {
            this.CONSUME(K.CATALOG);
            const name = this.name(0, 'a catalog name');
            return { kind: 'useCatalog', name, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.MODULES);
            const names = this.SUBRULE(this.nameList, { ARGS: ['a module name'] });
            return { kind: 'useModules', names, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            const name = this.dotted(0, 'a database name');
            return { kind: 'useDatabase', name, span: this.since(first) };
          },
        },
      ],
      ERR_MSG: 'a database name, CATALOG or MODULES after USE',
    });
  });

  protected readonly module: Rule<Statement> = this.RULE('module', () => {
    return this.pick<Statement>(0, [
      {
        ALT: () => {
          const first = this.take(0, K.LOAD);
          this.CONSUME(K.MODULE);
          const name = this.name(0, 'a module name');
          const options = this.SUBRULE(this.withOptions);
          return { kind: 'loadModule', name, options, span: this.since(first) };
        },
      },
      {
        ALT: () => {
          const first = this.take(0, K.UNLOAD);
          this.CONSUME1(K.MODULE);
          const name = this.name(1, 'a module name');
          return { kind: 'unloadModule', name, span: this.since(first) };
        },
      },
    ]);
  });

  protected readonly stopJob: Rule<StopJob> = this.RULE('stopJob', () => {
    const first = this.take(0, K.STOP);
    this.CONSUME(K.JOB);
    const id = this.text(0, 'a job id in single quotes');
    let withSavepoint = false;
    let withDrain = false;
    this.MANY(() => {
      this.CONSUME(K.WITH);
      this.OR({
        DEF: [
          {
            ALT: () => {
              this.CONSUME(K.SAVEPOINT);
              withSavepoint = true;
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.DRAIN);
              withDrain = true;
            },
          },
        ],
        ERR_MSG: 'SAVEPOINT or DRAIN after WITH',
      });
    });
    return { kind: 'stopJob', id, withSavepoint, withDrain, span: this.since(first) } as const;
  });

  protected readonly callProcedure: Rule<Call> = this.RULE('callProcedure', () => {
    const first = this.take(0, K.CALL);
    const name = this.dotted(0, 'a procedure name');
    const procedure = this.SUBRULE(this.callTail, { ARGS: [name] });
    return { kind: 'callProcedure', procedure, span: this.since(first) } as const;
  });

  protected readonly jar: Rule<Statement> = this.RULE('jar', (): AddJar | RemoveJar => {
    const first = this.OR([{ ALT: () => this.take(0, K.ADD) }, { ALT: () => this.take(0, K.REMOVE) }]);
    this.CONSUME(K.JAR);
    const path = this.text(0, 'a path in single quotes');
    const kind = first.tokenType === K.ADD ? 'addJar' : 'removeJar';
    return { kind, path, span: this.since(first) } as const;
  });

  protected readonly clientCommand: Rule<ClientCommand> = this.RULE('clientCommand', () => {
    const first = this.ahead(1);
    const command = this.pick<ClientCommand['command']>(0, [
      { ALT: () => (this.CONSUME(K.QUIT), 'quit') },
      { ALT: () => (this.CONSUME(K.EXIT), 'quit') },
      { ALT: () => (this.CONSUME(K.CLEAR), 'clear') },
      { ALT: () => (this.CONSUME(K.HELP), 'help') },
    ]);
    return { kind: 'clientCommand', command, span: this.since(first) } as const;
  });
}

function explainable(statement: Statement): Explain['statement'] {
  switch (statement.kind) {
    case 'query':
    case 'insert':
    case 'statementSet':
    case 'createMaterializedTable':
    case 'alterMaterializedTable':
      return statement;
    case 'createTable':
      if (statement.query !== null) return statement;
      break;
    default:
  }
  throw new EngineError('syntax_error', 'only statements with a query can be explained', {
    hint: 'Explain a query, an INSERT, a STATEMENT SET or CREATE TABLE … AS.',
    span: statement.span,
  });
}
