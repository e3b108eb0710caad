import { EngineError } from '../../errors.ts';
import type {
  CreateCatalog,
  CreateDatabase,
  CreateFunction,
  CreateMaterializedTable,
  CreateModel,
  CreateTable,
  CreateView,
  Expression,
  FunctionResource,
  FunctionScope,
  LikeClause,
  Query,
  StartMode,
  StringLiteral,
  TableElements,
  ViewColumn,
} from '../ast.ts';
import * as T from '../tokens.ts';
import { K, type Token } from '../tokens.ts';
import type { Rule } from './base.ts';
import { TableGrammar } from './tables.ts';

/** What stands between CREATE and the kind of object. */
interface Modifiers {
  readonly first: Token;
  readonly or: 'replace' | 'alter' | null;
  readonly scope: FunctionScope;
}

type Created =
  CreateTable | CreateView | CreateFunction | CreateModel | CreateCatalog | CreateDatabase | CreateMaterializedTable;

export abstract class CreateGrammar extends TableGrammar {
  protected readonly create: Rule<Created> = this.RULE('create', () => {
    const first = this.take(0, K.CREATE);
    let or: Modifiers['or'] = null;
    this.OPTION(() => {
      this.CONSUME(K.OR);
      or = this.pick<Modifiers['or']>(0, [
        { ALT: () => (this.CONSUME(K.REPLACE), 'replace') },
        { ALT: () => (this.CONSUME(K.ALTER), 'alter') },
      ]);
    });
    const scope = this.SUBRULE(this.scope);
    const modifiers: Modifiers = { first, or, scope };
    return this.pick<Created>(1, {
      DEF: [
        { ALT: () => this.SUBRULE(this.createTable, { ARGS: [modifiers] }) },
        { ALT: () => this.SUBRULE(this.createView, { ARGS: [modifiers] }) },
        { ALT: () => this.SUBRULE(this.createFunction, { ARGS: [modifiers] }) },
        { ALT: () => this.SUBRULE(this.createModel, { ARGS: [modifiers] }) },
        { ALT: () => this.SUBRULE(this.createCatalog, { ARGS: [modifiers] }) },
        { ALT: () => this.SUBRULE(this.createDatabase, { ARGS: [modifiers] }) },
        { ALT: () => this.SUBRULE(this.createMaterializedTable, { ARGS: [modifiers] }) },
      ],
      ERR_MSG: 'what to create: TABLE, VIEW, FUNCTION, MODEL, CATALOG or DATABASE',
    });
  });

  /** `[TEMPORARY [SYSTEM]]`. */
  protected readonly scope: Rule<FunctionScope> = this.RULE('scope', () => {
    let scope: FunctionScope = 'catalog';
    this.OPTION(() => {
      this.CONSUME(K.TEMPORARY);
      scope = 'temporary';
      this.OPTION1(() => {
        this.CONSUME(K.SYSTEM);
        scope = 'temporary system';
      });
    });
    return scope;
  });

  /** Refuses the modifiers that a kind of object does not have. */
  private check(
    object: string,
    modifiers: Modifiers,
    may: { readonly temporary: boolean; readonly or?: Modifiers['or'] },
  ): void {
    this.ACTION(() => {
      const { or, scope, first } = modifiers;
      const refuse = (words: string, hint?: string): EngineError =>
        new EngineError('syntax_error', `${words} ${object} is not part of Flink SQL`, {
          hint,
          span: this.since(first),
        });
      if (or !== null && or !== may.or) {
        const hint =
          object === 'VIEW' ? 'Write ALTER VIEW name AS query, or DROP VIEW IF EXISTS name before.' : undefined;
        throw refuse(`CREATE OR ${or.toUpperCase()}`, hint);
      }
      if (scope === 'temporary system' && object !== 'FUNCTION') throw refuse('CREATE TEMPORARY SYSTEM');
      if (scope === 'temporary' && !may.temporary) throw refuse('CREATE TEMPORARY');
    });
  }

  protected readonly createTable: Rule<CreateTable, [Modifiers]> = this.RULE('createTable', (modifiers: Modifiers) => {
    this.CONSUME(K.TABLE);
    this.check('TABLE', modifiers, { temporary: true, or: 'replace' });
    const mode = this.ACTION(() => (modifiers.or === null ? 'create' : 'createOrReplace'));
    const temporary = this.ACTION(() => modifiers.scope !== 'catalog');
    const first = this.ACTION(() => modifiers.first);
    return this.SUBRULE(this.createTableTail, { ARGS: [first, mode, temporary] });
  });

  /** `REPLACE TABLE …`. */
  protected readonly replaceTable: Rule<CreateTable> = this.RULE('replaceTable', () => {
    const first = this.take(0, K.REPLACE);
    this.CONSUME(K.TABLE);
    return this.SUBRULE(this.createTableTail, { ARGS: [first, 'replace', false] });
  });

  protected readonly createTableTail: Rule<CreateTable, [Token, CreateTable['mode'], boolean]> = this.RULE(
    'createTableTail',
    (first: Token, mode: CreateTable['mode'], temporary: boolean) => {
      const ifNotExists = this.SUBRULE(this.ifNotExists);
      const name = this.dotted(0, 'a table name');
      let elements: TableElements | null = null;
      let like: LikeClause | null = null;
      let query: Query | null = null;
      this.OPTION(() => {
        elements = this.SUBRULE(this.tableElements);
      });
      const comment = this.SUBRULE(this.commentClause);
      const distribution = this.SUBRULE(this.distributionClause);
      const partitionedBy = this.SUBRULE(this.partitionedBy);
      const options = this.SUBRULE(this.withOptions);
      this.OPTION1(() => {
        like = this.SUBRULE(this.likeClause);
      });
      this.OPTION2(() => {
        this.CONSUME(K.AS);
        query = this.SUBRULE(this.query);
      });
      this.ACTION(() => needTypes(elements, query));
      return {
        kind: 'createTable',
        mode,
        temporary,
        ifNotExists,
        name,
        elements,
        comment,
        distribution,
        partitionedBy,
        options,
        like,
        query,
        span: this.since(first),
      } as const;
    },
  );

  protected readonly createView: Rule<CreateView, [Modifiers]> = this.RULE('createView', (modifiers: Modifiers) => {
    this.CONSUME(K.VIEW);
    this.check('VIEW', modifiers, { temporary: true });
    const ifNotExists = this.SUBRULE(this.ifNotExists);
    const name = this.dotted(0, 'a view name');
    let columns: ViewColumn[] = [];
    this.OPTION(() => {
      columns = this.SUBRULE(this.viewColumns);
    });
    const comment = this.SUBRULE(this.commentClause);
    this.CONSUME(K.AS);
    const query = this.SUBRULE(this.query);
    const temporary = this.ACTION(() => modifiers.scope !== 'catalog');
    const span = this.ACTION(() => this.since(modifiers.first));
    return { kind: 'createView', temporary, ifNotExists, name, columns, comment, query, span } as const;
  });

  protected readonly viewColumns: Rule<ViewColumn[]> = this.RULE('viewColumns', () => {
    this.CONSUME(T.LParen);
    const columns = [this.SUBRULE(this.viewColumn)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      columns.push(this.SUBRULE1(this.viewColumn));
    });
    this.CONSUME(T.RParen);
    return columns;
  });

  protected readonly viewColumn: Rule<ViewColumn> = this.RULE('viewColumn', () => {
    const name = this.name(0, 'a column name');
    const comment = this.SUBRULE(this.commentClause);
    return { kind: 'viewColumn', name, comment, span: this.since(name) } as const;
  });

  protected readonly createFunction: Rule<CreateFunction, [Modifiers]> = this.RULE(
    'createFunction',
    (modifiers: Modifiers) => {
      this.CONSUME(K.FUNCTION);
      this.check('FUNCTION', modifiers, { temporary: true });
      const ifNotExists = this.SUBRULE(this.ifNotExists);
      const name = this.dotted(0, 'a function name');
      this.CONSUME(K.AS);
      const className = this.text(0, 'the class of the function in single quotes');
      const language = this.SUBRULE(this.language);
      let resources: FunctionResource[] = [];
      this.OPTION(() => {
        resources = this.SUBRULE(this.resources);
      });
      const options = this.SUBRULE(this.withOptions);
      const scope = this.ACTION(() => modifiers.scope);
      const span = this.ACTION(() => this.since(modifiers.first));
      return {
        kind: 'createFunction',
        scope,
        ifNotExists,
        name,
        className,
        language,
        resources,
        options,
        span,
      } as const;
    },
  );

  protected readonly language: Rule<string | null> = this.RULE('language', () => {
    let language: string | null = null;
    this.OPTION(() => {
      this.CONSUME(K.LANGUAGE);
      const token = this.OR({
        DEF: [{ ALT: () => this.take(0, K.SCALA) }, { ALT: () => this.take(0, T.Word) }],
        ERR_MSG: 'a language: JAVA, SCALA or PYTHON',
      });
      language = this.ACTION(() => token.image.toUpperCase());
    });
    return language;
  });

  protected readonly resources: Rule<FunctionResource[]> = this.RULE('resources', () => {
    this.CONSUME(K.USING);
    const list = [this.SUBRULE(this.resource)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      list.push(this.SUBRULE1(this.resource));
    });
    return list;
  });

  protected readonly resource: Rule<FunctionResource> = this.RULE('resource', () => {
    const first = this.ahead(1);
    const type = this.pick<FunctionResource['type']>(0, {
      DEF: [
        { ALT: () => (this.CONSUME(K.JAR), 'jar') },
        { ALT: () => (this.CONSUME(K.FILE), 'file') },
        { ALT: () => (this.CONSUME(K.ARCHIVE), 'archive') },
        { ALT: () => (this.CONSUME(K.ARTIFACT), 'artifact') },
      ],
      ERR_MSG: 'JAR or ARTIFACT after USING',
    });
    const path = this.text(0, 'a path in single quotes');
    return { kind: 'functionResource', type, path, span: this.since(first) } as const;
  });

  protected readonly createModel: Rule<CreateModel, [Modifiers]> = this.RULE('createModel', (modifiers: Modifiers) => {
    this.CONSUME(K.MODEL);
    this.check('MODEL', modifiers, { temporary: true });
    const ifNotExists = this.SUBRULE(this.ifNotExists);
    const name = this.dotted(0, 'a model name');
    let input: TableElements | null = null;
    let output: TableElements | null = null;
    let query: Query | null = null;
    this.OPTION(() => {
      this.CONSUME(K.INPUT);
      input = this.SUBRULE(this.tableElements);
    });
    this.OPTION1(() => {
      this.CONSUME(K.OUTPUT);
      output = this.SUBRULE1(this.tableElements);
    });
    const comment = this.SUBRULE(this.commentClause);
    const options = this.SUBRULE(this.withOptions);
    this.OPTION2(() => {
      this.CONSUME(K.AS);
      query = this.SUBRULE(this.query);
    });
    return this.ACTION(() => {
      needTypes(input, null);
      needTypes(output, null);
      return {
        kind: 'createModel',
        temporary: modifiers.scope !== 'catalog',
        ifNotExists,
        name,
        input: input?.columns ?? [],
        output: output?.columns ?? [],
        comment,
        options,
        query,
        span: this.since(modifiers.first),
      } as const;
    });
  });

  protected readonly createCatalog: Rule<CreateCatalog, [Modifiers]> = this.RULE(
    'createCatalog',
    (modifiers: Modifiers) => {
      this.CONSUME(K.CATALOG);
      this.check('CATALOG', modifiers, { temporary: false });
      const ifNotExists = this.SUBRULE(this.ifNotExists);
      const name = this.name(0, 'a catalog name');
      const comment = this.SUBRULE(this.commentClause);
      const options = this.SUBRULE(this.withOptions);
      const span = this.ACTION(() => this.since(modifiers.first));
      return { kind: 'createCatalog', ifNotExists, name, comment, options, span } as const;
    },
  );

  protected readonly createDatabase: Rule<CreateDatabase, [Modifiers]> = this.RULE(
    'createDatabase',
    (modifiers: Modifiers) => {
      this.CONSUME(K.DATABASE);
      this.check('DATABASE', modifiers, { temporary: false });
      const ifNotExists = this.SUBRULE(this.ifNotExists);
      const name = this.dotted(0, 'a database name');
      const comment = this.SUBRULE(this.commentClause);
      const options = this.SUBRULE(this.withOptions);
      const span = this.ACTION(() => this.since(modifiers.first));
      return { kind: 'createDatabase', ifNotExists, name, comment, options, span } as const;
    },
  );

  protected readonly createMaterializedTable: Rule<CreateMaterializedTable, [Modifiers]> = this.RULE(
    'createMaterializedTable',
    (modifiers: Modifiers) => {
      this.CONSUME(K.MATERIALIZED);
      this.CONSUME(K.TABLE);
      this.check('MATERIALIZED TABLE', modifiers, { temporary: false, or: 'alter' });
      const ifNotExists = this.SUBRULE(this.ifNotExists);
      const name = this.dotted(0, 'a table name');
      let elements: TableElements | null = null;
      let freshness: Expression | null = null;
      let refreshMode: CreateMaterializedTable['refreshMode'] = null;
      let startMode: StartMode | null = null;
      this.OPTION(() => {
        elements = this.SUBRULE(this.tableElements);
      });
      const comment: StringLiteral | null = this.SUBRULE(this.commentClause);
      const distribution = this.SUBRULE(this.distributionClause);
      const partitionedBy = this.SUBRULE(this.partitionedBy);
      const options = this.SUBRULE(this.withOptions);
      this.OPTION1(() => {
        this.CONSUME(K.FRESHNESS);
        this.CONSUME(T.Equal);
        freshness = this.expr(0);
      });
      this.OPTION2(() => {
        this.CONSUME(K.REFRESH_MODE);
        this.CONSUME1(T.Equal);
        refreshMode = this.pick<CreateMaterializedTable['refreshMode']>(0, [
          { ALT: () => (this.CONSUME(K.CONTINUOUS), 'continuous') },
          { ALT: () => (this.CONSUME(K.FULL), 'full') },
        ]);
      });
      this.OPTION3(() => {
        this.CONSUME(K.START_MODE);
        this.CONSUME2(T.Equal);
        startMode = this.SUBRULE(this.startMode);
      });
      this.CONSUME(K.AS);
      const query = this.SUBRULE(this.query);
      return this.ACTION(
        () =>
          ({
            kind: 'createMaterializedTable',
            orAlter: modifiers.or === 'alter',
            ifNotExists,
            name,
            elements,
            comment,
            distribution,
            partitionedBy,
            options,
            freshness,
            refreshMode,
            startMode,
            query,
            span: this.since(modifiers.first),
          }) as const,
      );
    },
  );

  protected readonly startMode: Rule<StartMode> = this.RULE('startMode', () => {
    const first = this.OR({
      DEF: [
        { ALT: () => this.take(0, K.FROM_BEGINNING) },
        { ALT: () => this.take(0, K.FROM_NOW) },
        { ALT: () => this.take(0, K.FROM_TIMESTAMP) },
        { ALT: () => this.take(0, K.RESUME_OR_FROM_BEGINNING) },
        { ALT: () => this.take(0, K.RESUME_OR_FROM_NOW) },
        { ALT: () => this.take(0, K.RESUME_OR_FROM_TIMESTAMP) },
      ],
      ERR_MSG: 'a start mode such as FROM_BEGINNING or FROM_NOW',
    });
    let argument: Expression | null = null;
    this.OPTION(() => {
      this.CONSUME(T.LParen);
      argument = this.expr(0);
      this.CONSUME(T.RParen);
    });
    const mode = this.ACTION(() => first.tokenType.name as StartMode['mode']);
    return { kind: 'startMode', mode, argument, span: this.since(first) } as const;
  });
}

/** Columns without a type are only for CREATE TABLE … AS. */
function needTypes(elements: TableElements | null, query: Query | null): void {
  const bare = elements?.columns.find((column) => column.kind === 'columnName');
  if (bare === undefined || query !== null || bare.kind !== 'columnName') return;
  throw new EngineError('syntax_error', `expected a data type after the column name "${bare.name.name}"`, {
    span: bare.span,
  });
}
