import { expect, test } from 'vitest';
import { clip, displayWidth, pad, shorten } from '../../../src/output/display-width.ts';

// Widths as the Unicode tables have them (East Asian Width W and F, emoji presentation, marks).
test.each([
  ['abc', 3],
  ['', 0],
  ['日本語', 6],
  ['ｱｲｳ', 3],
  ['ＡＢ', 4],
  ['한국', 4],
  ['e\u0301', 1],
  ['👍', 2],
  ['👍🏽', 2],
  ['👩‍👩‍👧', 2],
  ['🇩🇪', 2],
  ['❤️', 2],
  ['❤', 1],
  ['ü ß €', 5],
  ['a\u200bb', 2],
  ['🂡', 1],
])('%j takes %d columns', (text, columns) => {
  expect(displayWidth(text)).toBe(columns);
});

test('cutting keeps characters whole', () => {
  expect(clip('日本語', 3)).toBe('日');
  expect(clip('a👩‍👩‍👧b', 2)).toBe('a');
  expect(clip('e\u0301e\u0301', 1)).toBe('e\u0301');
  expect(shorten('日本語日本語', 8)).toBe('日本...');
  expect(shorten('日本語', 6)).toBe('日本語');
  expect(shorten('abcdef', 5)).toBe('ab...');
  expect(pad('日', 4, true)).toBe('  日');
});
