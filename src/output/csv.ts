import { type Batch, ROW_KIND_NAMES } from '../types/batch.ts';
import { formatValue } from '../types/format-value.ts';
import { timeZone as zoneOf } from '../types/time-zone.ts';
import { type Vector, getValue } from '../types/vector.ts';
import type { OutputOptions, ResultWriter } from './output.ts';

/** RFC 4180 with a header; an updating result has its row kind in a first column `op`. NULL is the empty field. */
export function csvWriter(options: OutputOptions): ResultWriter {
  const { schema, stdout, query, updating, timeZone } = options;
  const lead = [...(query === null ? [] : ['query']), ...(updating ? ['op'] : [])];
  let header = [...lead, ...schema.map((field) => field.name)].map(quote).join(',') + '\n';
  return {
    write(batch: Batch) {
      const lines: string[] = [];
      for (let i = 0; i < batch.length; i++) {
        const cells: string[] = [];
        if (query !== null) cells.push(String(query));
        if (updating) cells.push(ROW_KIND_NAMES[batch.kinds === null ? 0 : (batch.kinds[i] as 0)]);
        schema.forEach((field, c) => {
          const value = getValue(batch.vectors[c] as Vector, i, field.type);
          cells.push(
            value === null ? '' : value === '' ? '""' : quote(formatValue(value, field.type, zoneOf(timeZone))),
          );
        });
        lines.push(cells.join(','));
      }
      const text = header + (lines.length > 0 ? lines.join('\n') + '\n' : '');
      header = '';
      return text === '' ? undefined : stdout.write(text);
    },
    end() {
      return header === '' ? undefined : stdout.write(header);
    },
  };
}

const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
