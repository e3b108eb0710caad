/**
 * TCP and TLS. Bytes are read straight into the receiver's memory (`onread` with a function): no buffer per read, no
 * stream events.
 */
import { type OnReadOpts, type Socket, connect as connectTcp, isIP } from 'node:net';
import { type ConnectionOptions, type TLSSocket, connect as connectTls } from 'node:tls';
import { EngineError } from '../errors.ts';
import type { ConnectOptions, Connection, Transport } from './platform.ts';

const KEEP_ALIVE_MS = 30_000;

/** How OpenSSL and Node call it when a certificate, or the lack of one, is the reason. */
const CERTIFICATE_ERROR =
  /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ALTNAME|ERR_SSL_(?:TLSV1|SSLV3|TLSV13)_ALERT_(?:BAD|UNKNOWN_CA|CERTIFICATE|ACCESS)/;

export const nodeTransport: Transport = {
  connect: async (options) => open(options, options.tls === undefined ? plain(options) : encrypted(options)),
};

function readInto({ receiver }: ConnectOptions): OnReadOpts {
  return {
    buffer: () => receiver.buffer(),
    callback: (sizeBytes) => {
      receiver.received(sizeBytes);
      return true;
    },
  };
}

function plain(options: ConnectOptions): Socket {
  const { host, port } = options;
  return connectTcp({ host, port, noDelay: true, onread: readInto(options) });
}

function encrypted(options: ConnectOptions): TLSSocket {
  const { host, port, tls } = options;
  const secure: ConnectionOptions & { readonly onread: OnReadOpts; readonly noDelay: boolean } = {
    host,
    port,
    noDelay: true,
    onread: readInto(options),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls?.ca === undefined ? {} : { ca: [...tls.ca] }),
    ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls?.key === undefined ? {} : { key: tls.key }),
    ...(tls?.pfx === undefined ? {} : { pfx: Buffer.from(tls.pfx) }),
    ...(tls?.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
    ...(tls?.checkHostName === false ? { checkServerIdentity: () => undefined } : {}),
  };
  try {
    return connectTls(secure);
  } catch (error) {
    throw new EngineError('invalid_option', `certificates or keys for ${host}:${port} cannot be used: ${text(error)}`, {
      cause: error,
    });
  }
}

function open(options: ConnectOptions, socket: Socket): Promise<Connection> {
  const { host, port, timeoutMs, receiver } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Connection>();
  let failure: EngineError | null = null;
  let state: 'opening' | 'open' | 'closed' = 'opening';
  const fail = (error: EngineError): void => {
    failure ??= error;
    socket.destroy();
  };
  const timer = setTimeout(() => {
    fail(new EngineError('connection_timeout', `no connection to ${host}:${port} within ${timeoutMs} ms`));
  }, timeoutMs);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.on('error', (error: NodeJS.ErrnoException) => fail(classify(error, options, state)));
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    clearTimeout(timer);
    const before = state;
    state = 'closed';
    if (before === 'opening') {
      reject(failure ?? new EngineError('connection_failure', `${host}:${port} closed the connection at once`));
    } else if (before === 'open') receiver.closed(failure);
  });
  socket.once(options.tls === undefined ? 'connect' : 'secureConnect', () => {
    clearTimeout(timer);
    state = 'open';
    resolve({
      write(...chunks) {
        if (chunks.length > 1) socket.cork();
        for (const chunk of chunks) socket.write(chunk);
        if (chunks.length > 1) socket.uncork();
      },
      close() {
        state = 'closed';
        socket.destroy();
      },
    });
  });
  return promise;
}

function classify(error: NodeJS.ErrnoException, options: ConnectOptions, state: string): EngineError {
  const { host, port } = options;
  const where = `${host}:${port}`;
  const code = error.code ?? '';
  if (options.tls !== undefined && CERTIFICATE_ERROR.test(code)) {
    return new EngineError('authentication_failed', `the TLS handshake with ${where} failed: ${text(error)}`, {
      hint: "Check which authority signed the certificate of the other side ('ssl.truststore.location' names those that are trusted), and whether it asks for one of ours.",
      cause: error,
    });
  }
  const isUnfinished = state === 'opening' && code === 'ECONNRESET';
  if (options.tls !== undefined && (isUnfinished || /ERR_SSL|EPROTO/.test(code))) {
    return new EngineError('connection_failure', `the TLS handshake with ${where} failed: ${text(error)}`, {
      hint: 'Perhaps nothing speaks TLS at that port.',
      cause: error,
    });
  }
  const attempt = state === 'opening' ? `cannot connect to ${where}` : `the connection to ${where} broke`;
  return new EngineError('connection_failure', `${attempt}: ${text(error)}`, { cause: error });
}

/** Several addresses were tried and each failed: an `AggregateError` without a message of its own. */
function text(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(text).join('; ');
  return error instanceof Error ? error.message : String(error);
}
