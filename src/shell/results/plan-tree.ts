/** A plan as EXPLAIN prints it, drawn with lines: `:-` and `+-` become branches, notes and warnings stand apart. */
import { displayWidth } from '../../output/display-width.ts';
import { wrapped } from '../../output/wrap.ts';
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
  const hang = note === undefined ? `${below}    ` : `${branch}  `;
  const pieces = wrapped(body, Math.max(20, columns - 1 - displayWidth(hang)));
  return pieces.map((piece, i) => {
    const start = paint('dim', i === 0 ? branch : hang);
    if (note !== undefined) return start + paint(note === 'state' ? 'dim' : 'warning', piece);
    return start + (i === 0 ? paint('keyword', name) + piece.slice(name.length) : piece);
  });
}
