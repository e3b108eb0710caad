import type { Batch } from '../types/batch.ts';
import { type JsValue, type ToJs, toJs } from '../types/js-value.ts';
import type { Schema } from '../types/schema.ts';
import { type Vector, getValue } from '../types/vector.ts';

export type JsRow = Readonly<Record<string, JsValue>>;

/** Row `index` of a batch as an object, by column name. */
export function jsRows(schema: Schema): (batch: Batch, index: number) => JsRow {
  const converts = schema.map(({ type }) => toJs(type));
  if (schema.some(({ name }) => name === '__proto__')) {
    return ({ vectors }, index) =>
      Object.fromEntries(
        schema.map(({ name, type }, c) => [name, (converts[c] as ToJs)(getValue(vectors[c] as Vector, index, type))]),
      );
  }
  return ({ vectors }, index) => {
    const row: Record<string, JsValue> = {};
    for (let c = 0; c < schema.length; c++) {
      const { name, type } = schema[c] as Schema[number];
      row[name] = (converts[c] as ToJs)(getValue(vectors[c] as Vector, index, type));
    }
    return row;
  };
}
