import { displayWidth, graphemeWidth, graphemes } from './display-width.ts';

/** Pieces that fit, cut behind blanks and commas where there are some. */
export function wrapped(text: string, columns: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (displayWidth(rest) > columns) {
    let end = 0;
    let width = 0;
    let comma = 0;
    for (const grapheme of graphemes(rest)) {
      width += graphemeWidth(grapheme);
      if (width > columns) break;
      end += grapheme.length;
      if (/[, ]/.test(grapheme)) comma = end;
    }
    const cut = comma > end / 3 ? comma : Math.max(1, end);
    pieces.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return [...pieces, rest];
}
