/** Columns that a generated loop writes: the statement that stores row `m`, and the vector over what was stored. */
import { type ColumnBuilder, columnBuilder } from '../../types/column-builder.ts';
import { type DataType, isCharacter, physicalKind } from '../../types/data-type.ts';
import type { BytePool, BytesVector, Vector } from '../../types/vector.ts';
import type { Code } from './code.ts';
import type { Emitter } from './emitter.ts';
import { toValue } from './load.ts';

export class OutputColumn {
  readonly builder: ColumnBuilder;
  /** The name of the pool that the column's strings lie in, when it is not the builder's. */
  readonly foreignPool: string | null;
  readonly #mayBeNull: boolean;

  private constructor(builder: ColumnBuilder, foreignPool: string | null, mayBeNull: boolean) {
    this.builder = builder;
    this.foreignPool = foreignPool;
    this.#mayBeNull = mayBeNull;
  }

  /** Emits the store of `code` into row `at` of the builder that the generated code knows as `O[index]`. */
  static emit(
    emitter: Emitter,
    code: Code,
    { index, type, at }: { index: number; type: DataType; at: string },
  ): OutputColumn {
    const target = emitter.perBatch('o', `O[${index}]`);
    const array = (field: string): string => emitter.perBatch('a', `${target}.${field}`);
    const foreignPool = code.form === 'range' && code.shared ? code.pool : null;
    const markValid = (): void => {
      if (code.valid === 'false') emitter.push(`${array('valid')}[${at}] = 0;`);
      else if (code.valid !== null) emitter.push(`${array('valid')}[${at}] = ${code.valid} ? 1 : 0;`);
    };
    const orNull = (store: () => string): void => {
      if (code.valid === 'false') emitter.push(`${target}.setNull(${at});`);
      else if (code.valid === null) emitter.push(store());
      else {
        emitter.block(`if (${code.valid})`, () => emitter.push(store()));
        emitter.push(`else ${target}.setNull(${at});`);
      }
    };
    switch (code.form) {
      case 'plain':
        emitter.push(storePlain(code.value, type, array('data'), at));
        markValid();
        break;
      case 'ts':
        emitter.push(`${array('data')}[${at}] = ${code.ms}; ${array('nanos')}[${at}] = ${code.nanos};`);
        markValid();
        break;
      case 'range':
        if (foreignPool === null) {
          orNull(() => `${target}.setView(${at}, ${code.pool}.view, ${code.start}, ${code.len});`);
        } else {
          emitter.push(`${array('start')}[${at}] = ${code.start}; ${array('len')}[${at}] = ${code.len};`);
          markValid();
        }
        break;
      case 'value':
        orNull(() => `${target}.${isCharacter(type) ? 'setString' : 'set'}(${at}, ${toValue(emitter, code)});`);
        break;
      case 'nested':
        orNull(() => `${target}.copy(${at}, ${code.vector}, ${code.index});`);
        break;
    }
    return new OutputColumn(columnBuilder(type), foreignPool, code.valid !== null);
  }

  /** The first `length` rows; `pool` is the foreign one. */
  vector(length: number, pool: BytePool | null): Vector {
    const vector = this.builder.vector(length);
    if (pool !== null) return { ...(vector as BytesVector), pool, valid: this.#mayBeNull ? vector.valid : null };
    return vector;
  }
}

function storePlain(value: string, type: DataType, data: string, at: string): string {
  switch (physicalKind(type)) {
    case 'bool':
      return `${data}[${at}] = ${value} ? 1 : 0;`;
    case 'i128':
      return `${data}[2 * ${at}] = BigInt.asIntN(64, ${value}); ${data}[2 * ${at} + 1] = BigInt.asIntN(64, ${value} >> 64n);`;
    default:
      return `${data}[${at}] = ${value};`;
  }
}
