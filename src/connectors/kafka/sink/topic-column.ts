import { EngineError } from '../../../errors.ts';
import type { ParsedOptions } from '../../../types/option-spec.ts';
import { type TopicChoice, topicChoice } from '../source/source-options.ts';
import type { BytesVector, Vector } from '../../../types/vector.ts';

/**
 * Which topic each row goes to: the table's only one, or the one that the row names in its `topic` column, among those
 * that the options allow.
 */
export class TopicColumn {
  /** Topics that rows went to, in order of appearance; `topicOf` counts in it. */
  readonly names: string[] = [];
  readonly #choice: TopicChoice;
  readonly #indexes = new Map<string, number>();
  #topicOf = new Int32Array(0);

  constructor(options: ParsedOptions, hasColumn: boolean) {
    this.#choice = topicChoice(options);
    if (this.#only !== null && hasColumn) {
      throw new EngineError('invalid_definition', `metadata 'topic' cannot be written to a table of one topic`, {
        hint: "Declare the column METADATA … VIRTUAL, or give the topics that rows may name as a list or by 'topic-pattern'.",
      });
    }
    if (this.#only !== null) this.names.push(this.#only);
    else if (!hasColumn) {
      throw new EngineError('invalid_option', 'a table that is written to needs one topic, or a column that names it', {
        hint: "Declare a column STRING METADATA FROM 'topic', or give one topic.",
      });
    }
  }

  /** The topic that all rows go to, if there is one. */
  get #only(): string | null {
    const choice = this.#choice;
    return choice.kind === 'names' && choice.names.length === 1 ? (choice.names[0] as string) : null;
  }

  /** The topic of each row as an index into `names`; null = 0 for all. Valid until the next call. */
  read(vector: Vector | undefined, rows: number): Int32Array | null {
    if (this.#only !== null) return null;
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
    const choice = this.#choice;
    if (choice.kind === 'names' && !choice.names.includes(name)) {
      throw refused(`topic "${name}" is not one of the table's`, `They are: ${choice.names.join(', ')}.`);
    }
    if (choice.kind === 'pattern' && !choice.pattern.test(name)) {
      throw refused(`topic "${name}" does not match the table's pattern`, `It is: ${choice.text}.`);
    }
    const index = this.names.push(name) - 1;
    this.#indexes.set(name, index);
    return index;
  }
}

const refused = (message: string, detail: string): EngineError => new EngineError('bad_record', message, { detail });
