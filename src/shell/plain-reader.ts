/** Reads entries where the cursor cannot be moved (`TERM=dumb`, output to a file): line by line, without any editing. */
import { createInterface } from 'node:readline';
import type { Entry, EntryReader } from './entry-reader.ts';

export interface PlainOptions {
  readonly input: NodeJS.ReadableStream;
  readonly write: (text: string) => void;
  readonly isComplete: (text: string) => boolean;
  /** Calls at Ctrl-C. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

export function plainReader({ input, write, isComplete, onInterrupt }: PlainOptions): EntryReader {
  const lines = createInterface({ input, terminal: false })[Symbol.asyncIterator]();
  /** A line that was asked for before Ctrl-C. */
  let pending: Promise<IteratorResult<string, undefined>> | null = null;
  return {
    async read(prompts): Promise<Entry> {
      let text = '';
      for (;;) {
        write(text === '' ? prompts.first : prompts.next);
        let stop = (): void => {};
        const interrupted = new Promise<null>((resolve) => (stop = onInterrupt(() => resolve(null))));
        pending ??= lines.next();
        const line = await Promise.race([pending, interrupted]);
        stop();
        if (line === null) {
          write('\n');
          return { kind: 'cleared', wasEmpty: text === '' };
        }
        pending = null;
        if (line.done === true) {
          write('\n');
          return text.trim() === '' ? { kind: 'end' } : { kind: 'text', text };
        }
        text += line.value;
        if (prompts.single === true || isComplete(text)) return { kind: 'text', text };
        text += '\n';
      }
    },
    printAbove: () => false,
  };
}
