import { expect, test } from 'vitest';
import { RecordRows } from '../../../src/runtime/record-rows.ts';
import { ROW_KIND_NAMES } from '../../../src/types/batch.ts';
import { INT, STRING, withNullable } from '../../../src/types/data-type.ts';
import { type Value, type Vector, getValue } from '../../../src/types/vector.ts';
import { makeRecordDecoder, spansOf } from '../formats/records.ts';

const ID = { name: 'id', type: withNullable(INT, false) };
const NAME = { name: 'name', type: STRING };

/** Rows of records that are keyed by `id`; `inValue`: whether values hold it too. */
function read(
  messages: readonly (readonly [key: string | null, value: string | null])[],
  inValue: boolean,
): { readonly rows: Value[][]; readonly bad: readonly (readonly [position: number, row: number, reason: string])[] } {
  const value = makeRecordDecoder({ format: 'json', schema: inValue ? [ID, NAME] : [NAME] });
  const key = makeRecordDecoder({ format: 'json', schema: [ID] });
  const columns = [
    { value: inValue ? 0 : -1, key: 0, metadata: -1 },
    { value: inValue ? 1 : 0, key: -1, metadata: -1 },
  ];
  const records = new RecordRows({ value, key, columns, keyed: true }, [ID, NAME]);
  const { batch, bad } = records.decode({
    count: messages.length,
    values: spansOf(messages.map(([, text]) => text)),
    keys: spansOf(messages.map(([text]) => text)),
    metadata: [],
    offsetOf: (index) => 1000 + index,
  });
  return {
    rows: Array.from({ length: batch.length }, (_, row) => [
      ROW_KIND_NAMES[batch.kinds?.[row] ?? 0] as string,
      ...[ID, NAME].map(({ type }, c) => getValue(batch.vectors[c] as Vector, row, type)),
    ]),
    bad: bad.map(({ position, row, reason }) => [position, row, reason]),
  };
}

test('values are updates', () => {
  const whole = read([['{"id":1}', '{"id":1,"name":"a"}']], true);
  expect(whole).toEqual({ rows: [['+U', 1, 'a']], bad: [] });
  expect(read([['{"id":1}', '{"name":"a"}']], false).rows).toEqual([['+U', 1, 'a']]);
});

test.each([true, false])('a record without value takes its key away (key in the value: %s)', (inValue) => {
  const of = (id: number, name: string): string => JSON.stringify(inValue ? { id, name } : { name });
  const { rows, bad } = read(
    [
      ['{"id":1}', of(1, 'a')],
      ['{"id":2}', null],
      ['{"id":3}', of(3, 'b')],
      [null, null],
      ['{"id":"x"}', null],
      ['{"id":1}', null],
    ],
    inValue,
  );
  expect(rows).toEqual([
    ['+U', 1, 'a'],
    ['-D', 2, null],
    ['+U', 3, 'b'],
    ['-D', 1, null],
  ]);
  expect(bad).toEqual([
    [1003, 3, 'the record has neither key nor value'],
    [1004, 3, 'in its key: field "id" cannot be read as INT: "x"'],
  ]);
});

test('a value without key is a row where it holds the key itself, else a bad record', () => {
  expect(read([[null, '{"id":1,"name":"a"}']], true).rows).toEqual([['+U', 1, 'a']]);
  expect(read([[null, '{"name":"a"}']], false)).toEqual({
    rows: [],
    bad: [[1000, 0, 'the record has no key, and column "id" of the key is NOT NULL']],
  });
});

test('what is wrong with a key counts before what is wrong with its value', () => {
  expect(read([['{', '[']], true).bad[0]?.[2]).toMatch(/^in its key: /);
});
