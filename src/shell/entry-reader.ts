export type Entry =
  | { readonly kind: 'text'; readonly text: string }
  /** Ctrl-C. */
  | { readonly kind: 'cleared'; readonly wasEmpty: boolean }
  /** Ctrl-D with nothing typed. */
  | { readonly kind: 'end' };

export interface Prompts {
  readonly first: string;
  /** Before all lines but the first. */
  readonly next: string;
  /** One line is all that is asked for; it is not an entry of the history. */
  readonly single?: boolean;
}

/** Where entries come from: the editor, or lines of a terminal that can do nothing. */
export interface EntryReader {
  read(prompts: Prompts): Promise<Entry>;
  /** Prints a text above what is being typed; false when nothing is. */
  printAbove(text: string): boolean;
}
