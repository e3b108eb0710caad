/**
 * The text format of golden scripts (`test/sql/<topic>/*.test`). README.md in this folder describes it.
 */

export type Block =
  /** Comments and blank lines, kept for rewriting. */
  | { readonly kind: 'text'; readonly lines: readonly string[] }
  /** `> SQL`, or `[subscribe NAME]> SQL`, or `[job NAME]> INSERT …`. */
  | {
      readonly kind: 'statement';
      readonly name: string | null;
      readonly sql: string;
      readonly lines: readonly string[];
    }
  | {
      readonly kind: 'push';
      readonly table: string;
      readonly rows: readonly string[];
      readonly lines: readonly string[];
    }
  | { readonly kind: 'end'; readonly table: string; readonly lines: readonly string[] }
  | { readonly kind: 'file'; readonly path: string; readonly content: string; readonly lines: readonly string[] }
  | { readonly kind: 'clock'; readonly ms: number; readonly lines: readonly string[] }
  | { readonly kind: 'crash'; readonly lines: readonly string[] }
  | { readonly kind: 'restart'; readonly lines: readonly string[] }
  | {
      readonly kind: 'check';
      readonly checkpoint: boolean;
      readonly expected: readonly string[];
      readonly lines: readonly string[];
    };

export interface Script {
  readonly blocks: readonly Block[];
  /** Lives that the script leaves out, with the reason: `#! not parallel: …`. */
  readonly skips: ReadonlyMap<string, string>;
}

const DIRECTIVE = /^(>|\[(subscribe|job) [\w-]+\]>|push |end |file |clock |crash$|restart$|---|#)/;

export function parseGolden(text: string): Script {
  const lines = text.replace(/\n$/, '').split('\n');
  const blocks: Block[] = [];
  const skips = new Map<string, string>();
  let at = 0;
  const take = (until: (line: string) => boolean): string[] => {
    const start = at;
    while (at < lines.length && !until(lines[at] as string)) at++;
    return lines.slice(start, at);
  };
  const bodyEnd = (line: string): boolean => line.trim() === '' || DIRECTIVE.test(line);
  while (at < lines.length) {
    const line = lines[at] as string;
    const statement = /^(?:\[(subscribe|job) ([\w-]+)\])?>\s?(.*)$/.exec(line);
    if (line.startsWith('#!')) {
      const skip = /^#! not ([\w-]+): (.+)$/.exec(line);
      if (skip === null) throw new Error(`line ${at + 1}: a skip is written "#! not LIFE: REASON"`);
      skips.set(skip[1] as string, skip[2] as string);
      blocks.push({ kind: 'text', lines: [line] });
      at++;
    } else if (line.trim() === '' || line.startsWith('#')) {
      blocks.push({ kind: 'text', lines: [line] });
      at++;
    } else if (statement !== null) {
      const start = at;
      // A statement goes on to the line that ends in a semicolon, or to the next directive.
      while (at < lines.length && !(lines[at] as string).trimEnd().endsWith(';')) {
        if (at + 1 < lines.length && DIRECTIVE.test(lines[at + 1] as string)) break;
        at++;
      }
      at++;
      const own = lines.slice(start, at);
      const sql = [statement[3] as string, ...own.slice(1)].join('\n');
      blocks.push({ kind: 'statement', name: statement[2] ?? null, sql, lines: own });
    } else if (line.startsWith('push ')) {
      at++;
      const rows = take(bodyEnd);
      blocks.push({ kind: 'push', table: line.slice(5).trim(), rows, lines: [line, ...rows] });
    } else if (line.startsWith('end ')) {
      at++;
      blocks.push({ kind: 'end', table: line.slice(4).trim(), lines: [line] });
    } else if (line.startsWith('file ')) {
      at++;
      const content = take((next) => next.trim() === '' || next.startsWith('---') || next.startsWith('> '));
      blocks.push({
        kind: 'file',
        path: line.slice(5).trim(),
        content: content.map((row) => `${row}\n`).join(''),
        lines: [line, ...content],
      });
    } else if (line.startsWith('clock ')) {
      at++;
      const match = /^clock (\d+) (ms|s|min)$/.exec(line);
      if (match === null) throw new Error(`line ${at}: the clock goes on by "clock 10 s"`);
      blocks.push({
        kind: 'clock',
        ms: Number(match[1]) * { ms: 1, s: 1000, min: 60000 }[match[2] as 'ms']!,
        lines: [line],
      });
    } else if (line === 'crash' || line === 'restart') {
      at++;
      blocks.push({ kind: line, lines: [line] });
    } else if (line.startsWith('---')) {
      at++;
      const expected = take((next) => next.trim() === '' || DIRECTIVE.test(next));
      blocks.push({ kind: 'check', checkpoint: !line.includes('no checkpoint'), expected, lines: [line, ...expected] });
    } else throw new Error(`line ${at + 1}: not understood: ${line}`);
  }
  return { blocks, skips };
}

/** The script with new expectations, in the order of its checks. */
export function rewriteGolden(script: Script, actual: readonly (readonly string[])[]): string {
  let check = 0;
  const lines = script.blocks.flatMap((block) =>
    block.kind === 'check' ? [block.lines[0] as string, ...(actual[check++] ?? block.expected)] : block.lines,
  );
  return lines.join('\n') + '\n';
}
