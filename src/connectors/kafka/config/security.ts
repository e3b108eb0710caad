import { EngineError, unsupported } from '../../../errors.ts';
import type { FileSystem, TlsOptions } from '../../../platform/platform.ts';
import type { ParsedOptions } from '../../../types/option-spec.ts';
import type { SaslLogin, SaslMechanism } from '../protocol/sasl.ts';
import { parseJaas } from './jaas.ts';

const JKS_HINT =
  'Convert it: keytool -importkeystore -srckeystore store.jks -destkeystore store.p12 -deststoretype PKCS12, then, for PEM, openssl pkcs12 -in store.p12 -nodes -out store.pem.';

/** The login that the options ask for; null without one. */
export function saslLogin(options: ParsedOptions): SaslLogin | null {
  const protocol = options.string('properties.security.protocol') as string;
  if (!protocol.startsWith('SASL')) return null;
  const need = (key: string): string => {
    const value = options.string(key);
    if (value !== undefined) return value;
    throw new EngineError('invalid_option', `security protocol ${protocol} needs the option "${key}"`);
  };
  const mechanism = need('properties.sasl.mechanism') as SaslMechanism;
  return parseJaas(need('properties.sasl.jaas.config'), mechanism);
}

/** The encryption that the options ask for; null without one. */
export async function tlsOptions(options: ParsedOptions, files: FileSystem): Promise<TlsOptions | null> {
  if (!(options.string('properties.security.protocol') as string).endsWith('SSL')) return null;
  const trusted = await truststore(options, files);
  return {
    ...(trusted === null ? {} : { ca: [trusted] }),
    ...(await keystore(options, files)),
    checkHostName: (options.string('properties.ssl.endpoint.identification.algorithm') as string).trim() !== '',
  };
}

async function truststore(options: ParsedOptions, files: FileSystem): Promise<string | null> {
  checkType(options, 'properties.ssl.truststore.type', ['PEM']);
  const given = options.string('properties.ssl.truststore.certificates');
  const location = options.string('properties.ssl.truststore.location');
  const pem = given ?? (location === undefined ? null : (await readAll(files, location)).toString('utf8'));
  if (pem !== null && !pem.includes('-----BEGIN')) throw notPem(location ?? 'properties.ssl.truststore.certificates');
  return pem;
}

async function keystore(options: ParsedOptions, files: FileSystem): Promise<Omit<TlsOptions, 'checkHostName'>> {
  const type = checkType(options, 'properties.ssl.keystore.type', ['PEM', 'PKCS12']);
  const location = options.string('properties.ssl.keystore.location');
  const storePassword = options.string('properties.ssl.keystore.password');
  const passphrase = options.string('properties.ssl.key.password') ?? storePassword;
  const secret = passphrase === undefined ? {} : { passphrase };
  if (type === 'PKCS12') {
    return location === undefined ? {} : { pfx: await readAll(files, location), ...secret };
  }
  const both = location === undefined ? undefined : (await readAll(files, location)).toString('utf8');
  if (both !== undefined && !both.includes('-----BEGIN')) throw notPem(location as string);
  const key = options.string('properties.ssl.keystore.key') ?? both;
  const cert = options.string('properties.ssl.keystore.certificate.chain') ?? both;
  if ((key === undefined) !== (cert === undefined)) {
    const missing = key === undefined ? 'ssl.keystore.key' : 'ssl.keystore.certificate.chain';
    throw new EngineError('invalid_option', `a certificate of our own needs the option "properties.${missing}" too`);
  }
  return key === undefined || cert === undefined ? {} : { key, cert, ...secret };
}

function checkType(options: ParsedOptions, key: string, known: readonly string[]): string {
  const type = (options.string(key) as string).toUpperCase();
  if (known.includes(type)) return type;
  throw unsupported(`option "${key}" = '${options.string(key)}'`, `It can be ${known.join(' or ')}. ${JKS_HINT}`);
}

function notPem(where: string): EngineError {
  return new EngineError('invalid_option', `"${where}" does not hold certificates or keys as PEM`, {
    hint: `A Java keystore (JKS) is not supported. ${JKS_HINT}`,
  });
}

async function readAll(files: FileSystem, path: string): Promise<Buffer> {
  const file = await files.openRead(path);
  try {
    const bytes = Buffer.alloc(file.sizeBytes);
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
