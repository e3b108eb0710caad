/**
 * What may stand at the cursor of a text that is being written: keywords as the grammar allows them there, names from the
 * catalog, columns of the tables that the statement names, functions, options, settings and files.
 */
import type { Engine } from '../../engine.ts';
import { tokenize } from '../../parser/lexer.ts';
import type { ExpectedToken } from '../../parser/expected-tokens.ts';
import { expectedAfter } from '../../parser/parser.ts';
import { splitStatements } from '../../parser/split.ts';
import * as T from '../../parser/tokens.ts';
import { K, type Token } from '../../parser/tokens.ts';
import type { Session } from '../../session.ts';
import { inferTable } from '../infer-table.ts';
import { type Candidate, matchesPrefix } from './candidate.ts';

import { WINDOW_FUNCTIONS, callableFunctions, isFunctionName } from './function-names.ts';
import { type ObjectKind, objectCandidates } from './names.ts';
import { columnCandidates, schemaOf, tablesInScope } from './scope.ts';
import { fileStrings, jobStrings, settingStrings, tableOptionStrings } from './strings.ts';

export interface Completion {
  /** Where what the candidates replace begins; it ends at the cursor. */
  readonly from: number;
  readonly candidates: readonly Candidate[];
}

interface Place {
  readonly engine: Engine;
  readonly session: Session;
  /** The statement up to what is being written. */
  readonly before: readonly Token[];
  /** All of it, what follows the cursor included. */
  readonly statement: readonly Token[];
  readonly prefix: string;
  /** `a.b.` before the prefix. */
  readonly qualifier: readonly string[];
}

export async function complete(
  { engine, session }: { readonly engine: Engine; readonly session: Session },
  text: string,
  cursor: number,
): Promise<Completion> {
  const written = currentStatement(text.slice(0, cursor), cursor);
  const last = written.at(-1);
  const touches = last !== undefined && last.endOffset + 1 === cursor;
  const none: Completion = { from: cursor, candidates: [] };
  if (/(?:--|\/\/)[^\n]*$|\/\*/.test(text.slice((last?.endOffset ?? -1) + 1, cursor))) return none;
  const quote = last?.tokenType === T.Invalid && touches ? /^['`]/.exec(last.image)?.[0] : undefined;
  if (last?.tokenType === T.Invalid && quote === undefined) return none;

  const isWord = last !== undefined && touches && /^[\p{L}_$'`]/u.test(last.image);
  const before = isWord ? written.slice(0, -1) : written;
  const prefix = isWord ? last.image.slice(quote?.length ?? 0) : '';
  const from = cursor - prefix.length;
  const statement = [...before, ...currentStatement(restOf(text.slice(cursor), quote), 0)];
  const { qualifier, tokens } = qualifierOf(before);
  const place: Place = { engine, session, statement, before: tokens, prefix, qualifier };
  if (quote === "'") return { from, candidates: await stringsAt(place, true) };
  const candidates = await namesAt(place);
  if (quote === undefined) return { from, candidates };
  const quoted = candidates
    .filter(({ kind }) => kind !== 'keyword' && kind !== 'function')
    .map((one) => (one.text.startsWith('`') ? one : { ...one, text: `\`${one.text}\`` }));
  return { from: from - 1, candidates: quoted };
}

/** The tokens of the statement that begins or goes on at `cursor`. */
function currentStatement(text: string, cursor: number): readonly Token[] {
  const parts = splitStatements(text, tokenize(text));
  const part = cursor === 0 ? parts[0] : parts.at(-1);
  return part === undefined || (cursor > 0 && text[part.end] === ';') ? [] : part.tokens;
}

/** What follows the cursor, without the rest of what is in quotes around it. */
function restOf(text: string, quote: string | undefined): string {
  if (quote === undefined) return text.replace(/^[\p{L}\p{Nd}_$]+/u, '');
  const quotes = text.split(quote).length - 1;
  return quotes % 2 === 1 ? text.slice(text.indexOf(quote) + 1) : text;
}

function qualifierOf(tokens: readonly Token[]): { readonly qualifier: string[]; readonly tokens: readonly Token[] } {
  const qualifier: string[] = [];
  let end = tokens.length;
  while (tokens[end - 1]?.tokenType === T.Dot && end >= 2) {
    qualifier.unshift((tokens[end - 2] as Token).value);
    end -= 2;
  }
  return { qualifier, tokens: tokens.slice(0, end) };
}

async function namesAt(place: Place): Promise<Candidate[]> {
  const { before, prefix, qualifier, session } = place;
  const expected = expectedAfter(before);
  const word = expected.find(({ type }) => type === T.Word);
  const kind = word === undefined ? null : objectKind(before, word.rules);
  const inExpression = word !== undefined && kind === null && isExpression(word.rules);
  const found: Candidate[] = [];
  if (kind !== null) found.push(...objectCandidates(session.catalog, kind, qualifier));
  if (inExpression) found.push(...(await columnsAt(place)));
  if (qualifier.length === 0) {
    const windows = before.at(-1)?.tokenType === T.LParen && before.at(-2)?.tokenType === K.TABLE;
    if (windows) found.push(...functionCandidates(WINDOW_FUNCTIONS));
    // All functions at once would help nobody.
    if (word?.rules.includes('nameExpression') === true && inExpression && prefix !== '')
      found.push(...functionCandidates(callableFunctions()));
    if (prefix === '' && expected.some(({ type }) => type === T.StringToken)) {
      const strings = await stringsAt(place, false);
      found.push(...strings.map((one) => ({ ...one, text: `'${one.text}` })));
    }
    if (prefix !== '' || !inExpression || found.length === 0) found.push(...keywords(expected, place));
  }
  return distinct(found.filter(({ text }) => matchesPrefix(text.replace(/^`/, ''), prefix)));
}

/** In the case of what is written already. Words that are functions are listed with these. */
function keywords(expected: readonly ExpectedToken[], { before, prefix }: Place): Candidate[] {
  const written =
    prefix !== ''
      ? prefix
      : (before.findLast(({ image, tokenType }) => image.toUpperCase() === tokenType.name)?.image ?? '');
  const lower = written !== '' && written === written.toLowerCase();
  return expected
    .filter(({ type: { name } }) => name in K && !isFunctionName(name))
    .map(({ type: { name } }) => ({
      text: lower ? name.toLowerCase() : name,
      kind: 'keyword',
      detail: '',
      after: ' ',
    }));
}

const distinct = (candidates: readonly Candidate[]): Candidate[] =>
  [...new Map(candidates.toReversed().map((one) => [one.text, one])).values()].toReversed();

function functionCandidates(functions: readonly { readonly name: string; readonly signature: string }[]): Candidate[] {
  return functions.map(({ name, signature }) => ({ text: name, kind: 'function', detail: signature, after: '(' }));
}

const isExpression = (rules: readonly string[]): boolean =>
  rules.includes('nameExpression') || rules.includes('dottedNamesInParentheses') || rules.includes('descriptor');

/** Which objects a name means, from the words in front of it; null where it is not the name of one. */
function objectKind(before: readonly Token[], rules: readonly string[]): ObjectKind | null {
  let at = before.length - 1;
  while (before[at]?.tokenType === K.EXISTS || before[at]?.tokenType === K.IF) at--;
  const type = before[at]?.tokenType;
  const creates = before[0]?.tokenType === K.CREATE;
  if (rules.includes('namedTable') || type === K.FROM || type === K.JOIN) return 'relation';
  if (rules[0] !== 'identifier') return null;
  switch (type) {
    case K.INTO:
    case K.OVERWRITE:
    case K.UPDATE:
    case K.PARTITIONS:
      return 'table';
    case K.TABLE:
      return creates ? null : 'table';
    case K.VIEW:
      return creates ? null : 'view';
    case K.LIKE:
      return 'table';
    case K.DESCRIBE:
    case K.DESC:
    case K.EXTENDED:
    case K.IN:
      return 'relation';
    case K.FUNCTION:
      return creates ? null : 'function';
    case K.CATALOG:
      return creates ? null : 'catalog';
    case K.DATABASE:
    case K.USE:
      return creates ? null : 'database';
    default:
      return null;
  }
}

async function columnsAt({ session, engine, statement, qualifier }: Place): Promise<Candidate[]> {
  const { fileSystem } = engine.platform;
  const tables = await tablesInScope(statement, session.catalog, async (path) => {
    try {
      return schemaOf(await inferTable(path, fileSystem));
    } catch {
      // A file that cannot be read has no columns to offer.
      return null;
    }
  });
  return columnCandidates(tables, qualifier);
}

/** What may stand in the string at the cursor. `open`: its quote is there already. */
async function stringsAt(place: Place, open: boolean): Promise<Candidate[]> {
  const { before, prefix, engine, session } = place;
  const rules = expectedAfter(before).find(({ type }) => type === T.StringToken)?.rules ?? [];
  const has = (name: string): boolean => rules.includes(name);
  const connectors = engine.connectors(session.settings);
  let found: Candidate[] = [];
  if (has('fileTable') && (open || prefix !== '')) found = await fileStrings(prefix, engine.platform.fileSystem);
  else if (has('optionPair')) found = tableOptionStrings(before, givenOptions(place), connectors);
  else if (has('setting') || has('set')) found = settingStrings(before, session.settings.entries());
  else if (has('stopJob') || has('describe')) found = jobStrings(engine.jobs.filter((job) => job.status === 'running'));
  return found.filter(({ text }) => matchesPrefix(text, prefix));
}

/** The options of the statement; for ALTER TABLE those of the table. */
function givenOptions({ statement, session }: Place): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  if (statement[0]?.tokenType === K.ALTER && statement[2] !== undefined) {
    const relation = session.catalog.find(session.catalog.path([statement[2].value]));
    for (const key of ['connector', 'format']) {
      const text = relation?.kind === 'table' ? relation.options[key] : undefined;
      if (text !== undefined) given.set(key, text);
    }
  }
  statement.forEach((token, i) => {
    const text = statement[i + 2];
    if (token.tokenType !== T.StringToken || statement[i + 1]?.tokenType !== T.Equal) return;
    if (text?.tokenType === T.StringToken) given.set(token.value, text.value);
  });
  return given;
}
