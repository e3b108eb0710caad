/** The candidates of a completion, below the text: in columns, the chosen one marked, with what is known of it. */
import { clip, displayWidth } from '../../output/display-width.ts';
import type { Candidate } from '../../engine/completion/candidate.ts';
import type { Completion } from '../../engine/completion/complete.ts';
import type { Paint } from '../style.ts';
import type { Row } from './layout.ts';

const MAX_ROWS = 8;
/** Columns between two candidates. */
const GAP = 2;

export interface Menu {
  readonly completion: Completion;
  /** What stood at the cursor before one was chosen. */
  readonly typed: string;
  chosen: number | null;
}

export function menuRows(menu: Menu, columns: number, paint: Paint): Row[] {
  const { candidates } = menu.completion;
  const widest = candidates.reduce((width, { text }) => Math.max(width, displayWidth(text)), 0);
  const width = Math.min(columns - 1, widest + GAP);
  const perRow = Math.max(1, Math.floor((columns - 1) / width));
  const rowCount = Math.ceil(candidates.length / perRow);
  const chosenRow = menu.chosen === null ? 0 : menu.chosen % rowCount;
  const first = Math.max(0, Math.min(chosenRow - MAX_ROWS + 1, rowCount - MAX_ROWS));
  const rows: Row[] = [];
  for (let r = first; r < Math.min(rowCount, first + MAX_ROWS); r++) {
    let text = '';
    for (let c = 0; c < perRow; c++) {
      const i = c * rowCount + r;
      const candidate = candidates[i];
      if (candidate === undefined) continue;
      const cell = clip(candidate.text, width - 1);
      const space = ' '.repeat(Math.max(0, width - displayWidth(cell)));
      text += paint(i === menu.chosen ? 'chosen' : STYLES[candidate.kind], cell) + space;
    }
    rows.push({ text, width: perRow * width });
  }
  const hidden = candidates.length - Math.min(candidates.length, MAX_ROWS * perRow);
  const detail = menu.chosen === null ? '' : (candidates[menu.chosen]?.detail ?? '');
  const note = detail !== '' ? detail : hidden > 0 ? `${candidates.length} in all` : '';
  if (note !== '') rows.push(noteRow(note, columns, paint));
  return rows;
}

export function noteRow(note: string, columns: number, paint: Paint): Row {
  const text = clip(note.replaceAll('\n', ' '), columns - 1);
  return { text: paint('dim', text), width: displayWidth(text) };
}

const STYLES = {
  keyword: 'keyword',
  table: 'bold',
  view: 'bold',
  column: 'plain',
  function: 'function',
  object: 'plain',
  option: 'string',
  value: 'string',
  file: 'string',
  command: 'command',
} as const satisfies Record<Candidate['kind'], string>;

/** The beginning that all candidates share, in whatever case, as the first one writes it. */
export function commonBeginning(candidates: readonly Candidate[]): string {
  const [first, ...rest] = candidates.map(({ text }) => text);
  let length = first?.length ?? 0;
  for (const text of rest) {
    let same = 0;
    while (same < length && text[same]?.toLowerCase() === first?.[same]?.toLowerCase()) same++;
    length = same;
  }
  return (first ?? '').slice(0, length);
}
