import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { referencePages } from '../../scripts/reference-pages.ts';
import { parseScript } from '../../src/parser/parser.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

describe('the reference pages say what the code says (npm run docs)', () => {
  const pages = referencePages();
  test.each([...pages])('%s', (path, text) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });

  test('no page stands for what is gone', () => {
    for (const folder of ['docs/connectors', 'docs/formats', 'docs/sql']) {
      for (const name of readdirSync(join(root, folder))) expect([...pages.keys()]).toContain(`${folder}/${name}`);
    }
  });
});

const markdown = ['.', 'src', 'docs', 'test', 'bench', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join(folder, path)),
);

describe('links between pages', () => {
  test.each(markdown)('%s', (path) => {
    const folder = dirname(join(root, path));
    const links = readFileSync(join(root, path), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g);
    const missing = [...links].map(([, link]) => link as string).filter((link) => !existsSync(join(folder, link)));
    expect(missing).toEqual([]);
  });
});

describe('SQL on pages', () => {
  // The examples of functions are expressions, and run as tests of their own.
  const pages = markdown.filter((path) => path !== 'docs/sql/functions.md');
  test.each(pages)('%s', (path) => {
    for (const [, sql] of readFileSync(join(root, path), 'utf8').matchAll(/^```sql\n([\s\S]*?)^```$/gm)) {
      // `…` stands for what is left out.
      if (!(sql as string).includes('…')) expect(parseScript(sql as string).errors.map(String)).toEqual([]);
    }
  });
});
