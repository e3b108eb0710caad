import { afterAll, describe, expect, test } from 'vitest';
import { openShell } from '../support/shell-in-memory.ts';
import { commandsOf, pattern, sessionsOf, tourFolder, tourPages } from '../support/tour-page.ts';

// Every command of the tour prints what the page says. `…` on a page stands for what is left out; rates and times differ.
// Pages that need a server are those of test/integrity/tour-kafka.test.ts.

const folder = tourFolder();
afterAll(() => folder.remove());

const pages = tourPages().filter(({ needs }) => needs === null);
describe.each(pages)('$name', ({ text }) => {
  test.each(commandsOf(text).map(({ command, output }) => [command, output] as const))('%s', (command, output) => {
    expect(folder.run(command)).toMatch(pattern(output));
  });
});

describe.each(pages.filter(({ text }) => text.includes('```millrace')))('the sessions of $name', ({ text }) => {
  test.each(sessionsOf(text).map((session, i) => [i + 1, session] as const))('session %d', async (_, session) => {
    const shell = openShell({ columns: 110, lines: 60 });
    for (const { command, output } of session) expect(await shell.run(command)).toMatch(pattern(output));
    await shell.kill();
  });
});
