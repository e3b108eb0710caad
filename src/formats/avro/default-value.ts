/** Defaults of Avro fields, which stand in schemas as JSON, as values of a column. */
import { EngineError } from '../../errors.ts';
import { type DataType, isBinary } from '../../types/data-type.ts';
import type { Value } from '../../types/vector.ts';
import type { AvroType } from './schema.ts';

/** Bytes as Avro's JSON writes them: a character for each. */
export const bytesOfText = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

/** Two's complement, the highest byte first. */
export function unscaledOf(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

export function defaultValueOf(json: unknown, type: AvroType, to: DataType): Value {
  const wrong = (): EngineError =>
    new EngineError(
      'protocol_violation',
      `malformed Avro schema: ${JSON.stringify(json)} is no default of a ${type.kind}`,
    );
  if (json === null) return null;
  switch (type.kind) {
    case 'union':
      // A default is one of the first branch.
      return defaultValueOf(json, type.branches[0] as AvroType, to);
    case 'boolean':
      if (typeof json !== 'boolean') throw wrong();
      return json;
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      if (typeof json !== 'number') throw wrong();
      if (to.kind === 'BIGINT') return BigInt(json);
      if (to.kind === 'TIMESTAMP' || to.kind === 'TIMESTAMP_LTZ') return timestampValue(json, type, to.precision);
      return json;
    case 'string':
    case 'enum':
      if (typeof json !== 'string') throw wrong();
      return isBinary(to) ? Uint8Array.from(Buffer.from(json)) : json;
    case 'bytes':
    case 'fixed': {
      if (typeof json !== 'string') throw wrong();
      const bytes = bytesOfText(json);
      if (to.kind === 'DECIMAL') return unscaledOf(bytes);
      return isBinary(to) ? bytes : Buffer.from(bytes).toString('utf8');
    }
    case 'array': {
      if (!Array.isArray(json) || to.kind !== 'ARRAY') throw wrong();
      return json.map((item) => defaultValueOf(item, type.items, to.element));
    }
    case 'map': {
      if (typeof json !== 'object' || (to.kind !== 'MAP' && to.kind !== 'MULTISET')) throw wrong();
      const value: DataType = to.kind === 'MAP' ? to.value : { kind: 'INTEGER', nullable: false };
      return Object.entries(json).map(([key, item]) => [key, defaultValueOf(item, type.values, value)]);
    }
    case 'record': {
      if (typeof json !== 'object' || to.kind !== 'ROW') throw wrong();
      const members = json as Readonly<Record<string, unknown>>;
      return to.fields.map(({ name, type: inner }) => {
        const field = type.fields.find((each) => each.name === name);
        if (field === undefined) return null;
        return defaultValueOf(name in members ? members[name] : field.defaultValue, field.type, inner);
      });
    }
    case 'null':
      throw wrong();
  }
}

function timestampValue(json: number, type: AvroType, precision: number): Value {
  const unit = 'logical' in type && type.logical !== undefined ? type.logical.kind : 'timestamp-millis';
  const nanos = BigInt(json) * (unit.endsWith('micros') ? 1000n : unit.endsWith('nanos') ? 1n : 1_000_000n);
  const within = Number(BigInt.asUintN(64, ((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n));
  const ms = Number((nanos - BigInt(within)) / 1_000_000n);
  return precision <= 3 ? ms : { ms, nanos: within };
}
