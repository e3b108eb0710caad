import { EngineError } from '../../errors.ts';
import type { OptionSet, ParsedOptions } from '../../types/option-spec.ts';

export const DATAGEN_OPTIONS: OptionSet = {
  'rows-per-second': { type: 'bigint', default: '10000', doc: 'Rate, over all splits' },
  'number-of-rows': { type: 'bigint', doc: 'How many rows over all splits. Absent: without end' },
  'fields.#.kind': { type: 'enum', values: ['random', 'sequence'], doc: 'How values come about; random if absent' },
  'fields.#.min': {
    type: 'string',
    doc: 'Least random value of a number or interval; the least of the type if absent',
  },
  'fields.#.max': { type: 'string', doc: 'Largest random value of a number or interval; that of the type if absent' },
  'fields.#.max-past': { type: 'duration', doc: 'How far before now random timestamps reach; 0 if absent' },
  'fields.#.length': {
    type: 'bigint',
    doc: 'Length of strings and bytes (100 if absent) or size of arrays, maps and multisets (3)',
  },
  'fields.#.var-len': { type: 'boolean', doc: 'Whether strings and bytes vary in length, from 1 to their length' },
  'fields.#.start': { type: 'bigint', doc: 'First value of a sequence' },
  'fields.#.end': { type: 'bigint', doc: 'Last value of a sequence; the table ends with it' },
  'fields.#.null-rate': { type: 'double', doc: 'Share of NULLs among random values, 0 to 1' },
};

/** The options of one field; those that no field asks for are an error at the end. */
export class FieldOptions {
  readonly #options: ParsedOptions;
  readonly #used: Set<string>;
  readonly path: string;

  constructor(options: ParsedOptions, path: string, used: Set<string> = new Set()) {
    this.#options = options;
    this.#used = used;
    this.path = path;
  }

  child(name: string): FieldOptions {
    return new FieldOptions(this.#options, this.path === '' ? name : `${this.path}.${name}`, this.#used);
  }

  text(name: string): string | undefined {
    const key = `fields.${this.path}.${name}`;
    this.#used.add(key);
    return this.#options.string(key);
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }

  error(name: string, reason: string): EngineError {
    return new EngineError('invalid_option', `option "fields.${this.path}.${name}" cannot be '${this.text(name)}'`, {
      hint: reason,
    });
  }

  /** Fails for options that the field they name has no use for. */
  checkAllUsed(): void {
    for (const key of this.#options.keys()) {
      if (!key.startsWith('fields.') || this.#used.has(key)) continue;
      const field = key.slice('fields.'.length, key.lastIndexOf('.'));
      throw new EngineError('invalid_option', `connector "datagen" has no use for the option "${key}"`, {
        hint: `There is no field "${field}", or its type and kind do not take it.`,
      });
    }
  }
}
