import { expect, test } from 'vitest';
import { changelogWriter, renderTable, tableWriter } from '../../../src/output/table.ts';
import { CapturedOutput } from '../../../src/platform/fake-platform.ts';
import { ManualClock } from '../../../src/platform/manual-clock.ts';
import { BatchBuilder } from '../../../src/types/batch.ts';
import { STRING } from '../../../src/types/data-type.ts';

const HOSTILE = 'a\u0007\u001b[2Jb\u007f\u0085\u202ec\nd';
const SHOWN = 'a␇␛[2Jb␡��c d';
const schema = [{ name: 'two\nlines\u001b[31m', type: STRING }];

test.each([tableWriter, changelogWriter])('%o shows what would act on the terminal', async (open) => {
  const stdout = new CapturedOutput();
  const writer = open({
    schema,
    stdout,
    timeZone: 'UTC',
    query: null,
    updating: false,
    order: [],
    screen: null,
    clock: new ManualClock(),
  });
  const batch = new BatchBuilder(schema);
  batch.columns[0]?.set(batch.addRow(0), HOSTILE);
  await writer.write(batch.build());
  await writer.end();
  expect(stdout.text).toContain(SHOWN);
  expect(stdout.text).toContain('two lines␛[31m');
  expect(stdout.text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
});

test('lines of a table are of one width, wide and combining characters included', () => {
  const lines = renderTable([{ name: 'c\n', type: STRING }], [['日本語'], ['e\u0301'], ['x'.repeat(6)]]);
  expect(lines).toEqual([
    '+--------+',
    '| c      |',
    '+--------+',
    '| 日本語 |',
    '| e\u0301      |',
    '| xxxxxx |',
    '+--------+',
  ]);
});

test('on a terminal rows that came too soon after others are drawn a little later, once', async () => {
  const [stdout, clock] = [new CapturedOutput(), new ManualClock()];
  const writer = tableWriter({
    schema,
    stdout,
    timeZone: 'UTC',
    query: null,
    updating: false,
    order: [],
    screen: { lines: 24, columns: 80 },
    clock,
  });
  const batch = new BatchBuilder(schema);
  const write = (text: string): void => {
    batch.reset();
    batch.columns[0]?.set(batch.addRow(0), text);
    void writer.write(batch.build());
  };
  const drawings = (): number => stdout.text.split(/\(\d rows?\)/).length - 1;
  write('first');
  write('second');
  write('third');
  expect(drawings()).toBe(1);
  await clock.advance(100);
  expect(drawings()).toBe(2);
  expect(stdout.text).toContain('third');
  await clock.advance(1000);
  expect(drawings()).toBe(2);
  write('fourth');
  expect(drawings()).toBe(3);
  write('fifth');
  writer.abandon?.();
  await clock.advance(1000);
  expect(drawings()).toBe(3);
});
