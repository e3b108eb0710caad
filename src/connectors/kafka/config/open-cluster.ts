import { EngineError } from '../../../errors.ts';
import type { ParsedOptions } from '../../../types/option-spec.ts';
import type { ConnectorContext } from '../../connector.ts';
import type { BrokerAddress } from '../protocol/broker-connection.ts';
import { Cluster } from '../protocol/cluster.ts';
import { FramePool } from '../protocol/frame.ts';
import { saslAuthenticator } from '../protocol/sasl.ts';
import { saslLogin, tlsOptions } from './security.ts';

/** Response buffers kept for reuse. */
const KEPT_FRAMES_BYTES = 64 * 1024 * 1024;
/** Before the first broker has answered, a wrong address is likelier than one that restarts. */
const FIRST_CONTACT_MS = 5_000;

const DEFAULT_PORT = 9092;

/** The cluster that a table's `properties.*` name. Nothing is connected yet, but files with certificates are read. */
export async function openCluster(options: ParsedOptions, context: ConnectorContext): Promise<Cluster> {
  const { transport, clock, random, fileSystem } = context;
  const ms = (name: string): number => options.number(`properties.${name}`) as number;
  const login = saslLogin(options);
  return new Cluster({
    bootstrap: parseServers(options.string('properties.bootstrap.servers') as string),
    connection: {
      transport,
      clock,
      frames: new FramePool(KEPT_FRAMES_BYTES),
      tls: await tlsOptions(options, fileSystem),
      clientId: options.string('properties.client.id') as string,
      connectTimeoutMs: ms('socket.connection.setup.timeout.ms'),
      requestTimeoutMs: ms('request.timeout.ms'),
      authenticate: login === null ? null : saslAuthenticator(login, random),
    },
    random,
    apiTimeoutMs: ms('default.api.timeout.ms'),
    firstContactMs: Math.min(FIRST_CONTACT_MS, ms('default.api.timeout.ms')),
    backoffMs: ms('reconnect.backoff.ms'),
    backoffMaxMs: ms('reconnect.backoff.max.ms'),
  });
}

/** `host:port,[::1]:9092,SSL://host:port`. */
export function parseServers(text: string): BrokerAddress[] {
  const parts = text
    .split(/[,;]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const addresses = parts.map((part) => {
    const match = /^(?:[A-Za-z_]+:\/\/)?(?:\[([\da-fA-F:.%\w]+)\]|([^:/\s]+))(?::(\d+))?$/.exec(part);
    const port = Number(match?.[3] ?? DEFAULT_PORT);
    if (match === null || port < 1 || port > 65535) {
      throw new EngineError('invalid_option', `option "properties.bootstrap.servers" cannot be '${text}'`, {
        hint: "It takes addresses such as 'host1:9092,host2:9092'.",
      });
    }
    return { host: (match[1] ?? match[2]) as string, port };
  });
  if (addresses.length > 0) return addresses;
  throw new EngineError('invalid_option', 'option "properties.bootstrap.servers" names no server');
}
