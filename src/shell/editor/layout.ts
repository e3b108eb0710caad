/** Text, prompts and cursor as rows of a terminal: wrapped at its width, wide characters whole. */
import { graphemeWidth, graphemes } from '../../output/display-width.ts';
import type { Paint, Style } from '../style.ts';

export interface Row {
  /** With colours. */
  readonly text: string;
  readonly width: number;
}

export interface StyledSpan {
  readonly start: number;
  readonly end: number;
  readonly kind: Style;
}

export interface LayoutInput {
  readonly prompt: string;
  /** Before every line but the first. */
  readonly continuation: string;
  readonly text: string;
  /** In order; what lies between them is plain. */
  readonly spans: readonly StyledSpan[];
  /** Null when nobody types any more: no room is made for it then. */
  readonly cursor: number | null;
  readonly columns: number;
}

export interface Layout {
  readonly rows: readonly Row[];
  readonly cursor: { readonly row: number; readonly column: number };
}

class RowWriter {
  readonly rows: Row[] = [];
  readonly #paint: Paint;
  readonly #columns: number;
  #text = '';
  #width = 0;
  #run = '';
  #style: Style = 'plain';

  constructor(columns: number, paint: Paint) {
    this.#columns = Math.max(2, columns);
    this.#paint = paint;
  }

  get place(): { readonly row: number; readonly column: number } {
    return { row: this.rows.length, column: this.#width };
  }

  put(text: string, style: Style): void {
    for (const grapheme of graphemes(text)) {
      const width = graphemeWidth(grapheme);
      if (this.#width + width > this.#columns) this.newRow();
      if (style !== this.#style) {
        this.#flush();
        this.#style = style;
      }
      this.#run += grapheme;
      this.#width += width;
    }
  }

  /** The cursor cannot stand behind the last column. */
  makeRoom(): void {
    if (this.#width >= this.#columns) this.newRow();
  }

  newRow(): void {
    this.#flush();
    this.rows.push({ text: this.#text, width: this.#width });
    this.#text = '';
    this.#width = 0;
  }

  #flush(): void {
    if (this.#run !== '') this.#text += this.#paint(this.#style, this.#run);
    this.#run = '';
  }
}

export function layout(input: LayoutInput, paint: Paint): Layout {
  const { prompt, continuation, text, spans, columns } = input;
  const writer = new RowWriter(columns, paint);
  let cursor: Layout['cursor'] | null = null;
  let span = 0;
  let at = 0;
  writer.put(prompt, 'prompt');
  const place = (): void => {
    if (at !== input.cursor) return;
    writer.makeRoom();
    cursor = writer.place;
  };
  for (const grapheme of graphemes(text)) {
    place();
    while ((spans[span]?.end ?? Infinity) <= at) span++;
    const { start = Infinity, kind = 'plain' } = spans[span] ?? {};
    if (/^\r?\n$/.test(grapheme)) {
      writer.newRow();
      writer.put(continuation, 'dim');
    } else writer.put(shown(grapheme), at >= start ? kind : 'plain');
    at += grapheme.length;
  }
  place();
  writer.newRow();
  return { rows: writer.rows, cursor: cursor ?? { row: 0, column: 0 } };
}

/** What would act on the terminal, as a sign. */
function shown(grapheme: string): string {
  if (grapheme === '\t') return '    ';
  const code = grapheme.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : grapheme;
}
