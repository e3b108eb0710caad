/** Strings taken apart: URLs, key-value lists, lists. */
import { STRING, array, map } from '../../types/data-type.ts';
import type { Value } from '../../types/vector.ts';
import { defineFunction } from '../define.ts';
import type { ScalarFunction } from '../function.ts';
import { always, takes, text } from '../overload.ts';
import { javaRegex } from './java-regex.ts';

const URL_TEXT = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
/** What `java.net.URL` knows without further handlers. */
const PROTOCOLS = /^(?:https?|ftp|file|jar|mailto)$/i;

function parseUrl(url: string, part: string, key?: string): string | null {
  const match = URL_TEXT.exec(url.trim());
  if (match === null || !PROTOCOLS.test(match[1] as string)) return null;
  const [, protocol = '', authority, path = '', query, ref] = match;
  if (key !== undefined) return part === 'QUERY' ? queryValue(query, key) : null;
  switch (part) {
    case 'PROTOCOL':
      return protocol.toLowerCase();
    case 'AUTHORITY':
      return authority ?? null;
    case 'USERINFO':
      return authority?.includes('@') === true ? authority.slice(0, authority.lastIndexOf('@')) : null;
    case 'HOST':
      return authority?.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '') ?? '';
    case 'PATH':
      return path;
    case 'QUERY':
      return query ?? null;
    case 'FILE':
      return query === undefined ? path : `${path}?${query}`;
    case 'REF':
      return ref ?? null;
    default:
      return null;
  }
}

function queryValue(query: string | undefined, key: string): string | null {
  const found = query?.split('&').find((pair) => pair.startsWith(`${key}=`));
  return found === undefined ? null : found.slice(key.length + 1);
}

/** Java's `String.split`: by a regular expression, trailing empty parts dropped unless there is a limit. */
function javaSplit(value: string, delimiter: string, limit = 0): string[] {
  const regex = javaRegex(delimiter, 'g');
  if (regex === undefined) return [value];
  const parts: string[] = [];
  let from = 0;
  for (const match of value.matchAll(regex)) {
    if (limit > 0 && parts.length === limit - 1) break;
    if (match[0] === '' && match.index === 0) continue;
    parts.push(value.slice(from, match.index));
    from = match.index + match[0].length;
  }
  parts.push(value.slice(from));
  if (limit === 0) while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  return parts;
}

function stringToMap(value: string, listDelimiter = ',', keyDelimiter = '='): Value {
  if (value === '') return [];
  const entries = new Map<string, string | null>();
  for (const pair of javaSplit(value, listDelimiter)) {
    const [key, ...rest] = javaSplit(pair, keyDelimiter, 2);
    entries.set(key as string, rest[0] ?? null);
  }
  return [...entries];
}

export const PARSE_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'PARSE_URL',
    category: 'string',
    signature: 'PARSE_URL(url, part [, key ])',
    doc: 'A part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE or USERINFO; with a key, its value in QUERY.',
    examples: [
      { sql: "PARSE_URL('http://facebook.com/path1/p.php?k1=v1&k2=v2#Ref1', 'HOST')", result: 'facebook.com' },
      { sql: "PARSE_URL('http://facebook.com/path1/p.php?k1=v1&k2=v2#Ref1', 'QUERY', 'k2')", result: 'v2' },
      { sql: "PARSE_URL('http://facebook.com/path1/p.php?k1=v1&k2=v2#Ref1', 'QUERY', 'k3')", result: 'NULL' },
      { sql: "PARSE_URL('http://user:pw@facebook.com:80/p?q=1', 'AUTHORITY')", result: 'user:pw@facebook.com:80' },
    ],
    resolve: takes([text, text, text], always(STRING), { optional: 1 }),
    evaluate: () => parseUrl,
  }),
  defineFunction({
    name: 'STR_TO_MAP',
    category: 'string',
    signature: 'STR_TO_MAP(string [, list delimiter, key delimiter ])',
    doc: 'The key-value pairs of a string, by default separated by , and =; the delimiters are regular expressions.',
    examples: [{ sql: "STR_TO_MAP('a=1,b,c=')", result: '{a=1, b=NULL, c=}' }],
    resolve: takes([text, text, text], always(map(STRING, STRING)), { optional: 2 }),
    evaluate: () => stringToMap,
  }),
  defineFunction({
    name: 'SPLIT',
    category: 'collection',
    signature: 'SPLIT(string, delimiter)',
    doc: 'The parts between delimiters as an array; the characters when the delimiter is empty.',
    examples: [{ sql: "SPLIT('a,,c', ',')", result: '[a, , c]' }],
    resolve: takes([text, text], array(STRING)),
    evaluate: () => (value: string, delimiter: string) =>
      delimiter === '' ? Array.from(value) : value.split(delimiter),
  }),
];
