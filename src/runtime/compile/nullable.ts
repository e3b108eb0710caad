/** Between codes and JavaScript values where NULL is `null`: how functions are called that are not inlined. */
import { type DataType, physicalKind } from '../../types/data-type.ts';
import type { Code } from './code.ts';
import type { Emitter } from './emitter.ts';
import { toValue, zeroOf } from './load.ts';

/** A value, or `null` where it is not valid. */
export function nullableValue(emitter: Emitter, code: Code): string {
  if (code.valid === null) return toValue(emitter, code);
  if (code.valid === 'false') return 'null';
  if (code.form === 'plain' || code.form === 'value') return `(${code.valid} ? ${code.value} : null)`;
  const result = emitter.let('r', 'null', 'let');
  emitter.block(`if (${code.valid})`, () => emitter.push(`${result} = ${toValue(emitter, code)};`));
  return result;
}

/** The code of a JavaScript value that is `null` for NULL, under the name `result`. */
export function fromNullable(emitter: Emitter, result: string, type: DataType): Code {
  const valid = `(${result} !== null)`;
  switch (physicalKind(type)) {
    case 'ts':
      return {
        form: 'ts',
        type,
        valid,
        ms: emitter.let('x', `${valid} ? ${result}.ms : 0`),
        nanos: emitter.let('x', `${valid} ? ${result}.nanos : 0`),
      };
    case 'bytes':
    case 'row':
    case 'array':
    case 'map':
      return { form: 'value', type, valid, value: result };
    default:
      return { form: 'plain', type, valid, value: emitter.let('x', `${valid} ? ${result} : ${zeroOf(type)}`) };
  }
}
