/** As much of HTTP/1.1 as a schema registry needs: one request a connection, over the transport that is handed in. */
import { EngineError } from '../../errors.ts';
import type { ByteReceiver, TlsOptions } from '../../platform/platform.ts';
import type { FormatContext } from '../format.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

const BUFFER_BYTES = 1 << 14;
const MAX_RESPONSE_BYTES = 64 << 20;

/** Errors: those of `Transport.connect`, `connection_timeout` and `protocol_violation`; never for a status. */
export async function requestHttp(
  context: FormatContext,
  request: HttpRequest,
  limits: { readonly timeoutMs: number; readonly tls: TlsOptions },
): Promise<HttpResponse> {
  const { url } = request;
  const isSecure = url.protocol === 'https:';
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const { timeoutMs, tls } = limits;
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
  const receiver = new ResponseReceiver(resolve, reject);
  const connection = await context.transport.connect({ host, port, timeoutMs, receiver, ...(isSecure ? { tls } : {}) });
  const cancel = context.clock.schedule(timeoutMs, () =>
    reject(new EngineError('connection_timeout', `${url.host} has not answered within ${timeoutMs} ms`)),
  );
  try {
    connection.write(Buffer.from(textOf(request)));
    return await promise;
  } finally {
    cancel();
    connection.close();
  }
}

function textOf({ method, url, headers, body }: HttpRequest): string {
  const sent = { Host: url.host, Connection: 'close', Accept: 'application/json', ...headers };
  const size = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const lines = Object.entries({ ...sent, ...size }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`;
}

class ResponseReceiver implements ByteReceiver {
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: unknown) => void;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #bytes: Buffer = Buffer.alloc(0);

  constructor(resolve: (response: HttpResponse) => void, reject: (error: unknown) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  buffer(): Uint8Array {
    return this.#buffer;
  }

  received(sizeBytes: number): void {
    this.#bytes = Buffer.concat([this.#bytes, this.#buffer.subarray(0, sizeBytes)]);
    this.#look(false);
  }

  closed(error: EngineError | null): void {
    if (error === null) this.#look(true);
    this.#reject(
      error ?? new EngineError('connection_failure', 'the connection was closed in the middle of an answer'),
    );
  }

  #look(ended: boolean): void {
    try {
      if (this.#bytes.length > MAX_RESPONSE_BYTES) throw violation('it is too long');
      const response = parseResponse(this.#bytes, ended);
      if (response !== null) this.#resolve(response);
    } catch (error) {
      this.#reject(error);
    }
  }
}

const violation = (why: string): EngineError =>
  new EngineError('protocol_violation', `the answer is not what HTTP has it: ${why}`);

/** The response, or null while it is not all there. */
function parseResponse(bytes: Buffer, ended: boolean): HttpResponse | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1];
  if (status === undefined) throw violation('it has no status');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const rest = bytes.subarray(headEnd + 4);
  // A note that the answer is still to come.
  if (status.startsWith('1')) return parseResponse(rest, ended);
  const done = (body: Uint8Array): HttpResponse => ({
    status: Number(status),
    body: Buffer.from(body).toString('utf8'),
  });
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') {
    const body = chunksOf(rest);
    return body === null ? null : done(body);
  }
  const length = headers.get('content-length');
  if (length !== undefined) return rest.length < Number(length) ? null : done(rest.subarray(0, Number(length)));
  return ended || status === '204' || status === '304' ? done(rest) : null;
}

function chunksOf(bytes: Buffer): Uint8Array | null {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) throw violation('a chunk has no size');
    if (size === 0) return Buffer.concat(parts);
    const from = lineEnd + 2;
    if (bytes.length < from + size + 2) return null;
    parts.push(bytes.subarray(from, from + size));
    at = from + size + 2;
  }
}
