/**
 * Logins and encryption: who may read reads, and an error says which of the two sides is wrong. A login that is refused is
 * never taken for a broker that cannot be reached, nor the other way round, and no message holds a password.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineError } from '../../src/errors.ts';
import { KAFKA_VERSIONS, type KafkaServer, type KafkaVersion, startKafka } from '../servers/kafka.ts';
import { createTopic, produce } from '../servers/kafka-data.ts';
import { type Options, readTable } from './kafka-reading.ts';

const PASSWORD = 'alice-secret';

describe.each(Object.keys(KAFKA_VERSIONS) as KafkaVersion[])('Kafka %s', (version) => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka({ version, secure: true });
    await createTopic(server, 'secrets');
    await produce(server, 'secrets', [{ value: 'found' }]);
  });
  afterAll(async () => {
    await server.close();
  });

  const read = async (bootstrap: string, more: Options): Promise<string | null | undefined> => {
    const properties = Object.entries(more).map(([key, value]) => [`properties.${key}`, value] as const);
    const options = {
      topic: 'secrets',
      'properties.bootstrap.servers': bootstrap,
      'scan.startup.mode': 'earliest-offset',
      'scan.bounded.mode': 'latest-offset',
      'properties.default.api.timeout.ms': '4000',
      ...Object.fromEntries(properties),
    };
    return (await readTable({ options })).at(0)?.value;
  };
  const failure = async (bootstrap: string, more: Options): Promise<EngineError> => {
    const error: EngineError = await read(bootstrap, more).then(
      () => expect.unreachable('it was read'),
      (reason: EngineError) => reason,
    );
    expect(JSON.stringify([error.message, error.detail, error.hint])).not.toContain('secret');
    return error;
  };
  const login = (mechanism: string, password = PASSWORD, protocol = 'SASL_PLAINTEXT'): Options => {
    const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
    return {
      'security.protocol': protocol,
      'sasl.mechanism': mechanism,
      'sasl.jaas.config': `org.apache.kafka.common.security.${module} required username="alice" password="${password}";`,
    };
  };
  const trust = (): Options => ({
    'security.protocol': 'SSL',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': server.certificates?.authority ?? '',
  });

  test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])('login by %s', async (mechanism) => {
    expect(await read(server.sasl, login(mechanism))).toBe('found');
    const error = await failure(server.sasl, login(mechanism, 'wrong-secret'));
    expect(error.code).toBe('authentication_failed');
    expect(error.message).toContain(`cannot log in at ${server.sasl} as "alice" by ${mechanism}`);
  });

  test('TLS, by a truststore and in place', async () => {
    expect(await read(server.tls, trust())).toBe('found');
    const certificates = await readFile(server.certificates?.authority ?? '', 'utf8');
    expect(await read(server.tls, { 'security.protocol': 'SSL', 'ssl.truststore.certificates': certificates })).toBe(
      'found',
    );
    expect(await read(server.saslTls, { ...trust(), ...login('SCRAM-SHA-512', PASSWORD, 'SASL_SSL') })).toBe('found');
  });

  test('a broker whose certificate is by a stranger, or names another host', async () => {
    const strangers = { ...trust(), 'ssl.truststore.location': server.certificates?.strangers ?? '' };
    expect((await failure(server.tls, strangers)).code).toBe('authentication_failed');
    // The certificate is for localhost.
    const byAddress = server.tls.replace('localhost', '127.0.0.1');
    const error = await failure(byAddress, trust());
    expect([error.code, error.message]).toEqual(['authentication_failed', expect.stringContaining('altnames')]);
    expect(await read(byAddress, { ...trust(), 'ssl.endpoint.identification.algorithm': '' })).toBe('found');
  });

  test('TLS with a certificate of our own: PEM, in place, PKCS12; and without one', async () => {
    const certificates = server.certificates;
    if (certificates === null) return expect.unreachable();
    const pem = { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': certificates.client };
    expect(await read(server.mutualTls, { ...trust(), ...pem })).toBe('found');
    const text = await readFile(certificates.client, 'utf8');
    const inPlace = { 'ssl.keystore.key': text, 'ssl.keystore.certificate.chain': text };
    expect(await read(server.mutualTls, { ...trust(), ...inPlace })).toBe('found');
    const pkcs12 = { 'ssl.keystore.type': 'PKCS12', 'ssl.keystore.location': certificates.clientPkcs12 };
    expect(await read(server.mutualTls, { ...trust(), ...pkcs12, 'ssl.keystore.password': 'changeit' })).toBe('found');
    const wrong = await failure(server.mutualTls, { ...trust(), ...pkcs12, 'ssl.keystore.password': 'secret' });
    expect(wrong.code).toBe('invalid_option');
    expect((await failure(server.mutualTls, trust())).code).toBe('authentication_failed');
  });

  test('the wrong protocol for a listener, nobody at the port, no such host', async () => {
    const cases: readonly (readonly [string, Options, string, RegExp])[] = [
      [server.sasl, {}, 'connection_failure', /closed the connection/],
      [server.tls, {}, 'connection_failure|protocol_violation', /closed the connection|not that of a Kafka broker/],
      [server.bootstrap, { ...trust() }, 'connection_failure|connection_timeout', /./],
      [server.bootstrap, login('PLAIN'), 'authentication_failed', /ILLEGAL_SASL_STATE/],
      ['127.0.0.1:1', {}, 'connection_failure', /no broker of 127.0.0.1:1 can be reached: .*ECONNREFUSED/],
      ['no-such-host.invalid:9092', {}, 'connection_failure', /no broker of no-such-host.invalid:9092 can be reached/],
    ];
    for (const [bootstrap, options, code, message] of cases) {
      const error = await failure(bootstrap, options);
      expect(error.code).toMatch(new RegExp(`^(?:${code})$`));
      expect(error.message).toMatch(message);
    }
  });

  test('stores that cannot be used say the way round', async () => {
    const jks = await failure(server.tls, {
      'security.protocol': 'SSL',
      'ssl.truststore.type': 'JKS',
      'ssl.truststore.location': 'x',
    });
    expect([jks.code, jks.hint]).toEqual(['unsupported', expect.stringContaining('keytool -importkeystore')]);
    const missing = await failure(server.tls, {
      'security.protocol': 'SSL',
      'ssl.truststore.location': '/no/such.pem',
    });
    expect(missing.code).toBe('undefined_file');
    const binary = { 'security.protocol': 'SSL', 'ssl.truststore.location': server.certificates?.clientPkcs12 ?? '' };
    expect((await failure(server.tls, binary)).message).toContain('does not hold certificates or keys as PEM');
    expect((await failure(server.sasl, { 'security.protocol': 'SASL_SSL' })).message).toContain(
      'properties.sasl.mechanism',
    );
  });
});
