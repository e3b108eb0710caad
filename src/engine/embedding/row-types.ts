/** Row types for TypeScript, from the text of column types. Nothing here exists at run time. */
import type { JsValue } from '../../types/js-value.ts';

/** Columns of an in-memory table: name → SQL type (`'BIGINT'`, `'STRING NOT NULL'`, `'TIMESTAMP(3)'`). */
export type ColumnTypes = Readonly<Record<string, string>>;

type Trimmed<T extends string> = T extends ` ${infer Rest}`
  ? Trimmed<Rest>
  : T extends `${infer Rest} `
    ? Trimmed<Rest>
    : T;

/** The name of a type, without its parameters. */
type Name<T extends string> = Uppercase<Trimmed<T extends `${infer Head}(${string}` ? Head : T>>;

type Numbers = 'TINYINT' | 'SMALLINT' | 'INT' | 'INTEGER' | 'FLOAT' | 'DOUBLE' | 'REAL' | 'DOUBLE PRECISION';
type Texts = 'STRING' | 'VARCHAR' | 'CHAR' | 'DECIMAL' | 'NUMERIC' | 'DEC' | 'DATE' | 'TIME' | 'TIMESTAMP';
type Bytes = 'BYTES' | 'BINARY' | 'VARBINARY';

/** What a query gives for a NOT NULL value of a type. Nested types other than ARRAY are `JsValue`. */
type NotNullOutput<T extends string> =
  Uppercase<T> extends `ARRAY<${string}>`
    ? Trimmed<T> extends `${string}<${infer Element}>`
      ? readonly Output<Element>[]
      : never
    : Name<T> extends 'BIGINT'
      ? bigint
      : Name<T> extends Numbers
        ? number
        : Name<T> extends Texts
          ? string
          : Name<T> extends 'BOOLEAN'
            ? boolean
            : Name<T> extends Bytes
              ? Uint8Array
              : Uppercase<Trimmed<T>> extends 'TIMESTAMP_LTZ' | `TIMESTAMP_LTZ(${'0' | '1' | '2' | '3'})`
                ? Date
                : Name<T> extends 'TIMESTAMP_LTZ'
                  ? Date | string
                  : JsValue;

/** What may be pushed for a NOT NULL value of a type. */
type NotNullInput<T extends string> =
  Name<T> extends 'BIGINT'
    ? bigint | number
    : Name<T> extends Numbers
      ? number
      : Name<T> extends 'STRING' | 'VARCHAR' | 'CHAR'
        ? string
        : Name<T> extends 'DECIMAL' | 'NUMERIC' | 'DEC'
          ? string | number | bigint
          : Name<T> extends 'BOOLEAN'
            ? boolean
            : Name<T> extends Bytes
              ? Uint8Array
              : Name<T> extends 'TIMESTAMP' | 'TIMESTAMP_LTZ' | 'DATE'
                ? string | number | Date
                : Name<T> extends 'TIME'
                  ? string
                  : unknown;

type WithoutNotNull<T extends string> =
  Trimmed<T> extends `${infer Rest} NOT NULL` ? Rest : Trimmed<T> extends `${infer Rest} not null` ? Rest : never;

/** What a query gives for a type as SQL writes it: `OutputOf<'BIGINT'>` is `bigint | null`. */
type Output<T extends string> = [WithoutNotNull<T>] extends [never]
  ? NotNullOutput<T> | null
  : NotNullOutput<WithoutNotNull<T>>;

type NullableColumn<C extends ColumnTypes> = {
  [K in keyof C]: [WithoutNotNull<C[K]>] extends [never] ? K : never;
}[keyof C];

/** A row that a query of `SELECT *` over these columns gives. */
export type RowOf<C extends ColumnTypes> = { readonly [K in keyof C]: Output<C[K]> };

/** A row that may be pushed into a table of these columns: NULL may be left out. */
export type PushRow<C extends ColumnTypes> = {
  readonly [K in Exclude<keyof C, NullableColumn<C>>]: NotNullInput<WithoutNotNull<C[K]>>;
} & {
  readonly [K in NullableColumn<C>]?: NotNullInput<C[K]> | null | undefined;
};
