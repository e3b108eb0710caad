/** Characters by number, Base64, digits of other bases, digests. */
import { createHash } from 'node:crypto';
import { EngineError } from '../../errors.ts';
import { STRING, char, varchar } from '../../types/data-type.ts';
import { formatHex } from '../../types/format-value.ts';
import { defineFunction } from '../define.ts';
import type { ScalarFunction } from '../function.ts';
import { always, bigint, firstOf, int, takes, text, textOrBinary } from '../overload.ts';

const digest = (algorithm: string, value: string): string => createHash(algorithm).update(value).digest('hex');

function hash(name: string, algorithm: string, result: string): ScalarFunction {
  return defineFunction({
    name,
    category: 'hash',
    signature: `${name}(string)`,
    doc: `The ${algorithm.toUpperCase()} digest as hexadecimal digits.`,
    examples: [{ sql: `${name}('')`, result }],
    resolve: takes([text], char(result.length)),
    evaluate: () => (value: string) => digest(algorithm, value),
  });
}

const SHA2_BITS: readonly number[] = [224, 256, 384, 512];

export const ENCODE_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'CHR',
    category: 'string',
    signature: 'CHR(integer)',
    doc: 'The character with this number modulo 256; the empty string for a negative one.',
    examples: [
      { sql: 'CHR(97)', result: 'a' },
      { sql: 'CHR(353)', result: 'a' },
      { sql: 'CHR(-1)', result: '' },
    ],
    resolve: takes([bigint], always(STRING)),
    evaluate: () => (code: bigint) => (code < 0n ? '' : String.fromCharCode(Number(code & 255n))),
  }),
  defineFunction({
    name: 'TO_BASE64',
    category: 'string',
    signature: 'TO_BASE64(string)',
    doc: 'The bytes of the string in Base64.',
    examples: [{ sql: "TO_BASE64('hello world')", result: 'aGVsbG8gd29ybGQ=' }],
    resolve: takes([textOrBinary], STRING),
    evaluate: () => (value: string | Uint8Array) => Buffer.from(value as string).toString('base64'),
  }),
  defineFunction({
    name: 'FROM_BASE64',
    category: 'string',
    signature: 'FROM_BASE64(string)',
    doc: 'The string whose bytes the Base64 text holds.',
    examples: [{ sql: "FROM_BASE64('aGVsbG8gd29ybGQ=')", result: 'hello world' }],
    resolve: takes([text], STRING),
    evaluate: () => (value: string) => {
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw new EngineError('invalid_cast', `'${value}' is not Base64`);
      return Buffer.from(value, 'base64').toString('utf8');
    },
  }),
  defineFunction({
    name: 'HEX',
    category: 'arithmetic',
    signature: 'HEX(integer) or HEX(string)',
    doc: 'The hexadecimal digits, in upper case, of an integer (two’s complement) or of the bytes of a string.',
    examples: [
      { sql: 'HEX(20)', result: '14' },
      { sql: "HEX('hello,world')", result: '68656C6C6F2C776F726C64' },
      { sql: 'HEX(-1)', result: 'FFFFFFFFFFFFFFFF' },
    ],
    resolve: firstOf({ parameters: [bigint], type: STRING }, { parameters: [text], type: STRING }),
    evaluate: () => (value: bigint | string) =>
      typeof value === 'string'
        ? formatHex(Buffer.from(value)).toUpperCase()
        : BigInt.asUintN(64, value).toString(16).toUpperCase(),
  }),
  defineFunction({
    name: 'BIN',
    category: 'arithmetic',
    signature: 'BIN(integer)',
    doc: 'The binary digits of an integer (two’s complement).',
    examples: [{ sql: 'BIN(4)', result: '100' }],
    resolve: takes([bigint], STRING),
    evaluate: () => (value: bigint) => BigInt.asUintN(64, value).toString(2),
  }),
  hash('MD5', 'md5', 'd41d8cd98f00b204e9800998ecf8427e'),
  hash('SHA1', 'sha1', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'),
  hash('SHA224', 'sha224', 'd14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f'),
  hash('SHA256', 'sha256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
  hash(
    'SHA384',
    'sha384',
    '38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b',
  ),
  hash(
    'SHA512',
    'sha512',
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
  ),
  defineFunction({
    name: 'SHA2',
    category: 'hash',
    signature: 'SHA2(string, bits)',
    doc: 'The SHA-2 digest of 224, 256, 384 or 512 bits as hexadecimal digits.',
    examples: [{ sql: "SHA2('', 224)", result: 'd14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f' }],
    resolve: takes([text, int], varchar(128)),
    evaluate: () => (value: string, bits: number) => {
      const size = bits === 0 ? 256 : bits;
      if (SHA2_BITS.includes(size)) return digest(`sha${size}`, value);
      throw new EngineError('invalid_option', `SHA2 has no digest of ${bits} bits`, {
        hint: 'It has 224, 256, 384 and 512 bits.',
      });
    },
  }),
];
