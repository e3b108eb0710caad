/** Text in a charset, by the names and rules of Java: what cannot be read is U+FFFD, what cannot be written is `?`. */
import { EngineError } from '../../errors.ts';

export interface Charset {
  /** Null for UTF-8, which is how text is kept. */
  readonly decode: ((bytes: Uint8Array) => string) | null;
  /** Null where writing is not supported. */
  readonly encode: ((text: string) => Uint8Array) | null;
}

/** Names in lower case, without `-` and `_`. */
const CHARSETS: Readonly<Record<string, Charset>> = {
  utf8: { decode: null, encode: (text) => Buffer.from(text) },
  utf16: {
    decode: decodeUtf16,
    encode: (text) => (text === '' ? new Uint8Array(0) : Buffer.concat([Buffer.from([0xfe, 0xff]), bigEndian(text)])),
  },
  utf16be: { decode: decoderOf('utf-16be'), encode: bigEndian },
  utf16le: { decode: decoderOf('utf-16le'), encode: (text) => Buffer.from(text.toWellFormed(), 'utf16le') },
  iso88591: {
    decode: (bytes) => Buffer.from(bytes).toString('latin1'),
    encode: (text) => singleBytes(text, 0xff),
  },
  usascii: {
    decode: (bytes) =>
      Buffer.from(bytes)
        .toString('latin1')
        .replaceAll(/[\x80-\xff]/g, '\ufffd'),
    encode: (text) => singleBytes(text, 0x7f),
  },
};

const ALIASES: Readonly<Record<string, string>> = { latin1: 'iso88591', ascii: 'usascii' };

export function charsetOf(name: string): Charset {
  const plain = name.trim().toLowerCase().replaceAll(/[-_]/g, '');
  const known = CHARSETS[ALIASES[plain] ?? plain];
  if (known !== undefined) return known;
  try {
    return { decode: decoderOf(name.trim()), encode: null };
  } catch {
    throw new EngineError('invalid_option', `charset '${name}' does not exist`, {
      hint: 'Read and written are UTF-8, UTF-16, UTF-16BE, UTF-16LE, ISO-8859-1 and US-ASCII, others such as GBK only read.',
    });
  }
}

function decoderOf(label: string): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder(label, { ignoreBOM: true });
  return (bytes) => decoder.decode(bytes);
}

/** The byte order that a mark says, else the larger half first. */
function decodeUtf16(bytes: Uint8Array): string {
  const little = bytes[0] === 0xff && bytes[1] === 0xfe;
  const marked = little || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return new TextDecoder(little ? 'utf-16le' : 'utf-16be', { ignoreBOM: true }).decode(
    marked ? bytes.subarray(2) : bytes,
  );
}

function bigEndian(text: string): Buffer {
  return Buffer.from(text.toWellFormed(), 'utf16le').swap16();
}

function singleBytes(text: string, last: number): Buffer {
  return Buffer.from([...text].map((c) => ((c.codePointAt(0) as number) > last ? '?' : c)).join(''), 'latin1');
}
