/**
 * A schema registry with Confluent's API. Schemas never change under their id, so they are kept; an id that is not known
 * is asked for again after a while. What fails for the moment is tried again, at the next address where there are several.
 */
import { EngineError } from '../../errors.ts';
import type { TlsOptions } from '../../platform/platform.ts';
import type { FormatContext } from '../format.ts';
import { type AvroType, parseSchema } from '../avro/schema.ts';
import { type HttpRequest, type HttpResponse, requestHttp } from './http.ts';
import { type RegistryAddress, tlsOf } from './options.ts';

const TIMEOUT_MS = 10_000;
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 100;
/** How long an id that the registry does not know is not asked for again. */
const UNKNOWN_MS = 10_000;
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

/** A schema by its id, or why there is none. */
export type FoundSchema = { readonly type: AvroType } | { readonly reason: string };

interface SchemaJson {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
}

export class SchemaRegistry {
  readonly #address: RegistryAddress;
  readonly #context: FormatContext;
  readonly #schemas = new Map<number, FoundSchema>();
  /** When an id was found to be unknown. */
  readonly #unknownSinceMs = new Map<number, number>();
  readonly #asked = new Map<number, Promise<void>>();
  readonly #registered = new Map<string, number>();
  #tls: Promise<TlsOptions> | null = null;

  constructor(address: RegistryAddress, context: FormatContext) {
    this.#address = address;
    this.#context = context;
  }

  /** What is known of an id; undefined when it is to be asked for. */
  known(id: number): FoundSchema | undefined {
    const sinceMs = this.#unknownSinceMs.get(id);
    if (sinceMs !== undefined && this.#context.clock.now() - sinceMs > UNKNOWN_MS) return undefined;
    return this.#schemas.get(id);
  }

  /** Asks for an id, so that it is known. */
  load(id: number): Promise<void> {
    let asked = this.#asked.get(id);
    if (asked === undefined) {
      asked = this.#load(id).finally(() => this.#asked.delete(id));
      this.#asked.set(id, asked);
    }
    return asked;
  }

  async #load(id: number): Promise<void> {
    const { status, body } = await this.#request('GET', `/schemas/ids/${id}`);
    this.#unknownSinceMs.delete(id);
    if (status === 404 && isUnknownSchema(body)) {
      this.#unknownSinceMs.set(id, this.#context.clock.now());
      this.#schemas.set(id, { reason: `the schema registry knows no schema ${id}` });
      return;
    }
    if (status !== 200) throw this.#refused(`schema ${id} cannot be read`, status, body);
    const json = answerOf<SchemaJson>(body);
    const { schemaType = 'AVRO' } = json;
    if (schemaType !== 'AVRO') {
      this.#schemas.set(id, { reason: `schema ${id} is ${schemaType}, not Avro` });
      return;
    }
    try {
      this.#schemas.set(id, { type: await this.#parse(json, new Map()) });
    } catch (error) {
      if (!(error instanceof EngineError) || error.retryable) throw error;
      this.#schemas.set(id, { reason: `schema ${id} cannot be used: ${error.message}` });
    }
  }

  /** Types that a schema takes from others come first. */
  async #parse({ schema, references = [] }: SchemaJson, named: Map<string, AvroType>): Promise<AvroType> {
    for (const { subject, version } of references) {
      const { status, body } = await this.#request(
        'GET',
        `/subjects/${encodeURIComponent(subject)}/versions/${version}`,
      );
      if (status !== 200)
        throw this.#refused(`version ${version} of subject "${subject}" cannot be read`, status, body);
      await this.#parse(answerOf<SchemaJson>(body), named);
    }
    return parseSchema(schema, named);
  }

  /** Registers a schema, unless it is; then `idOf` knows its id. */
  async register(subject: string, schema: string): Promise<void> {
    const { status, body } = await this.#request(
      'POST',
      `/subjects/${encodeURIComponent(subject)}/versions`,
      JSON.stringify({ schema }),
    );
    if (status === 409 || status === 422) {
      throw new EngineError('invalid_definition', `the schema registry refuses the schema of subject "${subject}"`, {
        detail: messageOf(body),
        hint: 'The table must go with the versions that the subject has.',
      });
    }
    if (status !== 200) throw this.#refused(`a schema of subject "${subject}" cannot be registered`, status, body);
    this.#registered.set(`${subject}\n${schema}`, answerOf<{ readonly id: number }>(body).id);
  }

  idOf(subject: string, schema: string): number {
    const id = this.#registered.get(`${subject}\n${schema}`);
    if (id === undefined)
      throw new EngineError('internal_error', `the schema of subject "${subject}" is not registered`);
    return id;
  }

  #refused(what: string, status: number, body: string): EngineError {
    const detail = messageOf(body);
    if (status === 401)
      return new EngineError('authentication_failed', `${what}: the schema registry does not know us`, { detail });
    if (status === 403)
      return new EngineError('authorization_failed', `${what}: the schema registry does not allow it`, { detail });
    return new EngineError('protocol_violation', `${what}: the schema registry answers ${status}`, { detail });
  }

  async #request(method: HttpRequest['method'], path: string, body?: string): Promise<HttpResponse> {
    const { urls, authorization } = this.#address;
    const headers = {
      ...(authorization === null ? {} : { Authorization: authorization }),
      ...(body === undefined ? {} : { 'Content-Type': MEDIA_TYPE }),
    };
    this.#tls ??= tlsOf(this.#address, this.#context);
    const tls = await this.#tls;
    for (let attempt = 0; ; attempt++) {
      const base = urls[attempt % urls.length] as URL;
      const url = new URL(base);
      url.pathname = `${base.pathname.replace(/\/+$/, '')}${path}`;
      let failure: EngineError;
      try {
        const request = { method, url, headers, ...(body === undefined ? {} : { body }) };
        const response = await requestHttp(this.#context, request, { timeoutMs: TIMEOUT_MS, tls });
        if (response.status < 500 && response.status !== 429) return response;
        failure = new EngineError(
          'connection_failure',
          `the schema registry at ${url.host} answers ${response.status}`,
          {
            detail: messageOf(response.body),
          },
        );
      } catch (error) {
        if (!(error instanceof EngineError) || !error.retryable) throw error;
        failure = new EngineError(
          error.code,
          `the schema registry at ${url.host} cannot be reached: ${error.message}`,
          {
            cause: error,
          },
        );
      }
      if (attempt + 1 >= ATTEMPTS * urls.length) throw failure;
      await this.#context.clock.sleep(FIRST_PAUSE_MS * 2 ** Math.floor(attempt / urls.length));
    }
  }
}

function answerOf<T>(body: string): T {
  try {
    return JSON.parse(body) as T;
  } catch (error) {
    throw new EngineError('protocol_violation', 'the schema registry does not answer in JSON', { cause: error });
  }
}

/** A page that is not there is another thing: a wrong address. */
function isUnknownSchema(body: string): boolean {
  try {
    const { error_code: code } = JSON.parse(body) as { readonly error_code?: unknown };
    return typeof code === 'number' && code > 999;
  } catch {
    return false;
  }
}

function messageOf(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    // Not every answer of a proxy is JSON.
    return undefined;
  }
}

const registries = new WeakMap<FormatContext['transport'], Map<string, SchemaRegistry>>();

/** The registry at an address; all who reach it the same way share what is known of it. */
export function registryAt(address: RegistryAddress, context: FormatContext): SchemaRegistry {
  let byAddress = registries.get(context.transport);
  if (byAddress === undefined) {
    byAddress = new Map();
    registries.set(context.transport, byAddress);
  }
  const key = JSON.stringify(address);
  let registry = byAddress.get(key);
  if (registry === undefined) {
    registry = new SchemaRegistry(address, context);
    byAddress.set(key, registry);
  }
  return registry;
}
