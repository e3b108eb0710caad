/** Avro schemas: JSON as the specification has it, to data and back. Named types are shared, so a schema may be a cycle. */
import { EngineError } from '../../errors.ts';

export type AvroLogical =
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'date' | 'time-millis' | 'time-micros' }
  | {
      readonly kind:
        | 'timestamp-millis'
        | 'timestamp-micros'
        | 'timestamp-nanos'
        | 'local-timestamp-millis'
        | 'local-timestamp-micros'
        | 'local-timestamp-nanos';
    };

type PrimitiveKind = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

export interface AvroField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: AvroType;
  /** As JSON; absent when there is none. */
  readonly defaultValue?: unknown;
}

export interface AvroRecord {
  readonly kind: 'record';
  /** With its namespace. */
  readonly name: string;
  readonly fields: readonly AvroField[];
}

export type AvroType =
  | { readonly kind: PrimitiveKind; readonly logical?: AvroLogical | undefined }
  | {
      readonly kind: 'fixed';
      readonly name: string;
      readonly sizeBytes: number;
      readonly logical?: AvroLogical | undefined;
    }
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }
  | AvroRecord;

const PRIMITIVES = new Set<string>(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

type JsonObject = Readonly<Record<string, unknown>>;

const malformed = (what: string): EngineError =>
  new EngineError('protocol_violation', `malformed Avro schema: ${what}`);

/** The schema of a JSON text; `named`: types that are defined elsewhere, and then those that are defined here too. */
export function parseSchema(text: string, named = new Map<string, AvroType>()): AvroType {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // A bare name is a schema too, and is sometimes written without its quotes.
    json = text.trim();
  }
  return typeOf(json, '', named);
}

function typeOf(json: unknown, space: string, named: Map<string, AvroType>): AvroType {
  if (typeof json === 'string') {
    if (PRIMITIVES.has(json)) return { kind: json as PrimitiveKind };
    const known = named.get(fullName(json, space)) ?? named.get(json);
    if (known === undefined) throw malformed(`type "${json}" is not defined`);
    return known;
  }
  if (Array.isArray(json)) {
    const branches = json.map((branch) => typeOf(branch, space, named));
    if (branches.length === 0 || branches.some(({ kind }) => kind === 'union')) {
      throw malformed('a union holds no types, or another union');
    }
    return { kind: 'union', branches };
  }
  if (json === null || typeof json !== 'object') throw malformed(`${JSON.stringify(json)} is no type`);
  const object = json as JsonObject;
  const { type } = object;
  switch (type) {
    case 'record':
    case 'error':
      return recordOf(object, space, named);
    case 'enum': {
      const symbols = texts(object['symbols'], 'the symbols of an enum');
      return define(object, space, named, (name) => ({ kind: 'enum', name, symbols }));
    }
    case 'fixed': {
      const sizeBytes = object['size'];
      if (typeof sizeBytes !== 'number' || !Number.isInteger(sizeBytes) || sizeBytes < 0) {
        throw malformed('a fixed type has no size');
      }
      const logical = logicalOf(object);
      return define(object, space, named, (name) => ({ kind: 'fixed', name, sizeBytes, logical }));
    }
    case 'array':
      return { kind: 'array', items: typeOf(object['items'], space, named) };
    case 'map':
      return { kind: 'map', values: typeOf(object['values'], space, named) };
    default:
  }
  const inner = typeOf(type, space, named);
  const logical = logicalOf(object);
  return logical !== undefined && PRIMITIVES.has(inner.kind) ? { kind: inner.kind as PrimitiveKind, logical } : inner;
}

const fullName = (name: string, space: string): string =>
  name.includes('.') || space === '' ? name : `${space}.${name}`;

function nameOf(object: JsonObject, space: string): string {
  const { name, namespace } = object;
  if (typeof name !== 'string' || name === '') throw malformed(`a ${String(object['type'])} has no name`);
  return fullName(name, typeof namespace === 'string' ? namespace : space);
}

function define(
  object: JsonObject,
  space: string,
  named: Map<string, AvroType>,
  make: (name: string) => AvroType,
): AvroType {
  const name = nameOf(object, space);
  if (named.has(name)) throw malformed(`type "${name}" is defined twice`);
  const type = make(name);
  named.set(name, type);
  return type;
}

function recordOf(object: JsonObject, space: string, named: Map<string, AvroType>): AvroType {
  const fields: AvroField[] = [];
  // Known before its fields are, which may name it.
  const record = define(object, space, named, (name) => ({ kind: 'record', name, fields }));
  const inner = nameOf(object, space);
  const innerSpace = inner.slice(0, Math.max(0, inner.lastIndexOf('.')));
  const list = object['fields'];
  if (!Array.isArray(list)) throw malformed(`record "${inner}" has no fields`);
  for (const field of list as readonly JsonObject[]) {
    const { name } = field;
    if (typeof name !== 'string') throw malformed(`a field of record "${inner}" has no name`);
    if (fields.some((other) => other.name === name)) throw malformed(`record "${inner}" has field "${name}" twice`);
    fields.push({
      name,
      aliases: field['aliases'] === undefined ? [] : texts(field['aliases'], `the aliases of field "${name}"`),
      type: typeOf(field['type'], innerSpace, named),
      ...('default' in field ? { defaultValue: field['default'] } : {}),
    });
  }
  return record;
}

function texts(json: unknown, what: string): readonly string[] {
  if (!Array.isArray(json) || json.some((item) => typeof item !== 'string'))
    throw malformed(`${what} are no list of names`);
  return json as readonly string[];
}

/** A logical type that is not known, or does not fit, counts as none. */
function logicalOf(object: JsonObject): AvroLogical | undefined {
  const { logicalType } = object;
  switch (logicalType) {
    case 'decimal': {
      const { precision, scale = 0 } = object;
      return typeof precision === 'number' && typeof scale === 'number'
        ? { kind: 'decimal', precision, scale }
        : undefined;
    }
    case 'date':
    case 'time-millis':
    case 'time-micros':
    case 'timestamp-millis':
    case 'timestamp-micros':
    case 'timestamp-nanos':
    case 'local-timestamp-millis':
    case 'local-timestamp-micros':
    case 'local-timestamp-nanos':
      return { kind: logicalType };
    default:
      return undefined;
  }
}

/** The schema as JSON text, as Java's library writes it: named types in full where they come first. */
export function schemaText(type: AvroType): string {
  return JSON.stringify(jsonOf(type, '', new Set()));
}

/** `space`: the namespace of what holds the type, which is left out. */
function jsonOf(type: AvroType, space: string, seen: Set<string>): unknown {
  switch (type.kind) {
    case 'union':
      return type.branches.map((branch) => jsonOf(branch, space, seen));
    case 'array':
      return { type: 'array', items: jsonOf(type.items, space, seen) };
    case 'map':
      return { type: 'map', values: jsonOf(type.values, space, seen) };
    case 'record':
    case 'enum':
    case 'fixed': {
      const dot = type.name.lastIndexOf('.');
      const own = type.name.slice(0, Math.max(0, dot));
      const short = type.name.slice(dot + 1);
      if (seen.has(type.name)) return own === space ? short : type.name;
      seen.add(type.name);
      const named = { type: type.kind, name: short, ...(own === space ? {} : { namespace: own }) };
      if (type.kind === 'enum') return { ...named, symbols: type.symbols };
      if (type.kind === 'fixed') return { ...named, size: type.sizeBytes, ...logicalJson(type.logical) };
      return {
        ...named,
        fields: type.fields.map((field) => ({
          name: field.name,
          type: jsonOf(field.type, own, seen),
          ...('defaultValue' in field ? { default: field.defaultValue } : {}),
          ...(field.aliases.length > 0 ? { aliases: field.aliases } : {}),
        })),
      };
    }
    default:
      return type.logical === undefined ? type.kind : { type: type.kind, ...logicalJson(type.logical) };
  }
}

function logicalJson(logical: AvroLogical | undefined): object {
  if (logical === undefined) return {};
  const { kind, ...rest } = logical;
  return { logicalType: kind, ...rest };
}
