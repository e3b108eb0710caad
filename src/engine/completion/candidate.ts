/** What may stand at the cursor. */
export interface Candidate {
  /** As it would be written. */
  readonly text: string;
  readonly kind:
    'command' | 'keyword' | 'table' | 'view' | 'column' | 'function' | 'object' | 'option' | 'value' | 'file';
  /** A type, a signature, what an option does. */
  readonly detail: string;
  /** What follows when it is the only one: a quote, a parenthesis, a space. */
  readonly after: string;
}

export const matchesPrefix = (name: string, prefix: string): boolean =>
  name.toLowerCase().startsWith(prefix.toLowerCase());
