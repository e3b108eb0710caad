/** The csv options in the form that decoder and encoder use. */
import { EngineError } from '../../errors.ts';
import type { FormatOptions } from '../format.ts';

export const SCIENTIFIC = 'write-bigdecimal-in-scientific-notation';

/** A byte that no field can hold: an option that is switched off. */
export const NO_BYTE = -1;

export interface CsvOptions {
  readonly delimiter: number;
  readonly quote: number;
  readonly escape: number;
  readonly arrayDelimiter: string;
  readonly comments: boolean;
  readonly ignoreErrors: boolean;
  readonly nullLiteral: Uint8Array | undefined;
  readonly plainDecimals: boolean;
}

/** `framed`: for messages, whose decimals Flink writes otherwise than those of files. */
export function csvOptions(options: FormatOptions, framed = false): CsvOptions {
  const quoteOff = options.boolean('disable-quote-character');
  if (quoteOff && options.has('quote-character')) {
    throw new EngineError(
      'invalid_option',
      'options "quote-character" and "disable-quote-character" cannot be given together',
    );
  }
  const nullLiteral = options.string('null-literal');
  return {
    delimiter: oneByte('field-delimiter', options.string('field-delimiter') ?? ','),
    quote: quoteOff ? NO_BYTE : oneByte('quote-character', options.string('quote-character') ?? '"'),
    escape: options.has('escape-character')
      ? oneByte('escape-character', options.string('escape-character') as string)
      : NO_BYTE,
    arrayDelimiter: oneCharacter('array-element-delimiter', options.string('array-element-delimiter') ?? ';'),
    comments: options.boolean('allow-comments'),
    ignoreErrors: options.boolean('ignore-parse-errors'),
    nullLiteral: nullLiteral === undefined ? undefined : Buffer.from(nullLiteral),
    plainDecimals: options.has(SCIENTIFIC) ? !options.boolean(SCIENTIFIC) : framed,
  };
}

function oneByte(key: string, written: string): number {
  const text = unescapeJava(written);
  const code = text.charCodeAt(0);
  if (text.length !== 1 || code > 126 || code === 10 || code === 13) {
    throw new EngineError('invalid_option', `option "${key}" cannot be '${written}'`, {
      hint: 'It takes one ASCII character, or an escape such as \\t or \\u0001.',
    });
  }
  return code;
}

function oneCharacter(key: string, written: string): string {
  const text = unescapeJava(written);
  if (text.length === 1) return text;
  throw new EngineError('invalid_option', `option "${key}" cannot be '${written}'`, {
    hint: 'It takes one character, or an escape such as \\t or \\u0001.',
  });
}

const NAMED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', s: ' ' };

/** Undoes the escapes of Java's string literals, which Flink allows in these options. */
function unescapeJava(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, letter: string) =>
    code === undefined ? (NAMED[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
