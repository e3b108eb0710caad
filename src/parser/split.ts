import type { StatementTokens } from './errors.ts';
import * as T from './tokens.ts';
import { K, type Token } from './tokens.ts';

/**
 * Splits a script at its semicolons. Inside a statement set a semicolon ends an INSERT, not the statement, until END; what is neither INSERT
 * nor END there means that END is missing, and the set ends.
 */
export function splitStatements(text: string, tokens: readonly Token[]): StatementTokens[] {
  const parts: StatementTokens[] = [];
  let start = 0;
  let inSet = false;
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1]?.tokenType;
    if (before === K.SET && tokens[index - 2]?.tokenType === K.STATEMENT) {
      const older = tokens[index - 3]?.tokenType === K.BEGIN && index - 3 === start;
      if (token.tokenType === K.BEGIN || (older && token.tokenType === T.Semicolon)) {
        inSet = true;
        continue;
      }
    }
    if (token.tokenType !== T.Semicolon) continue;
    if (inSet && before !== K.END && continuesSet(tokens[index + 1])) continue;
    // A set without END keeps its last semicolon, so that END is what is found missing.
    const stop = inSet && before !== K.END ? index + 1 : index;
    if (index > start) parts.push({ text, tokens: tokens.slice(start, stop), end: token.startOffset });
    start = index + 1;
    inSet = false;
  }
  if (start < tokens.length) parts.push({ text, tokens: tokens.slice(start), end: text.trimEnd().length });
  return parts;
}

function continuesSet(token: Token | undefined): boolean {
  const type = token?.tokenType;
  return type === K.INSERT || type === K.UPSERT || type === K.END || type === K.EXECUTE;
}
