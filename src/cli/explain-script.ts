import { toEngineError } from '../errors.ts';
import { renderError } from '../engine/render-error.ts';
import type { RunOptions } from './run-script.ts';
import { substituteVariables } from '../engine/variables.ts';

/**
 * Prints the plans of the queries and INSERTs in a script. Definitions and SET take effect, so that the rest can be
 * planned; nothing runs. Exit codes as of `runScript`.
 */
export async function explainScript(
  source: string,
  options: RunOptions & { readonly changelog: boolean },
): Promise<number> {
  const { engine, terminal } = options;
  const session = engine.openSession();
  let sql = source;
  try {
    for (const [key, value] of options.settings) session.settings.set(key, value);
    sql = substituteVariables(source, options.variables);
    const { statements, errors } = session.parse(sql);
    if (errors.length > 0) {
      terminal.message(errors.map((error) => renderError(error, sql)).join('\n\n'));
      return 2;
    }
    const target = { target: () => ({ write: () => {} }) };
    for (const { statement, text } of statements) {
      if (statement.kind === 'query' || statement.kind === 'insert' || statement.kind === 'statementSet') {
        const result = await session.execute(
          { kind: 'explain', details: options.changelog ? ['CHANGELOG_MODE'] : [], statement, span: statement.span },
          target,
        );
        if (result.kind !== 'listing') continue;
        const title = text.trim().replaceAll(/\s+/g, ' ').slice(0, 100);
        await terminal.stdout.write(`-- ${title}\n${result.rows[0]?.[0] ?? ''}\n`);
      } else if (statement.kind === 'explain') {
        const result = await session.execute(statement, target);
        if (result.kind === 'listing') await terminal.stdout.write(`${result.rows[0]?.[0] ?? ''}\n`);
      } else await session.execute(statement, target);
    }
    return 0;
  } catch (error) {
    const known = toEngineError(error);
    // Who closed the pipe has seen enough.
    if (known.code === 'query_cancelled') return 0;
    terminal.message(renderError(known, sql));
    return 2;
  }
}
