/**
 * `AccumulatorCode` over the records of a state table: the record at hand is open as `p`, `o`, `g` (page, word offset, page
 * number), the one merged in as `pB`, `oB`, `gB` over pages whose names end in B; the argument is column `i` of a binding. Besides the names of
 * `field-code.ts` the text expects `i64` (pages), `arrivalBase` and the functions of `helpers` in scope.
 */
import type { AccumulatorCode, Operand } from '../../functions/aggregates/aggregate.ts';
import { type Side, compareCode, heapBlock, recordSide } from '../../state/field-code.ts';
import type { FieldLayout } from '../../state/record-layout.ts';
import type { Value } from '../../types/vector.ts';

/** Text that stands before the loops of a program, collected while the loops are written. */
export class Prelude {
  readonly #functions: string[] = [];
  readonly constants: DataView[] = [];

  /** Declares a function and gives its name. */
  define(parameters: string, body: string): string {
    const name = `fn${this.#functions.length}`;
    this.#functions.push(`function ${name}(${parameters}) { ${body} }`);
    return name;
  }

  /** The name of an expression that is a view of this text. */
  view(text: string): string {
    const { buffer, byteOffset, byteLength } = new TextEncoder().encode(text);
    return `constants[${this.constants.push(new DataView(buffer, byteOffset, byteLength)) - 1}]`;
  }

  get text(): string {
    return this.#functions.join('\n');
  }
}

/** Names of a column's variables that reading it word by word does not cover. */
export interface ArgumentNames {
  readonly side: Side;
  /** A BigInt64Array, where the argument is held as i64. */
  readonly bigints: string;
  readonly view: string;
  readonly start: string;
}

/** Adds words of `b` to the two or four words at `word`, with carry; subtracts by adding the complement and one. */
function addWords(word: number, b: readonly string[], sign: 1 | -1): string {
  const term = (text: string): string => (sign === 1 ? `(${text} >>> 0)` : `(~${text} >>> 0)`);
  const steps = b.map((text, k) => {
    const carry = k === 0 ? (sign === 1 ? '' : ' + 1') : ' + (s > 4294967295 ? 1 : 0)';
    return `s = (p[o + ${word + k}] >>> 0) + ${term(text)}${carry}; p[o + ${word + k}] = s;`;
  });
  return `{ let s = 0; ${steps.join(' ')} }`;
}

/** Adds or subtracts one in two words. */
function step(word: number, sign: 1 | -1): string {
  const low = `p[o + ${word}]`;
  return sign === 1
    ? `if ((${low} = (${low} + 1) | 0) === 0) p[o + ${word + 1}]++;`
    : `if (${low} === 0) p[o + ${word + 1}]--; ${low}--;`;
}

export class RecordAccumulatorCode implements AccumulatorCode {
  readonly #fields: ReadonlyMap<string, FieldLayout>;
  readonly #argument: ArgumentNames | null;
  readonly #prelude: Prelude;

  constructor(fields: ReadonlyMap<string, FieldLayout>, argument: ArgumentNames | null, prelude: Prelude) {
    this.#fields = fields;
    this.#argument = argument;
    this.#prelude = prelude;
  }

  add(field: string, operand: Operand | 'one', sign: 1 | -1): string {
    const layout = this.#field(field);
    const { kind, word, type } = layout;
    const op = sign === 1 ? '+' : '-';
    const side = operand === 'one' ? null : this.#side(operand, layout);
    switch (kind) {
      case 'i32': {
        const wrap = type.kind === 'TINYINT' ? '<< 24 >> 24' : type.kind === 'SMALLINT' ? '<< 16 >> 16' : '| 0';
        return `p[o + ${word}] = (p[o + ${word}] ${op} ${side?.number ?? '1'}) ${wrap};`;
      }
      case 'f64': {
        const at = `f64[g][(o + ${word}) >> 1]`;
        const sum = `${at} ${op} ${side?.number ?? '1'}`;
        return `${at} = ${type.kind === 'FLOAT' ? `Math.fround(${sum})` : sum};`;
      }
      case 'i64': {
        if (side === null) return step(word, sign);
        const at = `i64[g][(o + ${word}) >> 1]`;
        if (operand === 'other') return `${at} = ${at} ${op} i64B[gB][(oB + ${word}) >> 1];`;
        if (side.kind === 'i64') return `${at} = ${at} ${op} ${this.#argument?.bigints}[i];`;
        return addWords(word, [side.number, `(${side.number} >> 31)`], sign);
      }
      case 'i128': {
        const wide = (k: number): string =>
          side?.kind === 'i64' && k > 1 ? `(${side.word(1)} >> 31)` : (side?.word(k) ?? '');
        return addWords(word, [0, 1, 2, 3].map(wide), sign);
      }
      default:
        throw new TypeError(`a ${kind} field cannot be added to`);
    }
  }

  assign(field: string, operand: Operand): string {
    const layout = this.#field(field);
    const { kind, word, nanosWord } = layout;
    const side = this.#side(operand, layout);
    const present = this.markPresent(field);
    switch (kind) {
      case 'bool':
      case 'i32':
        return `p[o + ${word}] = ${side.number}; ${present}`;
      case 'f64':
        return `f64[g][(o + ${word}) >> 1] = ${side.number}; ${present}`;
      case 'ts':
        return `f64[g][(o + ${word}) >> 1] = ${side.number}; p[o + ${nanosWord}] = ${side.word(0)}; ${present}`;
      case 'i64':
      case 'i128': {
        const words = kind === 'i64' ? [0, 1] : [0, 1, 2, 3];
        return words.map((k) => `p[o + ${word + k}] = ${side.word(k)};`).join(' ') + present;
      }
      case 'bytes': {
        const { view, start, length } = this.#bytes(operand, layout);
        return `p[o + ${word}] = heap.replace(p[o + ${word}], p[o + ${word + 1}], ${view}, ${start}, ${length}); p[o + ${word + 1}] = ${length}; ${present}`;
      }
    }
  }

  markPresent(field: string): string {
    const { nullWord, nullMask } = this.#field(field);
    return `p[o + ${nullWord}] &= ${~nullMask};`;
  }

  assignArrival(field: string): string {
    return `f64[g][(o + ${this.#field(field).word}) >> 1] = arrivalBase + i;`;
  }

  append(field: string, operand: Operand, separator: Value): string {
    const layout = this.#field(field);
    const { word } = layout;
    const { view, start, length } = this.#bytes(operand, layout);
    const between = this.#prelude.view(String(separator));
    const add = (from: string, at: string, count: string): string =>
      `p[o + ${word}] = heap.append(p[o + ${word}], p[o + ${word + 1}], ${from}, ${at}, ${count}); p[o + ${word + 1}] += ${count};`;
    return `if (${this.isNull(field)}) { ${this.markPresent(field)} } else { ${add(between, '0', `${between}.byteLength`)} }
      ${add(view, start, length)}`;
  }

  isNull(field: string, of?: 'other'): string {
    const { nullWord, nullMask } = this.#field(field);
    return of === 'other' ? `(pB[oB + ${nullWord}] & ${nullMask}) !== 0` : `(p[o + ${nullWord}] & ${nullMask}) !== 0`;
  }

  isOrdered(operand: Operand, field: string, direction: -1 | 1): string {
    const layout = this.#field(field);
    // Neither is NULL here, so the comparison need not ask.
    const plain = (side: Side): Side => ({ ...side, isNull: 'false' });
    const body = compareCode(plain(this.#side(operand, layout)), plain(recordSide(layout)), false, false);
    const from = operand === 'argument' ? 'i' : 'pB, oB, gB';
    const name = this.#prelude.define(`${from}, p, o, g`, `${body} return 0;`);
    return `${name}(${from}, p, o, g) === ${direction}`;
  }

  #field(name: string): FieldLayout {
    const layout = this.#fields.get(name);
    if (layout === undefined) throw new TypeError(`an accumulator has no field ${name}`);
    return layout;
  }

  #side(operand: Operand, layout: FieldLayout): Side {
    if (operand === 'other') return recordSide(layout, 'B', 'B');
    if (this.#argument === null) throw new TypeError('an aggregate without argument reads one');
    return this.#argument.side;
  }

  #bytes(operand: Operand, layout: FieldLayout): { view: string; start: string; length: string } {
    const length = this.#side(operand, layout).length;
    if (operand === 'argument')
      return { view: `${this.#argument?.view}`, start: `${this.#argument?.start}[i]`, length };
    const block = heapBlock(layout, `pB[oB + ${layout.word}]`, 'B');
    return { view: `(${length} === 0 ? noView : ${block.page('hv')})`, start: block.start, length };
  }
}
