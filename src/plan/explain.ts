/** Plans as text: a tree of nodes, each with what it does, which changes it emits, and what state it keeps. */
import type { Schema } from '../types/schema.ts';
import { durationText } from './duration.ts';
import type { Expr } from './expr.ts';
import { exprText } from './expr-text.ts';
import { type LogicalNode, logicalInputs } from './logical.ts';
import {
  type AggregateCall,
  inputsOf,
  type PhysicalKind,
  type PhysicalNode,
  type PhysicalOf,
  type SortKey,
  type WindowSpec,
} from './physical.ts';
import { stateNotes } from './state-notes.ts';
import type { ChangelogMode } from '../types/table-definition.ts';

interface PlanText {
  readonly changelog: boolean;
  readonly state: boolean;
  /** More lines under a node. */
  readonly notes?: (node: PhysicalNode) => readonly string[];
}

/** The physical plan as a tree of lines. */
export function explainPhysical(plan: PhysicalNode, options: PlanText): string {
  return tree(plan, inputsOf, (node) => {
    const text = describeNode(node);
    const shown = options.changelog
      ? text.replace(/\)$/, `${text.endsWith('()') ? '' : ', '}changelogMode=${modeText(node.changelog)})`)
      : text;
    return [shown, ...(options.notes?.(node) ?? []), ...(options.state ? stateNotes(node) : [])];
  });
}

/** The logical plan as a tree of lines. */
export function explainLogical(plan: LogicalNode): string {
  return tree(plan, logicalInputs, (node) => [describeLogical(node)]);
}

function tree<T>(root: T, inputs: (node: T) => readonly T[], text: (node: T) => readonly string[]): string {
  const lines: string[] = [];
  const visit = (node: T, first: string, rest: string): void => {
    const [head, ...notes] = text(node);
    const below = inputs(node);
    lines.push(first + (head as string));
    for (const note of notes)
      lines.push(`${rest}${below.length > 0 ? (below.length > 1 ? ':' : '|') : ' '}    ${note}`);
    below.forEach((input, i) => {
      const last = i === below.length - 1;
      visit(input, `${rest}${last ? '+- ' : ':- '}`, `${rest}${last ? '   ' : ':  '}`);
    });
  };
  visit(root, '', '');
  return lines.join('\n');
}

const modeText = (mode: ChangelogMode): string =>
  `[${['I', mode.updateBefore && 'UB', mode.updateAfter && 'UA', mode.delete && 'D'].filter(Boolean).join(',')}]`;

const names = (schema: Schema): string => schema.map((field) => field.name).join(', ');
const columns = (indexes: readonly number[], schema: Schema): string =>
  indexes.map((index) => schema[index]?.name ?? `$${index}`).join(', ');

const orderText = (order: readonly SortKey[], schema: Schema): string =>
  order
    .map(
      (key) =>
        `${schema[key.column]?.name} ${key.descending ? 'DESC' : 'ASC'}${key.nullsFirst === key.descending ? ` NULLS ${key.nullsFirst ? 'FIRST' : 'LAST'}` : ''}`,
    )
    .join(', ');

const selectText = (projections: readonly Expr[], output: Schema, input: Schema): string =>
  projections
    .map((expr, i) => {
      const text = exprText(expr, input);
      const name = output[i]?.name;
      return text === name ? text : `${text} AS ${name}`;
    })
    .join(', ');

function aggregateText(call: AggregateCall, input: Schema): string {
  const constants = call.constants.map((value) => `'${String(value)}'`);
  const args = call.args.length === 0 ? '*' : [columns(call.args, input), ...constants].join(', ');
  const filter = call.filter === null ? '' : ` FILTER ${input[call.filter]?.name}`;
  return `${call.name}(${call.distinct ? 'DISTINCT ' : ''}${args})${filter}`;
}

function aggregatesText(
  calls: readonly AggregateCall[],
  input: Schema,
  output: readonly { readonly name: string }[],
): string {
  return calls.map((call, i) => `${aggregateText(call, input)} AS ${output[i]?.name}`).join(', ');
}

function windowText(window: WindowSpec, timeColumn: string): string {
  const sizes = {
    tumble: () => (window.kind === 'tumble' ? `size=[${durationText(window.sizeMs)}]` : ''),
    hop: () =>
      window.kind === 'hop' ? `size=[${durationText(window.sizeMs)}], slide=[${durationText(window.slideMs)}]` : '',
    cumulate: () =>
      window.kind === 'cumulate'
        ? `max_size=[${durationText(window.sizeMs)}], step=[${durationText(window.stepMs)}]`
        : '',
    session: () => (window.kind === 'session' ? `gap=[${durationText(window.gapMs)}]` : ''),
  }[window.kind]();
  const offset =
    window.kind !== 'session' && window.offsetMs !== 0 ? `, offset=[${durationText(window.offsetMs)}]` : '';
  return `${window.kind.toUpperCase()}(time_col=[${timeColumn}], ${sizes}${offset})`;
}

/** By the names that Flink gives them. */
const RANK_STRATEGY = { append: 'AppendFast', update: 'UpdateFast', retract: 'Retract' } as const;

type Describe = { readonly [K in PhysicalKind]: (node: PhysicalOf<K>) => string };

const DESCRIBE: Describe = {
  values: (node) => `Values(rows=[${node.rows.length}], fields=[${names(node.schema)}])`,
  scan: (node) => {
    const read = node.columns.map((column) =>
      column.kind === 'physical' ? column.path.join('.') : `metadata ${column.key}`,
    );
    const scanned = node.columns.map((column, i) => ({ name: read[i] as string, type: column.type }));
    const parts = [`table=[${node.table.path.join('.')}]`, `columns=[${read.join(', ')}]`];
    if (node.computed !== null) parts.push(`select=[${selectText(node.computed, node.schema, scanned)}]`);
    if (node.watermark !== null) {
      parts.push(
        `watermark=[${node.schema[node.watermark.column]?.name}: ${exprText(node.watermark.expr, node.schema)}]`,
      );
    }
    return `TableSourceScan(${parts.join(', ')})`;
  },
  calc: (node) => {
    const select = `select=[${selectText(node.projections, node.schema, node.input.schema)}]`;
    return node.condition === null
      ? `Calc(${select})`
      : `Calc(${select}, where=[${exprText(node.condition, node.input.schema)}])`;
  },
  exchange: (node) =>
    node.keys.length === 0
      ? 'Exchange(distribution=[single])'
      : `Exchange(distribution=[hash[${columns(node.keys, node.schema)}]])`,
  'group-aggregate': (node) => {
    const keys = node.keys.length === 0 ? '' : `groupBy=[${columns(node.keys, node.input.schema)}], `;
    const select = [
      columns(node.keys, node.input.schema),
      aggregatesText(node.aggregates, node.input.schema, node.schema.slice(node.keys.length)),
    ];
    return `GroupAggregate(${keys}select=[${select.filter((part) => part !== '').join(', ')}])`;
  },
  'window-aggregate': (node) => {
    const { input, keys, aggregates } = node;
    const properties = node.schema.slice(keys.length + aggregates.length).map((field) => field.name);
    const select = [
      columns(keys, input.schema),
      aggregatesText(aggregates, input.schema, node.schema.slice(keys.length)),
      properties.join(', '),
    ];
    const name = node.style === 'group' ? 'GroupWindowAggregate' : 'WindowAggregate';
    const groupBy = keys.length === 0 ? '' : `groupBy=[${columns(keys, input.schema)}], `;
    const window = windowText(node.window, input.schema[node.timeColumn]?.name ?? '');
    return `${name}(${groupBy}window=[${window}], select=[${select.filter((part) => part !== '').join(', ')}])`;
  },
  'attached-window-aggregate': (node) => {
    const { input, keys } = node;
    const select = [
      columns(keys, input.schema),
      aggregatesText(node.aggregates, input.schema, node.schema.slice(keys.length)),
    ];
    const window = `win_start=[${node.startColumn === null ? '' : input.schema[node.startColumn]?.name}], win_end=[${input.schema[node.endColumn]?.name}]`;
    return `WindowAggregate(groupBy=[${columns(keys, input.schema)}], window=[${window}], select=[${select.filter((part) => part !== '').join(', ')}])`;
  },
  'window-table-function': (node) => {
    const partition = node.partition.length === 0 ? '' : `, partition=[${columns(node.partition, node.input.schema)}]`;
    return `WindowTableFunction(window=[${windowText(node.window, node.input.schema[node.timeColumn]?.name ?? '')}]${partition})`;
  },
  rank: (node) => {
    const partition =
      node.partition.length === 0 ? '' : `partitionBy=[${columns(node.partition, node.input.schema)}], `;
    return `Rank(strategy=[${RANK_STRATEGY[node.strategy]}], ${partition}orderBy=[${orderText(node.order, node.input.schema)}], rankRange=[rankStart=${node.from}, rankEnd=${node.to}], outputRowNumber=[${node.outputRank}])`;
  },
  deduplicate: (node) => {
    const order = `${node.time.toUpperCase()} ${node.keep === 'first' ? 'ASC' : 'DESC'}`;
    return `Deduplicate(keep=[${node.keep === 'first' ? 'FirstRow' : 'LastRow'}], key=[${columns(node.keys, node.input.schema)}], order=[${order}])`;
  },
  limit: (node) => `Limit(offset=[${node.offset}], fetch=[${node.limit}])`,
  'temporal-sort': (node) => `TemporalSort(orderBy=[${orderText(node.order, node.input.schema)}])`,
  union: (node) => `Union(all=[true], union=[${names(node.schema)}])`,
  join: (node) => `Join(${joinText(node)})`,
  'interval-join': (node) => {
    const left = node.schema[node.leftTime]?.name;
    const right = node.schema[node.left.schema.length + node.rightTime]?.name;
    const bounds = `windowBounds=[leftLowerBound=${node.lowerMs}, leftUpperBound=${node.upperMs}, leftTime=${left}, rightTime=${right}]`;
    return `IntervalJoin(${joinText(node)}, ${bounds})`;
  },
  'changelog-normalize': (node) => {
    const key = `key=[${columns(node.keys, node.schema)}]`;
    return node.condition === null
      ? `ChangelogNormalize(${key})`
      : `ChangelogNormalize(${key}, condition=[${exprText(node.condition, node.input.schema)}])`;
  },
  'vector-call': (node) => `VectorCall(${callsText(node)})`,
  'async-call': (node) => `AsyncCall(${callsText(node)}, ordered=[${node.ordered}])`,
  correlate: (node) => {
    const call = `${node.call.name}(${columns(node.call.args, node.input.schema)})`;
    return `Correlate(call=[${call}], joinType=[${node.outer ? 'LEFT' : 'INNER'}], select=[${names(node.schema)}])`;
  },
  'drop-update-before': () => 'DropUpdateBefore()',
  sink: (node) => `Sink(table=[${node.table.path.join('.')}], fields=[${names(node.schema)}])`,
  collect: (node) => `Collect(fields=[${names(node.schema)}])`,
};

function callsText({ calls, input, schema, width }: PhysicalOf<'vector-call'> | PhysicalOf<'async-call'>): string {
  const made = calls.map(
    ({ name, args }, i) => `${name}(${columns(args, input.schema)}) AS ${schema[width + i]?.name}`,
  );
  return `select=[${[...schema.slice(0, width).map((field) => field.name), ...made].join(', ')}]`;
}

function joinText(node: PhysicalOf<'join'> | PhysicalOf<'interval-join'>): string {
  const type = { inner: 'InnerJoin', left: 'LeftOuterJoin', right: 'RightOuterJoin', full: 'FullOuterJoin' }[node.type];
  const keys = node.leftKeys.map((key, i) => {
    const operator = node.kind === 'join' && node.nullSafe[i] === true ? 'IS NOT DISTINCT FROM' : '=';
    const right = node.left.schema.length + (node.rightKeys[i] as number);
    return `${node.schema[key]?.name} ${operator} ${node.schema[right]?.name}`;
  });
  const rest = node.condition === null ? [] : [exprText(node.condition, node.schema)];
  return `joinType=[${type}], where=[${[...keys, ...rest].join(' AND ') || 'true'}], select=[${names(node.schema)}]`;
}

/** One node in a line, without its inputs. Never shows options, which may be secret. */
export function describeNode(node: PhysicalNode): string {
  // The table of functions is exhaustive by kind, which indexing by a union cannot express.
  return (DESCRIBE[node.kind] as (node: PhysicalNode) => string)(node);
}

function describeLogical(node: LogicalNode): string {
  switch (node.kind) {
    case 'values':
      return `LogicalValues(rows=[${node.rows.length}])`;
    case 'scan':
      return `LogicalTableScan(table=[${node.table.path.join('.')}])`;
    case 'calc': {
      const select = `select=[${selectText(node.projections, node.schema, node.input.schema)}]`;
      return node.condition === null
        ? `LogicalProject(${select})`
        : `LogicalFilter(${select}, where=[${exprText(node.condition, node.input.schema)}])`;
    }
    case 'aggregate':
      return `LogicalAggregate(group=[${columns(node.keys, node.input.schema)}], aggregates=[${aggregatesText(node.aggregates, node.input.schema, node.schema.slice(node.keys.length))}])`;
    case 'group-window-aggregate':
      return `LogicalWindowAggregate(group=[${columns(node.keys, node.input.schema)}], window=[${windowText(node.window, node.input.schema[node.timeColumn]?.name ?? '')}], aggregates=[${aggregatesText(node.aggregates, node.input.schema, node.schema.slice(node.keys.length))}])`;
    case 'window-table-function':
      return `LogicalTableFunctionScan(window=[${windowText(node.window, node.input.schema[node.timeColumn]?.name ?? '')}])`;
    case 'row-number':
      return `LogicalRowNumber(partition=[${columns(node.partition, node.input.schema)}], order=[${orderText(node.order, node.input.schema)}])`;
    case 'sort':
      return `LogicalSort(order=[${orderText(node.order, node.input.schema)}]${node.limit === null ? '' : `, offset=[${node.offset}], fetch=[${node.limit}]`})`;
    case 'correlate': {
      const args = node.call.args.map((arg) => exprText(arg, node.input.schema)).join(', ');
      return `LogicalCorrelate(call=[${node.call.name}(${args})], joinType=[${node.outer ? 'left' : 'inner'}])`;
    }
    case 'union':
      return 'LogicalUnion(all=[true])';
    case 'join':
      return `LogicalJoin(condition=[${node.condition === null ? 'true' : exprText(node.condition, node.schema)}], joinType=[${node.type}])`;
  }
}
