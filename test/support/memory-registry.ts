/** A schema registry on a network in memory: it speaks Confluent's API, and can be told to misbehave. */
import type { MemoryPeer, MemoryServer } from '../../src/platform/memory-transport.ts';

export interface RegistryRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

type Answer = { readonly status: number; readonly body: unknown } | 'silence' | 'cut';

export class MemoryRegistry implements MemoryServer {
  readonly requests: RegistryRequest[] = [];
  /** Entries of `/schemas/ids`, and of `/subjects/<name>/versions/<n>` as `<name>/<n>`. */
  readonly schemas = new Map<number, object>();
  readonly versions = new Map<string, object>();
  /** What it answers instead, in turn. */
  readonly instead: Answer[] = [];
  chunked = false;
  #nextId = 1;

  accept(peer: MemoryPeer): (bytes: Uint8Array) => void {
    let text = '';
    return (bytes) => {
      text += Buffer.from(bytes).toString('utf8');
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const [line = '', ...lines] = text.slice(0, headEnd).split('\r\n');
      const headers = new Map(
        lines.map((each) => {
          const colon = each.indexOf(':');
          return [each.slice(0, colon).toLowerCase(), each.slice(colon + 1).trim()];
        }),
      );
      const body = text.slice(headEnd + 4);
      if (Buffer.byteLength(body) < Number(headers.get('content-length') ?? 0)) return;
      const [method = '', path = ''] = line.split(' ');
      const request = { method, path, headers, body };
      this.requests.push(request);
      this.#answer(peer, this.instead.shift() ?? this.#handle(request));
    };
  }

  #answer(peer: MemoryPeer, answer: Answer): void {
    if (answer === 'silence') return;
    if (answer === 'cut') return peer.cut();
    const body = Buffer.from(JSON.stringify(answer.body));
    const head = `HTTP/1.1 ${answer.status} Whatever\r\nContent-Type: application/json\r\n`;
    if (!this.chunked) {
      peer.send(Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body]));
      return;
    }
    const half = Math.floor(body.length / 2);
    const chunk = (part: Buffer): Buffer =>
      Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
    const parts = [body.subarray(0, half), body.subarray(half)].filter((part) => part.length > 0).map(chunk);
    const note = 'HTTP/1.1 100 Continue\r\n\r\n';
    peer.send(
      Buffer.concat([
        Buffer.from(`${note}${head}Transfer-Encoding: chunked\r\n\r\n`),
        ...parts,
        Buffer.from('0\r\n\r\n'),
      ]),
    );
  }

  #handle({ method, path, body }: RegistryRequest): Answer {
    const id = /^\/schemas\/ids\/(\d+)$/.exec(path)?.[1];
    if (method === 'GET' && id !== undefined) return this.#found(this.schemas.get(Number(id)));
    const [, subject, version] = /^\/subjects\/([^/]+)\/versions(?:\/(\d+))?$/.exec(path) ?? [];
    if (subject === undefined) return { status: 404, body: { error_code: 404, message: 'no such page' } };
    if (method === 'GET') return this.#found(this.versions.get(`${decodeURIComponent(subject)}/${version}`));
    const schema = JSON.parse(body) as object;
    const text = JSON.stringify(schema);
    const known = [...this.schemas].find(([, each]) => JSON.stringify(each) === text)?.[0];
    const registered = known ?? this.#nextId++;
    this.schemas.set(registered, schema);
    return { status: 200, body: { id: registered } };
  }

  #found(schema: object | undefined): Answer {
    if (schema !== undefined) return { status: 200, body: schema };
    return { status: 404, body: { error_code: 40403, message: 'Schema not found' } };
  }
}
