/**
 * A real Apache Kafka broker for a test: one node that is its own controller (KRaft), on ports and in a folder of its
 * own, gone when the test's process is.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Certificates, makeCertificates } from './certificates.ts';
import { fetchJars } from './jars.ts';
import { type ServerProcess, freePorts, startProcess, untilListening } from './process.ts';

const run = promisify(execFile);

const RELOAD4J = { 'logging.group': 'org.slf4j', 'logging.artifact': 'slf4j-reload4j', 'logging.version': '1.7.36' };
/** The versions that we test against. */
export const KAFKA_VERSIONS = { '4.4.0': {}, '3.9.1': RELOAD4J } as const;
export type KafkaVersion = keyof typeof KAFKA_VERSIONS;

export interface KafkaOptions {
  readonly version?: KafkaVersion;
  /** With listeners for logins and TLS: certificates take a second. */
  readonly secure?: boolean;
  /** More lines of `server.properties`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** For measurements: the garbage collector and compiler of a real broker, and more memory. */
  readonly fast?: boolean;
}

export interface KafkaServer {
  readonly version: KafkaVersion;
  /** `host:port` of the plain listener. */
  readonly bootstrap: string;
  /** Listeners with a login (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512: user `alice`, password `alice-secret`), with TLS, and both. */
  readonly sasl: string;
  readonly tls: string;
  readonly mutualTls: string;
  readonly saslTls: string;
  readonly certificates: Certificates | null;
  /** Class path of the broker and of Kafka's own tools. */
  readonly classPath: string;
  readonly pid: () => number;
  /** A controlled shutdown; data stay. */
  stop(): Promise<void>;
  /** `kill -9`; data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same data and ports. */
  start(): Promise<void>;
  restart(): Promise<void>;
  /** Stops it for good and removes its folder. */
  close(): Promise<void>;
}

const LISTENERS = ['PLAINTEXT', 'CONTROLLER', 'SASL', 'TLS', 'MTLS', 'SASLTLS'] as const;

export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const version = options.version ?? '4.4.0';
  const pom = join(dirname(fileURLToPath(import.meta.url)), 'kafka', 'pom.xml');
  const jars = await fetchJars(`kafka-${version}`, pom, { 'kafka.version': version, ...KAFKA_VERSIONS[version] });
  for (let tries = 3; ; tries--) {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-kafka-'));
    try {
      return await startIn(folder, `${jars}/*`, version, options);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      // Somebody else may have taken a port between our look at it and the broker's.
      if (tries === 1 || !String(error).includes('in use')) throw error;
    }
  }
}

async function startIn(
  folder: string,
  classPath: string,
  version: KafkaVersion,
  options: KafkaOptions,
): Promise<KafkaServer> {
  const ports = await freePorts(LISTENERS.length);
  const certificates = options.secure === true ? await makeCertificates(folder) : null;
  const path = (name: string): string => join(folder, name);
  await mkdir(path('data'));
  await writeFile(path('server.properties'), serverProperties(path('data'), ports, certificates, options));
  await writeFile(path('log4j2.properties'), LOG4J2);
  await writeFile(path('log4j.properties'), LOG4J1);
  const logging = [
    `-Dlog4j2.configurationFile=${path('log4j2.properties')}`,
    `-Dlog4j.configuration=file:${path('log4j.properties')}`,
  ];
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((kind) => [
    '--add-scram',
    `${kind}=[name=alice,password=alice-secret]`,
  ]);
  const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16)))
    .toString('base64url')
    .replace(/^-/, 'A');
  const storage = ['kafka.tools.StorageTool', 'format', '--cluster-id', id, '--config', path('server.properties')];
  await run('java', [...quick, ...logging, '-cp', classPath, ...storage, ...users]);
  const heap = options.fast === true ? ['-Xms512m', '-Xmx512m', '-XX:+UseG1GC'] : ['-Xms64m', '-Xmx320m', ...quick];
  const command = [
    ...heap,
    '-Djava.awt.headless=true',
    ...logging,
    '-cp',
    classPath,
    'kafka.Kafka',
    path('server.properties'),
  ];
  let server: ServerProcess;
  const start = async (): Promise<void> => {
    server = startProcess('java', command, { cwd: folder, logPath: path('server.log') });
    await untilListening(server, ports[0] as number, path('server.log'));
  };
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  await start();
  const at = (listener: (typeof LISTENERS)[number]): string => `localhost:${ports[LISTENERS.indexOf(listener)]}`;
  return {
    version,
    bootstrap: `127.0.0.1:${ports[0]}`,
    sasl: at('SASL'),
    tls: at('TLS'),
    mutualTls: at('MTLS'),
    saslTls: at('SASLTLS'),
    certificates,
    classPath,
    pid: () => server.pid,
    stop: () => server.stop(),
    kill: () => server.kill(),
    start,
    async restart() {
      await server.stop();
      await start();
    },
    async close() {
      await server.kill();
      await removeFolder();
    },
  };
}

function serverProperties(
  data: string,
  ports: readonly number[],
  certificates: Certificates | null,
  options: KafkaOptions,
): string {
  const listeners = certificates === null ? LISTENERS.slice(0, 2) : LISTENERS;
  const host = (name: string): string => (name === 'PLAINTEXT' || name === 'CONTROLLER' ? '127.0.0.1' : 'localhost');
  const addresses = listeners.map((name, i) => `${name}://${host(name)}:${ports[i]}`);
  const protocols = { SASL: 'SASL_PLAINTEXT', TLS: 'SSL', MTLS: 'SSL', SASLTLS: 'SASL_SSL' } as const;
  const protocol = (name: string): string => protocols[name as keyof typeof protocols] ?? 'PLAINTEXT';
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${ports[1]}`,
    listeners: addresses.join(','),
    'advertised.listeners': addresses.filter((address) => !address.startsWith('CONTROLLER')).join(','),
    'listener.security.protocol.map': listeners.map((name) => `${name}:${protocol(name)}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': data,
    'num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '2',
    'group.initial.rebalance.delay.ms': '0',
    'log.cleaner.dedupe.buffer.size': '2097152',
    'message.max.bytes': '16777216',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'log.retention.check.interval.ms': '1000',
    'log.initial.task.delay.ms': '1000',
    ...(certificates === null ? {} : security(certificates)),
    ...options.settings,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function security(certificates: Certificates): Record<string, string> {
  const module = 'org.apache.kafka.common.security';
  const login = (listener: string): Record<string, string> => ({
    [`listener.name.${listener}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`listener.name.${listener}.plain.sasl.jaas.config`]: `${module}.plain.PlainLoginModule required user_alice="alice-secret";`,
    [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
    [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
  });
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificates.server,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificates.authority,
    'listener.name.mtls.ssl.client.auth': 'required',
    ...login('sasl'),
    ...login('sasltls'),
  };
}

const LOG4J2 = `status=error
appender.out.type=Console
appender.out.name=OUT
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %c{1} %m%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=OUT
`;

const LOG4J1 = `log4j.rootLogger=WARN, OUT
log4j.appender.OUT=org.apache.log4j.ConsoleAppender
log4j.appender.OUT.layout=org.apache.log4j.PatternLayout
log4j.appender.OUT.layout.ConversionPattern=%d %p %c{1} %m%n
`;

/** Runs one of Kafka's own tools; `input` goes to its standard input. Gives its standard output. */
export function runKafkaTool(
  server: KafkaServer,
  mainClass: string,
  args: readonly string[],
  input = '',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('java', [
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      '-cp',
      server.classPath,
      mainClass,
      ...args,
    ]);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString());
      else reject(new Error(`${mainClass} ended with ${code}: ${Buffer.concat(err).toString().slice(-2000)}`));
    });
    child.stdin.end(input);
  });
}
