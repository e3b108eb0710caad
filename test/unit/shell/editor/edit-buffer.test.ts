import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EditBuffer } from '../../../../src/shell/editor/edit-buffer.ts';
import { BINDINGS } from '../../../../src/shell/editor/keys.ts';

/** A buffer with `|` at its cursor. */
function bufferOf(marked: string): EditBuffer {
  const buffer = new EditBuffer();
  buffer.reset(marked.replace('|', ''), marked.indexOf('|'));
  return buffer;
}

const marked = (buffer: EditBuffer): string =>
  `${buffer.text.slice(0, buffer.cursor)}|${buffer.text.slice(buffer.cursor)}`;

test.each([
  ['a line’s start', 'ctrl-a', 'SELECT\n  a|b', 'SELECT\n|  ab'],
  ['a line’s end', 'ctrl-e', 'SE|LECT\n ab', 'SELECT|\n ab'],
  ['a word left', 'meta-b', 'a.bcd = 1|2', 'a.bcd = |12'],
  ['a word left over signs', 'meta-b', 'a.bcd = |12', 'a.|bcd = 12'],
  ['a word right', 'meta-f', 'a|.bcd = 12', 'a.bcd| = 12'],
  ['left over an emoji', 'left', 'a👍🏽|b', 'a|👍🏽b'],
  ['right over a combining mark', 'right', '|e\u0301x', 'e\u0301|x'],
  ['left over a line break', 'left', 'a\n|b', 'a|\nb'],
  ['deletes an emoji', 'backspace', 'a👩‍👩‍👧|b', 'a|b'],
  ['deletes to the right', 'delete', 'a|👍b', 'a|b'],
  ['kills to the line’s end', 'ctrl-k', 'ab|cd\nef', 'ab|\nef'],
  ['kills the line break', 'ctrl-k', 'ab|\nef', 'ab|ef'],
  ['kills to the line’s start', 'ctrl-u', 'x\nab|cd', 'x\n|cd'],
  ['kills what is before a blank', 'ctrl-w', 'a b.c(d) |e', 'a |e'],
  ['kills a word', 'meta-d', 'a |bc.d', 'a |.d'],
  ['changes places', 'ctrl-t', 'ab|c', 'acb|'],
  ['changes the last two', 'ctrl-t', 'abc|', 'acb|'],
  ['upper case', 'meta-u', '|select x', 'SELECT| x'],
])('%s', (_, chord, before, after) => {
  const buffer = bufferOf(before);
  BINDINGS[chord]?.(buffer);
  expect(marked(buffer)).toBe(after);
});

describe('kills', () => {
  test('that follow one another are yanked as one', () => {
    const buffer = bufferOf('one two three|');
    buffer.killTo(buffer.wordLeft());
    buffer.killTo(buffer.wordLeft());
    expect(marked(buffer)).toBe('one |');
    buffer.yank();
    expect(marked(buffer)).toBe('one two three|');
  });

  test('before the last one come with Alt-Y', () => {
    const buffer = bufferOf('one two|');
    buffer.killTo(buffer.wordLeft());
    buffer.moveTo(0);
    buffer.killTo(3);
    buffer.yank();
    expect(marked(buffer)).toBe('one| ');
    buffer.yankOlder();
    expect(marked(buffer)).toBe('two| ');
  });
});

test('a word that was typed is undone as one', () => {
  const buffer = new EditBuffer();
  for (const char of 'SELECT abc') buffer.insert(char);
  buffer.undo();
  expect(buffer.text).toBe('SELECT ');
  buffer.undo();
  expect(buffer.text).toBe('SELECT');
  buffer.undo();
  expect(buffer.text).toBe('');
});

test('whatever is pressed, the cursor stays in the text and between its characters', () => {
  const chord = fc.constantFrom(...Object.keys(BINDINGS));
  const step = fc.oneof(
    chord.map((name) => ({ name })),
    fc.string({ unit: 'grapheme', maxLength: 3 }).map((text) => ({ text })),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.array(step, { maxLength: 30 }), (text, steps) => {
      const buffer = new EditBuffer();
      buffer.reset(text);
      for (const one of steps) {
        if ('name' in one) BINDINGS[one.name]?.(buffer);
        else buffer.insert(one.text);
        expect(buffer.cursor).toBeGreaterThanOrEqual(0);
        expect(buffer.cursor).toBeLessThanOrEqual(buffer.text.length);
        const before = buffer.text.charCodeAt(buffer.cursor - 1);
        const after = buffer.text.charCodeAt(buffer.cursor);
        // Never between the two halves of a character.
        expect(before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff).toBe(false);
      }
    }),
    { numRuns: 200 },
  );
});
