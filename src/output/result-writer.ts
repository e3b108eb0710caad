import { csvWriter } from './csv.ts';
import { jsonlWriter } from './jsonl.ts';
import type { OutputFormat, OutputOptions, ResultWriter } from './output.ts';
import { changelogWriter, tableWriter } from './table.ts';

export function resultWriter(format: OutputFormat, options: OutputOptions): ResultWriter {
  switch (format) {
    case 'jsonl':
      return jsonlWriter(options);
    case 'csv':
      return csvWriter(options);
    case 'table':
      return tableWriter(options);
    case 'changelog':
      return changelogWriter(options);
  }
}
