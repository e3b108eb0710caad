/** What DESCRIBE, SHOW COLUMNS and SHOW CREATE say of a table or view. */
import { quoteIdentifier, timeAttribute, typeToString, withNullable } from '../types/data-type.ts';
import type { Field } from '../types/schema.ts';
import { maskedCatalogOptions } from './catalog-options.ts';
import type { CatalogInfo } from './catalog.ts';
import type { CatalogTypeLookup, ConnectorLookup, FormatLookup } from './lookups.ts';
import { maskedOptions } from './options.ts';
import { type CatalogColumn, type CatalogRelation, type CatalogTable, type CatalogView, tableSchema } from './table.ts';

export interface Listing {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** `name | type | null | key | extras | watermark`, and `comment` where a column has one. */
export function describeTable(relation: CatalogRelation): Listing {
  const table = relation.kind === 'table' ? relation : null;
  const schema = table === null ? (relation.kind === 'view' ? relation.schema : []) : tableSchema(table);
  const comments = table?.columns.some((column) => column.comment !== null) ?? false;
  const key = table?.primaryKey?.columns ?? [];
  const rows = schema.map((field, i): string[] => {
    const column = table?.columns[i];
    return [
      field.name,
      describedType(field),
      field.type.nullable ? 'TRUE' : 'FALSE',
      key.includes(field.name) ? `PRI(${key.join(', ')})` : '',
      column === undefined ? '' : extras(column),
      table?.watermark?.column === field.name ? table.watermark.text : '',
      ...(comments ? [column?.comment ?? ''] : []),
    ];
  });
  return { columns: ['name', 'type', 'null', 'key', 'extras', 'watermark', ...(comments ? ['comment'] : [])], rows };
}

function describedType({ type }: Field): string {
  const attribute = timeAttribute(type);
  return typeToString(withNullable(type, true)) + (attribute === undefined ? '' : ` *${attribute.toUpperCase()}*`);
}

function extras(column: CatalogColumn): string {
  if (column.kind === 'computed') return `AS ${column.text}`;
  if (column.kind === 'physical') return '';
  const from = column.key === column.name ? '' : ` FROM '${column.key}'`;
  return `METADATA${from}${column.virtual ? ' VIRTUAL' : ''}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const list = (names: readonly string[]): string => names.map(quoteIdentifier).join(', ');
const pathText = (path: readonly string[]): string => path.map(quoteIdentifier).join('.');

/** The statement that makes the table again, with secrets masked. */
export function createTableText(table: CatalogTable, connectors: ConnectorLookup, formats: FormatLookup): string {
  const lines = table.columns.map((column) => {
    const comment = column.comment === null ? '' : ` COMMENT ${quoted(column.comment)}`;
    const name = quoteIdentifier(column.name);
    if (column.kind === 'computed') return `${name} AS ${column.text}${comment}`;
    const extra = extras(column);
    return `${name} ${typeToString(column.type)}${extra === '' ? '' : ` ${extra}`}${comment}`;
  });
  if (table.watermark !== null)
    lines.push(`WATERMARK FOR ${quoteIdentifier(table.watermark.column)} AS ${table.watermark.text}`);
  if (table.primaryKey !== null) {
    const { name, columns } = table.primaryKey;
    lines.push(
      `CONSTRAINT ${quoteIdentifier(name ?? `PK_${columns.join('_')}`)} PRIMARY KEY (${list(columns)}) NOT ENFORCED`,
    );
  }
  const parts = [
    `CREATE ${table.temporary ? 'TEMPORARY ' : ''}TABLE ${pathText(table.path)} (\n${lines.map((line) => `  ${line}`).join(',\n')}\n)`,
  ];
  if (table.comment !== null) parts.push(`COMMENT ${quoted(table.comment)}`);
  if (table.partitionKeys.length > 0) parts.push(`PARTITIONED BY (${list(table.partitionKeys)})`);
  const options = maskedOptions(table.options, connectors, formats);
  if (options.length > 0) {
    parts.push(`WITH (\n${options.map(([key, value]) => `  ${quoted(key)} = ${quoted(value)}`).join(',\n')}\n)`);
  }
  return `${parts.join('\n')}\n`;
}

export function createViewText(view: CatalogView): string {
  const comment = view.comment === null ? '' : ` COMMENT ${quoted(view.comment)}`;
  const columns = list(view.schema.map((field) => field.name));
  return `CREATE ${view.temporary ? 'TEMPORARY ' : ''}VIEW ${pathText(view.path)} (\n  ${columns.replaceAll(', ', ',\n  ')}\n)${comment}\nAS ${view.text}\n`;
}

/** As Flink writes it, with secrets masked. */
export function createCatalogText(info: CatalogInfo, types: CatalogTypeLookup): string {
  const comment = info.comment === null ? '' : `COMMENT ${quoted(info.comment)}\n`;
  const options = maskedCatalogOptions(info, types).map(([key, value]) => `  ${quoted(key)} = ${quoted(value)}`);
  return `CREATE CATALOG ${quoteIdentifier(info.name)}\n${comment}WITH (\n${options.join(',\n')}\n)\n`;
}
