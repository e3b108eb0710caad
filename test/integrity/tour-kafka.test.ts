/** What the pages of the tour about Kafka say happens with a real broker, a killed job included. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandsOf, pattern, tourFolder, tourPages } from '../support/tour-page.ts';
import { type KafkaServer, startKafka } from '../servers/kafka.ts';

const folder = tourFolder();
let kafka: KafkaServer;

beforeAll(async () => {
  kafka = await startKafka();
});

afterAll(async () => {
  folder.remove();
  await kafka?.close();
});

// One after the other: each page goes on with what the one before has written.
describe.each(tourPages().filter(({ needs }) => needs === 'kafka'))('$name', ({ text }) => {
  test.each(commandsOf(text).map(({ command, output }) => [command, output] as const))('%s', (command, output) => {
    expect(folder.run(command, { BROKER: kafka.bootstrap })).toMatch(pattern(output));
  });
});
