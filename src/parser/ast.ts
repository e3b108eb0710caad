/**
 * The syntax tree of one statement: plain data, nothing resolved. Names are text, types are text, and whether a function is an aggregate, a
 * window or a table function is for binding to find out.
 *
 * - `span` holds offsets into the text given to the parser (the whole script under `parseScript`), end exclusive; line and column are 1-based.
 * - What is absent is `null` or an empty array, never a missing property.
 * - Synonyms are normalised (`INTEGER` is `INT`, `FETCH NEXT n ROWS ONLY` is `limit`, `SOME` is `any`), so that two texts which mean the same
 *   by grammar alone give the same tree. Parentheses leave no trace but in `rowConstructor`.
 * - Functions with a syntax of their own become ordinary `call`s whose keywords are `timeUnit` or `keyword` arguments (see `FunctionCall`).
 */

import type { SourceSpan } from '../errors.ts';

// ---------------------------------------------------------------------------------------------------------------------------------- names

export interface Identifier {
  readonly kind: 'identifier';
  /** Case preserved, back-ticks removed. */
  readonly name: string;
  readonly span: SourceSpan;
}

/** `a`, `a.b` or `a.b.c`: at least one part. */
export interface ObjectName {
  readonly kind: 'objectName';
  readonly parts: readonly Identifier[];
  readonly span: SourceSpan;
}

// ------------------------------------------------------------------------------------------------------------------------------- literals

export interface NullLiteral {
  readonly kind: 'nullLiteral';
  readonly span: SourceSpan;
}

export interface BooleanLiteral {
  readonly kind: 'booleanLiteral';
  /** `null` is the literal UNKNOWN. */
  readonly value: boolean | null;
  readonly span: SourceSpan;
}

export interface NumberLiteral {
  readonly kind: 'numberLiteral';
  /** As written, without a sign: `12`, `1.50`, `.5`, `1e0`. */
  readonly text: string;
  /** `approximate` has an exponent and is DOUBLE. */
  readonly form: 'exact' | 'approximate';
  readonly span: SourceSpan;
}

/** `'…'`, `U&'…'` and `E'…'`, unescaped. */
export interface StringLiteral {
  readonly kind: 'stringLiteral';
  readonly value: string;
  readonly span: SourceSpan;
}

export interface BinaryLiteral {
  readonly kind: 'binaryLiteral';
  /** An even number of lower-case hexadecimal digits. */
  readonly hex: string;
  readonly span: SourceSpan;
}

/** `DATE '…'`, `TIME '…'`, `TIMESTAMP '…'`; the text is not checked here. */
export interface DatetimeLiteral {
  readonly kind: 'datetimeLiteral';
  readonly type: 'date' | 'time' | 'timestamp';
  readonly value: string;
  readonly span: SourceSpan;
}

export type IntervalUnit = 'YEAR' | 'QUARTER' | 'MONTH' | 'WEEK' | 'DAY' | 'HOUR' | 'MINUTE' | 'SECOND';

export type TimeUnit =
  | IntervalUnit
  | 'MILLISECOND'
  | 'MICROSECOND'
  | 'NANOSECOND'
  | 'DOW'
  | 'ISODOW'
  | 'DOY'
  | 'ISOYEAR'
  | 'EPOCH'
  | 'DECADE'
  | 'CENTURY'
  | 'MILLENNIUM';

export interface IntervalQualifier {
  readonly kind: 'intervalQualifier';
  readonly start: IntervalUnit;
  /** Digits of the leading field: `DAY(3)`. */
  readonly precision: number | null;
  readonly end: IntervalUnit | null;
  /** `SECOND(p)` at the end, or the second number of `SECOND(3, 6)`. */
  readonly fractionalPrecision: number | null;
  readonly span: SourceSpan;
}

/** `INTERVAL [-] '…' qualifier`. */
export interface IntervalLiteral {
  readonly kind: 'intervalLiteral';
  readonly negative: boolean;
  readonly value: string;
  readonly qualifier: IntervalQualifier;
  readonly span: SourceSpan;
}

// ---------------------------------------------------------------------------------------------------------------------------- expressions

/** `a`, `t.a`, `c.d.t.a.f`: which parts are table, column and nested field is unknown until bound. */
export interface ColumnReference {
  readonly kind: 'columnReference';
  readonly parts: readonly Identifier[];
  readonly span: SourceSpan;
}

/** `?` (`name` null, counted from the left) or `:name`: a value that comes with the statement. */
export interface Parameter {
  readonly kind: 'parameter';
  readonly name: string | null;
  readonly span: SourceSpan;
}

/** `.f` after anything that is not a plain name: `arr[1].f`, `(expr).f`, `f(x).g`. */
export interface FieldAccess {
  readonly kind: 'fieldAccess';
  readonly operand: Expression;
  readonly field: Identifier;
  readonly span: SourceSpan;
}

/** `operand[index]` on an array, map, row or variant. */
export interface ElementAccess {
  readonly kind: 'elementAccess';
  readonly operand: Expression;
  readonly index: Expression;
  readonly span: SourceSpan;
}

export interface UnaryExpression {
  readonly kind: 'unary';
  readonly operator: '+' | '-' | 'NOT';
  readonly operand: Expression;
  readonly span: SourceSpan;
}

export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type BinaryOperator =
  | ComparisonOperator
  | 'OR'
  | 'AND'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '||'
  | 'OVERLAPS'
  | 'CONTAINS'
  | 'EQUALS'
  | 'PRECEDES'
  | 'SUCCEEDS'
  | 'IMMEDIATELY PRECEDES'
  | 'IMMEDIATELY SUCCEEDS';

/** The period operators (`OVERLAPS` and after) take rows of two: `(a, b) OVERLAPS (c, d)`. */
export interface BinaryExpression {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly span: SourceSpan;
}

/** `operand IS [NOT] test`. */
export interface IsExpression {
  readonly kind: 'is';
  readonly operand: Expression;
  readonly negated: boolean;
  readonly test: 'NULL' | 'TRUE' | 'FALSE' | 'UNKNOWN' | 'JSON VALUE' | 'JSON SCALAR' | 'JSON ARRAY' | 'JSON OBJECT';
  readonly span: SourceSpan;
}

/** `left IS [NOT] DISTINCT FROM right`. */
export interface IsDistinctExpression {
  readonly kind: 'isDistinct';
  readonly left: Expression;
  readonly right: Expression;
  readonly negated: boolean;
  readonly span: SourceSpan;
}

export interface BetweenExpression {
  readonly kind: 'between';
  readonly operand: Expression;
  readonly negated: boolean;
  readonly symmetric: boolean;
  readonly low: Expression;
  readonly high: Expression;
  readonly span: SourceSpan;
}

export interface LikeExpression {
  readonly kind: 'like';
  readonly operator: 'LIKE' | 'ILIKE' | 'RLIKE' | 'SIMILAR TO';
  readonly operand: Expression;
  readonly negated: boolean;
  readonly pattern: Expression;
  readonly escape: Expression | null;
  readonly span: SourceSpan;
}

/** What stands in the parentheses of IN, ANY and ALL. */
export type MembershipSource = SubquerySource | ListSource;

export interface SubquerySource {
  readonly kind: 'subquerySource';
  readonly query: Query;
  readonly span: SourceSpan;
}

export interface ListSource {
  readonly kind: 'listSource';
  readonly items: readonly Expression[];
  readonly span: SourceSpan;
}

export interface InExpression {
  readonly kind: 'in';
  readonly operand: Expression;
  readonly negated: boolean;
  readonly source: MembershipSource;
  readonly span: SourceSpan;
}

/** `operand = ANY (…)`, `operand > ALL (…)`. */
export interface QuantifiedExpression {
  readonly kind: 'quantified';
  readonly operand: Expression;
  readonly operator: ComparisonOperator;
  readonly quantifier: 'any' | 'all';
  readonly source: MembershipSource;
  readonly span: SourceSpan;
}

export interface ExistsExpression {
  readonly kind: 'exists';
  readonly query: Query;
  readonly span: SourceSpan;
}

/** A query in parentheses where a value is expected. */
export interface ScalarSubquery {
  readonly kind: 'scalarSubquery';
  readonly query: Query;
  readonly span: SourceSpan;
}

export interface CaseBranch {
  readonly kind: 'caseBranch';
  /** More than one only with an operand: `CASE x WHEN 1, 2 THEN …`. */
  readonly when: readonly Expression[];
  readonly then: Expression;
  readonly span: SourceSpan;
}

export interface CaseExpression {
  readonly kind: 'case';
  readonly operand: Expression | null;
  readonly branches: readonly CaseBranch[];
  readonly else: Expression | null;
  readonly span: SourceSpan;
}

export interface CastExpression {
  readonly kind: 'cast';
  readonly try: boolean;
  readonly operand: Expression;
  readonly type: DataType;
  readonly span: SourceSpan;
}

/** `ROW(a, b)` or `(a, b)`. */
export interface RowConstructor {
  readonly kind: 'rowConstructor';
  readonly explicit: boolean;
  readonly fields: readonly Expression[];
  readonly span: SourceSpan;
}

/** `ARRAY[…]` or `MULTISET[…]`. */
export interface CollectionConstructor {
  readonly kind: 'collectionConstructor';
  readonly type: 'array' | 'multiset';
  readonly elements: readonly Expression[];
  readonly span: SourceSpan;
}

export interface MapEntry {
  readonly kind: 'mapEntry';
  readonly key: Expression;
  readonly value: Expression;
  readonly span: SourceSpan;
}

export interface MapConstructor {
  readonly kind: 'mapConstructor';
  readonly entries: readonly MapEntry[];
  readonly span: SourceSpan;
}

/** `ARRAY(query)`, `MAP(query)`, `MULTISET(query)`. */
export interface QueryConstructor {
  readonly kind: 'queryConstructor';
  readonly type: 'array' | 'map' | 'multiset';
  readonly query: Query;
  readonly span: SourceSpan;
}

/** `(left - right) DAY TO SECOND`. */
export interface IntervalDifference {
  readonly kind: 'intervalDifference';
  readonly left: Expression;
  readonly right: Expression;
  readonly qualifier: IntervalQualifier;
  readonly span: SourceSpan;
}

/** `INTERVAL n DAY`, `INTERVAL (expr) DAY`: an interval whose amount is not a string literal. */
export interface IntervalExpression {
  readonly kind: 'intervalExpression';
  readonly negative: boolean;
  readonly operand: Expression;
  readonly qualifier: IntervalQualifier;
  readonly span: SourceSpan;
}

/** DEFAULT as an argument or in VALUES. */
export interface DefaultExpression {
  readonly kind: 'default';
  readonly span: SourceSpan;
}

/** `RUNNING expr` or `FINAL expr` inside MATCH_RECOGNIZE. */
export interface MatchSemantics {
  readonly kind: 'matchSemantics';
  readonly mode: 'running' | 'final';
  readonly operand: Expression;
  readonly span: SourceSpan;
}

/**
 * Any function call. The special forms are calls too, with this argument order:
 *
 * | written | name and arguments |
 * | --- | --- |
 * | `POSITION(a IN b)` | POSITION: a, b |
 * | `SUBSTRING(s FROM a [FOR n])` | SUBSTRING: s, a [, n] |
 * | `OVERLAY(s PLACING r FROM a [FOR n])` | OVERLAY: s, r, a [, n] |
 * | `TRIM([BOTH…] [c] FROM s)`, `TRIM(s)` | TRIM: keyword BOTH, LEADING or TRAILING; c, or the literal `' '`; s |
 * | `EXTRACT(unit FROM x)` | EXTRACT: timeUnit, x |
 * | `CEIL(x TO unit)`, `FLOOR(x TO unit)` | CEIL or FLOOR: x, timeUnit |
 * | `TIMESTAMPADD(unit, n, x)`, `TIMESTAMPDIFF(unit, a, b)` | the same: timeUnit, … |
 * | `CURRENT_DATE`, `LOCALTIMESTAMP`, … | no arguments |
 * | `COUNT(*)` | COUNT: star |
 * | `{fn f(x)}` | f: x |
 */
export interface FunctionCall {
  readonly kind: 'call';
  readonly name: ObjectName;
  readonly quantifier: 'all' | 'distinct' | null;
  readonly arguments: readonly Argument[];
  /** ORDER BY inside the parentheses. */
  readonly orderBy: readonly SortItem[];
  readonly nulls: 'respect' | 'ignore' | null;
  readonly withinGroup: readonly SortItem[];
  readonly filter: Expression | null;
  readonly over: WindowReference | WindowSpecification | null;
  readonly span: SourceSpan;
}

export interface Argument {
  readonly kind: 'argument';
  /** `name => value`. */
  readonly name: Identifier | null;
  readonly value: ArgumentValue;
  readonly span: SourceSpan;
}

export type ArgumentValue =
  Expression | StarArgument | TimeUnitArgument | KeywordArgument | TableArgument | ModelArgument | DescriptorArgument;

export interface StarArgument {
  readonly kind: 'star';
  readonly span: SourceSpan;
}

export interface TimeUnitArgument {
  readonly kind: 'timeUnit';
  readonly unit: TimeUnit;
  readonly span: SourceSpan;
}

export interface KeywordArgument {
  readonly kind: 'keyword';
  readonly word: 'BOTH' | 'LEADING' | 'TRAILING';
  readonly span: SourceSpan;
}

/** `TABLE t [PARTITION BY k, …] [ORDER BY ts]` or `TABLE (query) …` as an argument; a bare `(query)` argument is a scalar sub-query. */
export interface TableArgument {
  readonly kind: 'tableArgument';
  readonly table: TableName | DerivedTable;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortItem[];
  readonly span: SourceSpan;
}

/** `MODEL m` as an argument. */
export interface ModelArgument {
  readonly kind: 'modelArgument';
  readonly name: ObjectName;
  readonly span: SourceSpan;
}

/** `DESCRIPTOR(c, …)` as an argument; `types` is parallel to `columns`. */
export interface DescriptorArgument {
  readonly kind: 'descriptor';
  readonly columns: readonly Identifier[];
  readonly types: readonly (DataType | null)[];
  readonly span: SourceSpan;
}

// ------------------------------------------------------------------------------------------------------------------------- JSON functions

export interface JsonBehavior {
  readonly kind: 'jsonBehavior';
  readonly behavior: 'null' | 'error' | 'default' | 'empty array' | 'empty object' | 'true' | 'false' | 'unknown';
  /** The value of `default`. */
  readonly value: Expression | null;
  readonly span: SourceSpan;
}

export interface JsonExists {
  readonly kind: 'jsonExists';
  readonly input: Expression;
  readonly path: Expression;
  readonly onError: JsonBehavior | null;
  readonly span: SourceSpan;
}

export interface JsonValue {
  readonly kind: 'jsonValue';
  readonly input: Expression;
  readonly path: Expression;
  readonly returning: DataType | null;
  readonly onEmpty: JsonBehavior | null;
  readonly onError: JsonBehavior | null;
  readonly span: SourceSpan;
}

export interface JsonQuery {
  readonly kind: 'jsonQuery';
  readonly input: Expression;
  readonly path: Expression;
  readonly returning: DataType | null;
  readonly wrapper: 'without' | 'conditional' | 'unconditional' | null;
  readonly onEmpty: JsonBehavior | null;
  readonly onError: JsonBehavior | null;
  readonly span: SourceSpan;
}

export interface JsonEntry {
  readonly kind: 'jsonEntry';
  readonly key: Expression;
  readonly value: Expression;
  readonly span: SourceSpan;
}

/** `onNull` is `null` where the clause is not written: the default differs by function. */
export interface JsonObject {
  readonly kind: 'jsonObject';
  readonly entries: readonly JsonEntry[];
  readonly onNull: 'null' | 'absent' | null;
  readonly span: SourceSpan;
}

export interface JsonArray {
  readonly kind: 'jsonArray';
  readonly elements: readonly Expression[];
  readonly onNull: 'null' | 'absent' | null;
  readonly span: SourceSpan;
}

export interface JsonObjectAggregate {
  readonly kind: 'jsonObjectAggregate';
  readonly entry: JsonEntry;
  readonly onNull: 'null' | 'absent' | null;
  readonly filter: Expression | null;
  readonly over: WindowReference | WindowSpecification | null;
  readonly span: SourceSpan;
}

export interface JsonArrayAggregate {
  readonly kind: 'jsonArrayAggregate';
  readonly element: Expression;
  readonly orderBy: readonly SortItem[];
  readonly onNull: 'null' | 'absent' | null;
  readonly filter: Expression | null;
  readonly over: WindowReference | WindowSpecification | null;
  readonly span: SourceSpan;
}

export type Literal =
  NullLiteral | BooleanLiteral | NumberLiteral | StringLiteral | BinaryLiteral | DatetimeLiteral | IntervalLiteral;

export type Expression =
  | Literal
  | ColumnReference
  | FieldAccess
  | ElementAccess
  | UnaryExpression
  | BinaryExpression
  | IsExpression
  | IsDistinctExpression
  | BetweenExpression
  | LikeExpression
  | InExpression
  | QuantifiedExpression
  | ExistsExpression
  | ScalarSubquery
  | CaseExpression
  | CastExpression
  | RowConstructor
  | CollectionConstructor
  | MapConstructor
  | QueryConstructor
  | IntervalDifference
  | IntervalExpression
  | DefaultExpression
  | MatchSemantics
  | FunctionCall
  | JsonExists
  | JsonValue
  | JsonQuery
  | JsonObject
  | JsonArray
  | JsonObjectAggregate
  | JsonArrayAggregate
  | Parameter;

// -------------------------------------------------------------------------------------------------------------------- sorting and windows

export interface SortItem {
  readonly kind: 'sortItem';
  readonly expression: Expression;
  readonly direction: 'asc' | 'desc';
  /** `null` where not written: NULL is then the smallest value. */
  readonly nulls: 'first' | 'last' | null;
  readonly span: SourceSpan;
}

/** `OVER w`. */
export interface WindowReference {
  readonly kind: 'windowReference';
  readonly name: Identifier;
  readonly span: SourceSpan;
}

/** `OVER ([base] [PARTITION BY …] [ORDER BY …] [frame])`. */
export interface WindowSpecification {
  readonly kind: 'windowSpecification';
  readonly base: Identifier | null;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortItem[];
  readonly frame: WindowFrame | null;
  readonly span: SourceSpan;
}

export interface WindowFrame {
  readonly kind: 'windowFrame';
  readonly unit: 'rows' | 'range';
  readonly start: FrameBound;
  /** `null` without BETWEEN: the frame ends at the current row. */
  readonly end: FrameBound | null;
  readonly span: SourceSpan;
}

export interface FrameBound {
  readonly kind: 'frameBound';
  readonly bound: 'unboundedPreceding' | 'preceding' | 'currentRow' | 'following' | 'unboundedFollowing';
  /** The distance of `preceding` and `following`. */
  readonly offset: Expression | null;
  readonly span: SourceSpan;
}

export interface NamedWindow {
  readonly kind: 'namedWindow';
  readonly name: Identifier;
  readonly specification: WindowSpecification;
  readonly span: SourceSpan;
}

// --------------------------------------------------------------------------------------------------------------------------------- queries

export interface Query {
  readonly kind: 'query';
  readonly with: readonly CommonTable[];
  readonly recursive: boolean;
  readonly body: QueryBody;
  readonly orderBy: readonly SortItem[];
  /** `LIMIT n` or `FETCH NEXT n ROWS ONLY`; `null` for none and for `LIMIT ALL`. */
  readonly limit: NumberLiteral | null;
  readonly offset: NumberLiteral | null;
  readonly span: SourceSpan;
}

export interface CommonTable {
  readonly kind: 'commonTable';
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly query: Query;
  readonly span: SourceSpan;
}

/** A nested `Query` is a parenthesised one with clauses of its own: `(SELECT … LIMIT 3) UNION ALL …`. */
export type QueryBody = Select | SetOperation | Values | ExplicitTable | Query;

export interface SetOperation {
  readonly kind: 'setOperation';
  readonly operator: 'union' | 'intersect' | 'except';
  readonly all: boolean;
  readonly left: QueryBody;
  readonly right: QueryBody;
  readonly span: SourceSpan;
}

/** Each row has at least one expression; `VALUES 1, 2` has rows of one. */
export interface Values {
  readonly kind: 'values';
  readonly rows: readonly ValuesRow[];
  readonly span: SourceSpan;
}

export interface ValuesRow {
  readonly kind: 'valuesRow';
  readonly fields: readonly Expression[];
  readonly span: SourceSpan;
}

/** `TABLE t` as a query. */
export interface ExplicitTable {
  readonly kind: 'explicitTable';
  readonly name: ObjectName;
  readonly span: SourceSpan;
}

export interface Select {
  readonly kind: 'select';
  readonly hints: readonly Hint[];
  readonly quantifier: 'all' | 'distinct' | null;
  readonly items: readonly SelectItem[];
  /** What commas separate; empty without FROM. */
  readonly from: readonly TableReference[];
  readonly where: Expression | null;
  readonly groupBy: GroupBy | null;
  readonly having: Expression | null;
  readonly windows: readonly NamedWindow[];
  readonly qualify: Expression | null;
  readonly span: SourceSpan;
}

/** `/*+ name(arguments) *\/`. */
export interface Hint {
  readonly kind: 'hint';
  readonly name: Identifier;
  readonly arguments: readonly HintArgument[];
  readonly span: SourceSpan;
}

/** `'k' = 'v'` or `k = 'v'` has a key; `a`, `a.b`, `'a'` and `1` have none. */
export interface HintArgument {
  readonly kind: 'hintArgument';
  readonly key: string | null;
  readonly value: string;
  readonly span: SourceSpan;
}

export type SelectItem = SelectExpression | SelectStar;

export interface SelectExpression {
  readonly kind: 'selectExpression';
  readonly expression: Expression;
  readonly alias: Identifier | null;
  readonly span: SourceSpan;
}

/** `*`, `t.*`, `t.rowcol.*`: the qualifier is empty for a bare star. */
export interface SelectStar {
  readonly kind: 'selectStar';
  readonly qualifier: readonly Identifier[];
  readonly span: SourceSpan;
}

export interface GroupBy {
  readonly kind: 'groupBy';
  readonly distinct: boolean;
  readonly items: readonly GroupingItem[];
  readonly span: SourceSpan;
}

export type GroupingItem = GroupingExpressions | GroupingSets | GroupingRollup | GroupingCube;

/** `a`, `(a, b)` or `()`: one grouping set's columns. Legacy group windows are ordinary calls in it. */
export interface GroupingExpressions {
  readonly kind: 'groupingExpressions';
  readonly expressions: readonly Expression[];
  readonly span: SourceSpan;
}

export interface GroupingSets {
  readonly kind: 'groupingSets';
  readonly sets: readonly GroupingItem[];
  readonly span: SourceSpan;
}

export interface GroupingRollup {
  readonly kind: 'rollup';
  readonly items: readonly GroupingExpressions[];
  readonly span: SourceSpan;
}

export interface GroupingCube {
  readonly kind: 'cube';
  readonly items: readonly GroupingExpressions[];
  readonly span: SourceSpan;
}

// ------------------------------------------------------------------------------------------------------------------------------------ FROM

export type TableReference = TableName | FileTable | DerivedTable | TableFunction | Unnest | Join | MatchRecognize;

export interface TableAlias {
  readonly kind: 'tableAlias';
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly span: SourceSpan;
}

export interface TableName {
  readonly kind: 'tableName';
  readonly name: ObjectName;
  readonly hints: readonly Hint[];
  /** The expression of `FOR SYSTEM_TIME AS OF`. */
  readonly systemTime: Expression | null;
  readonly alias: TableAlias | null;
  readonly span: SourceSpan;
}

/** `FROM 'data/*.jsonl'`: Millrace's own, not Flink SQL. */
export interface FileTable {
  readonly kind: 'fileTable';
  readonly path: StringLiteral;
  readonly hints: readonly Hint[];
  readonly alias: TableAlias | null;
  readonly span: SourceSpan;
}

export interface DerivedTable {
  readonly kind: 'derivedTable';
  readonly lateral: boolean;
  readonly query: Query;
  readonly alias: TableAlias | null;
  readonly span: SourceSpan;
}

/** `[LATERAL] TABLE(f(…))`, or bare `f(…)`: window TVFs, table functions, process table functions. */
export interface TableFunction {
  readonly kind: 'tableFunction';
  readonly lateral: boolean;
  /** Inside `TABLE( )`. */
  readonly wrapped: boolean;
  readonly call: FunctionCall;
  readonly alias: TableAlias | null;
  readonly span: SourceSpan;
}

export interface Unnest {
  readonly kind: 'unnest';
  readonly lateral: boolean;
  readonly expressions: readonly Expression[];
  readonly withOrdinality: boolean;
  readonly alias: TableAlias | null;
  readonly span: SourceSpan;
}

export interface Join {
  readonly kind: 'join';
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'cross';
  readonly natural: boolean;
  readonly left: TableReference;
  readonly right: TableReference;
  readonly condition: JoinOn | JoinUsing | null;
  readonly span: SourceSpan;
}

export interface JoinOn {
  readonly kind: 'joinOn';
  readonly expression: Expression;
  readonly span: SourceSpan;
}

export interface JoinUsing {
  readonly kind: 'joinUsing';
  readonly columns: readonly Identifier[];
  readonly span: SourceSpan;
}

export interface MatchRecognize {
  readonly kind: 'matchRecognize';
  readonly input: TableReference;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortItem[];
  readonly measures: readonly Measure[];
  readonly rowsPerMatch: 'one' | 'all' | 'all show empty' | 'all omit empty' | 'all with unmatched' | null;
  readonly afterMatch: AfterMatch | null;
  readonly pattern: Pattern;
  /** `^` at the start, `$` at the end. */
  readonly anchoredStart: boolean;
  readonly anchoredEnd: boolean;
  readonly within: Expression | null;
  readonly subsets: readonly PatternSubset[];
  readonly define: readonly PatternDefinition[];
  readonly alias: TableAlias | null;
  readonly span: SourceSpan;
}

export interface Measure {
  readonly kind: 'measure';
  readonly expression: Expression;
  readonly alias: Identifier;
  readonly span: SourceSpan;
}

export interface AfterMatch {
  readonly kind: 'afterMatch';
  /** `TO v` is `last`. */
  readonly skip: 'pastLastRow' | 'nextRow' | 'first' | 'last';
  /** The variable of `first` and `last`. */
  readonly variable: Identifier | null;
  readonly span: SourceSpan;
}

export interface PatternSubset {
  readonly kind: 'patternSubset';
  readonly name: Identifier;
  readonly variables: readonly Identifier[];
  readonly span: SourceSpan;
}

export interface PatternDefinition {
  readonly kind: 'patternDefinition';
  readonly variable: Identifier;
  readonly condition: Expression;
  readonly span: SourceSpan;
}

export type Pattern =
  PatternVariable | PatternSequence | PatternAlternation | PatternQuantified | PatternExclusion | PatternPermute;

export interface PatternVariable {
  readonly kind: 'patternVariable';
  readonly name: Identifier;
  readonly span: SourceSpan;
}

/** Two items or more, or none for `()`. */
export interface PatternSequence {
  readonly kind: 'patternSequence';
  readonly items: readonly Pattern[];
  readonly span: SourceSpan;
}

export interface PatternAlternation {
  readonly kind: 'patternAlternation';
  readonly items: readonly Pattern[];
  readonly span: SourceSpan;
}

export interface PatternQuantified {
  readonly kind: 'patternQuantified';
  readonly operand: Pattern;
  readonly min: number;
  /** `null` is unbounded. */
  readonly max: number | null;
  readonly reluctant: boolean;
  readonly span: SourceSpan;
}

/** `{- … -}`. */
export interface PatternExclusion {
  readonly kind: 'patternExclusion';
  readonly operand: Pattern;
  readonly span: SourceSpan;
}

export interface PatternPermute {
  readonly kind: 'patternPermute';
  readonly items: readonly Pattern[];
  readonly span: SourceSpan;
}

// ------------------------------------------------------------------------------------------------------------------------------ data types

export type SimpleTypeName =
  | 'CHAR'
  | 'VARCHAR'
  | 'STRING'
  | 'BOOLEAN'
  | 'BINARY'
  | 'VARBINARY'
  | 'BYTES'
  | 'DECIMAL'
  | 'TINYINT'
  | 'SMALLINT'
  | 'INT'
  | 'BIGINT'
  | 'FLOAT'
  | 'REAL'
  | 'DOUBLE'
  | 'DATE'
  | 'TIME'
  | 'TIMESTAMP'
  | 'TIMESTAMP_LTZ'
  | 'TIMESTAMP_TZ'
  | 'VARIANT'
  | 'BITMAP'
  | 'NULL';

/** Written synonyms are normalised: `NUMERIC` is `DECIMAL`, `TIMESTAMP(3) WITH LOCAL TIME ZONE` is `TIMESTAMP_LTZ` with parameter 3. */
export interface SimpleType {
  readonly kind: 'simpleType';
  readonly name: SimpleTypeName;
  /** Length, or precision and scale, as written. */
  readonly parameters: readonly number[];
  readonly nullable: boolean;
  readonly span: SourceSpan;
}

export interface IntervalType {
  readonly kind: 'intervalType';
  readonly qualifier: IntervalQualifier;
  readonly nullable: boolean;
  readonly span: SourceSpan;
}

/** `ARRAY<t>` or `t ARRAY`. */
export interface ArrayType {
  readonly kind: 'arrayType';
  readonly element: DataType;
  readonly nullable: boolean;
  readonly span: SourceSpan;
}

export interface MultisetType {
  readonly kind: 'multisetType';
  readonly element: DataType;
  readonly nullable: boolean;
  readonly span: SourceSpan;
}

export interface MapType {
  readonly kind: 'mapType';
  readonly key: DataType;
  readonly value: DataType;
  readonly nullable: boolean;
  readonly span: SourceSpan;
}

export interface RowTypeField {
  readonly kind: 'rowTypeField';
  readonly name: Identifier;
  readonly type: DataType;
  readonly comment: StringLiteral | null;
  readonly span: SourceSpan;
}

export interface RowType {
  readonly kind: 'rowType';
  readonly fields: readonly RowTypeField[];
  readonly nullable: boolean;
  readonly span: SourceSpan;
}

export interface StructuredType {
  readonly kind: 'structuredType';
  readonly className: StringLiteral;
  readonly fields: readonly RowTypeField[];
  readonly nullable: boolean;
  readonly span: SourceSpan;
}

export interface RawType {
  readonly kind: 'rawType';
  readonly className: StringLiteral;
  readonly serializer: StringLiteral;
  readonly nullable: boolean;
  readonly span: SourceSpan;
}

/** A name that is no built-in type. */
export interface NamedType {
  readonly kind: 'namedType';
  readonly name: ObjectName;
  readonly nullable: boolean;
  readonly span: SourceSpan;
}

export type DataType =
  SimpleType | IntervalType | ArrayType | MultisetType | MapType | RowType | StructuredType | RawType | NamedType;

// ------------------------------------------------------------------------------------------------------------------- parts of statements

/** `'key' = 'value'`. */
export interface Option {
  readonly kind: 'option';
  readonly key: StringLiteral;
  readonly value: StringLiteral;
  readonly span: SourceSpan;
}

/** `k = literal`, or `k` alone (a dynamic partition). */
export interface PartitionItem {
  readonly kind: 'partitionItem';
  readonly column: Identifier;
  readonly value: Expression | null;
  readonly span: SourceSpan;
}

export type ColumnDefinition = PhysicalColumn | MetadataColumn | ComputedColumn | ColumnName;

/** `FIRST` or `AFTER c`; only in ALTER TABLE. */
export interface ColumnPosition {
  readonly kind: 'columnPosition';
  /** `null` is FIRST. */
  readonly after: ObjectName | null;
  readonly span: SourceSpan;
}

export interface PhysicalColumn {
  readonly kind: 'physicalColumn';
  readonly name: ObjectName;
  readonly type: DataType;
  /** A PRIMARY KEY written on the column; its `columns` hold the column itself. */
  readonly primaryKey: PrimaryKey | null;
  readonly comment: StringLiteral | null;
  readonly position: ColumnPosition | null;
  readonly span: SourceSpan;
}

export interface MetadataColumn {
  readonly kind: 'metadataColumn';
  readonly name: ObjectName;
  readonly type: DataType;
  /** `METADATA FROM 'key'`; the column's name if not written. */
  readonly key: StringLiteral | null;
  readonly virtual: boolean;
  readonly comment: StringLiteral | null;
  readonly position: ColumnPosition | null;
  readonly span: SourceSpan;
}

export interface ComputedColumn {
  readonly kind: 'computedColumn';
  readonly name: ObjectName;
  readonly expression: Expression;
  readonly comment: StringLiteral | null;
  readonly position: ColumnPosition | null;
  readonly span: SourceSpan;
}

/** A bare name in CREATE TABLE … AS: it reorders the query's columns. Either all columns of a table are of this kind or none. */
export interface ColumnName {
  readonly kind: 'columnName';
  readonly name: Identifier;
  readonly span: SourceSpan;
}

/** `WATERMARK FOR column AS expression`. */
export interface Watermark {
  readonly kind: 'watermark';
  readonly column: ObjectName;
  readonly expression: Expression;
  readonly span: SourceSpan;
}

/** Always NOT ENFORCED: the parser refuses anything else. */
export interface PrimaryKey {
  readonly kind: 'primaryKey';
  readonly name: Identifier | null;
  readonly columns: readonly Identifier[];
  readonly span: SourceSpan;
}

/** `DISTRIBUTED BY [HASH|RANGE] (c, …) [INTO n BUCKETS]`, `DISTRIBUTED INTO n BUCKETS`. */
export interface Distribution {
  readonly kind: 'distribution';
  readonly method: 'hash' | 'range' | null;
  readonly columns: readonly Identifier[];
  readonly buckets: number | null;
  readonly span: SourceSpan;
}

export interface LikeClause {
  readonly kind: 'likeClause';
  readonly source: ObjectName;
  readonly options: readonly LikeOption[];
  readonly span: SourceSpan;
}

export interface LikeOption {
  readonly kind: 'likeOption';
  readonly strategy: 'including' | 'excluding' | 'overwriting';
  readonly feature:
    'all' | 'constraints' | 'distribution' | 'partitions' | 'generated' | 'metadata' | 'options' | 'watermarks';
  readonly span: SourceSpan;
}

/** The declarations in the parentheses of CREATE TABLE and ALTER TABLE … ADD or MODIFY. */
export interface TableElements {
  readonly kind: 'tableElements';
  readonly columns: readonly ColumnDefinition[];
  /** More than one is for binding to refuse. */
  readonly watermarks: readonly Watermark[];
  readonly primaryKeys: readonly PrimaryKey[];
  readonly span: SourceSpan;
}

// ------------------------------------------------------------------------------------------------------------------------------ CREATE

export interface CreateTable {
  readonly kind: 'createTable';
  /** `replace` needs the table to exist. */
  readonly mode: 'create' | 'createOrReplace' | 'replace';
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly name: ObjectName;
  /** `null` without parentheses. */
  readonly elements: TableElements | null;
  readonly comment: StringLiteral | null;
  readonly distribution: Distribution | null;
  readonly partitionedBy: readonly Identifier[];
  readonly options: readonly Option[];
  readonly like: LikeClause | null;
  /** AS query. */
  readonly query: Query | null;
  readonly span: SourceSpan;
}

export interface ViewColumn {
  readonly kind: 'viewColumn';
  readonly name: Identifier;
  readonly comment: StringLiteral | null;
  readonly span: SourceSpan;
}

export interface CreateView {
  readonly kind: 'createView';
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly name: ObjectName;
  readonly columns: readonly ViewColumn[];
  readonly comment: StringLiteral | null;
  readonly query: Query;
  readonly span: SourceSpan;
}

export type FunctionScope = 'catalog' | 'temporary' | 'temporary system';

export interface FunctionResource {
  readonly kind: 'functionResource';
  readonly type: 'jar' | 'file' | 'archive' | 'artifact';
  readonly path: StringLiteral;
  readonly span: SourceSpan;
}

export interface CreateFunction {
  readonly kind: 'createFunction';
  readonly scope: FunctionScope;
  readonly ifNotExists: boolean;
  readonly name: ObjectName;
  readonly className: StringLiteral;
  /** Upper case: JAVA, SCALA, PYTHON or another word. */
  readonly language: string | null;
  readonly resources: readonly FunctionResource[];
  readonly options: readonly Option[];
  readonly span: SourceSpan;
}

export interface CreateModel {
  readonly kind: 'createModel';
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly name: ObjectName;
  readonly input: readonly ColumnDefinition[];
  readonly output: readonly ColumnDefinition[];
  readonly comment: StringLiteral | null;
  readonly options: readonly Option[];
  readonly query: Query | null;
  readonly span: SourceSpan;
}

export interface CreateCatalog {
  readonly kind: 'createCatalog';
  readonly ifNotExists: boolean;
  readonly name: Identifier;
  readonly comment: StringLiteral | null;
  readonly options: readonly Option[];
  readonly span: SourceSpan;
}

export interface CreateDatabase {
  readonly kind: 'createDatabase';
  readonly ifNotExists: boolean;
  readonly name: ObjectName;
  readonly comment: StringLiteral | null;
  readonly options: readonly Option[];
  readonly span: SourceSpan;
}

export interface StartMode {
  readonly kind: 'startMode';
  readonly mode:
    | 'FROM_BEGINNING'
    | 'FROM_NOW'
    | 'FROM_TIMESTAMP'
    | 'RESUME_OR_FROM_BEGINNING'
    | 'RESUME_OR_FROM_NOW'
    | 'RESUME_OR_FROM_TIMESTAMP';
  readonly argument: Expression | null;
  readonly span: SourceSpan;
}

export interface CreateMaterializedTable {
  readonly kind: 'createMaterializedTable';
  readonly orAlter: boolean;
  readonly ifNotExists: boolean;
  readonly name: ObjectName;
  readonly elements: TableElements | null;
  readonly comment: StringLiteral | null;
  readonly distribution: Distribution | null;
  readonly partitionedBy: readonly Identifier[];
  readonly options: readonly Option[];
  readonly freshness: Expression | null;
  readonly refreshMode: 'continuous' | 'full' | null;
  readonly startMode: StartMode | null;
  readonly query: Query;
  readonly span: SourceSpan;
}

// ------------------------------------------------------------------------------------------------------------------------------- ALTER

export interface AlterTable {
  readonly kind: 'alterTable';
  readonly ifExists: boolean;
  readonly name: ObjectName;
  readonly action: AlterTableAction;
  readonly span: SourceSpan;
}

export type AlterTableAction =
  | AddElements
  | ModifyElements
  | AddDistribution
  | ModifyDistribution
  | AddPartitions
  | DropColumns
  | DropPrimaryKey
  | DropConstraint
  | DropWatermark
  | DropDistribution
  | DropPartitions
  | RenameColumn
  | RenameTo
  | SetOptions
  | ResetOptions;

export interface AddElements {
  readonly kind: 'addElements';
  readonly elements: TableElements;
  readonly span: SourceSpan;
}

export interface ModifyElements {
  readonly kind: 'modifyElements';
  readonly elements: TableElements;
  readonly span: SourceSpan;
}

export interface AddDistribution {
  readonly kind: 'addDistribution';
  readonly distribution: Distribution;
  readonly span: SourceSpan;
}

export interface ModifyDistribution {
  readonly kind: 'modifyDistribution';
  readonly distribution: Distribution;
  readonly span: SourceSpan;
}

export interface PartitionSpecification {
  readonly kind: 'partitionSpecification';
  readonly items: readonly PartitionItem[];
  /** Only under ADD PARTITION. */
  readonly options: readonly Option[];
  readonly span: SourceSpan;
}

export interface AddPartitions {
  readonly kind: 'addPartitions';
  readonly ifNotExists: boolean;
  readonly partitions: readonly PartitionSpecification[];
  readonly span: SourceSpan;
}

export interface DropColumns {
  readonly kind: 'dropColumns';
  readonly columns: readonly ObjectName[];
  readonly span: SourceSpan;
}

export interface DropPrimaryKey {
  readonly kind: 'dropPrimaryKey';
  readonly span: SourceSpan;
}

export interface DropConstraint {
  readonly kind: 'dropConstraint';
  readonly name: Identifier;
  readonly span: SourceSpan;
}

export interface DropWatermark {
  readonly kind: 'dropWatermark';
  readonly span: SourceSpan;
}

export interface DropDistribution {
  readonly kind: 'dropDistribution';
  readonly span: SourceSpan;
}

export interface DropPartitions {
  readonly kind: 'dropPartitions';
  readonly ifExists: boolean;
  readonly partitions: readonly PartitionSpecification[];
  readonly span: SourceSpan;
}

export interface RenameColumn {
  readonly kind: 'renameColumn';
  readonly from: ObjectName;
  readonly to: Identifier;
  readonly span: SourceSpan;
}

export interface RenameTo {
  readonly kind: 'renameTo';
  readonly to: ObjectName;
  readonly span: SourceSpan;
}

export interface SetOptions {
  readonly kind: 'setOptions';
  readonly options: readonly Option[];
  readonly span: SourceSpan;
}

export interface ResetOptions {
  readonly kind: 'resetOptions';
  readonly keys: readonly StringLiteral[];
  readonly span: SourceSpan;
}

export interface AsQuery {
  readonly kind: 'asQuery';
  readonly query: Query;
  readonly span: SourceSpan;
}

export interface SetComment {
  readonly kind: 'setComment';
  readonly comment: StringLiteral;
  readonly span: SourceSpan;
}

export interface AlterView {
  readonly kind: 'alterView';
  readonly name: ObjectName;
  readonly action: RenameTo | AsQuery;
  readonly span: SourceSpan;
}

export interface AlterDatabase {
  readonly kind: 'alterDatabase';
  readonly name: ObjectName;
  readonly action: SetOptions;
  readonly span: SourceSpan;
}

export interface AlterCatalog {
  readonly kind: 'alterCatalog';
  readonly name: Identifier;
  readonly action: SetOptions | ResetOptions | SetComment;
  readonly span: SourceSpan;
}

export interface AlterFunction {
  readonly kind: 'alterFunction';
  readonly scope: FunctionScope;
  readonly ifExists: boolean;
  readonly name: ObjectName;
  readonly className: StringLiteral;
  readonly language: string | null;
  readonly span: SourceSpan;
}

export interface AlterModel {
  readonly kind: 'alterModel';
  readonly ifExists: boolean;
  readonly name: ObjectName;
  readonly action: RenameTo | SetOptions | ResetOptions;
  readonly span: SourceSpan;
}

export interface Suspend {
  readonly kind: 'suspend';
  readonly span: SourceSpan;
}

export interface Resume {
  readonly kind: 'resume';
  readonly options: readonly Option[];
  readonly span: SourceSpan;
}

export interface Refresh {
  readonly kind: 'refresh';
  readonly partition: readonly PartitionItem[];
  readonly span: SourceSpan;
}

export interface AlterMaterializedTable {
  readonly kind: 'alterMaterializedTable';
  readonly ifExists: boolean;
  readonly name: ObjectName;
  readonly action: AlterTableAction | Suspend | Resume | Refresh | AsQuery;
  readonly span: SourceSpan;
}

// --------------------------------------------------------------------------------------------------------------------------------- DROP

export interface DropTable {
  readonly kind: 'dropTable';
  readonly temporary: boolean;
  readonly ifExists: boolean;
  readonly name: ObjectName;
  readonly span: SourceSpan;
}

export interface DropMaterializedTable {
  readonly kind: 'dropMaterializedTable';
  readonly ifExists: boolean;
  readonly name: ObjectName;
  readonly span: SourceSpan;
}

export interface DropView {
  readonly kind: 'dropView';
  readonly temporary: boolean;
  readonly ifExists: boolean;
  readonly name: ObjectName;
  readonly span: SourceSpan;
}

export interface DropFunction {
  readonly kind: 'dropFunction';
  readonly scope: FunctionScope;
  readonly ifExists: boolean;
  readonly name: ObjectName;
  readonly span: SourceSpan;
}

export interface DropModel {
  readonly kind: 'dropModel';
  readonly temporary: boolean;
  readonly ifExists: boolean;
  readonly name: ObjectName;
  readonly span: SourceSpan;
}

export interface DropCatalog {
  readonly kind: 'dropCatalog';
  readonly ifExists: boolean;
  readonly name: Identifier;
  readonly span: SourceSpan;
}

export interface DropDatabase {
  readonly kind: 'dropDatabase';
  readonly ifExists: boolean;
  readonly name: ObjectName;
  /** RESTRICT is the default. */
  readonly cascade: boolean;
  readonly span: SourceSpan;
}

// ---------------------------------------------------------------------------------------------------------------------------------- DML

/** `[EXECUTE] INSERT …`. */
export interface Insert {
  readonly kind: 'insert';
  readonly mode: 'into' | 'overwrite' | 'upsert';
  readonly target: ObjectName;
  readonly hints: readonly Hint[];
  readonly partition: readonly PartitionItem[];
  /** Empty where not written: all columns in order. */
  readonly columns: readonly ObjectName[];
  readonly query: Query;
  readonly onConflict: 'error' | 'nothing' | 'deduplicate' | null;
  readonly span: SourceSpan;
}

/** `EXECUTE STATEMENT SET BEGIN …; END`, and the older `BEGIN STATEMENT SET; …; END`. */
export interface StatementSet {
  readonly kind: 'statementSet';
  readonly statements: readonly Insert[];
  readonly span: SourceSpan;
}

export interface Delete {
  readonly kind: 'delete';
  readonly target: ObjectName;
  readonly alias: Identifier | null;
  readonly where: Expression | null;
  readonly span: SourceSpan;
}

export interface Assignment {
  readonly kind: 'assignment';
  readonly column: ObjectName;
  readonly value: Expression;
  readonly span: SourceSpan;
}

export interface Update {
  readonly kind: 'update';
  readonly target: ObjectName;
  readonly alias: Identifier | null;
  readonly assignments: readonly Assignment[];
  readonly where: Expression | null;
  readonly span: SourceSpan;
}

export interface Truncate {
  readonly kind: 'truncate';
  readonly name: ObjectName;
  readonly span: SourceSpan;
}

/** `COMPILE PLAN`, `COMPILE AND EXECUTE PLAN`. */
export interface CompilePlan {
  readonly kind: 'compilePlan';
  readonly path: StringLiteral;
  readonly ifNotExists: boolean;
  readonly execute: boolean;
  readonly statement: Insert | StatementSet;
  readonly span: SourceSpan;
}

export interface ExecutePlan {
  readonly kind: 'executePlan';
  readonly path: StringLiteral;
  readonly span: SourceSpan;
}

// --------------------------------------------------------------------------------------------------------------------------- inspection

export type ExplainDetail = 'ESTIMATED_COST' | 'CHANGELOG_MODE' | 'PLAN_ADVICE' | 'JSON_EXECUTION_PLAN';

export interface Explain {
  readonly kind: 'explain';
  readonly details: readonly ExplainDetail[];
  readonly statement: Query | Insert | StatementSet | CreateTable | CreateMaterializedTable | AlterMaterializedTable;
  readonly span: SourceSpan;
}

export interface Describe {
  readonly kind: 'describe';
  /** `table` also means view. */
  readonly object: 'table' | 'catalog' | 'database' | 'function' | 'model';
  readonly extended: boolean;
  readonly name: ObjectName;
  readonly span: SourceSpan;
}

export interface DescribeJob {
  readonly kind: 'describeJob';
  readonly id: StringLiteral;
  readonly span: SourceSpan;
}

export interface NamePattern {
  readonly kind: 'namePattern';
  readonly negated: boolean;
  readonly caseInsensitive: boolean;
  readonly pattern: StringLiteral;
  readonly span: SourceSpan;
}

export type ShowSubject =
  | 'catalogs'
  | 'databases'
  | 'tables'
  | 'views'
  | 'materialized tables'
  | 'columns'
  | 'functions'
  | 'user functions'
  | 'procedures'
  | 'models'
  | 'modules'
  | 'full modules'
  | 'jars'
  | 'jobs';

export interface Show {
  readonly kind: 'show';
  readonly subject: ShowSubject;
  /** After FROM or IN: a catalog, a database, or for `columns` (always) the table. */
  readonly from: ObjectName | null;
  readonly pattern: NamePattern | null;
  readonly span: SourceSpan;
}

export interface ShowCurrent {
  readonly kind: 'showCurrent';
  readonly object: 'catalog' | 'database';
  readonly span: SourceSpan;
}

export interface ShowCreate {
  readonly kind: 'showCreate';
  readonly object: 'table' | 'view' | 'catalog' | 'model' | 'materialized table';
  /** `SHOW CREATE OR ALTER MATERIALIZED TABLE`. */
  readonly orAlter: boolean;
  readonly name: ObjectName;
  readonly span: SourceSpan;
}

export interface ShowPartitions {
  readonly kind: 'showPartitions';
  readonly name: ObjectName;
  readonly partition: readonly PartitionItem[];
  readonly span: SourceSpan;
}

export interface AnalyzeTable {
  readonly kind: 'analyzeTable';
  readonly name: ObjectName;
  readonly partition: readonly PartitionItem[];
  /** `null` without FOR. */
  readonly columns: readonly Identifier[] | 'all' | null;
  readonly span: SourceSpan;
}

// --------------------------------------------------------------------------------------------------------------------- session and jobs

/** `SET` alone lists the configuration: both are `null`. */
export interface SetStatement {
  readonly kind: 'set';
  readonly key: StringLiteral | null;
  readonly value: StringLiteral | null;
  readonly span: SourceSpan;
}

/** `RESET` alone resets all. */
export interface ResetStatement {
  readonly kind: 'reset';
  readonly key: StringLiteral | null;
  readonly span: SourceSpan;
}

export interface UseCatalog {
  readonly kind: 'useCatalog';
  readonly name: Identifier;
  readonly span: SourceSpan;
}

export interface UseDatabase {
  readonly kind: 'useDatabase';
  readonly name: ObjectName;
  readonly span: SourceSpan;
}

export interface UseModules {
  readonly kind: 'useModules';
  readonly names: readonly Identifier[];
  readonly span: SourceSpan;
}

export interface LoadModule {
  readonly kind: 'loadModule';
  readonly name: Identifier;
  readonly options: readonly Option[];
  readonly span: SourceSpan;
}

export interface UnloadModule {
  readonly kind: 'unloadModule';
  readonly name: Identifier;
  readonly span: SourceSpan;
}

export interface StopJob {
  readonly kind: 'stopJob';
  readonly id: StringLiteral;
  readonly withSavepoint: boolean;
  readonly withDrain: boolean;
  readonly span: SourceSpan;
}

export interface Call {
  readonly kind: 'callProcedure';
  readonly procedure: FunctionCall;
  readonly span: SourceSpan;
}

export interface AddJar {
  readonly kind: 'addJar';
  readonly path: StringLiteral;
  readonly span: SourceSpan;
}

export interface RemoveJar {
  readonly kind: 'removeJar';
  readonly path: StringLiteral;
  readonly span: SourceSpan;
}

/** Commands of the SQL client that also occur in scripts; `EXIT` is `quit`. */
export interface ClientCommand {
  readonly kind: 'clientCommand';
  readonly command: 'quit' | 'clear' | 'help';
  readonly span: SourceSpan;
}

// ---------------------------------------------------------------------------------------------------------------------------- statements

export type Statement =
  | Query
  | CreateTable
  | CreateView
  | CreateFunction
  | CreateModel
  | CreateCatalog
  | CreateDatabase
  | CreateMaterializedTable
  | AlterTable
  | AlterView
  | AlterDatabase
  | AlterCatalog
  | AlterFunction
  | AlterModel
  | AlterMaterializedTable
  | DropTable
  | DropMaterializedTable
  | DropView
  | DropFunction
  | DropModel
  | DropCatalog
  | DropDatabase
  | Insert
  | StatementSet
  | Delete
  | Update
  | Truncate
  | CompilePlan
  | ExecutePlan
  | Explain
  | Describe
  | DescribeJob
  | Show
  | ShowCurrent
  | ShowCreate
  | ShowPartitions
  | AnalyzeTable
  | SetStatement
  | ResetStatement
  | UseCatalog
  | UseDatabase
  | UseModules
  | LoadModule
  | UnloadModule
  | StopJob
  | Call
  | AddJar
  | RemoveJar
  | ClientCommand;
