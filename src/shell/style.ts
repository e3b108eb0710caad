/** Colours, of the sixteen that every terminal lets its user choose. */
import type { TextKind } from '../engine/sql-text.ts';

export type Style =
  TextKind | 'plain' | 'prompt' | 'dim' | 'bold' | 'error' | 'good' | 'warning' | 'chosen' | 'found' | 'command';

const CODES: Readonly<Record<Style, string>> = {
  plain: '',
  keyword: '34;1',
  function: '36',
  string: '32',
  number: '35',
  name: '',
  quoted: '',
  sign: '',
  comment: '2',
  invalid: '31',
  command: '36;1',
  prompt: '1',
  dim: '2',
  bold: '1',
  error: '31;1',
  good: '32',
  warning: '33',
  chosen: '7',
  found: '4',
};

/** Wraps a text in a style. */
export type Paint = (style: Style, text: string) => string;

export function painter(colours: boolean): Paint {
  if (!colours) {
    // Which entry of a list is chosen must be seen without colours too.
    return (style, text) => (style === 'chosen' ? `\x1b[7m${text}\x1b[0m` : text);
  }
  return (style, text) => {
    const code = CODES[style];
    return code === '' || text === '' ? text : `\x1b[${code}m${text}\x1b[0m`;
  };
}
