/**
 * The text of a generated function under construction: statements, names, constants, and which expressions are already
 * at hand in the enclosing blocks (so that a repeated sub-expression is computed once).
 *
 * Constants are passed as values, by position. Only numbers, bigints and booleans are spliced into the text, so two
 * expressions that differ in a string share one generated function.
 */
import { divisionByZero } from '../../functions/define.ts';
import { DIVISION_BY_ZERO, type CallSite, type FunctionContext, WORDS32, WORDS64 } from '../../functions/function.ts';
import type { DataType } from '../../types/data-type.ts';
import { type BytePool, newPool } from '../../types/vector.ts';

const words64 = new BigInt64Array(1);

/** What inline text of functions may name. */
const FIXED: readonly (readonly [value: unknown, name: string])[] = [
  [divisionByZero, DIVISION_BY_ZERO],
  [words64, WORDS64],
  [new Int32Array(words64.buffer), WORDS32],
];

export class Emitter {
  readonly context: FunctionContext;
  /** Statements that run once per batch, before the rows. */
  readonly prologue: string[] = [];
  /** Names that the prologue assigns. */
  readonly declared: string[] = [];
  #lines: string[] = [];
  readonly #constants: unknown[] = FIXED.map(([value]) => value);
  readonly #constantNames = new Map<unknown, string>(FIXED);
  readonly #prologueNames = new Map<string, string>();
  #scopes: Map<string, unknown>[] = [new Map()];
  #count = 0;
  readonly #literalPool = new LiteralPool();

  constructor(context: FunctionContext) {
    this.context = context;
  }

  name(prefix: string): string {
    return `${prefix}${this.#count++}`;
  }

  push(line: string): void {
    this.#lines.push(line);
  }

  /** The statements so far. */
  get body(): string {
    return this.#lines.join('\n');
  }

  /** A constant by name; the same value has one name. */
  constant(value: unknown): string {
    const known = this.#constantNames.get(value);
    if (known !== undefined) return known;
    const name = `c${this.#constants.length}`;
    this.#constants.push(value);
    this.#constantNames.set(value, name);
    return name;
  }

  /** A per-batch name for `text`, evaluated once in the prologue. */
  perBatch(prefix: string, text: string): string {
    const known = this.#prologueNames.get(text);
    if (known !== undefined) return known;
    const name = this.name(prefix);
    this.declared.push(name);
    this.prologue.push(`${name} = ${text};`);
    this.#prologueNames.set(text, name);
    return name;
  }

  /** Declares a fresh name with a value; returns the name. */
  let(prefix: string, value: string, keyword: 'const' | 'let' = 'const'): string {
    const name = this.name(prefix);
    this.push(`${keyword} ${name} = ${value};`);
    return name;
  }

  /** A block: what is computed inside is not at hand after it. */
  block(head: string, body: () => void): void {
    this.push(`${head} {`);
    this.#scopes.push(new Map());
    body();
    this.#scopes.pop();
    this.push('}');
  }

  /** `text` as computed earlier in this block or one around it, else as `make` computes it now. */
  once<T>(key: string, make: () => T): T {
    for (const scope of this.#scopes) {
      if (scope.has(key)) return scope.get(key) as T;
    }
    const made = make();
    this.#scopes.at(-1)?.set(key, made);
    return made;
  }

  /** Bytes of a literal: a pool that all literals share, with their place in it. */
  literalRange(bytes: Uint8Array): { readonly pool: string; readonly start: number; readonly len: number } {
    return { pool: this.constant(this.#literalPool), start: this.#literalPool.add(bytes), len: bytes.length };
  }

  site(argTypes: readonly DataType[], type: DataType, literals: CallSite['literals']): CallSite {
    return { argTypes, type, literals, context: this.context };
  }

  /** The names of the constants, in the order of `constants`. */
  get constantNames(): readonly string[] {
    return this.#constants.map((_, i) => FIXED[i]?.[1] ?? `c${i}`);
  }

  get constants(): readonly unknown[] {
    return this.#constants.map((value) => (value === this.#literalPool ? this.#literalPool.finish() : value));
  }
}

class LiteralPool {
  readonly #parts: Uint8Array[] = [];
  #used = 0;

  add(bytes: Uint8Array): number {
    const start = this.#used;
    this.#parts.push(bytes);
    this.#used += bytes.length;
    return start;
  }

  finish(): BytePool {
    const pool = newPool(this.#used);
    let at = 0;
    for (const part of this.#parts) {
      pool.u8.set(part, at);
      at += part.length;
    }
    return pool;
  }
}
