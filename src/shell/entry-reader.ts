import type { Entry } from './editor/line-editor.ts';

/** Where entries come from: the editor, or lines of a terminal that can do nothing. */
export interface EntryReader {
  read(prompts: { readonly first: string; readonly next: string }): Promise<Entry>;
  /** Prints a text above what is being typed; false when nothing is. */
  printAbove(text: string): boolean;
}
