import type { DataType } from './data-type.ts';

export interface Field {
  readonly name: string;
  readonly type: DataType;
}

/** Names and types of the columns of a batch or a relation, in order. */
export type Schema = readonly Field[];
