/**
 * A real schema registry for a test: Apicurio Registry, in memory, by its API that is compatible with Confluent's (which
 * may not be used without a licence of theirs).
 */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fetchIntoCache } from './jars.ts';
import { type ServerProcess, freePorts, startProcess, untilListening } from './process.ts';

const run = promisify(execFile);
const VERSION = '2.6.13.Final';
const FETCH_MS = 300_000;

export interface SchemaRegistryServer {
  readonly url: string;
  /** Registers a schema; gives its id. */
  register(subject: string, schema: unknown): Promise<number>;
  /** `kill -9`; what was registered is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startSchemaRegistry(): Promise<SchemaRegistryServer> {
  const folder = await fetchIntoCache(`apicurio-${VERSION}`, async (into) => {
    const artifact = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
    const goal = ['dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${into}`];
    await run('mvn', ['-B', '-q', ...goal], { timeout: FETCH_MS });
    const archive = join(into, readdirSync(into).find((name) => name.endsWith('.tar.gz')) as string);
    await run('tar', ['xzf', archive, '-C', into]);
    await rm(archive);
  });
  const work = await mkdtemp(join(tmpdir(), 'millrace-registry-'));
  const logPath = join(work, 'server.log');
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const jar = join(folder, readdirSync(folder).find((name) => name.endsWith('-runner.jar')) as string);
  const command = [
    '-Xmx192m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-Dquarkus.http.host=127.0.0.1',
    `-Dquarkus.http.port=${port}`,
    '-jar',
    jar,
  ];
  let server: ServerProcess;
  const start = async (): Promise<void> => {
    server = startProcess('java', command, { cwd: work, logPath });
    await untilListening(server, port, logPath);
    for (let tries = 100; ; tries--) {
      const ready = await fetch(`${url}/subjects`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (ready) return;
      if (tries === 0) throw new Error('the schema registry does not answer');
      await sleep(100);
    }
  };
  await start();
  return {
    url,
    async register(subject, schema) {
      const response = await fetch(`${url}/subjects/${encodeURIComponent(subject)}/versions`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify({ schema: JSON.stringify(schema) }),
      });
      if (!response.ok) throw new Error(`the schema registry answers ${response.status}: ${await response.text()}`);
      return ((await response.json()) as { id: number }).id;
    },
    kill: () => server.kill(),
    start,
    async close() {
      await server.kill();
      await rm(work, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
