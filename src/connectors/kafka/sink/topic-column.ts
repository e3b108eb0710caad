import { EngineError } from '../../../errors.ts';
import type { ParsedOptions } from '../../../types/option-spec.ts';
import type { BytesVector, Vector } from '../../../types/vector.ts';

/**
 * Which topic each row goes to: the table's only one, or the one that the row names in its `topic` column, among those
 * that the options allow.
 */
export class TopicColumn {
  /** Topics that rows went to, in order of appearance; `topicOf` counts in it. */
  readonly names: string[] = [];
  readonly #allowed: ReadonlySet<string> | null;
  readonly #pattern: RegExp | null;
  readonly #indexes = new Map<string, number>();
  #topicOf = new Int32Array(0);

  constructor(options: ParsedOptions, hasColumn: boolean) {
    const topics = (options.string('topic') ?? '').split(';').map((name) => name.trim());
    const listed = topics.filter((name) => name !== '');
    const pattern = options.string('topic-pattern');
    this.#pattern = pattern === undefined ? null : new RegExp(`^(?:${pattern})$`);
    this.#allowed = pattern === undefined ? new Set(listed) : null;
    if (pattern === undefined && listed.length === 1) this.names.push(listed[0] as string);
    else if (!hasColumn) {
      throw new EngineError('invalid_option', 'a table that is written to needs one topic, or a column that names it', {
        hint: "Declare a column STRING METADATA FROM 'topic', or give one topic.",
      });
    }
  }

  /** Whether all rows go to one topic. */
  get fixed(): boolean {
    return this.#allowed?.size === 1;
  }

  /** The topic of each row as an index into `names`; null = 0 for all. Valid until the next call. */
  read(vector: Vector | undefined, rows: number): Int32Array | null {
    if (this.fixed) return null;
    if (this.#topicOf.length < rows) this.#topicOf = new Int32Array(rows * 2);
    const { pool, start, len, valid } = vector as BytesVector;
    for (let row = 0; row < rows; row++) {
      if (valid !== null && valid[row] === 0) {
        throw refused('the topic of a row is NULL', 'Each row must say which topic it goes to.');
      }
      const from = start[row] as number;
      const name = pool.buf.utf8Slice(from, from + (len[row] as number));
      this.#topicOf[row] = this.#indexes.get(name) ?? this.#add(name);
    }
    return this.#topicOf;
  }

  #add(name: string): number {
    if (this.#allowed !== null && !this.#allowed.has(name)) {
      throw refused(`topic "${name}" is not one of the table's`, `They are: ${[...this.#allowed].join(', ')}.`);
    }
    if (this.#pattern !== null && !this.#pattern.test(name)) {
      throw refused(`topic "${name}" does not match the table's pattern`, `It is: ${this.#pattern.source}.`);
    }
    const index = this.names.push(name) - 1;
    this.#indexes.set(name, index);
    return index;
  }
}

const refused = (message: string, detail: string): EngineError => new EngineError('bad_record', message, { detail });
