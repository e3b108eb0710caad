/** Certificates for a test, made by openssl: an authority, a server for localhost, a client, and a stranger. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Paths of PEM files; `server` and `client` hold key and certificate, and `client.p12` (password `changeit`) the latter. */
export interface Certificates {
  readonly authority: string;
  readonly server: string;
  readonly client: string;
  readonly clientPkcs12: string;
  /** An authority that signed nothing here. */
  readonly strangers: string;
}

export async function makeCertificates(folder: string): Promise<Certificates> {
  const path = (name: string): string => join(folder, name);
  await makeAuthority(folder, 'authority');
  await makeAuthority(folder, 'strangers');
  const server = await sign(folder, 'server', 'subjectAltName=DNS:localhost');
  const client = await sign(folder, 'client', 'extendedKeyUsage=clientAuth');
  const p12 = ['-passout', 'pass:changeit', '-out', path('client.p12')];
  await run('openssl', ['pkcs12', '-export', '-in', client, ...p12]);
  return {
    authority: path('authority.pem'),
    server,
    client,
    clientPkcs12: path('client.p12'),
    strangers: path('strangers.pem'),
  };
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

async function makeAuthority(folder: string, name: string): Promise<void> {
  const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
  await run('openssl', ['req', '-x509', ...NEW_KEY, '-days', '3', '-subj', `/CN=${name}`, ...files]);
}

/** A key and a certificate by `authority`, in one file. */
async function sign(folder: string, name: string, extension: string): Promise<string> {
  const path = (suffix: string): string => join(folder, `${name}.${suffix}`);
  await writeFile(path('ext'), `${extension}\n`);
  await run('openssl', ['req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', path('key'), '-out', path('csr')]);
  const authority = join(folder, 'authority');
  const by = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial'];
  const options = ['-days', '3', '-extfile', path('ext'), '-out', path('crt')];
  await run('openssl', ['x509', '-req', '-in', path('csr'), ...by, ...options]);
  await writeFile(path('pem'), (await readFile(path('key'), 'utf8')) + (await readFile(path('crt'), 'utf8')));
  return path('pem');
}
