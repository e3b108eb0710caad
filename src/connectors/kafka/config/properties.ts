/**
 * `properties.*`: the settings of Kafka's own clients, by their names there. Those that mean something here are used;
 * those that are about how the Java client works inside are accepted and do nothing; those whose effect would be
 * missed are refused with the way round; others do not exist.
 */
import { type OptionSet, type ParsedOptions, type OptionSpec } from '../../../types/option-spec.ts';
import { unsupported } from '../../../errors.ts';
import { SASL_MECHANISMS } from '../protocol/sasl.ts';

type Properties = Readonly<Record<string, OptionSpec>>;

/** How brokers are reached, read from and written to alike. */
const CLIENT: Properties = {
  'bootstrap.servers': {
    type: 'string',
    required: true,
    doc: 'Brokers to begin with, as `host:port` with commas between; they tell of all others',
  },
  'client.id': { type: 'string', default: 'millrace', doc: 'How the brokers call us in their logs and quotas' },
  'security.protocol': {
    type: 'enum',
    values: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
    default: 'PLAINTEXT',
    doc: 'Whether connections are encrypted (`SSL`) and begin with a login (`SASL`)',
  },
  'sasl.mechanism': { type: 'enum', values: SASL_MECHANISMS, doc: 'How to log in; required with a SASL protocol' },
  'sasl.jaas.config': {
    type: 'string',
    secret: true,
    doc: 'User and password: `org.apache.kafka.common.security.plain.PlainLoginModule required username="…" password="…";`, or the `ScramLoginModule`',
  },
  'ssl.truststore.type': {
    type: 'string',
    default: 'PEM',
    doc: 'Only `PEM` (Java assumes `JKS`)',
  },
  'ssl.truststore.location': {
    type: 'string',
    doc: 'File with the certificates (PEM) of the authorities that sign the brokers’. Absent: those that Node trusts',
  },
  'ssl.truststore.certificates': { type: 'string', secret: true, doc: 'The same, in place' },
  'ssl.truststore.password': { type: 'string', secret: true, doc: 'A PEM truststore has none' },
  'ssl.keystore.type': { type: 'string', default: 'PEM', doc: '`PEM` or `PKCS12` (Java assumes `JKS`)' },
  'ssl.keystore.location': {
    type: 'string',
    doc: 'File with our own key and certificates, for brokers that ask for one: PEM with both, or PKCS12',
  },
  'ssl.keystore.key': { type: 'string', secret: true, doc: 'Our key (PEM, PKCS8), in place' },
  'ssl.keystore.certificate.chain': { type: 'string', secret: true, doc: 'Our certificates (PEM), in place' },
  'ssl.keystore.password': { type: 'string', secret: true, doc: 'Password of a PKCS12 keystore' },
  'ssl.key.password': { type: 'string', secret: true, doc: 'Password of an encrypted key' },
  'ssl.endpoint.identification.algorithm': {
    type: 'string',
    default: 'https',
    doc: '`https`: a broker’s certificate must name its host. Empty: any certificate that is trusted will do',
  },
  'request.timeout.ms': { type: 'int', min: 1, default: '30000', doc: 'How long an answer may take' },
  'default.api.timeout.ms': {
    type: 'int',
    min: 1,
    default: '60000',
    doc: 'How long a question is asked again while brokers restart or elect leaders',
  },
  'socket.connection.setup.timeout.ms': { type: 'int', min: 1, default: '10000', doc: 'How long connecting may take' },
  'reconnect.backoff.ms': {
    type: 'int',
    min: 1,
    default: '50',
    doc: 'Wait before connecting again; doubles each time',
  },
  'reconnect.backoff.max.ms': { type: 'int', min: 1, default: '1000', doc: 'The longest such wait' },
  'metadata.max.age.ms': {
    type: 'int',
    min: 1,
    default: '300000',
    doc: 'Ask who leads which partition at least so often',
  },
};

/** How records are read. */
const READING: Properties = {
  'group.id': {
    type: 'string',
    doc: 'Consumer group whose committed offsets are the start (`scan.startup.mode` = `group-offsets`) and which offsets are committed for on each checkpoint. We never join the group',
  },
  'auto.offset.reset': {
    type: 'enum',
    values: ['latest', 'earliest', 'none'],
    doc: 'Where to begin when the group has committed nothing, or what was to be read next is gone from the topic. Absent or `none`: an error',
  },
  'isolation.level': {
    type: 'enum',
    values: ['read_uncommitted', 'read_committed'],
    default: 'read_uncommitted',
    doc: 'Whether records of open and aborted transactions are read too',
  },
  'fetch.min.bytes': { type: 'int', min: 0, default: '1', doc: 'A broker waits until it has so much' },
  'fetch.max.wait.ms': { type: 'int', min: 0, default: '500', doc: 'But no longer than this' },
  'fetch.max.bytes': { type: 'int', min: 1, default: '52428800', doc: 'The most that a broker answers at once' },
  'max.partition.fetch.bytes': {
    type: 'int',
    min: 1,
    default: '1048576',
    doc: 'The most of one partition in an answer, and how much of it is read ahead. A larger record is read all the same',
  },
  'check.crcs': { type: 'boolean', default: 'true', doc: 'Whether the checksum of each record batch is verified' },
  'commit.offsets.on.checkpoint': {
    type: 'boolean',
    default: 'true',
    doc: 'Whether offsets are committed to the group on checkpoints (for monitoring; restarts use the checkpoint)',
  },
};

const accepted = (...names: readonly string[]): Properties =>
  Object.fromEntries(names.map((name) => [name, { type: 'string', doc: 'Accepted for portability; does nothing' }]));

const IDLE: Properties = accepted(
  'key.deserializer',
  'value.deserializer',
  'key.serializer',
  'value.serializer',
  'auto.commit.interval.ms',
  'client.dns.lookup',
  'client.rack',
  'client.id.prefix',
  'bootstrap.resolve.timeout.ms',
  'connections.max.idle.ms',
  'enable.metrics.push',
  'exclude.internal.topics',
  'group.instance.id',
  'group.protocol',
  'group.remote.assignor',
  'heartbeat.interval.ms',
  'max.poll.interval.ms',
  'max.poll.records',
  'metadata.cluster.check.enable',
  'metadata.recovery.rebootstrap.trigger.ms',
  'metadata.recovery.strategy',
  'metrics.num.samples',
  'metrics.recording.level',
  'metrics.sample.window.ms',
  'partition.assignment.strategy',
  'receive.buffer.bytes',
  'register.consumer.metrics',
  'retry.backoff.max.ms',
  'retry.backoff.ms',
  'send.buffer.bytes',
  'session.timeout.ms',
  'socket.connection.setup.timeout.max.ms',
  'ssl.keymanager.algorithm',
  'ssl.protocol',
  'ssl.secure.random.implementation',
  'ssl.trustmanager.algorithm',
);

const REFUSED_DOC = 'Not supported';
/** What would change which records there are or how they are protected, and is not there: name and way round. */
const REFUSED: Readonly<Record<string, string>> = {
  'interceptor.classes': 'There are no Java classes here; a view can change what is read.',
  'metric.reporters': "There are no Java classes here; a job's metrics have the lag.",
  'security.providers': 'There are no Java classes here.',
  'config.providers': 'There are no Java classes here.',
  'ssl.engine.factory.class': 'There are no Java classes here.',
  'ssl.provider': 'TLS is that of Node.',
  'ssl.cipher.suites': "Node chooses, from NODE_OPTIONS='--tls-cipher-list=…'.",
  'ssl.enabled.protocols': "Node chooses, from NODE_OPTIONS='--tls-min-v1.3' and its kin.",
  'sasl.client.callback.handler.class': 'There are no Java classes here; logins are PLAIN or SCRAM.',
  'sasl.login.callback.handler.class': 'There are no Java classes here; logins are PLAIN or SCRAM.',
  'sasl.login.class': 'There are no Java classes here; logins are PLAIN or SCRAM.',
  'sasl.kerberos.service.name': 'Kerberos is not supported; logins are PLAIN or SCRAM.',
  'sasl.oauthbearer.token.endpoint.url': 'OAuth is not supported; logins are PLAIN or SCRAM.',
};

const REFUSED_OPTIONS: Properties = Object.fromEntries(
  Object.keys(REFUSED).map((name) => [name, { type: 'string', doc: REFUSED_DOC }]),
);

/** Values that mean a refusal only when they are not these. */
const ONLY: Readonly<Record<string, { readonly value: string; readonly hint: string }>> = {
  'enable.auto.commit': { value: 'false', hint: 'Offsets are committed on checkpoints.' },
  'allow.auto.create.topics': { value: 'false', hint: 'Reading never creates a topic.' },
};

const ONLY_OPTIONS: Properties = Object.fromEntries(
  Object.entries(ONLY).map(([name, { value, hint }]) => [
    name,
    { type: 'string', doc: `Only \`${value}\`. ${hint.slice(0, -1)}` },
  ]),
);

/** All `properties.*` that a source may have; a sink adds its own. */
export const CLIENT_PROPERTIES: OptionSet = Object.fromEntries(
  Object.entries({ ...CLIENT, ...READING, ...IDLE, ...REFUSED_OPTIONS, ...ONLY_OPTIONS }).map(([name, spec]) => [
    `properties.${name}`,
    spec,
  ]),
);

/** Refuses what would be missed. `owner` is how messages call the connector. */
export function checkProperties(owner: string, options: ParsedOptions): void {
  for (const [name, hint] of Object.entries(REFUSED)) {
    const key = `properties.${name}`;
    if (options.has(key)) throw unsupported(`option "${key}" of ${owner}`, hint);
  }
  for (const [name, { value, hint }] of Object.entries(ONLY)) {
    const key = `properties.${name}`;
    const given = options.string(key);
    if (given !== undefined && given.toLowerCase() !== value) {
      throw unsupported(`option "${key}" = '${given}' of ${owner}`, hint);
    }
  }
}
