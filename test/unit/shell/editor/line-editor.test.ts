import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candidate } from '../../../../src/engine/completion/candidate.ts';
import { graphemeWidth, graphemes } from '../../../../src/output/display-width.ts';
import { EditBuffer } from '../../../../src/shell/editor/edit-buffer.ts';
import { BINDINGS } from '../../../../src/shell/editor/keys.ts';
import { LineEditor } from '../../../../src/shell/editor/line-editor.ts';
import { History } from '../../../../src/shell/history.ts';
import { painter } from '../../../../src/shell/style.ts';
import { VirtualTerminal } from '../../../support/virtual-terminal.ts';

const NO_FILE = { load: () => '', append: () => {}, replace: () => {} };
const candidate = (text: string, after = ''): Candidate => ({ text, kind: 'column', detail: `about ${text}`, after });

function editorOn(
  terminal: VirtualTerminal,
  { entries = [], words = [] }: { readonly entries?: readonly string[]; readonly words?: readonly Candidate[] } = {},
): { readonly editor: LineEditor; readonly history: History } {
  const history = new History(NO_FILE, (entry) => entry);
  for (const entry of entries) history.add(entry);
  const editor = new LineEditor({
    screen: terminal,
    paint: painter(true),
    history,
    highlight: (text) => [{ start: 0, end: text.length, kind: 'keyword' }],
    isComplete: (text) => text.trimEnd().endsWith(';'),
    async complete(text, cursor) {
      const prefix = /\w*$/.exec(text.slice(0, cursor))?.[0] ?? '';
      return { from: cursor - prefix.length, candidates: words.filter((word) => word.text.startsWith(prefix)) };
    },
  });
  return { editor, history };
}

const PROMPTS = { first: '> ', next: '. ' };
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('Enter begins a line until the statement is complete', async () => {
  const terminal = new VirtualTerminal(40, 10);
  const read = editorOn(terminal).editor.read(PROMPTS);
  terminal.type('SELECT\n1;');
  expect(terminal.text).toBe('> SELECT\n. 1;');
  terminal.press('return');
  expect(await read).toEqual({ kind: 'text', text: 'SELECT\n1;' });
  expect(terminal.cursor).toEqual([2, 0]);
});

test('Ctrl-C clears, Ctrl-D ends where nothing stands', async () => {
  const terminal = new VirtualTerminal();
  const { editor } = editorOn(terminal);
  let read = editor.read(PROMPTS);
  terminal.type('SELECT');
  terminal.press('ctrl-d', 'left', 'ctrl-d', 'ctrl-c');
  expect(await read).toEqual({ kind: 'cleared', wasEmpty: false });
  expect(terminal.text).toBe('> SELEC^C');
  read = editor.read(PROMPTS);
  terminal.press('ctrl-d');
  expect(await read).toEqual({ kind: 'end' });
});

test('what is typed before the prompt is there waits for it', async () => {
  const terminal = new VirtualTerminal();
  terminal.type('SELECT 1;\nSELECT 2;\n');
  const { editor } = editorOn(terminal);
  expect(await editor.read(PROMPTS)).toEqual({ kind: 'text', text: 'SELECT 1;' });
  expect(await editor.read(PROMPTS)).toEqual({ kind: 'text', text: 'SELECT 2;' });
});

test('pasted text goes in as it is and runs only at Enter', async () => {
  const terminal = new VirtualTerminal();
  const read = editorOn(terminal, { words: [candidate('a')] }).editor.read(PROMPTS);
  expect(terminal.marksPaste).toBe(true);
  terminal.paste("SELECT 1;\n\t'x';\n");
  expect(terminal.text).toBe("> SELECT 1;\n.     'x';\n.");
  terminal.press('return');
  expect(await read).toEqual({ kind: 'text', text: "SELECT 1;\n\t'x';\n" });
  expect(terminal.marksPaste).toBe(false);
});

describe('history', () => {
  const entries = ['SELECT 1;', 'SHOW\nTABLES;', 'SELECT 2;'];

  test('goes back and forth, what was being typed included', () => {
    const terminal = new VirtualTerminal();
    void editorOn(terminal, { entries }).editor.read(PROMPTS);
    terminal.type('new');
    terminal.press('up');
    expect(terminal.text).toBe('> SELECT 2;');
    terminal.press('up');
    expect(terminal.text).toBe('> SHOW\n. TABLES;');
    terminal.press('up', 'up', 'up');
    expect(terminal.text).toBe('> SELECT 1;');
    terminal.press('ctrl-n', 'down', 'down', 'down');
    expect(terminal.text).toBe('> new');
  });

  test('moves within a text of several lines first', () => {
    const terminal = new VirtualTerminal();
    void editorOn(terminal, { entries }).editor.read(PROMPTS);
    terminal.type('abc\nde');
    terminal.press('up');
    expect(terminal.cursor).toEqual([0, 4]);
    terminal.press('down');
    expect(terminal.cursor).toEqual([1, 4]);
    terminal.press('up', 'up');
    expect(terminal.text).toBe('> SELECT 2;');
  });

  test('Ctrl-R searches, Ctrl-R again goes further back, Ctrl-G gives it up', async () => {
    const terminal = new VirtualTerminal();
    const read = editorOn(terminal, { entries }).editor.read(PROMPTS);
    terminal.type('x');
    terminal.press('ctrl-r');
    terminal.type('sele');
    expect(terminal.text).toBe('> SELECT 2;\nsearch back: sele');
    terminal.press('ctrl-r');
    expect(terminal.text).toBe('> SELECT 1;\nsearch back: sele');
    terminal.press('ctrl-s');
    expect(terminal.text).toBe('> SELECT 2;\nsearch back: sele');
    terminal.type('zz');
    expect(terminal.text).toContain('search back: selezz  (not found)');
    terminal.press('ctrl-g');
    expect(terminal.text).toBe('> x');
    terminal.press('ctrl-r');
    terminal.type('tab');
    terminal.press('return');
    expect(await read).toEqual({ kind: 'text', text: 'SHOW\nTABLES;' });
  });
});

describe('completion', () => {
  const words = [candidate('channel'), candidate('change'), candidate('price', '('), candidate('bidder')];

  test('of what only one word fits puts it in, with what follows', async () => {
    const terminal = new VirtualTerminal();
    void editorOn(terminal, { words }).editor.read(PROMPTS);
    terminal.type('pr');
    terminal.press('tab');
    await settle();
    expect(terminal.text).toBe('> price(\nabout price');
    terminal.type(')');
    expect(terminal.text).toBe('> price()');
  });

  test('of several goes as far as they agree, then lets one be chosen', async () => {
    const terminal = new VirtualTerminal();
    void editorOn(terminal, { words }).editor.read(PROMPTS);
    terminal.type('c');
    terminal.press('tab');
    await settle();
    expect(terminal.text).toBe('> chan\nchannel  change');
    terminal.press('tab');
    expect(terminal.text).toBe('> channel\nchannel  change\nabout channel');
    terminal.press('tab', 'return');
    expect(terminal.text).toBe('> change');
    terminal.press('ctrl-w');
    terminal.type('c');
    terminal.press('tab');
    await settle();
    terminal.press('shift-tab', 'escape');
    expect(terminal.text).toBe('> chan');
  });

  test('that fails offers nothing', async () => {
    const terminal = new VirtualTerminal();
    const editor = new LineEditor({
      screen: terminal,
      paint: painter(false),
      history: new History(NO_FILE, (entry) => entry),
      highlight: () => [],
      isComplete: () => true,
      complete: () => Promise.reject(new Error('no such catalog')),
    });
    void editor.read(PROMPTS);
    terminal.type('a');
    terminal.press('tab');
    terminal.type('b');
    await settle();
    expect(terminal.text).toBe('> ab');
  });

  test('goes in before keys that come while it is looked for; Ctrl-C does not wait', async () => {
    const terminal = new VirtualTerminal();
    const { editor } = editorOn(terminal, { words });
    const read = editor.read(PROMPTS);
    terminal.type('pr');
    terminal.press('tab');
    terminal.type('x);');
    await settle();
    expect(terminal.text).toBe('> price(x);');
    terminal.type(' bi');
    terminal.press('tab', 'ctrl-c');
    expect(await read).toEqual({ kind: 'cleared', wasEmpty: false });
    await settle();
    expect(terminal.text).toBe('> price(x); bi^C');
  });
});

test('text that jobs print stands above what is being typed', () => {
  const terminal = new VirtualTerminal(20, 6);
  const { editor } = editorOn(terminal);
  expect(editor.printAbove('lost\n')).toBe(false);
  void editor.read(PROMPTS);
  terminal.type('SELECT a,\nb');
  expect(editor.printAbove('+I[1]\n+I[2]\n')).toBe(true);
  expect(terminal.text).toBe('+I[1]\n+I[2]\n> SELECT a,\n. b');
  expect(terminal.cursor).toEqual([3, 3]);
});

test('a text higher than the terminal is shown around its cursor', () => {
  const terminal = new VirtualTerminal(20, 5);
  void editorOn(terminal).editor.read(PROMPTS);
  terminal.type('1\n2\n3\n4\n5\n6\n7');
  expect(terminal.text).toBe('. 4\n. 5\n. 6\n. 7');
  terminal.press('up', 'up', 'up', 'up', 'up', 'up');
  expect(terminal.text).toBe('> 1\n. 2\n. 3\n. 4');
  expect(terminal.scrolled).toEqual([]);
});

test('a wider or narrower terminal shows the text once', () => {
  const terminal = new VirtualTerminal(40, 10);
  const { editor } = editorOn(terminal);
  void editor.read(PROMPTS);
  terminal.type('abcdefghijklmnopqrstuvwxyz');
  terminal.resize(10, 10);
  expect(terminal.text).toBe('> abcdefgh\nijklmnopqr\nstuvwxyz');
  terminal.resize(80, 10);
  expect(terminal.text).toBe('> abcdefghijklmnopqrstuvwxyz');
});

/** Where text and cursor stand, worked out character by character. */
function expectedPicture(text: string, cursor: number, columns: number): { rows: string[]; at: [number, number] } {
  const rows = ['> '];
  let width = 2;
  let at: [number, number] = [0, 0];
  let offset = 0;
  const mark = (): void => {
    if (offset !== cursor) return;
    if (width >= columns) {
      rows.push('');
      width = 0;
    }
    at = [rows.length - 1, width];
  };
  for (const char of graphemes(text)) {
    mark();
    if (char === '\n') {
      rows.push('. ');
      width = 2;
    } else {
      if (width + graphemeWidth(char) > columns) {
        rows.push('');
        width = 0;
      }
      rows[rows.length - 1] += char;
      width += graphemeWidth(char);
    }
    offset += char.length;
  }
  mark();
  return { rows, at };
}

test('whatever is typed and wherever the cursor goes, the picture is that of the text', () => {
  const char = fc.constantFrom('a', 'b', ' ', '日', '👍', 'e\u0301', '\n', 'é');
  const key = fc.oneof(
    { weight: 3, arbitrary: char.map((text) => ({ text })) },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom('left', 'right', 'home', 'end', 'backspace', 'delete', 'ctrl-k', 'ctrl-y', 'meta-b')
        .map((chord) => ({ chord })),
    },
  );
  fc.assert(
    fc.property(fc.array(key, { maxLength: 40 }), fc.integer({ min: 4, max: 12 }), (keys, columns) => {
      const terminal = new VirtualTerminal(columns, 100);
      void editorOn(terminal).editor.read(PROMPTS);
      const model = new EditBuffer();
      for (const one of keys) {
        if ('text' in one) {
          terminal.paste(one.text);
          model.insert(one.text);
        } else {
          terminal.press(one.chord);
          BINDINGS[one.chord]?.(model);
        }
      }
      const { rows, at } = expectedPicture(model.text, model.cursor, columns);
      expect(terminal.text.split('\n')).toEqual(trimmed(rows));
      expect(terminal.cursor).toEqual(at);
    }),
    { numRuns: 200 },
  );
});

const trimmed = (rows: readonly string[]): string[] =>
  rows
    .map((row) => row.trimEnd())
    .join('\n')
    .trimEnd()
    .split('\n');

test('wide characters are not cut in two, and a full row lets the cursor go on below it', () => {
  const terminal = new VirtualTerminal(7, 20);
  void editorOn(terminal).editor.read(PROMPTS);
  terminal.type('ab日本');
  // "> ab" and one wide character fill six of the seven columns.
  expect(terminal.text).toBe('> ab日\n本');
  expect(terminal.cursor).toEqual([1, 2]);
  terminal.type('xyz👍');
  expect(terminal.text).toBe('> ab日\n本xyz👍');
  expect(terminal.cursor).toEqual([2, 0]);
});
