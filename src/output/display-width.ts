/** Columns of a terminal that a text takes: East Asian wide characters and emoji take two, combining marks none. */

const plain = /^[\x20-\x7e]*$/;
/** Each character by itself; what the segmenter would find too, at a hundredth of the price. */
const simple = /^[\n\t\x20-\x7e]*$/;
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3fffd}])|\ufe0f$/u;
const weightless = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]+$/u;

let segmenter: Intl.Segmenter | undefined;

/** What a person takes for single characters. */
export function graphemes(text: string): string[] {
  if (simple.test(text)) return text.split('');
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

export function graphemeWidth(grapheme: string): number {
  if (plain.test(grapheme)) return grapheme.length;
  if (wide.test(grapheme)) return 2;
  return weightless.test(grapheme) ? 0 : 1;
}

export function displayWidth(text: string): number {
  if (plain.test(text)) return text.length;
  return graphemes(text).reduce((width, grapheme) => width + graphemeWidth(grapheme), 0);
}

/** As much of the beginning as fits in `columns`. */
export function clip(text: string, columns: number): string {
  if (plain.test(text)) return text.length > columns ? text.slice(0, columns) : text;
  let width = 0;
  let end = 0;
  for (const grapheme of graphemes(text)) {
    width += graphemeWidth(grapheme);
    if (width > columns) return text.slice(0, end);
    end += grapheme.length;
  }
  return text;
}

/** The text, or as much of it as fits with an ellipsis: three full stops as Flink's client sets them. */
export function shorten(text: string, columns: number): string {
  if (text.length <= columns / 2 || displayWidth(text) <= columns) return text;
  return columns <= 3 ? clip(text, columns) : clip(text, columns - 3) + '...';
}

export function pad(text: string, columns: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, columns - displayWidth(text)));
  return right ? space + text : text + space;
}
