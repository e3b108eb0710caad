import type {
  AfterMatch,
  Expression,
  Identifier,
  MatchRecognize,
  Measure,
  Pattern,
  PatternDefinition,
  PatternSubset,
  SortItem,
  TableAlias,
  TableReference,
} from '../ast.ts';
import * as T from '../tokens.ts';
import { K } from '../tokens.ts';
import type { Rule } from './base.ts';
import { ExpressionGrammar } from './expressions.ts';

interface Quantifier {
  readonly min: number;
  readonly max: number | null;
}

/** MATCH_RECOGNIZE. All of the standard is parsed; what Flink does not run is refused later, by name. */
export abstract class MatchGrammar extends ExpressionGrammar {
  protected abstract readonly tableAlias: Rule<TableAlias | null>;

  protected readonly matchRecognize: Rule<MatchRecognize, [TableReference]> = this.RULE(
    'matchRecognize',
    (input: TableReference) => {
      let partitionBy: Expression[] = [];
      let orderBy: SortItem[] = [];
      let measures: Measure[] = [];
      let rowsPerMatch: MatchRecognize['rowsPerMatch'] = null;
      let afterMatch: AfterMatch | null = null;
      let anchoredStart = false;
      let anchoredEnd = false;
      let within: Expression | null = null;
      let subsets: PatternSubset[] = [];
      this.CONSUME(K.MATCH_RECOGNIZE);
      this.CONSUME(T.LParen);
      this.OPTION(() => {
        this.CONSUME(K.PARTITION);
        this.CONSUME(K.BY);
        partitionBy = this.SUBRULE(this.expressionList);
      });
      this.OPTION1(() => {
        orderBy = this.SUBRULE(this.orderBy);
      });
      this.OPTION2(() => {
        measures = this.SUBRULE(this.measures);
      });
      this.OPTION3(() => {
        rowsPerMatch = this.SUBRULE(this.rowsPerMatch);
      });
      this.OPTION4(() => {
        afterMatch = this.SUBRULE(this.afterMatch);
      });
      this.take(0, K.PATTERN);
      this.CONSUME1(T.LParen);
      this.OPTION5(() => {
        this.CONSUME(T.Caret);
        anchoredStart = true;
      });
      const pattern = this.SUBRULE(this.pattern);
      this.OPTION6(() => {
        this.CONSUME(T.Dollar);
        anchoredEnd = true;
      });
      this.CONSUME1(T.RParen);
      this.OPTION7(() => {
        this.CONSUME(K.WITHIN);
        within = this.expr(0);
      });
      this.OPTION8(() => {
        subsets = this.SUBRULE(this.subsets);
      });
      this.CONSUME(K.DEFINE);
      const define = this.SUBRULE(this.definitions);
      this.CONSUME2(T.RParen);
      const alias = this.SUBRULE(this.tableAlias);
      return {
        kind: 'matchRecognize',
        input,
        partitionBy,
        orderBy,
        measures,
        rowsPerMatch,
        afterMatch,
        pattern,
        anchoredStart,
        anchoredEnd,
        within,
        subsets,
        define,
        alias,
        span: this.since(input),
      } as const;
    },
  );

  protected readonly measures: Rule<Measure[]> = this.RULE('measures', () => {
    this.CONSUME(K.MEASURES);
    const measures = [this.SUBRULE(this.measure)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      measures.push(this.SUBRULE1(this.measure));
    });
    return measures;
  });

  protected readonly measure: Rule<Measure> = this.RULE('measure', () => {
    const expression = this.expr(0);
    this.CONSUME(K.AS);
    const alias = this.name(0, 'a name for the measure');
    return { kind: 'measure', expression, alias, span: this.since(expression) } as const;
  });

  protected readonly rowsPerMatch: Rule<NonNullable<MatchRecognize['rowsPerMatch']>> = this.RULE('rowsPerMatch', () => {
    return this.pick<NonNullable<MatchRecognize['rowsPerMatch']>>(0, [
      {
        ALT: () => {
          this.CONSUME(K.ONE);
          this.CONSUME(K.ROW);
          this.CONSUME(K.PER);
          this.CONSUME(K.MATCH);
          return 'one';
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.ALL);
          this.CONSUME(K.ROWS);
          this.CONSUME1(K.PER);
          this.CONSUME1(K.MATCH);
          return this.SUBRULE(this.unmatchedRows);
        },
      },
    ]);
  });

  protected readonly unmatchedRows: Rule<NonNullable<MatchRecognize['rowsPerMatch']>> = this.RULE(
    'unmatchedRows',
    () => {
      let rows: NonNullable<MatchRecognize['rowsPerMatch']> = 'all';
      this.OPTION(() => {
        rows = this.pick<NonNullable<MatchRecognize['rowsPerMatch']>>(0, [
          {
            ALT: () => {
              this.CONSUME(K.SHOW);
              this.CONSUME(K.EMPTY);
              this.CONSUME(K.MATCHES);
              return 'all show empty';
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.OMIT);
              this.CONSUME1(K.EMPTY);
              this.CONSUME1(K.MATCHES);
              return 'all omit empty';
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.WITH);
              this.CONSUME(K.UNMATCHED);
              this.CONSUME(K.ROWS);
              return 'all with unmatched';
            },
          },
        ]);
      });
      return rows;
    },
  );

  protected readonly afterMatch: Rule<AfterMatch> = this.RULE('afterMatch', () => {
    const first = this.take(0, K.AFTER);
    this.CONSUME(K.MATCH);
    this.CONSUME(K.SKIP);
    const skip = this.pick<Pick<AfterMatch, 'skip' | 'variable'>>(0, {
      DEF: [
        {
          ALT: () => {
            this.CONSUME(K.PAST);
            this.CONSUME(K.LAST);
            this.CONSUME(K.ROW);
            return { skip: 'pastLastRow', variable: null };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.TO);
            return this.SUBRULE(this.skipTarget);
          },
        },
      ],
      ERR_MSG: 'PAST LAST ROW, TO NEXT ROW, TO FIRST or TO LAST',
    });
    return { kind: 'afterMatch', ...skip, span: this.since(first) } as const;
  });

  protected readonly skipTarget: Rule<Pick<AfterMatch, 'skip' | 'variable'>> = this.RULE('skipTarget', () => {
    return this.pick<Pick<AfterMatch, 'skip' | 'variable'>>(0, {
      DEF: [
        {
          ALT: () => {
            this.CONSUME(K.NEXT);
            this.CONSUME(K.ROW);
            return { skip: 'nextRow', variable: null };
          },
        },
        {
          GATE: () => this.isWordAhead(2),
          ALT: () => {
            this.CONSUME(K.FIRST);
            return { skip: 'first', variable: this.name(0, 'a pattern variable') };
          },
        },
        {
          GATE: () => this.isWordAhead(2),
          ALT: () => {
            this.CONSUME(K.LAST);
            return { skip: 'last', variable: this.name(1, 'a pattern variable') };
          },
        },
        { ALT: () => ({ skip: 'last', variable: this.name(2, 'a pattern variable') }) },
      ],
      ERR_MSG: 'NEXT ROW, FIRST, LAST or a pattern variable',
    });
  });

  protected readonly subsets: Rule<PatternSubset[]> = this.RULE('subsets', () => {
    this.CONSUME(K.SUBSET);
    const subsets = [this.SUBRULE(this.subset)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      subsets.push(this.SUBRULE1(this.subset));
    });
    return subsets;
  });

  protected readonly subset: Rule<PatternSubset> = this.RULE('subset', () => {
    const name = this.name(0, 'a name for the subset');
    this.CONSUME(T.Equal);
    const variables: Identifier[] = this.SUBRULE(this.namesInParentheses, { ARGS: ['a pattern variable'] });
    return { kind: 'patternSubset', name, variables, span: this.since(name) } as const;
  });

  protected readonly definitions: Rule<PatternDefinition[]> = this.RULE('definitions', () => {
    const list = [this.SUBRULE(this.definition)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      list.push(this.SUBRULE1(this.definition));
    });
    return list;
  });

  protected readonly definition: Rule<PatternDefinition> = this.RULE('definition', () => {
    const variable = this.name(0, 'a pattern variable');
    this.CONSUME(K.AS);
    const condition = this.expr(0);
    return { kind: 'patternDefinition', variable, condition, span: this.since(variable) } as const;
  });

  // ---------------------------------------------------------------------------------------------------------------------- pattern

  protected readonly pattern: Rule<Pattern> = this.RULE('pattern', (): Pattern => {
    const items = [this.SUBRULE(this.patternSequence)];
    this.MANY(() => {
      this.CONSUME(T.Bar);
      items.push(this.SUBRULE1(this.patternSequence));
    });
    const only = items[0];
    if (items.length === 1 && only !== undefined) return only;
    return { kind: 'patternAlternation', items, span: this.since(only) };
  });

  protected readonly patternSequence: Rule<Pattern> = this.RULE('patternSequence', (): Pattern => {
    const items = [this.SUBRULE(this.patternFactor)];
    this.MANY({
      GATE: () => !this.isAhead(1, T.LBrace) || this.isAhead(2, T.Minus),
      DEF: () => items.push(this.SUBRULE1(this.patternFactor)),
    });
    const only = items[0];
    if (items.length === 1 && only !== undefined) return only;
    return { kind: 'patternSequence', items, span: this.since(only) };
  });

  protected readonly patternFactor: Rule<Pattern> = this.RULE('patternFactor', () => {
    const operand = this.SUBRULE(this.patternPrimary);
    let result = operand;
    this.OPTION({
      GATE: () => !this.isAhead(1, T.LBrace) || !this.isAhead(2, T.Minus),
      DEF: () => {
        const quantifier = this.SUBRULE(this.patternQuantifier);
        let reluctant = false;
        this.OPTION1(() => {
          this.CONSUME(T.Question);
          reluctant = true;
        });
        result = { kind: 'patternQuantified', operand, ...quantifier, reluctant, span: this.since(operand) };
      },
    });
    return result;
  });

  protected readonly patternQuantifier: Rule<Quantifier> = this.RULE('patternQuantifier', () => {
    return this.pick<Quantifier>(0, [
      { ALT: () => (this.CONSUME(T.Star), { min: 0, max: null }) },
      { ALT: () => (this.CONSUME(T.Plus), { min: 1, max: null }) },
      { ALT: () => (this.CONSUME(T.Question), { min: 0, max: 1 }) },
      { ALT: () => this.SUBRULE(this.patternRange) },
    ]);
  });

  /** `{n}`, `{n,}`, `{n,m}`, `{,m}`. */
  protected readonly patternRange: Rule<Quantifier> = this.RULE('patternRange', () => {
    this.CONSUME(T.LBrace);
    const range = this.pick<Quantifier>(0, {
      DEF: [
        {
          ALT: () => {
            this.CONSUME(T.Comma);
            return { min: 0, max: this.count(0, 'a number of repetitions') };
          },
        },
        {
          ALT: () => {
            const min = this.count(1, 'a number of repetitions');
            let max: number | null = min;
            this.OPTION(() => {
              this.CONSUME1(T.Comma);
              max = null;
              this.OPTION1(() => {
                max = this.count(2, 'a number of repetitions');
              });
            });
            return { min, max };
          },
        },
      ],
      ERR_MSG: 'a number of repetitions',
    });
    this.CONSUME(T.RBrace);
    return range;
  });

  protected readonly patternPrimary: Rule<Pattern> = this.RULE('patternPrimary', () => {
    const first = this.ahead(1);
    return this.pick<Pattern>(0, {
      DEF: [
        {
          ALT: () => {
            const name = this.name(0, 'a pattern variable');
            return { kind: 'patternVariable', name, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.LParen);
            const inner = this.OPTION(() => this.SUBRULE(this.pattern));
            this.CONSUME(T.RParen);
            return inner ?? { kind: 'patternSequence', items: [], span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.LBrace);
            this.CONSUME(T.Minus);
            const operand = this.SUBRULE1(this.pattern);
            this.CONSUME1(T.Minus);
            this.CONSUME(T.RBrace);
            return { kind: 'patternExclusion', operand, span: this.since(first) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.PERMUTE);
            this.CONSUME1(T.LParen);
            const items = [this.SUBRULE2(this.pattern)];
            this.MANY(() => {
              this.CONSUME(T.Comma);
              items.push(this.SUBRULE3(this.pattern));
            });
            this.CONSUME1(T.RParen);
            return { kind: 'patternPermute', items, span: this.since(first) };
          },
        },
      ],
      ERR_MSG: 'a pattern variable',
    });
  });
}
