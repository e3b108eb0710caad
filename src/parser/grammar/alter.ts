import type {
  AlterCatalog,
  AlterDatabase,
  AlterFunction,
  AlterMaterializedTable,
  AlterModel,
  AlterTable,
  AlterTableAction,
  AlterView,
  ColumnDefinition,
  DropCatalog,
  DropDatabase,
  DropFunction,
  DropMaterializedTable,
  DropModel,
  DropTable,
  DropView,
  FunctionScope,
  ObjectName,
  Option,
  PartitionItem,
  PartitionSpecification,
  PrimaryKey,
  Refresh,
  RenameTo,
  ResetOptions,
  Resume,
  SetOptions,
  TableElements,
  Watermark,
} from '../ast.ts';
import * as T from '../tokens.ts';
import { K, type Token } from '../tokens.ts';
import type { Rule } from './base.ts';
import { CreateGrammar } from './create.ts';

type Altered =
  AlterTable | AlterView | AlterDatabase | AlterCatalog | AlterFunction | AlterModel | AlterMaterializedTable;

type Dropped = DropTable | DropView | DropFunction | DropModel | DropCatalog | DropDatabase | DropMaterializedTable;

export abstract class AlterGrammar extends CreateGrammar {
  // ------------------------------------------------------------------------------------------------------------------------ ALTER

  protected readonly alter: Rule<Altered> = this.RULE('alter', () => {
    const first = this.take(0, K.ALTER);
    return this.pick<Altered>(0, {
      DEF: [
        { ALT: () => this.SUBRULE(this.alterTable, { ARGS: [first] }) },
        { ALT: () => this.SUBRULE(this.alterView, { ARGS: [first] }) },
        { ALT: () => this.SUBRULE(this.alterDatabase, { ARGS: [first] }) },
        { ALT: () => this.SUBRULE(this.alterCatalog, { ARGS: [first] }) },
        { ALT: () => this.SUBRULE(this.alterFunction, { ARGS: [first] }) },
        { ALT: () => this.SUBRULE(this.alterModel, { ARGS: [first] }) },
        { ALT: () => this.SUBRULE(this.alterMaterializedTable, { ARGS: [first] }) },
      ],
      ERR_MSG: 'what to alter: TABLE, VIEW, FUNCTION, MODEL, CATALOG or DATABASE',
    });
  });

  protected readonly alterTable: Rule<AlterTable, [Token]> = this.RULE('alterTable', (first: Token) => {
    this.CONSUME(K.TABLE);
    const ifExists = this.SUBRULE(this.ifExists);
    const name = this.dotted(0, 'a table name');
    const action = this.SUBRULE(this.tableAction);
    return { kind: 'alterTable', ifExists, name, action, span: this.since(first) } as const;
  });

  protected readonly tableAction: Rule<AlterTableAction> = this.RULE('tableAction', () => {
    return this.pick<AlterTableAction>(0, {
      DEF: [
        { ALT: () => this.SUBRULE(this.addAction) },
        { ALT: () => this.SUBRULE(this.modifyAction) },
        { ALT: () => this.SUBRULE(this.dropAction) },
        { ALT: () => this.SUBRULE(this.renameAction) },
        { ALT: () => this.SUBRULE(this.setOptions) },
        { ALT: () => this.SUBRULE(this.resetOptions) },
      ],
      ERR_MSG: 'ADD, MODIFY, DROP, RENAME, SET or RESET',
    });
  });

  protected readonly addAction: Rule<AlterTableAction> = this.RULE('addAction', () => {
    const first = this.take(0, K.ADD);
    return this.pick<AlterTableAction>(0, {
      DEF: [
        {
          // IF is also a name: `ADD if INT` adds a column.
          GATE: () => this.isAhead(1, K.PARTITION) || this.isAhead(2, K.NOT),
          ALT: () => {
            const ifNotExists = this.SUBRULE(this.ifNotExists);
            const partitions: PartitionSpecification[] = [];
            this.AT_LEAST_ONE({
              DEF: () => {
                partitions.push(this.SUBRULE(this.newPartition));
              },
              ERR_MSG: 'PARTITION',
            });
            return { kind: 'addPartitions', ifNotExists, partitions, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            const distribution = this.SUBRULE(this.namedDistribution);
            return { kind: 'addDistribution', distribution, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            const elements = this.SUBRULE(this.changedElements);
            return { kind: 'addElements', elements, span: this.since(first) };
          },
        },
      ],
      ERR_MSG: 'a column, WATERMARK, PRIMARY KEY, PARTITION or DISTRIBUTION after ADD',
    });
  });

  protected readonly modifyAction: Rule<AlterTableAction> = this.RULE('modifyAction', () => {
    const first = this.take(0, K.MODIFY);
    return this.pick<AlterTableAction>(0, {
      DEF: [
        {
          ALT: () => {
            const distribution = this.SUBRULE(this.namedDistribution);
            return { kind: 'modifyDistribution', distribution, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            const elements = this.SUBRULE(this.changedElements);
            return { kind: 'modifyElements', elements, span: this.since(first) };
          },
        },
      ],
      ERR_MSG: 'a column, WATERMARK, PRIMARY KEY or DISTRIBUTION after MODIFY',
    });
  });

  /** `DISTRIBUTION BY …`; Flink's tests also write DISTRIBUTED. */
  protected readonly namedDistribution = this.RULE('namedDistribution', () => {
    const first = this.OR([{ ALT: () => this.take(0, K.DISTRIBUTION) }, { ALT: () => this.take(0, K.DISTRIBUTED) }]);
    return this.SUBRULE(this.distributionTail, { ARGS: [first] });
  });

  /** One declaration, or several in parentheses. */
  protected readonly changedElements: Rule<TableElements> = this.RULE('changedElements', () => {
    return this.pick<TableElements>(0, [
      { ALT: () => this.SUBRULE(this.tableElements) },
      {
        ALT: () => {
          const element = this.SUBRULE(this.tableElement);
          return this.ACTION(() => alone(element));
        },
      },
    ]);
  });

  protected readonly newPartition: Rule<PartitionSpecification> = this.RULE('newPartition', () => {
    const first = this.take(0, K.PARTITION);
    const items = this.SUBRULE(this.partitionItems);
    const options: Option[] = this.SUBRULE(this.withOptions);
    return { kind: 'partitionSpecification', items, options, span: this.since(first) } as const;
  });

  protected readonly dropAction: Rule<AlterTableAction> = this.RULE('dropAction', () => {
    const first = this.take(0, K.DROP);
    return this.pick<AlterTableAction>(0, {
      DEF: [
        {
          ALT: () => {
            this.CONSUME(K.PRIMARY);
            this.CONSUME(K.KEY);
            return { kind: 'dropPrimaryKey', span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.CONSTRAINT);
            const name = this.name(0, 'a constraint name');
            return { kind: 'dropConstraint', name, span: this.since(first) };
          },
        },
        { ALT: () => (this.CONSUME(K.WATERMARK), { kind: 'dropWatermark', span: this.since(first) }) },
        { ALT: () => (this.CONSUME(K.DISTRIBUTION), { kind: 'dropDistribution', span: this.since(first) }) },
        {
          GATE: () => this.isAhead(1, K.PARTITION) || this.isAhead(2, K.EXISTS),
          ALT: () => {
            const ifExists = this.SUBRULE(this.ifExists);
            const partitions = [this.SUBRULE(this.oldPartition)];
            this.MANY(() => {
              this.CONSUME(T.Comma);
              partitions.push(this.SUBRULE1(this.oldPartition));
            });
            return { kind: 'dropPartitions', ifExists, partitions, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            const columns = this.SUBRULE(this.dottedNamesInParentheses, { ARGS: ['a column name'] });
            return { kind: 'dropColumns', columns, span: this.since(first) };
          },
        },
        { ALT: () => ({ kind: 'dropColumns', columns: [this.dotted(1, 'a column name')], span: this.since(first) }) },
      ],
      ERR_MSG: 'a column name, PRIMARY KEY, CONSTRAINT, WATERMARK, DISTRIBUTION or PARTITION after DROP',
    });
  });

  protected readonly oldPartition: Rule<PartitionSpecification> = this.RULE('oldPartition', () => {
    const first = this.take(0, K.PARTITION);
    const items = this.SUBRULE(this.partitionItems);
    return { kind: 'partitionSpecification', items, options: [], span: this.since(first) } as const;
  });

  /** `RENAME TO t` or `RENAME old TO new`. */
  protected readonly renameAction: Rule<AlterTableAction> = this.RULE('renameAction', () => {
    const first = this.take(0, K.RENAME);
    return this.pick<AlterTableAction>(0, {
      DEF: [
        {
          ALT: () => {
            this.CONSUME(K.TO);
            const to = this.dotted(0, 'a table name');
            return { kind: 'renameTo', to, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            const from = this.dotted(1, 'a column name');
            this.CONSUME1(K.TO);
            const to = this.name(0, 'a column name');
            return { kind: 'renameColumn', from, to, span: this.since(first) };
          },
        },
      ],
      ERR_MSG: 'TO or a column name after RENAME',
    });
  });

  protected readonly renameTo: Rule<RenameTo> = this.RULE('renameTo', () => {
    const first = this.take(0, K.RENAME);
    this.CONSUME(K.TO);
    const to = this.dotted(0, 'a new name');
    return { kind: 'renameTo', to, span: this.since(first) } as const;
  });

  protected readonly setOptions: Rule<SetOptions> = this.RULE('setOptions', () => {
    const first = this.ahead(1);
    const options = this.SUBRULE(this.setClause);
    return { kind: 'setOptions', options, span: this.since(first) } as const;
  });

  protected readonly resetOptions: Rule<ResetOptions> = this.RULE('resetOptions', () => {
    const first = this.take(0, K.RESET);
    const keys = this.SUBRULE(this.keyList);
    return { kind: 'resetOptions', keys, span: this.since(first) } as const;
  });

  protected readonly alterView: Rule<AlterView, [Token]> = this.RULE('alterView', (first: Token) => {
    this.CONSUME(K.VIEW);
    const name = this.dotted(0, 'a view name');
    const action = this.pick<AlterView['action']>(0, {
      DEF: [
        { ALT: () => this.SUBRULE(this.renameTo) },
        {
          ALT: () => {
            const as = this.take(0, K.AS);
            const query = this.SUBRULE(this.query);
            return { kind: 'asQuery', query, span: this.since(as) };
          },
        },
      ],
      ERR_MSG: 'RENAME TO or AS',
    });
    return { kind: 'alterView', name, action, span: this.since(first) } as const;
  });

  protected readonly alterDatabase: Rule<AlterDatabase, [Token]> = this.RULE('alterDatabase', (first: Token) => {
    this.CONSUME(K.DATABASE);
    const name = this.dotted(0, 'a database name');
    const action = this.SUBRULE(this.setOptions);
    return { kind: 'alterDatabase', name, action, span: this.since(first) } as const;
  });

  protected readonly alterCatalog: Rule<AlterCatalog, [Token]> = this.RULE('alterCatalog', (first: Token) => {
    this.CONSUME(K.CATALOG);
    const name = this.name(0, 'a catalog name');
    const action = this.pick<AlterCatalog['action']>(0, {
      DEF: [
        { ALT: () => this.SUBRULE(this.setOptions) },
        { ALT: () => this.SUBRULE(this.resetOptions) },
        {
          ALT: () => {
            const word = this.take(0, K.COMMENT);
            const comment = this.text(0, 'the comment in single quotes');
            return { kind: 'setComment', comment, span: this.since(word) };
          },
        },
      ],
      ERR_MSG: 'SET, RESET or COMMENT',
    });
    return { kind: 'alterCatalog', name, action, span: this.since(first) } as const;
  });

  protected readonly alterFunction: Rule<AlterFunction, [Token]> = this.RULE('alterFunction', (first: Token) => {
    const scope: FunctionScope = this.SUBRULE(this.scope);
    this.CONSUME(K.FUNCTION);
    const ifExists = this.SUBRULE(this.ifExists);
    const name = this.dotted(0, 'a function name');
    this.CONSUME(K.AS);
    const className = this.text(0, 'the class of the function in single quotes');
    const language = this.SUBRULE(this.language);
    return { kind: 'alterFunction', scope, ifExists, name, className, language, span: this.since(first) } as const;
  });

  protected readonly alterModel: Rule<AlterModel, [Token]> = this.RULE('alterModel', (first: Token) => {
    this.CONSUME(K.MODEL);
    const ifExists = this.SUBRULE(this.ifExists);
    const name = this.dotted(0, 'a model name');
    const action = this.pick<AlterModel['action']>(0, {
      DEF: [
        { ALT: () => this.SUBRULE(this.renameTo) },
        { ALT: () => this.SUBRULE(this.setOptions) },
        { ALT: () => this.SUBRULE(this.resetOptions) },
      ],
      ERR_MSG: 'RENAME TO, SET or RESET',
    });
    return { kind: 'alterModel', ifExists, name, action, span: this.since(first) } as const;
  });

  protected readonly alterMaterializedTable: Rule<AlterMaterializedTable, [Token]> = this.RULE(
    'alterMaterializedTable',
    (first: Token) => {
      this.CONSUME(K.MATERIALIZED);
      this.CONSUME(K.TABLE);
      const ifExists = this.SUBRULE(this.ifExists);
      const name = this.dotted(0, 'a table name');
      const action = this.pick<AlterMaterializedTable['action']>(0, {
        DEF: [
          { ALT: () => this.SUBRULE(this.tableAction) },
          {
            ALT: () => {
              const word = this.take(0, K.SUSPEND);
              return { kind: 'suspend', span: this.since(word) };
            },
          },
          { ALT: () => this.SUBRULE(this.resume) },
          { ALT: () => this.SUBRULE(this.refresh) },
          {
            ALT: () => {
              const as = this.take(0, K.AS);
              const query = this.SUBRULE(this.query);
              return { kind: 'asQuery', query, span: this.since(as) };
            },
          },
        ],
        ERR_MSG: 'SUSPEND, RESUME, REFRESH, AS or a change of the table',
      });
      return { kind: 'alterMaterializedTable', ifExists, name, action, span: this.since(first) } as const;
    },
  );

  protected readonly resume: Rule<Resume> = this.RULE('resume', () => {
    const first = this.take(0, K.RESUME);
    const options = this.SUBRULE(this.withOptions);
    return { kind: 'resume', options, span: this.since(first) } as const;
  });

  protected readonly refresh: Rule<Refresh> = this.RULE('refresh', () => {
    const first = this.take(0, K.REFRESH);
    const partition: PartitionItem[] = this.SUBRULE(this.partitionClause);
    return { kind: 'refresh', partition, span: this.since(first) } as const;
  });

  // ------------------------------------------------------------------------------------------------------------------------- DROP

  protected readonly drop: Rule<Dropped> = this.RULE('drop', () => {
    const first = this.take(0, K.DROP);
    const scope = this.SUBRULE(this.scope);
    const named = (index: number, expected: string): { ifExists: boolean; name: ObjectName } => ({
      ifExists: this.subrule(index, this.ifExists),
      name: this.dotted(index, expected),
    });
    const temporary = scope !== 'catalog';
    const dropped = this.pick<Dropped>(0, {
      DEF: [
        {
          ALT: () => {
            this.CONSUME(K.TABLE);
            const { ifExists, name } = named(0, 'a table name');
            return { kind: 'dropTable', temporary, ifExists, name, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.VIEW);
            const { ifExists, name } = named(1, 'a view name');
            return { kind: 'dropView', temporary, ifExists, name, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.FUNCTION);
            const { ifExists, name } = named(2, 'a function name');
            return { kind: 'dropFunction', scope, ifExists, name, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.MODEL);
            const { ifExists, name } = named(3, 'a model name');
            return { kind: 'dropModel', temporary, ifExists, name, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.CATALOG);
            const ifExists = this.subrule(4, this.ifExists);
            const name = this.name(4, 'a catalog name');
            return { kind: 'dropCatalog', ifExists, name, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.DATABASE);
            const { ifExists, name } = named(5, 'a database name');
            const cascade = this.SUBRULE(this.dropBehavior);
            return { kind: 'dropDatabase', ifExists, name, cascade, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.MATERIALIZED);
            this.CONSUME1(K.TABLE);
            const { ifExists, name } = named(6, 'a table name');
            return { kind: 'dropMaterializedTable', ifExists, name, span: this.since(first) };
          },
        },
      ],
      ERR_MSG: 'what to drop: TABLE, VIEW, FUNCTION, MODEL, CATALOG or DATABASE',
    });
    return dropped;
  });

  protected readonly dropBehavior: Rule<boolean> = this.RULE('dropBehavior', () => {
    let cascade = false;
    this.OPTION(() => {
      this.OR([
        { ALT: () => this.CONSUME(K.RESTRICT) },
        {
          ALT: () => {
            this.CONSUME(K.CASCADE);
            cascade = true;
          },
        },
      ]);
    });
    return cascade;
  });
}

function alone(element: ColumnDefinition | Watermark | PrimaryKey): TableElements {
  return {
    kind: 'tableElements',
    columns: element.kind === 'watermark' || element.kind === 'primaryKey' ? [] : [element],
    watermarks: element.kind === 'watermark' ? [element] : [],
    primaryKeys: element.kind === 'primaryKey' ? [element] : [],
    span: element.span,
  };
}
