/** Which files a `path` means. */
import { EngineError, unsupported } from '../../errors.ts';
import type { FileInfo, FileSystem } from '../../platform/platform.ts';
import { expandBraces, isGlob, namePattern } from './glob.ts';

/** A path option as a local path; other file systems are refused by name. */
export function localPath(path: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(path)?.[1]?.toLowerCase() ?? /^(file):/i.exec(path)?.[1];
  if (scheme === undefined) return path;
  if (scheme === 'file') return path.replace(/^file:(\/\/[^/]*)?/i, '');
  throw unsupported(`file system "${scheme}"`, 'A path is local: relative, absolute or file:///….');
}

const isHidden = (name: string): boolean => name.startsWith('.') || name.startsWith('_');
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const join = (directory: string, name: string): string =>
  directory === '' || directory.endsWith('/') ? directory + name : `${directory}/${name}`;

/**
 * The files of `path` by name. Directories are read to the bottom; what is hidden is left out unless the path itself
 * names it. Fails when nothing is there; a glob that matches nothing only where `mustMatch`.
 */
export async function listFiles(fileSystem: FileSystem, path: string, mustMatch: boolean): Promise<FileInfo[]> {
  const found = new Map<string, FileInfo>();
  const exact = await fileSystem.stat(path);
  if (exact !== null) await collect(fileSystem, { ...exact, path }, found);
  else if (isGlob(path)) {
    for (const pattern of expandBraces(path)) {
      const parts = pattern.split('/').filter((part, i) => part !== '' || i === 0);
      const rooted = parts[0] === '';
      await walk(fileSystem, rooted ? '/' : '', rooted ? parts.slice(1) : parts, found);
    }
    if (found.size === 0 && mustMatch) throw new EngineError('undefined_file', `no file matches "${path}"`);
  } else {
    throw new EngineError('undefined_file', `cannot read "${path}": no such file or directory`, {
      detail: path.startsWith('/') ? undefined : `It is looked for as ${fileSystem.resolve(path)}.`,
    });
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

async function entries(fileSystem: FileSystem, directory: string): Promise<FileInfo[]> {
  const listed = await fileSystem.list(directory === '' ? '.' : directory);
  return listed.map((entry) => ({ ...entry, path: join(directory, nameOf(entry.path)) }));
}

/** A file itself, or everything below a directory. */
async function collect(fileSystem: FileSystem, entry: FileInfo, found: Map<string, FileInfo>): Promise<void> {
  if (entry.kind === 'file') {
    found.set(entry.path, entry);
    return;
  }
  for (const child of await entries(fileSystem, entry.path)) {
    if (!isHidden(nameOf(child.path))) await collect(fileSystem, child, found);
  }
}

/** Follows the parts of a pattern down from `directory`. */
async function walk(
  fileSystem: FileSystem,
  directory: string,
  parts: readonly string[],
  found: Map<string, FileInfo>,
): Promise<void> {
  const [part, ...rest] = parts;
  if (part === undefined) return;
  if (part !== '**' && !/[*?[\\]/.test(part)) {
    const path = join(directory, part);
    const entry = await fileSystem.stat(path);
    if (entry === null) return;
    if (rest.length === 0) await collect(fileSystem, { ...entry, path }, found);
    else if (entry.kind === 'directory') await walk(fileSystem, path, rest, found);
    return;
  }
  // `**` is any number of directories, none included.
  if (part === '**' && rest.length > 0) await walk(fileSystem, directory, rest, found);
  const matches = part === '**' ? null : namePattern(part);
  for (const entry of await entries(fileSystem, directory)) {
    const name = nameOf(entry.path);
    if (matches === null ? isHidden(name) : !matches.test(name) || (isHidden(name) && !isHidden(part))) continue;
    if (rest.length === 0) await collect(fileSystem, entry, found);
    else if (entry.kind === 'directory') await walk(fileSystem, entry.path, part === '**' ? parts : rest, found);
  }
}
