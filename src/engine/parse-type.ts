import { EngineError } from '../errors.ts';
import { parseStatement } from '../parser/parser.ts';
import { bindType } from '../planner/bind/data-type.ts';
import type { DataType } from '../types/data-type.ts';

const BEFORE = 'CREATE TABLE t (c ';

/** A type as SQL writes it (`ARRAY<INT NOT NULL>`). `what` names in errors what has the type. */
export function parseType(text: string, what: string): DataType {
  try {
    const statement = parseStatement(`${BEFORE}${text})`);
    const elements = statement.kind === 'createTable' ? statement.elements : null;
    const column = elements?.columns.length === 1 ? elements.columns[0] : undefined;
    // The text must be the type and nothing that ends the column, or the statement.
    const isAll = column?.span.end === BEFORE.length + text.trimEnd().length;
    if (isAll && column.kind === 'physicalColumn' && column.primaryKey === null && column.comment === null)
      return bindType(column.type);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(error.code, `type '${text}' of ${what}: ${error.message}`, { hint: error.hint });
  }
  throw new EngineError('syntax_error', `type '${text}' of ${what} is not a type`);
}
