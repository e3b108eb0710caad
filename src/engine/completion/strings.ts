/** What may stand between single quotes: options and their values, settings, files, jobs. */
import { COMMON_OPTIONS, knownOptions } from '../../catalog/options.ts';
import type { ConnectorLookup } from '../../catalog/lookups.ts';
import * as T from '../../parser/tokens.ts';
import { K, type Token } from '../../parser/tokens.ts';
import type { FileSystem } from '../../platform/platform.ts';
import type { OptionSet, OptionSpec } from '../../types/option-spec.ts';
import { SETTINGS } from '../settings.ts';
import { FORMATS } from '../table-access.ts';
import type { Candidate } from './candidate.ts';

const value = (text: string, detail = ''): Candidate => ({ text, kind: 'value', detail, after: "'" });
const option = (text: string, spec: OptionSpec): Candidate => ({
  text,
  kind: 'option',
  detail: `${spec.type === 'enum' ? (spec.values ?? []).join(' | ') : spec.type}${spec.required === true ? ', required' : ''}: ${spec.doc}`,
  after: "' = '",
});

/** `before`: the tokens up to the string; `given`: the options that the clause has elsewhere. */
export function tableOptionStrings(
  before: readonly Token[],
  given: ReadonlyMap<string, string>,
  connectors: ConnectorLookup,
): Candidate[] {
  const specs = knownOptions(given, connectors, FORMATS);
  if (before.at(-1)?.tokenType !== T.Equal) {
    return Object.entries(specs)
      .filter(([key]) => !given.has(key))
      .toSorted(([a, x], [b, y]) => rank(a, x) - rank(b, y) || (a < b ? -1 : 1))
      .map(([key, spec]) => option(key, spec));
  }
  const key = before.at(-2)?.value ?? '';
  if (key === 'connector')
    return connectors
      .names()
      .toSorted()
      .map((name) => value(name));
  if (key === 'format' || key.endsWith('.format'))
    return FORMATS.names()
      .toSorted()
      .map((name) => value(name));
  return valuesOf(specs[key]);
}

const rank = (key: string, spec: OptionSpec): number =>
  key === 'connector' ? 0 : spec.required === true ? 1 : key === 'format' ? 2 : key in COMMON_OPTIONS ? 4 : 3;

function valuesOf(spec: OptionSpec | undefined): Candidate[] {
  if (spec === undefined) return [];
  const values = spec.type === 'boolean' ? ['true', 'false'] : (spec.values ?? []);
  const candidates = values.map((text) => value(text, text === spec.default ? 'default' : ''));
  return candidates.length === 0 && spec.default !== undefined ? [value(spec.default, 'default')] : candidates;
}

export function settingStrings(before: readonly Token[], set: readonly (readonly [string, string])[]): Candidate[] {
  const specs: OptionSet = SETTINGS;
  const isReset = before.at(-1)?.tokenType === K.RESET;
  if (isReset) return set.map(([key, text]) => value(key, text));
  if (before.at(-1)?.tokenType === T.Equal) return valuesOf(specs[before.at(-2)?.value ?? '']);
  return Object.entries(specs)
    .filter(([key]) => !key.includes('#'))
    .map(([key, spec]) => option(key, spec));
}

export const jobStrings = (jobs: readonly { readonly id: string; readonly name: string }[]): Candidate[] =>
  jobs.map(({ id, name }) => value(id, name));

/** Entries of the folder that a half-written path is in. */
export async function fileStrings(prefix: string, fileSystem: FileSystem): Promise<Candidate[]> {
  const cut = prefix.lastIndexOf('/') + 1;
  const [folder, begin] = [prefix.slice(0, cut), prefix.slice(cut)];
  const entries = await fileSystem.list(folder === '' ? '.' : folder).catch(() => []);
  return entries.flatMap(({ path, kind }): Candidate[] => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (name.startsWith('.') && !begin.startsWith('.')) return [];
    return kind === 'directory'
      ? [{ text: `${folder}${name}/`, kind: 'file', detail: '', after: '' }]
      : [{ text: `${folder}${name}`, kind: 'file', detail: '', after: "'" }];
  });
}
