import type { IParserErrorMessageProvider, TokenType } from 'chevrotain';

/**
 * What chevrotain calls messages are here only the words for what was expected: `a table name`, `BY`, `ADD, DROP or MODIFY`. The sentence
 * around them is made in `errors.ts`, which also sees the tokens.
 */
export const expectationWords: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => expected.LABEL ?? expected.name,
  buildNotAllInputParsedMessage: () => '',
  buildNoViableAltMessage: ({ expectedPathsPerAlt, customUserDescription }) =>
    customUserDescription ?? oneOf(expectedPathsPerAlt.flat().map(firstOf)),
  buildEarlyExitMessage: ({ expectedIterationPaths, customUserDescription }) =>
    customUserDescription ?? oneOf(expectedIterationPaths.map(firstOf)),
};

function firstOf(path: readonly TokenType[]): string {
  return path[0]?.LABEL ?? path[0]?.name ?? '';
}

function oneOf(words: readonly string[]): string {
  const distinct = [...new Set(words)].filter((word) => word !== '');
  const last = distinct.pop() ?? '';
  return distinct.length === 0 ? last : `${distinct.join(', ')} or ${last}`;
}
