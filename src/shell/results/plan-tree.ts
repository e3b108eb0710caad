/** A plan as EXPLAIN prints it, drawn with lines: `:-` and `+-` become branches, notes and warnings stand apart. */
import { displayWidth, graphemeWidth, graphemes } from '../../output/display-width.ts';
import type { Paint } from '../style.ts';

export function planTree(text: string, columns: number, paint: Paint): string {
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => drawn(line, columns, paint))
    .join('\n');
}

function drawn(line: string, columns: number, paint: Paint): string[] {
  if (/^== .* ==$/.test(line)) return [paint('bold', line.slice(3, -3))];
  const lead = /^(?:[:|] +| {3})*(?:[:+]- )?/.exec(line)?.[0] ?? '';
  const body = line.slice(lead.length);
  const branch = lead.replaceAll('+- ', '└─ ').replaceAll(':- ', '├─ ').replaceAll(/[:|]/g, '│');
  const below = lead
    .replaceAll('+- ', '   ')
    .replaceAll(/:- |: {2}/g, '│  ')
    .replaceAll(/[:|]/g, '│');
  const note = /^(state|warning|advice|note)\b/.exec(body)?.[1];
  const name = /^\w+(?=\()/.exec(body)?.[0] ?? '';
  const pieces = wrapped(body, Math.max(20, columns - 1 - displayWidth(branch)));
  return pieces.map((piece, i) => {
    const start = paint('dim', i === 0 ? branch : `${below}    `);
    if (note !== undefined) return start + paint(note === 'state' ? 'dim' : 'warning', piece);
    return start + (i === 0 ? paint('keyword', name) + piece.slice(name.length) : piece);
  });
}

/** Pieces that fit, cut behind commas where there are some. */
function wrapped(text: string, columns: number): string[] {
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
