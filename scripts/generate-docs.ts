import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { referencePages } from './reference-pages.ts';

// Writes the reference pages under docs/. test/unit/docs.test.ts fails when one is out of date.

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const [path, text] of referencePages()) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
