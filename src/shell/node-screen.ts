/** The terminal of the process. */
import { emitKeypressEvents } from 'node:readline';
import { CURSOR, FULL_SCREEN, type Key, KeyRouter, PASTE, type Screen } from './screen.ts';

interface NodeKey {
  readonly name?: string;
  readonly sequence?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

/** How long a lone ESC is waited for to become a sequence. */
const ESCAPE_MS = 50;

export function nodeScreen(input: NodeJS.ReadStream, output: NodeJS.WriteStream, colours: boolean): Screen {
  const router = new KeyRouter();
  const resized = new Set<() => void>();
  let isFull = false;
  let isClosed = false;
  const onKeypress = (text: string | undefined, key: NodeKey): void => router.press(keyOf(text, key));
  const onResize = (): void => {
    for (const listener of resized) listener();
  };
  const onContinue = (): void => {
    input.setRawMode(true);
    output.write(PASTE.on);
    onResize();
  };
  // A terminal that is gone says so in several ways.
  const onGone = (): void => void process.emit('SIGHUP', 'SIGHUP');
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    input.off('keypress', onKeypress);
    input.off('end', onGone);
    output.off('resize', onResize);
    process.off('SIGCONT', onContinue);
    process.off('exit', close);
    output.write(PASTE.off + CURSOR.show + (isFull ? FULL_SCREEN.leave : ''));
    input.setRawMode(false);
    input.pause();
  };
  // Of an interface only the time-out is read; the declared type wants all of one.
  emitKeypressEvents(input, { escapeCodeTimeout: ESCAPE_MS } as never);
  input.setRawMode(true);
  input.on('keypress', onKeypress);
  input.on('end', onGone);
  input.on('error', onGone);
  input.resume();
  output.on('resize', onResize);
  process.on('SIGCONT', onContinue);
  // Also when something went wrong.
  process.on('exit', close);
  return {
    get columns() {
      return output.columns > 0 ? output.columns : 80;
    },
    get lines() {
      return output.rows > 0 ? output.rows : 24;
    },
    colours,
    write(text) {
      if (isClosed) return;
      if (text.includes(FULL_SCREEN.enter)) isFull = true;
      if (text.includes(FULL_SCREEN.leave)) isFull = false;
      output.write(text);
    },
    listen: (listener) => router.listen(listener),
    onResize(listener) {
      resized.add(listener);
      return () => resized.delete(listener);
    },
    forgetKeys: () => router.forget(),
    keepKey: (key) => router.keep(key),
    suspend() {
      if (process.platform === 'win32') return;
      output.write(`${PASTE.off}\r\n`);
      input.setRawMode(false);
      process.kill(0, 'SIGTSTP');
    },
    close,
  };
}

function keyOf(text: string | undefined, key: NodeKey): Key {
  const { name = '', sequence = '', ctrl = false, meta = false, shift = false } = key;
  // Node has no name for Ctrl-_.
  if (sequence === '\x1f') return { name: '_', text: '', ctrl: true, meta: false, shift: false };
  const typed = meta ? (sequence.startsWith('\x1b') ? sequence.slice(1) : sequence) : (text ?? '');
  return { name: name === 'space' ? ' ' : name, text: /^\P{Cc}+$/u.test(typed) ? typed : '', ctrl, meta, shift };
}
