/** Settings of Flink that would change results and mean nothing here: refused when a statement is planned. */
import { unsupported } from '../errors.ts';
import type { SessionConfig } from '../catalog/lookups.ts';

interface Refused {
  /** The values (in lower case) under which nothing changes. */
  readonly harmless: readonly string[];
  readonly hint?: string;
}

const REFUSED: Readonly<Record<string, Refused>> = {
  'execution.runtime-mode': {
    harmless: ['streaming', 'automatic'],
    hint: "RESET 'execution.runtime-mode': a bounded input ends a streaming query too.",
  },
  'table.exec.emit.early-fire.enabled': {
    harmless: ['false'],
    hint: 'CUMULATE windows give results before their end.',
  },
  'table.exec.emit.late-fire.enabled': { harmless: ['false'], hint: 'Declare the watermark with a larger delay.' },
  'table.exec.emit.allow-lateness': { harmless: [], hint: 'Declare the watermark with a larger delay.' },
  'table.exec.legacy-cast-behaviour': { harmless: ['disabled'], hint: 'Use TRY_CAST.' },
  'table.exec.sink.type-length-enforcer': { harmless: ['ignore'], hint: 'CAST to the length that the column has.' },
  'table.exec.sink.upsert-materialize': {
    harmless: ['auto', 'none'],
    hint: 'Make the query unique by the primary key of the table.',
  },
  'table.sql-dialect': { harmless: ['default'] },
};

export function refuseSettings(config: SessionConfig): void {
  for (const [key, { harmless, hint }] of Object.entries(REFUSED)) {
    const value = config.get(key);
    if (value === undefined || harmless.includes(value.trim().toLowerCase())) continue;
    throw unsupported(`'${key}' = '${value}'`, hint);
  }
}
