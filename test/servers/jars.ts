/** Jars of servers, fetched by Maven once into a cache folder ($SERVERS_CACHE, else ~/.cache/millrace-servers). */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FETCH_MS = 300_000;

function cacheFolder(): string {
  return process.env['SERVERS_CACHE'] ?? join(homedir(), '.cache', 'millrace-servers');
}

/** The folder with the jars that `pom` names, called `name` in the cache. */
export function fetchJars(
  name: string,
  pom: string,
  properties: Readonly<Record<string, string>> = {},
): Promise<string> {
  return fetchIntoCache(name, async (into) => {
    const given = Object.entries(properties).map(([key, value]) => `-D${key}=${value}`);
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${into}`];
    await run('mvn', ['-B', '-q', '-f', pom, ...given, ...goal], { timeout: FETCH_MS, maxBuffer: 64 * 1024 * 1024 });
  });
}

/**
 * The folder called `name` in the cache, which `fetch` fills. Several processes may ask at once: one fetches, and the
 * folder appears when it is whole.
 */
export async function fetchIntoCache(name: string, fetch: (into: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder(), { recursive: true });
  const lock = `${folder}.lock`;
  const giveUp = Date.now() + FETCH_MS;
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch {
      // Another process fetches; if it died, its lock is old.
      if (existsSync(folder)) return folder;
      const age = Date.now() - ((await stat(lock).catch(() => null))?.mtimeMs ?? Date.now());
      if (age > FETCH_MS) await rm(lock, { recursive: true, force: true });
      if (Date.now() > giveUp) throw new Error(`${lock} has been held for too long`);
      await sleep(200);
    }
  }
  const part = `${folder}.part`;
  try {
    if (existsSync(folder)) return folder;
    await rm(part, { recursive: true, force: true });
    await mkdir(part);
    await fetch(part);
    await writeFile(join(part, 'complete'), '');
    await rename(part, folder);
    return folder;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}
