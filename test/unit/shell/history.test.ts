import { expect, test } from 'vitest';
import { History, type HistoryStore } from '../../../src/shell/history.ts';

class MemoryStore implements HistoryStore {
  text: string;
  constructor(text = '') {
    this.text = text;
  }
  load(): string {
    return this.text;
  }
  append(text: string): void {
    this.text += text;
  }
  replace(text: string): void {
    this.text = text;
  }
}

test('what was added is there the next time, lines and backslashes too', () => {
  const store = new MemoryStore();
  const entries = ['SELECT 1;', "SELECT\n  'a\\nb',\n  '\\\\';", '\\d t'];
  const history = new History(store, (entry) => entry);
  for (const entry of entries) history.add(entry);
  expect(store.text.trimEnd().split('\n')).toHaveLength(3);
  expect(new History(store, (entry) => entry).entries).toEqual(entries);
});

test('the file never has what the mask hides, while the session does', () => {
  const store = new MemoryStore();
  const history = new History(store, (entry) => entry.replace('pw1', '***'));
  history.add("SET 'password' = 'pw1';");
  expect(store.text).toBe("SET 'password' = '***';\n");
  expect(history.entries).toEqual(["SET 'password' = 'pw1';"]);
});

test('what repeats the last entry, begins with a blank or is empty is not kept', () => {
  const store = new MemoryStore('a;\n');
  const history = new History(store, (entry) => entry);
  for (const entry of ['a;', ' secret;', '', '  ', 'b;', 'a;']) history.add(entry);
  expect(history.entries).toEqual(['a;', 'b;', 'a;']);
});

test('an offered entry is there and is not kept', () => {
  const store = new MemoryStore();
  const history = new History(store, (entry) => entry);
  history.offer('SELECT 1;');
  expect(history.entries).toEqual(['SELECT 1;']);
  expect(store.text).toBe('');
});

test('a file that has grown long is cut when it is read', () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `SELECT ${i};\n`).join('');
  const store = new MemoryStore(lines);
  const history = new History(store, (entry) => entry);
  expect(history.entries).toHaveLength(2000);
  expect(history.entries.at(-1)).toBe('SELECT 4999;');
  expect(store.text.split('\n')[0]).toBe('SELECT 3000;');
});

test('search goes either way and skips what is shown already', () => {
  const history = new History(new MemoryStore('SELECT a;\nSHOW b;\nselect a;\n'), (entry) => entry);
  expect(history.search('sel', 2, -1)).toBe(2);
  expect(history.search('SEL', 1, -1)).toBe(0);
  expect(history.search('a', 0, 1, 'SELECT a;')).toBe(2);
  expect(history.search('zz', 2, -1)).toBe(-1);
});
