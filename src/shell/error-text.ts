/** Errors as the shell shows them: coloured, the caret under its place whatever is wide or too long. */
import type { EngineError } from '../errors.ts';
import { renderError } from '../engine/render-error.ts';
import { displayWidth, graphemeWidth, graphemes } from '../output/display-width.ts';
import type { Paint } from './style.ts';

export function errorText(error: EngineError, sql: string | null, columns: number, paint: Paint): string {
  const lines = renderError(error, sql).split('\n');
  return lines
    .map((line, i) => {
      const head = /^(ERROR \w+:|DETAIL:|HINT:)/.exec(line)?.[0];
      if (i === 0 && head !== undefined) return paint('error', head) + line.slice(head.length);
      if (head !== undefined) return paint('function', head) + line.slice(head.length);
      const caret = lines[i + 1];
      if (line.startsWith('LINE ') && caret !== undefined && /^ *\^+$/.test(caret)) {
        return placed(line, caret, columns, paint);
      }
      return /^ *\^+$/.test(line) && lines[i - 1]?.startsWith('LINE ') ? null : line;
    })
    .filter((line) => line !== null)
    .join('\n');
}

/** The line and its caret, cut where they do not fit. */
function placed(line: string, caret: string, columns: number, paint: Paint): string {
  const at = caret.indexOf('^');
  const head = /^LINE \d+: /.exec(line)?.[0] ?? '';
  let before = line.slice(head.length, at);
  const room = Math.max(10, columns - displayWidth(head) - 1);
  let cut = '';
  while (displayWidth(before) > Math.max(4, room - Math.min(caret.length - at, room / 2) - 2)) {
    before = before.slice((graphemes(before)[0] ?? ' ').length);
    cut = '…';
  }
  const start = head + cut + before;
  let shown = start;
  let width = displayWidth(start);
  for (const grapheme of graphemes(line.slice(at))) {
    width += graphemeWidth(grapheme);
    if (width >= columns) break;
    shown += grapheme;
  }
  const marked = displayWidth(line.slice(at, at + caret.length - at));
  const marks = Math.max(1, Math.min(marked, displayWidth(shown) - displayWidth(start)));
  return `${shown}\n${' '.repeat(displayWidth(start))}${paint('error', '^'.repeat(marks))}`;
}
