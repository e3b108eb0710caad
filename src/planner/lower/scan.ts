/** Scans: options checked, watermark settings read, tables for bad and late rows found. */
import { parseTableOptions, type TableOptions } from '../../catalog/options.ts';
import { tableDefinition } from '../../catalog/table.ts';
import { EngineError } from '../../errors.ts';
import { isIdentity, type LogicalOf } from '../../plan/logical.ts';
import { isUpsert, type PhysicalNode, type PhysicalOf, type WatermarkSpec } from '../../plan/physical.ts';
import { parseDurationMs } from '../../types/option-spec.ts';
import type { PlannerContext } from '../context.ts';
import type { Lowering } from './lowering.ts';
import type { TableDefinition } from '../../types/table-definition.ts';

/** The table's changes as they come. */
export function scanOf(node: LogicalOf<'scan'>, lowering: Lowering): PhysicalNode {
  const { ctx } = lowering;
  const options = parseTableOptions(node.table, ctx.connectors, ctx.formats);
  const changelog = ctx.connectors.sourceChangelog(node.table);
  if (isUpsert(changelog) && node.normalizeBy === null) {
    throw new EngineError('invalid_definition', `table "${node.table.path.join('.')}" needs a PRIMARY KEY`, {
      detail: 'Its changes come without the rows that they replace, which are found by the primary key.',
      hint: 'Add PRIMARY KEY (…) NOT ENFORCED to it.',
    });
  }
  const onError = (options.common.string('millrace.on-error') ?? 'fail') as PhysicalOf<'scan'>['onError'];
  const deadLetter = sideTable(node.table, options, 'millrace.dead-letter', ctx);
  if (onError === 'dead-letter' && deadLetter === null) {
    throw new EngineError(
      'invalid_option',
      `table "${node.table.path.join('.')}" needs the option "millrace.dead-letter"`,
      {
        hint: "'millrace.on-error' = 'dead-letter' sends bad records to the table that it names.",
      },
    );
  }
  return lowering.add({
    kind: 'scan',
    table: node.table,
    columns: node.columns,
    computed: isIdentity(node.outputs, node.columns.length) ? null : node.outputs,
    watermark: node.watermark === null ? null : { ...node.watermark, ...watermarkSettings(options, ctx) },
    onError,
    deadLetter,
    lateRows: sideTable(node.table, options, 'millrace.late-rows', ctx),
    schema: node.schema,
    changelog,
  });
}

function watermarkSettings(
  options: TableOptions,
  ctx: PlannerContext,
): Pick<WatermarkSpec, 'intervalMs' | 'idleTimeoutMs'> {
  const duration = (key: string): number => parseDurationMs(ctx.config.get(key) ?? '0') ?? 0;
  const everyRow = options.common.string('scan.watermark.emit.strategy') === 'on-event';
  return {
    intervalMs: everyRow ? 0 : duration('pipeline.auto-watermark-interval'),
    idleTimeoutMs: options.common.number('scan.watermark.idle-timeout') ?? duration('table.exec.source.idle-timeout'),
  };
}

const SIDE_COLUMNS = ['payload', 'source_name', 'split_id', 'split_position', 'reason', 'rejected_at'];

/** The table that an option names: it must exist, be writable and have only the columns that are known there. */
function sideTable(
  owner: TableDefinition,
  options: TableOptions,
  option: string,
  ctx: PlannerContext,
): TableDefinition | null {
  const name = options.common.string(option);
  if (name === undefined) return null;
  const relation = ctx.catalog.find(ctx.catalog.path(name.split('.'), owner.path[0], owner.path[1]));
  const invalid = (message: string, hint: string): EngineError =>
    new EngineError('invalid_option', `option "${option}" of table "${owner.path.join('.')}": ${message}`, { hint });
  if (relation?.kind !== 'table') {
    throw invalid(`table "${name}" does not exist`, 'Create it before the table is read.');
  }
  const unknown = relation.columns.find((column) => !SIDE_COLUMNS.includes(column.name));
  if (unknown !== undefined) {
    throw invalid(`table "${name}" has a column "${unknown.name}"`, `It may have any of: ${SIDE_COLUMNS.join(', ')}.`);
  }
  const { connector } = parseTableOptions(relation, ctx.connectors, ctx.formats);
  if (connector.sink === undefined)
    throw invalid(`table "${name}" cannot be written to`, 'Give it a connector that has a sink.');
  return tableDefinition(relation);
}

/** Where late rows of what is read below go; the first scan that says so decides. */
export function lateRowsOf(node: PhysicalNode): TableDefinition | null {
  switch (node.kind) {
    case 'scan':
      return node.lateRows;
    case 'values':
      return null;
    case 'union':
      return node.inputs.map(lateRowsOf).find((table) => table !== null) ?? null;
    case 'join':
    case 'interval-join':
      return lateRowsOf(node.left) ?? lateRowsOf(node.right);
    default:
      return lateRowsOf(node.input);
  }
}
