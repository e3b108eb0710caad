import type { Catalog } from '../../catalog/catalog.ts';
import { parseTableOptions } from '../../catalog/options.ts';
import { tableDefinition } from '../../catalog/table.ts';
import type { Engine } from '../../engine.ts';
import { EngineError } from '../../errors.ts';
import { quoteIdentifier } from '../../types/data-type.ts';
import { parseType } from '../parse-type.ts';
import { Settings } from '../settings.ts';
import { MemoryTable } from './memory-table.ts';
import type { TableSpec } from './table-spec.ts';

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** The spec as the statement that makes the table. */
export function createTableText(name: string, spec: TableSpec): string {
  const columns = Object.entries(spec.columns).map(([column, type]) => {
    // Alone, so that nothing but a type can stand there.
    parseType(type, `column "${column}"`);
    return `${quoteIdentifier(column)} ${type}`;
  });
  if (columns.length === 0) throw new EngineError('invalid_definition', `table "${name}" has no columns`);
  if (spec.watermark !== undefined) {
    const column = quoteIdentifier(spec.watermark.column);
    const never = `CASE WHEN FALSE THEN ${column} END`;
    columns.push(`WATERMARK FOR ${column} AS ${spec.watermark.as ?? never}`);
  }
  if (spec.primaryKey !== undefined) {
    columns.push(`PRIMARY KEY (${spec.primaryKey.map(quoteIdentifier).join(', ')}) NOT ENFORCED`);
  }
  const options = [
    ['connector', 'memory'],
    ['changelog', spec.changes ?? 'insert'],
    ['capacity', String(spec.capacity ?? 65_536)],
    ['retain', String(spec.retain ?? false)],
  ].map(([key, value]) => `${text(key as string)} = ${text(value as string)}`);
  return `CREATE TABLE ${quoteIdentifier(name)} (${columns.join(', ')}) WITH (${options.join(', ')})`;
}

/** The program's side of a table that the catalog has. */
export function memoryTable(name: string, catalog: Catalog, engine: Engine): MemoryTable {
  const table = catalog.get(catalog.path([name]));
  const connector = table.kind === 'table' ? table.options['connector'] : undefined;
  if (table.kind !== 'table' || connector !== 'memory') {
    throw new EngineError('invalid_definition', `table "${name}" is not in the program's memory`, {
      hint: "Such a table has 'connector' = 'memory'.",
    });
  }
  const definition = tableDefinition(table);
  const { connectorOptions } = parseTableOptions(definition, engine.connectors(new Settings()), engine.formats);
  return new MemoryTable(name, engine.memory.log(definition, connectorOptions), {
    changelog: connectorOptions.string('changelog') ?? 'insert',
    hasWatermark: table.watermark !== null,
  });
}
