import { EngineError, unsupported } from '../../errors.ts';
import type {
  ColumnDefinition,
  ColumnPosition,
  Distribution,
  Expression,
  Identifier,
  LikeClause,
  LikeOption,
  ObjectName,
  Option,
  PartitionItem,
  PrimaryKey,
  StringLiteral,
  TableElements,
  Watermark,
} from '../ast.ts';
import * as T from '../tokens.ts';
import { K, type Token } from '../tokens.ts';
import type { Rule } from './base.ts';
import { QueryGrammar } from './queries.ts';

type TableElement = ColumnDefinition | Watermark | PrimaryKey;

interface ColumnTail {
  readonly primaryKey: PrimaryKey | null;
  readonly comment: StringLiteral | null;
  readonly position: ColumnPosition | null;
}

/** The parts of CREATE TABLE that other statements share. */
export abstract class TableGrammar extends QueryGrammar {
  /** `(column, …, WATERMARK …, PRIMARY KEY …)`. */
  protected readonly tableElements: Rule<TableElements> = this.RULE('tableElements', () => {
    const first = this.take(0, T.LParen);
    const elements = [this.SUBRULE(this.tableElement)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      elements.push(this.SUBRULE1(this.tableElement));
    });
    this.CONSUME(T.RParen);
    return this.ACTION(() => gather(elements, this.since(first)));
  });

  protected readonly tableElement: Rule<TableElement> = this.RULE('tableElement', () => {
    return this.pick<TableElement>(0, {
      DEF: [
        { ALT: () => this.SUBRULE(this.watermark) },
        { ALT: () => this.SUBRULE(this.tableConstraint) },
        { ALT: () => this.SUBRULE(this.columnDefinition) },
      ],
      ERR_MSG: 'a column name',
    });
  });

  protected readonly watermark: Rule<Watermark> = this.RULE('watermark', () => {
    const first = this.take(0, K.WATERMARK);
    this.CONSUME(K.FOR);
    const column = this.dotted(0, 'a column name');
    this.CONSUME(K.AS);
    const expression = this.expr(0);
    return { kind: 'watermark', column, expression, span: this.since(first) } as const;
  });

  protected readonly tableConstraint: Rule<PrimaryKey> = this.RULE('tableConstraint', () => {
    const first = this.ahead(1);
    const name = this.SUBRULE(this.constraintName);
    this.SUBRULE(this.primaryKeyWords);
    const columns = this.SUBRULE(this.namesInParentheses, { ARGS: ['a column name'] });
    this.SUBRULE(this.notEnforced, { ARGS: [first] });
    return { kind: 'primaryKey', name, columns, span: this.since(first) } as const;
  });

  protected readonly constraintName: Rule<Identifier | null> = this.RULE('constraintName', () => {
    let name: Identifier | null = null;
    this.OPTION(() => {
      this.CONSUME(K.CONSTRAINT);
      name = this.name(0, 'a constraint name');
    });
    return name;
  });

  protected readonly primaryKeyWords: Rule<void> = this.RULE('primaryKeyWords', () => {
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(K.PRIMARY);
            this.CONSUME(K.KEY);
          },
        },
        {
          ALT: () => {
            const token = this.take(0, K.UNIQUE);
            this.ACTION(() => {
              throw unsupported(
                'a UNIQUE constraint',
                'Only PRIMARY KEY (…) NOT ENFORCED can be declared.',
                this.since(token),
              );
            });
          },
        },
      ],
      ERR_MSG: 'PRIMARY KEY',
    });
  });

  protected readonly notEnforced: Rule<void, [Token]> = this.RULE('notEnforced', (first: Token) => {
    let declared = false;
    this.OPTION(() => {
      this.OPTION1(() => {
        this.CONSUME(K.NOT);
        declared = true;
      });
      this.CONSUME(K.ENFORCED);
    });
    this.ACTION(() => {
      if (declared) return;
      throw new EngineError('syntax_error', 'a primary key must be declared NOT ENFORCED', {
        detail: 'Keys are a promise about the data; nothing checks them.',
        hint: 'Write PRIMARY KEY (…) NOT ENFORCED.',
        span: this.since(first),
      });
    });
  });

  /** A physical, metadata or computed column, or in CREATE TABLE … AS a bare name. */
  protected readonly columnDefinition: Rule<ColumnDefinition> = this.RULE('columnDefinition', () => {
    const name = this.dotted(0, 'a column name');
    return this.pick<ColumnDefinition>(0, {
      DEF: [
        {
          ALT: () => {
            this.CONSUME(K.AS);
            const expression = this.expr(0);
            const { comment, position } = this.SUBRULE(this.columnTail, { ARGS: [undefined] });
            return { kind: 'computedColumn', name, expression, comment, position, span: this.since(name) };
          },
        },
        { ALT: () => this.SUBRULE(this.typedColumn, { ARGS: [name] }) },
        {
          GATE: () => this.isAhead(1, T.Comma) || this.isAhead(1, T.RParen),
          ALT: () => this.ACTION(() => bareColumn(name)),
        },
      ],
      ERR_MSG: 'a data type or AS after the column name',
    });
  });

  protected readonly typedColumn: Rule<ColumnDefinition, [ObjectName]> = this.RULE(
    'typedColumn',
    (name: ObjectName) => {
      const type = this.type(0, 'a data type after the column name');
      return this.pick<ColumnDefinition>(0, [
        {
          ALT: () => {
            this.CONSUME(K.METADATA);
            let key: StringLiteral | null = null;
            let virtual = false;
            this.OPTION(() => {
              this.CONSUME(K.FROM);
              key = this.text(0, 'the metadata key in single quotes');
            });
            this.OPTION1(() => {
              this.CONSUME(K.VIRTUAL);
              virtual = true;
            });
            const { comment, position } = this.SUBRULE(this.columnTail, { ARGS: [undefined] });
            return { kind: 'metadataColumn', name, type, key, virtual, comment, position, span: this.since(name) };
          },
        },
        {
          ALT: () => {
            const tail = this.SUBRULE1(this.columnTail, { ARGS: [name] });
            return { kind: 'physicalColumn', name, type, ...tail, span: this.since(name) };
          },
        },
      ]);
    },
  );

  /** `[PRIMARY KEY NOT ENFORCED] [COMMENT '…'] [FIRST | AFTER c]`; a key only where a column is given. */
  protected readonly columnTail: Rule<ColumnTail, [ObjectName | undefined]> = this.RULE(
    'columnTail',
    (column: ObjectName | undefined) => {
      let primaryKey: PrimaryKey | null = null;
      let position: ColumnPosition | null = null;
      this.OPTION({
        GATE: () => column !== undefined,
        DEF: () => {
          const first = this.ahead(1);
          const name = this.SUBRULE(this.constraintName);
          this.SUBRULE(this.primaryKeyWords);
          this.SUBRULE(this.notEnforced, { ARGS: [first] });
          const columns = this.ACTION(() => (column?.parts ?? []).slice(-1));
          primaryKey = { kind: 'primaryKey', name, columns, span: this.since(first) };
        },
      });
      const comment = this.SUBRULE(this.commentClause);
      this.OPTION1(() => {
        position = this.SUBRULE(this.columnPosition);
      });
      return { primaryKey, comment, position };
    },
  );

  protected readonly columnPosition: Rule<ColumnPosition> = this.RULE('columnPosition', () => {
    const first = this.ahead(1);
    const after = this.pick<ObjectName | null>(0, [
      { ALT: () => (this.CONSUME(K.FIRST), null) },
      {
        ALT: () => {
          this.CONSUME(K.AFTER);
          return this.dotted(0, 'a column name');
        },
      },
    ]);
    return { kind: 'columnPosition', after, span: this.since(first) } as const;
  });

  /** `DISTRIBUTED BY …` after its first word, which is DISTRIBUTED or (in ALTER) DISTRIBUTION. */
  protected readonly distributionTail: Rule<Distribution, [Token]> = this.RULE('distributionTail', (first: Token) => {
    let method: Distribution['method'] = null;
    let columns: Identifier[] = [];
    let buckets: number | null = null;
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(K.BY);
            this.OPTION(() => {
              method = this.pick<Distribution['method']>(1, [
                { ALT: () => (this.CONSUME(K.HASH), 'hash') },
                { ALT: () => (this.CONSUME(K.RANGE), 'range') },
              ]);
            });
            columns = this.SUBRULE(this.namesInParentheses, { ARGS: ['a column name'] });
            this.OPTION1(() => {
              buckets = this.SUBRULE(this.buckets);
            });
          },
        },
        {
          ALT: () => {
            buckets = this.SUBRULE1(this.buckets);
          },
        },
      ],
      ERR_MSG: 'BY (columns) or INTO n BUCKETS',
    });
    return { kind: 'distribution', method, columns, buckets, span: this.since(first) } as const;
  });

  protected readonly buckets: Rule<number> = this.RULE('buckets', () => {
    this.CONSUME(K.INTO);
    const count = this.count(0, 'a number of buckets');
    this.CONSUME(K.BUCKETS);
    return count;
  });

  protected readonly distributionClause: Rule<Distribution | null> = this.RULE('distributionClause', () => {
    let distribution: Distribution | null = null;
    this.OPTION(() => {
      const first = this.take(0, K.DISTRIBUTED);
      distribution = this.SUBRULE(this.distributionTail, { ARGS: [first] });
    });
    return distribution;
  });

  protected readonly partitionedBy: Rule<Identifier[]> = this.RULE('partitionedBy', () => {
    let columns: Identifier[] = [];
    this.OPTION(() => {
      this.CONSUME(K.PARTITIONED);
      this.CONSUME(K.BY);
      columns = this.SUBRULE(this.namesInParentheses, { ARGS: ['a column name'] });
    });
    return columns;
  });

  protected readonly likeClause: Rule<LikeClause> = this.RULE('likeClause', () => {
    const first = this.take(0, K.LIKE);
    const source = this.dotted(0, 'a table name');
    const options: LikeOption[] = [];
    this.OPTION(() => {
      this.CONSUME(T.LParen);
      this.MANY(() => {
        options.push(this.SUBRULE(this.likeOption));
        this.OPTION1(() => this.CONSUME(T.Comma));
      });
      this.CONSUME(T.RParen);
    });
    return { kind: 'likeClause', source, options, span: this.since(first) } as const;
  });

  protected readonly likeOption: Rule<LikeOption> = this.RULE('likeOption', () => {
    const first = this.ahead(1);
    const strategy = this.pick<LikeOption['strategy']>(0, [
      { ALT: () => (this.CONSUME(K.INCLUDING), 'including') },
      { ALT: () => (this.CONSUME(K.EXCLUDING), 'excluding') },
      { ALT: () => (this.CONSUME(K.OVERWRITING), 'overwriting') },
    ]);
    const whole = (): boolean => strategy !== 'overwriting';
    const feature = this.pick<LikeOption['feature']>(1, {
      DEF: [
        { GATE: whole, ALT: () => (this.CONSUME(K.ALL), 'all') },
        { GATE: whole, ALT: () => (this.CONSUME(K.CONSTRAINTS), 'constraints') },
        { GATE: whole, ALT: () => (this.CONSUME(K.DISTRIBUTION), 'distribution') },
        { GATE: whole, ALT: () => (this.CONSUME(K.PARTITIONS), 'partitions') },
        { ALT: () => (this.CONSUME(K.GENERATED), 'generated') },
        { ALT: () => (this.CONSUME(K.METADATA), 'metadata') },
        { ALT: () => (this.CONSUME(K.OPTIONS), 'options') },
        { ALT: () => (this.CONSUME(K.WATERMARKS), 'watermarks') },
      ],
      ERR_MSG:
        'what to copy: GENERATED, METADATA, OPTIONS, WATERMARKS, or (not OVERWRITING) ALL, CONSTRAINTS, PARTITIONS',
    });
    return { kind: 'likeOption', strategy, feature, span: this.since(first) } as const;
  });

  /** `PARTITION (k = v, …)` after the word PARTITION; a key alone is a dynamic partition. */
  protected readonly partitionItems: Rule<PartitionItem[]> = this.RULE('partitionItems', () => {
    this.CONSUME(T.LParen);
    const items = [this.SUBRULE(this.partitionItem)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      items.push(this.SUBRULE1(this.partitionItem));
    });
    this.CONSUME(T.RParen);
    return items;
  });

  protected readonly partitionItem: Rule<PartitionItem> = this.RULE('partitionItem', () => {
    const column = this.name(0, 'a partition column');
    let value: Expression | null = null;
    this.OPTION(() => {
      this.CONSUME(T.Equal);
      value = this.expr(0);
    });
    return { kind: 'partitionItem', column, value, span: this.since(column) } as const;
  });

  /** `[PARTITION (…)]`. */
  protected readonly partitionClause: Rule<PartitionItem[]> = this.RULE('partitionClause', () => {
    let items: PartitionItem[] = [];
    this.OPTION(() => {
      this.CONSUME(K.PARTITION);
      items = this.SUBRULE(this.partitionItems);
    });
    return items;
  });

  /** `('k', …)`. */
  protected readonly keyList: Rule<StringLiteral[]> = this.RULE('keyList', () => {
    const keys: StringLiteral[] = [];
    this.CONSUME(T.LParen);
    keys.push(this.text(0, 'an option key in single quotes'));
    this.MANY(() => {
      this.CONSUME(T.Comma);
      keys.push(this.text(1, 'an option key in single quotes'));
    });
    this.CONSUME(T.RParen);
    return keys;
  });

  protected readonly setClause: Rule<Option[]> = this.RULE('setClause', () => {
    this.CONSUME(K.SET);
    return this.SUBRULE(this.optionList);
  });
}

function bareColumn(name: ObjectName): ColumnDefinition {
  const [only, second] = name.parts;
  if (only === undefined || second !== undefined) {
    throw new EngineError('syntax_error', 'expected a data type after the column name', { span: name.span });
  }
  return { kind: 'columnName', name: only, span: name.span };
}

function gather(elements: readonly TableElement[], span: TableElements['span']): TableElements {
  const columns: ColumnDefinition[] = [];
  const watermarks: Watermark[] = [];
  const primaryKeys: PrimaryKey[] = [];
  for (const element of elements) {
    if (element.kind === 'watermark') watermarks.push(element);
    else if (element.kind === 'primaryKey') primaryKeys.push(element);
    else columns.push(element);
  }
  const bare = columns.find((column) => column.kind === 'columnName');
  if (bare !== undefined && columns.some((column) => column.kind !== 'columnName')) {
    throw new EngineError('syntax_error', `expected a data type after the column name "${bareText(bare)}"`, {
      hint: 'Columns without a type stand only in CREATE TABLE … AS, and then none has one.',
      span: bare.span,
    });
  }
  return { kind: 'tableElements', columns, watermarks, primaryKeys, span };
}

function bareText(column: ColumnDefinition): string {
  return column.kind === 'columnName' ? column.name.name : '';
}
