/** Which key does what to the text, as emacs and readline have it. */
import type { Key } from '../screen.ts';
import type { EditBuffer } from './edit-buffer.ts';

/** A key with what is held down: `ctrl-a`, `meta-b`, `up`, `a`. */
export function chordOf(key: Key): string {
  const name = key.name === '' ? key.text : key.name;
  const held = key.ctrl
    ? 'ctrl-'
    : key.meta && name !== 'escape'
      ? 'meta-'
      : key.shift && name === 'tab'
        ? 'shift-'
        : '';
  return held + name;
}

const left = (buffer: EditBuffer): void => buffer.moveTo(buffer.left());
const right = (buffer: EditBuffer): void => buffer.moveTo(buffer.right());
const start = (buffer: EditBuffer): void => buffer.moveTo(buffer.lineStart());
const end = (buffer: EditBuffer): void => buffer.moveTo(buffer.lineEnd());
const wordLeft = (buffer: EditBuffer): void => buffer.moveTo(buffer.wordLeft());
const wordRight = (buffer: EditBuffer): void => buffer.moveTo(buffer.wordRight());
const deleteLeft = (buffer: EditBuffer): void => buffer.deleteTo(buffer.left());
const undo = (buffer: EditBuffer): void => buffer.undo();
/** The rest of the line; at its end the line break. */
const killLine = (buffer: EditBuffer): void => {
  const to = buffer.lineEnd();
  buffer.killTo(to === buffer.cursor ? buffer.right() : to);
};

export const BINDINGS: Readonly<Record<string, (buffer: EditBuffer) => void>> = {
  left,
  right,
  'ctrl-b': left,
  'ctrl-f': right,
  home: start,
  end,
  'ctrl-a': start,
  'ctrl-e': end,
  'meta-b': wordLeft,
  'meta-f': wordRight,
  'ctrl-left': wordLeft,
  'ctrl-right': wordRight,
  'meta-left': wordLeft,
  'meta-right': wordRight,
  backspace: deleteLeft,
  'ctrl-h': deleteLeft,
  'ctrl-backspace': (buffer) => buffer.killTo(buffer.wordLeft()),
  'meta-backspace': (buffer) => buffer.killTo(buffer.wordLeft()),
  delete: (buffer) => buffer.deleteTo(buffer.right()),
  'ctrl-k': killLine,
  'ctrl-u': (buffer) => buffer.killTo(buffer.lineStart()),
  'ctrl-w': (buffer) => buffer.killTo(buffer.blankLeft()),
  'meta-d': (buffer) => buffer.killTo(buffer.wordRight()),
  'ctrl-y': (buffer) => buffer.yank(),
  'meta-y': (buffer) => buffer.yankOlder(),
  'ctrl-t': (buffer) => buffer.transpose(),
  'meta-u': (buffer) => buffer.changeWord((word) => word.toUpperCase()),
  'meta-l': (buffer) => buffer.changeWord((word) => word.toLowerCase()),
  'ctrl-_': undo,
  'meta-return': (buffer) => buffer.insert('\n'),
  'meta-enter': (buffer) => buffer.insert('\n'),
};
