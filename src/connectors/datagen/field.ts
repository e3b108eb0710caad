/** What a field of a table is to its maker, and what its makers share. */
import { EngineError } from '../../errors.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import { type DataType, typeToString } from '../../types/data-type.ts';
import type { TimeZone } from '../../types/time-zone.ts';
import { Draws, fieldSeed } from './draws.ts';
import type { FieldOptions } from './options.ts';

/** What binding needs besides the column. */
export interface Surroundings {
  readonly seed: number;
  readonly zone: TimeZone;
  /** The wall clock of the bundle in hand. */
  nowMs: number;
}

/** Writes the value of row `index` to row `at` of a column. */
export type FieldWriter = (at: number, index: number) => void;

export interface FieldSpec {
  /** How many values a sequence has; Infinity for random fields. */
  readonly count: number;
  /** Whether row `index` is NULL, for the leaves below a row. */
  isNull(surroundings: Surroundings): (index: number) => boolean;
  bind(column: ColumnBuilder, surroundings: Surroundings): FieldWriter;
  /** The fields of a row. */
  readonly fields: ReadonlyMap<string, FieldSpec>;
}

export type Bind = (column: ColumnBuilder, surroundings: Surroundings) => FieldWriter;

/** NULL where `isNull` says so, else as `write` does. */
export function orNull(column: ColumnBuilder, isNull: (index: number) => boolean, write: FieldWriter): FieldWriter {
  return (at, index) => {
    if (isNull(index)) column.setNull(at);
    else write(at, index);
  };
}

/** A writer that draws from the field's own numbers. */
export function drawn<Column extends ColumnBuilder>(
  options: FieldOptions,
  write: (column: Column, at: number, draws: Draws) => void,
): Bind {
  return (column, { seed }) => {
    const draws = new Draws(fieldSeed(seed, options.path));
    return (at, index) => {
      draws.start(index);
      column.valid[at] = 1;
      write(column as Column, at, draws);
    };
  };
}

export const noKind = (type: DataType, kind: string): EngineError =>
  new EngineError('invalid_option', `connector "datagen" makes no ${kind} of ${typeToString(type)}`);
