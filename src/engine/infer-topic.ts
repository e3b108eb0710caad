/** The table behind `kafka://host:port/topic`, as a Kafka catalog would give it. */
import { looksSecret } from '../catalog/options.ts';
import type { CatalogTable } from '../catalog/table.ts';
import type { Engine } from '../engine.ts';
import { EngineError, similarNames, unsupported } from '../errors.ts';
import type { OptionSet } from '../types/option-spec.ts';
import { catalogTable } from './external-catalogs.ts';
import { Settings } from './settings.ts';

const HINT =
  'It is written as kafka://host:9092,other:9092/topic, with options behind it: ?security.protocol=SASL_SSL.';

export const isTopicUrl = (path: string): boolean => /^kafka:\/\//i.test(path);

/**
 * `given`: options of the catalog, with or without the prefix `properties.`; they come after those in the address. In the
 * table's options variables stand for what is secret.
 */
export async function inferTopic(
  url: string,
  given: readonly (readonly [string, string])[],
  engine: Engine,
): Promise<CatalogTable> {
  const { servers, topic, query } = parseTopicUrl(url);
  const known = engine.catalogTypes.get('kafka')?.options ?? {};
  const options: Record<string, string> = { type: 'kafka', 'properties.bootstrap.servers': servers };
  for (const [key, value] of [...query, ...given]) {
    const property = `properties.${key}`;
    options[known[key] === undefined && known[property] !== undefined ? property : key] = value;
  }
  const external = engine.openCatalog({ name: 'kafka', comment: null, options }, new Settings());
  try {
    const [database = ''] = await external.databases();
    const found = await external.table(database, topic);
    if (found !== null) {
      const table = catalogTable(['kafka', database, topic], found);
      return { ...table, options: withoutSecrets(table.options, known) };
    }
    const topics = await external.tables(database);
    const near = similarNames(topic, topics);
    throw new EngineError('undefined_table', `topic "${topic}" does not exist`, { hint: topicsHint(near, topics) });
  } finally {
    await external.close();
  }
}

/** Secrets become variables: `properties.sasl.jaas.config` is `${sasl_jaas_config}`. */
function withoutSecrets(options: Readonly<Record<string, string>>, known: OptionSet): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => {
      const name = key.replace(/^properties\./, '').replaceAll(/\W+/g, '_');
      return [key, known[key]?.secret === true || looksSecret(key) ? `\${${name}}` : value];
    }),
  );
}

const MOST_NAMES = 20;

function topicsHint(near: readonly string[], all: readonly string[]): string {
  if (all.length === 0) return 'There are no topics.';
  const listed = (near.length > 0 ? near : all.toSorted()).slice(0, MOST_NAMES).map((name) => `"${name}"`);
  return `Topics${near.length > 0 ? ' with similar names' : ''}: ${listed.join(', ')}.`;
}

function parseTopicUrl(url: string): {
  readonly servers: string;
  readonly topic: string;
  readonly query: URLSearchParams;
} {
  const match = /^kafka:\/\/([^/?#]*)\/?([^/?#]*)(?:\?([^#]*))?$/i.exec(url);
  const [, servers = '', topic = '', query = ''] = match ?? [];
  // The address may hold secrets, so no message repeats it.
  if (servers.includes('@')) {
    throw unsupported(
      'a user in the address of a topic',
      'Give --set properties.sasl.mechanism=… and --set properties.sasl.jaas.config=….',
    );
  }
  if (servers === '' || topic === '') {
    throw new EngineError(
      'invalid_option',
      'the address of a topic names no ' + (servers === '' ? 'server' : 'topic'),
      {
        hint: HINT,
      },
    );
  }
  return { servers, topic: unescaped(topic), query: new URLSearchParams(query) };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new EngineError('invalid_option', 'the address of a topic cannot be read: it is badly escaped', {
      hint: 'A % is written as %25.',
      cause,
    });
  }
}
