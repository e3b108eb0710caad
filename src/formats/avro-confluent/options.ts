/** The options of `avro-confluent`, and what they say about how the registry is reached. */
import { EngineError, unsupported } from '../../errors.ts';
import type { TlsOptions } from '../../platform/platform.ts';
import type { OptionSet } from '../../types/option-spec.ts';
import { LEGACY_TIMESTAMPS } from '../avro/index.ts';
import type { FormatContext, FormatOptions, RecordPart } from '../format.ts';

export const OPTIONS: OptionSet = {
  url: {
    type: 'string',
    required: true,
    doc: 'Where the registry is; several, with commas between them, are tried in turn.',
  },
  subject: {
    type: 'string',
    doc: 'The subject that the schema is registered under when the table is written; by default the topic with `-key` or `-value` behind it.',
  },
  schema: {
    type: 'string',
    doc: 'The Avro schema of the table, in place of the one that its columns make: with names, aliases and defaults of its own.',
  },
  'timestamp_mapping.legacy': LEGACY_TIMESTAMPS,
  'ssl.truststore.location': {
    type: 'string',
    doc: 'A PEM file with the authorities that the registry is trusted by.',
  },
  'ssl.truststore.password': { type: 'string', secret: true, doc: 'A PEM file has none.' },
  'ssl.keystore.location': { type: 'string', doc: 'A PEM or PKCS12 file with a certificate of our own and its key.' },
  'ssl.keystore.password': { type: 'string', secret: true, doc: 'Its password.' },
  'basic-auth.credentials-source': {
    type: 'enum',
    values: ['USER_INFO', 'URL', 'SASL_INHERIT'],
    doc: 'Where name and password come from: `basic-auth.user-info`, or the url.',
  },
  'basic-auth.user-info': { type: 'string', secret: true, doc: "Name and password: 'name:password'." },
  'bearer-auth.credentials-source': { type: 'enum', values: ['STATIC_TOKEN'], doc: 'Where the token comes from.' },
  'bearer-auth.token': { type: 'string', secret: true, doc: 'The token that is sent with each request.' },
};

export interface RegistryAddress {
  /** Without credentials. */
  readonly urls: readonly URL[];
  readonly authorization: string | null;
  readonly truststore: string | null;
  readonly keystore: string | null;
  readonly keystorePassword: string | null;
}

export function registryAddress(options: FormatOptions): RegistryAddress {
  const given = (options.string('url') ?? '').split(',').map((text) => text.trim());
  const urls = given.map((text) => {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol)) {
      throw new EngineError('invalid_option', 'option "url" is no address of a schema registry', {
        hint: "It is written as 'http://host:8081' or 'https://host'.",
      });
    }
    return url;
  });
  if (options.string('basic-auth.credentials-source') === 'SASL_INHERIT') {
    throw unsupported(`'basic-auth.credentials-source' = 'SASL_INHERIT'`, "Use 'USER_INFO'.");
  }
  const authorization = authorizationOf(options, urls[0] as URL);
  for (const url of urls) {
    url.username = '';
    url.password = '';
  }
  return {
    urls,
    authorization,
    truststore: options.string('ssl.truststore.location') ?? null,
    keystore: options.string('ssl.keystore.location') ?? null,
    keystorePassword: options.string('ssl.keystore.password') ?? null,
  };
}

function authorizationOf(options: FormatOptions, url: URL): string | null {
  const token = options.string('bearer-auth.token');
  if (token !== undefined) return `Bearer ${token}`;
  const userInfo = options.string('basic-auth.user-info');
  const inUrl =
    url.username === '' ? undefined : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const credentials = userInfo ?? inUrl;
  return credentials === undefined ? null : `Basic ${Buffer.from(credentials).toString('base64')}`;
}

export function subjectOf(options: FormatOptions, { kind, topic }: RecordPart): string {
  const subject = options.string('subject') ?? (topic === '' ? undefined : `${topic}-${kind}`);
  if (subject !== undefined) return subject;
  throw new EngineError('invalid_option', 'format "avro-confluent" needs the option "subject" to write', {
    hint: 'The table has no single topic to name the subject by.',
  });
}

const JKS = [0xfe, 0xed, 0xfe, 0xed];

export async function tlsOf(address: RegistryAddress, context: FormatContext): Promise<TlsOptions> {
  const trusted = address.truststore === null ? null : await readFile(address.truststore, context);
  const own = address.keystore === null ? null : await readFile(address.keystore, context);
  for (const [option, bytes] of [
    ['ssl.truststore.location', trusted],
    ['ssl.keystore.location', own],
  ] as const) {
    const isPem = bytes !== null && Buffer.from(bytes).includes('-----BEGIN');
    const isJks = bytes !== null && JKS.every((byte, i) => bytes[i] === byte);
    if (isJks || (bytes === trusted && bytes !== null && !isPem)) {
      throw unsupported(`the store that "${option}" names`, 'Convert it to PEM.');
    }
  }
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
  const passphrase = address.keystorePassword === null ? {} : { passphrase: address.keystorePassword };
  const ownPem = own !== null && Buffer.from(own).includes('-----BEGIN');
  return {
    checkHostName: true,
    ...(trusted === null ? {} : { ca: [text(trusted)] }),
    ...(own === null ? {} : ownPem ? { cert: text(own), key: text(own), ...passphrase } : { pfx: own, ...passphrase }),
  };
}

async function readFile(path: string, { fileSystem }: FormatContext): Promise<Uint8Array> {
  const file = await fileSystem.openRead(path);
  try {
    const bytes = new Uint8Array(file.sizeBytes);
    for (let at = 0; at < bytes.length;) {
      const count = await file.read(bytes.subarray(at), at);
      if (count === 0) break;
      at += count;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
