import type { TokenType } from 'chevrotain';
import { EngineError } from '../../errors.ts';
import type { DataType, IntervalQualifier, IntervalUnit, RowTypeField, SimpleTypeName, StringLiteral } from '../ast.ts';
import { Comma, Greater, K, Less, LParen, PlainWord, RParen, type Token } from '../tokens.ts';
import { BaseGrammar, type Rule } from './base.ts';

const intervalUnits: readonly IntervalUnit[] = ['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'];

const pluralUnits = new Map<string, IntervalUnit>(intervalUnits.map((unit) => [`${unit}S`, unit]));

/** Units as words: QUARTER and WEEK and the plurals are not reserved. */
export function intervalUnitOf(word: string): IntervalUnit | undefined {
  const upper = word.toUpperCase();
  return intervalUnits.find((unit) => unit === upper) ?? pluralUnits.get(upper);
}

type Zone = 'local' | 'given' | 'none';

/** Types without parameters: keyword → name in the tree. */
const plainTypes: readonly (readonly [TokenType, SimpleTypeName])[] = [
  [K.STRING, 'STRING'],
  [K.BOOLEAN, 'BOOLEAN'],
  [K.BYTES, 'BYTES'],
  [K.TINYINT, 'TINYINT'],
  [K.SMALLINT, 'SMALLINT'],
  [K.INT, 'INT'],
  [K.INTEGER, 'INT'],
  [K.BIGINT, 'BIGINT'],
  [K.FLOAT, 'FLOAT'],
  [K.REAL, 'REAL'],
  [K.DATE, 'DATE'],
  [K.VARIANT, 'VARIANT'],
  [K.BITMAP, 'BITMAP'],
  [K.NULL, 'NULL'],
];

/** Types with a length or a precision. */
const sizedTypes: readonly (readonly [TokenType, SimpleTypeName])[] = [
  [K.VARCHAR, 'VARCHAR'],
  [K.VARBINARY, 'VARBINARY'],
  [K.DECIMAL, 'DECIMAL'],
  [K.DEC, 'DECIMAL'],
  [K.NUMERIC, 'DECIMAL'],
];

export abstract class TypeGrammar extends BaseGrammar {
  // -------------------------------------------------------------------------------------------------------------------- intervals

  protected readonly intervalUnit: Rule<IntervalUnit, [(string | undefined)?]> = this.RULE(
    'intervalUnit',
    (expected?: string) => {
      const token = this.OR({
        DEF: [
          { ALT: () => this.CONSUME(K.YEAR) },
          { ALT: () => this.CONSUME(K.MONTH) },
          { ALT: () => this.CONSUME(K.DAY) },
          { ALT: () => this.CONSUME(K.HOUR) },
          { ALT: () => this.CONSUME(K.MINUTE) },
          { ALT: () => this.CONSUME(K.SECOND) },
          { GATE: () => intervalUnitOf(this.ahead(1).image) !== undefined, ALT: () => this.CONSUME(PlainWord) },
        ],
        ERR_MSG: expected ?? 'a time unit such as SECOND or DAY',
      });
      return this.ACTION(() => intervalUnitOf(token.image) ?? 'SECOND');
    },
  );

  /** `DAY(2) TO SECOND(3)`. */
  protected readonly intervalQualifier: Rule<IntervalQualifier> = this.RULE('intervalQualifier', () => {
    const first = this.ahead(1);
    const start = this.SUBRULE(this.intervalUnit);
    let precision: number | null = null;
    let fractionalPrecision: number | null = null;
    let end: IntervalUnit | null = null;
    this.OPTION(() => {
      this.CONSUME(LParen);
      precision = this.count(0, 'a precision');
      this.OPTION1(() => {
        this.CONSUME(Comma);
        fractionalPrecision = this.count(1, 'a precision');
      });
      this.CONSUME(RParen);
    });
    this.OPTION2(() => {
      this.CONSUME(K.TO);
      end = this.SUBRULE1(this.intervalUnit);
      this.OPTION3(() => {
        this.CONSUME1(LParen);
        fractionalPrecision = this.count(2, 'a precision');
        this.CONSUME1(RParen);
      });
    });
    return { kind: 'intervalQualifier', start, precision, end, fractionalPrecision, span: this.since(first) } as const;
  });

  // ------------------------------------------------------------------------------------------------------------------------ types

  /** A type with its suffixes: `t [NULL | NOT NULL] [ARRAY | MULTISET]…`. */
  protected readonly dataType: Rule<DataType, [(string | undefined)?]> = this.RULE('dataType', (expected?: string) => {
    const core = this.SUBRULE(this.typeCore, { ARGS: [expected] });
    let type = this.SUBRULE(this.nullability, { ARGS: [core] });
    this.MANY(() => {
      const kind = this.OR([
        { ALT: () => (this.CONSUME(K.ARRAY), 'arrayType' as const) },
        { ALT: () => (this.CONSUME(K.MULTISET), 'multisetType' as const) },
      ]);
      const collection: DataType = { kind, element: type, nullable: true, span: this.since(type) };
      type = this.SUBRULE1(this.nullability, { ARGS: [collection] });
    });
    return type;
  });

  protected type(index: number, expected?: string): DataType {
    return this.subrule(index, this.dataType, { ARGS: [expected] });
  }

  protected readonly nullability: Rule<DataType, [DataType]> = this.RULE('nullability', (type: DataType) => {
    let result = type;
    this.OPTION(() => {
      this.OR([
        { ALT: () => this.CONSUME(K.NULL) },
        {
          ALT: () => {
            this.CONSUME(K.NOT);
            this.CONSUME1(K.NULL);
            this.ACTION(() => {
              result = { ...type, nullable: false, span: this.since(type) };
            });
          },
        },
      ]);
    });
    return result;
  });

  protected readonly typeCore: Rule<DataType, [(string | undefined)?]> = this.RULE('typeCore', (expected?: string) => {
    return this.OR({
      DEF: [
        ...plainTypes.map(([token, name], index) => ({
          ALT: () => this.simple(this.take(index, token), name, []),
        })),
        ...sizedTypes.map(([token, name], index) => ({
          ALT: () => {
            const first = this.take(index, token);
            return this.simple(first, name, this.subrule(index, this.typeParameters));
          },
        })),
        { ALT: () => this.SUBRULE(this.characterType) },
        { ALT: () => this.SUBRULE(this.binaryType) },
        { ALT: () => this.SUBRULE(this.doubleType) },
        { ALT: () => this.SUBRULE(this.timeType) },
        { ALT: () => this.SUBRULE(this.timestampType) },
        { ALT: () => this.SUBRULE(this.timestampLtzType) },
        { ALT: () => this.SUBRULE(this.intervalType) },
        { ALT: () => this.SUBRULE(this.collectionType) },
        { ALT: () => this.SUBRULE(this.mapType), GATE: () => this.isAhead(2, Less) },
        { ALT: () => this.SUBRULE(this.rowType) },
        { ALT: () => this.SUBRULE(this.structuredType) },
        { ALT: () => this.SUBRULE(this.rawType) },
        { ALT: () => this.SUBRULE(this.namedType), IGNORE_AMBIGUITIES: true },
      ],
      ERR_MSG: expected ?? 'a data type',
    }) as DataType;
  });

  private simple(first: Token, name: SimpleTypeName, parameters: readonly number[]): DataType {
    return { kind: 'simpleType', name, parameters, nullable: true, span: this.since(first) };
  }

  /** `[(n [, m])]`. */
  protected readonly typeParameters: Rule<number[]> = this.RULE('typeParameters', () => {
    const parameters: number[] = [];
    this.OPTION(() => {
      this.CONSUME(LParen);
      parameters.push(this.count(0, 'a number'));
      this.OPTION1(() => {
        this.CONSUME(Comma);
        parameters.push(this.count(1, 'a number'));
      });
      this.CONSUME(RParen);
    });
    return parameters;
  });

  protected readonly characterType: Rule<DataType> = this.RULE('characterType', () => {
    const first = this.OR([{ ALT: () => this.take(0, K.CHAR) }, { ALT: () => this.take(0, K.CHARACTER) }]);
    let name: SimpleTypeName = 'CHAR';
    this.OPTION(() => {
      this.CONSUME(K.VARYING);
      name = 'VARCHAR';
    });
    return this.simple(first, name, this.SUBRULE(this.typeParameters));
  });

  protected readonly binaryType: Rule<DataType> = this.RULE('binaryType', () => {
    const first = this.take(0, K.BINARY);
    let name: SimpleTypeName = 'BINARY';
    this.OPTION(() => {
      this.CONSUME(K.VARYING);
      name = 'VARBINARY';
    });
    return this.simple(first, name, this.SUBRULE(this.typeParameters));
  });

  protected readonly doubleType: Rule<DataType> = this.RULE('doubleType', () => {
    const first = this.take(0, K.DOUBLE);
    this.OPTION(() => this.CONSUME(K.PRECISION));
    return this.simple(first, 'DOUBLE', []);
  });

  /** `[WITH [LOCAL] TIME ZONE | WITHOUT TIME ZONE]`. */
  protected readonly timeZone: Rule<Zone> = this.RULE('timeZone', () => {
    let zone: Zone = 'none';
    this.OPTION(() => {
      this.OR([
        { ALT: () => this.CONSUME(K.WITHOUT) },
        {
          ALT: () => {
            this.CONSUME(K.WITH);
            zone = 'given';
            this.OPTION1(() => {
              this.CONSUME(K.LOCAL);
              zone = 'local';
            });
          },
        },
      ]);
      this.CONSUME(K.TIME);
      this.CONSUME(K.ZONE);
    });
    return zone;
  });

  protected readonly timeType: Rule<DataType> = this.RULE('timeType', () => {
    const first = this.take(0, K.TIME);
    const parameters = this.SUBRULE(this.typeParameters);
    const zone = this.SUBRULE(this.timeZone);
    this.ACTION(() => {
      if (zone === 'none') return;
      throw new EngineError('unsupported', 'the type TIME WITH TIME ZONE is not supported', {
        hint: 'Use TIME, or TIMESTAMP_LTZ for a point in time.',
        span: this.since(first),
      });
    });
    return this.simple(first, 'TIME', parameters);
  });

  protected readonly timestampType: Rule<DataType> = this.RULE('timestampType', () => {
    const first = this.take(0, K.TIMESTAMP);
    const parameters = this.SUBRULE(this.typeParameters);
    const zone = this.SUBRULE(this.timeZone);
    const name = zone === 'local' ? 'TIMESTAMP_LTZ' : zone === 'given' ? 'TIMESTAMP_TZ' : 'TIMESTAMP';
    return this.simple(first, name, parameters);
  });

  protected readonly timestampLtzType: Rule<DataType> = this.RULE('timestampLtzType', () => {
    const first = this.take(0, K.TIMESTAMP_LTZ);
    return this.simple(first, 'TIMESTAMP_LTZ', this.SUBRULE(this.typeParameters));
  });

  protected readonly intervalType: Rule<DataType> = this.RULE('intervalType', () => {
    const first = this.take(0, K.INTERVAL);
    const qualifier = this.SUBRULE(this.intervalQualifier);
    return { kind: 'intervalType', qualifier, nullable: true, span: this.since(first) } as const;
  });

  protected readonly collectionType: Rule<DataType> = this.RULE('collectionType', () => {
    let kind: 'arrayType' | 'multisetType' = 'arrayType';
    const first = this.OR([
      { ALT: () => this.take(0, K.ARRAY) },
      {
        ALT: () => {
          kind = 'multisetType';
          return this.take(0, K.MULTISET);
        },
      },
    ]);
    this.CONSUME(Less);
    const element = this.type(0);
    this.CONSUME(Greater);
    return { kind, element, nullable: true, span: this.since(first) };
  });

  protected readonly mapType: Rule<DataType> = this.RULE('mapType', () => {
    const first = this.take(0, K.MAP);
    this.CONSUME(Less);
    const key = this.type(0);
    this.CONSUME(Comma);
    const value = this.type(1);
    this.CONSUME(Greater);
    return { kind: 'mapType', key, value, nullable: true, span: this.since(first) } as const;
  });

  protected readonly rowType: Rule<DataType> = this.RULE('rowType', () => {
    const first = this.take(0, K.ROW);
    const fields = this.OR([
      {
        ALT: () => {
          this.CONSUME(Less);
          const list = this.SUBRULE(this.rowFields);
          this.CONSUME(Greater);
          return list;
        },
      },
      {
        ALT: () => {
          this.CONSUME(LParen);
          const list = this.SUBRULE1(this.rowFields);
          this.CONSUME(RParen);
          return list;
        },
      },
    ]);
    return { kind: 'rowType', fields, nullable: true, span: this.since(first) } as const;
  });

  protected readonly rowField: Rule<RowTypeField> = this.RULE('rowField', () => {
    const name = this.name(0, 'a field name');
    const type = this.type(0, 'the data type of the field');
    let comment: StringLiteral | null = null;
    this.OPTION(() => {
      comment = this.text(0);
    });
    return { kind: 'rowTypeField', name, type, comment, span: this.since(name) } as const;
  });

  protected readonly rowFields: Rule<RowTypeField[]> = this.RULE('rowFields', () => {
    const fields = [this.SUBRULE(this.rowField)];
    this.MANY(() => {
      this.CONSUME(Comma);
      fields.push(this.SUBRULE1(this.rowField));
    });
    return fields;
  });

  protected readonly structuredType: Rule<DataType> = this.RULE('structuredType', () => {
    const first = this.take(0, K.STRUCTURED);
    this.CONSUME(Less);
    const className = this.text(0, 'the class name in single quotes');
    const fields: RowTypeField[] = [];
    this.MANY(() => {
      this.CONSUME(Comma);
      fields.push(this.SUBRULE(this.rowField));
    });
    this.CONSUME(Greater);
    return { kind: 'structuredType', className, fields, nullable: true, span: this.since(first) } as const;
  });

  protected readonly rawType: Rule<DataType> = this.RULE('rawType', () => {
    const first = this.take(0, K.RAW);
    this.CONSUME(LParen);
    const className = this.text(0, 'the class name in single quotes');
    this.CONSUME(Comma);
    const serializer = this.text(1, 'the serializer in single quotes');
    this.CONSUME(RParen);
    return { kind: 'rawType', className, serializer, nullable: true, span: this.since(first) } as const;
  });

  protected readonly namedType: Rule<DataType> = this.RULE('namedType', () => {
    const name = this.dotted(0, 'a data type');
    return { kind: 'namedType', name, nullable: true, span: this.since(name) } as const;
  });
}
