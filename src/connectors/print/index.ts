import { ROW_KIND_NAMES } from '../../types/batch.ts';
import { type Vector, getValue } from '../../types/vector.ts';
import type { Connector } from '../connector.ts';
import { javaText } from '../java-text.ts';

export const print: Connector = {
  name: 'print',
  doc: 'Writes each change as a line: its kind and its values, as Java prints them.',
  options: {
    'print-identifier': { type: 'string', doc: 'Stands before each line' },
    'standard-error': { type: 'boolean', default: 'false', doc: 'Write to standard error instead of standard output' },
  },
  format: 'none',
  metadata: [],
  sinkAccepts: 'all',
  sink({ schema, options, context, subtask }) {
    const output = options.boolean('standard-error') ? context.stderr : context.stdout;
    const label = [options.string('print-identifier') ?? '', context.parallelism > 1 ? String(subtask + 1) : '']
      .filter((part) => part !== '')
      .join(':');
    const prefix = label === '' ? '' : `${label}> `;
    return {
      guarantee: 'at-least-once',
      write({ length, vectors, kinds }) {
        let text = '';
        for (let row = 0; row < length; row++) {
          const values = schema.map(({ type }, c) => javaText(getValue(vectors[c] as Vector, row, type), type));
          const kind = ROW_KIND_NAMES[(kinds?.[row] ?? 0) as 0 | 1 | 2 | 3];
          text += `${prefix}${kind}[${values.join(', ')}]\n`;
        }
        return output.write(text);
      },
      flush: async () => {},
      close: async () => {},
    };
  },
};
