/** Reading a row of a vector: the typed arrays are taken out once per batch, the row is an index. */
import { type DataType, isBinary, isCharacter, physicalKind } from '../../types/data-type.ts';
import { type Value, type Vector, getValue, validityOf } from '../../types/vector.ts';
import type { Code } from './code.ts';
import type { Emitter } from './emitter.ts';

/** How many rows a vector's arrays hold: what its validity must cover. */
function capacityOf(vector: Vector): number {
  switch (vector.kind) {
    case 'bytes':
    case 'array':
    case 'map':
      return vector.start.length;
    case 'row':
      return vector.fields.length === 0 ? 0 : capacityOf(vector.fields[0] as Vector);
    case 'i128':
      return vector.data.length / 2;
    default:
      return vector.data.length;
  }
}

function validBytes(vector: Vector): Uint8Array {
  return validityOf(vector, capacityOf(vector));
}

/** Row `index` of the vector that `vector` names, as a value of `type`. */
export function load(emitter: Emitter, vector: string, index: string, type: DataType): Code {
  return emitter.once(`load ${vector} ${index}`, () => loadNow(emitter, vector, index, type));
}

function loadNow(emitter: Emitter, vector: string, index: string, type: DataType): Code {
  const array = (field: string): string => emitter.perBatch(field[0] as string, `${vector}.${field}`);
  const valid = type.nullable ? `(${validBytesOf(emitter, vector)}[${index}] === 1)` : null;
  switch (physicalKind(type)) {
    case 'bool':
      return { form: 'plain', type, valid, value: emitter.let('x', `${array('data')}[${index}] === 1`) };
    case 'i32':
    case 'f64':
      return { form: 'plain', type, valid, value: emitter.let('x', `${array('data')}[${index}]`) };
    case 'i64': {
      const value = emitter.let('x', `${array('data')}[${index}]`);
      return { form: 'plain', type, valid, value, halves: { words: array('halves'), index } };
    }
    case 'i128': {
      const data = array('data');
      const high = `${data}[2 * ${index} + 1] << 64n`;
      const value = emitter.let('x', `(${high}) | BigInt.asUintN(64, ${data}[2 * ${index}])`);
      return { form: 'plain', type, valid, value };
    }
    case 'ts':
      return {
        form: 'ts',
        type,
        valid,
        ms: emitter.let('x', `${array('data')}[${index}]`),
        nanos: emitter.let('x', `${array('nanos')}[${index}]`),
      };
    case 'bytes':
      return {
        form: 'range',
        type,
        valid,
        pool: array('pool'),
        shared: true,
        start: emitter.let('s', `${array('start')}[${index}]`),
        len: emitter.let('l', `${array('len')}[${index}]`),
      };
    case 'row':
    case 'array':
    case 'map':
      return { form: 'nested', type, valid, vector, index };
  }
}

export function validBytesOf(emitter: Emitter, vector: string): string {
  return emitter.perBatch('v', `${emitter.constant(validBytes)}(${vector})`);
}

/** A value as JavaScript text in the form of `Value`; only to be evaluated where it is valid. */
export function toValue(emitter: Emitter, code: Code): string {
  switch (code.form) {
    case 'plain':
    case 'value':
      return code.value;
    case 'ts':
      return `{ ms: ${code.ms}, nanos: ${code.nanos} }`;
    case 'range': {
      if (code.literal !== undefined) return code.literal.value;
      const { pool, start, len } = code;
      return emitter.once(`value ${pool} ${start} ${len}`, () => {
        const end = `${start} + ${len}`;
        return emitter.let(
          't',
          isBinary(code.type) ? `${pool}.u8.slice(${start}, ${end})` : `${pool}.buf.utf8Slice(${start}, ${end})`,
        );
      });
    }
    case 'nested': {
      const { vector, index } = code;
      const get = `${emitter.constant(getValue)}(${vector}, ${index}, ${emitter.constant(code.type)})`;
      return emitter.once(`value ${vector} ${index}`, () => emitter.let('t', get));
    }
  }
}

/** A JavaScript value that stands for NULL in typed arrays and arithmetic. */
export function zeroOf(type: DataType): string {
  switch (physicalKind(type)) {
    case 'bool':
      return 'false';
    case 'i32':
    case 'f64':
      return '0';
    case 'i64':
    case 'i128':
      return '0n';
    default:
      return 'null';
  }
}

const UTF8 = new TextEncoder();

/** A constant. */
export function literalCode(emitter: Emitter, value: Value, type: DataType): Code {
  const valid = value === null ? 'false' : null;
  switch (physicalKind(type)) {
    case 'bool':
    case 'i32':
    case 'f64':
    case 'i64':
    case 'i128':
      return { form: 'plain', type, valid, value: value === null ? zeroOf(type) : spliced(value) };
    case 'ts': {
      const { ms, nanos } = (value ?? { ms: 0, nanos: 0 }) as { ms: number; nanos: number };
      return { form: 'ts', type, valid, ms: spliced(ms), nanos: spliced(nanos) };
    }
    case 'bytes': {
      const given = value ?? '';
      const bytes = typeof given === 'string' && isCharacter(type) ? UTF8.encode(given) : (given as Uint8Array);
      const { pool, start, len } = emitter.literalRange(bytes);
      const literal = { value: emitter.constant(given), bytes };
      return { form: 'range', type, valid, pool, shared: true, start: String(start), len: String(len), literal };
    }
    default:
      return { form: 'value', type, valid, value: emitter.constant(value) };
  }
}

/** A number, bigint or boolean as JavaScript text, negative ones in parentheses. */
function spliced(value: Value): string {
  if (typeof value === 'bigint') return value < 0n ? `(${value}n)` : `${value}n`;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') throw new TypeError(`a ${typeof value} stands where a number does`);
  return Object.is(value, -0) ? '(-0)' : value < 0 ? `(${value})` : String(value);
}
