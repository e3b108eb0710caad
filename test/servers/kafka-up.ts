/** A broker by hand: `node test/servers/kafka-up.ts [version]` prints its addresses and runs until Ctrl-C. */
import { type KafkaVersion, startKafka } from './kafka.ts';

const server = await startKafka({ version: (process.argv[2] ?? '4.4.0') as KafkaVersion, secure: true, fast: true });
process.stdout.write(
  `plain ${server.bootstrap}\nlogin ${server.sasl} (alice, alice-secret)\nTLS ${server.tls}\nTLS with our certificate ${server.mutualTls}\nlogin and TLS ${server.saslTls}\n`,
);
const forever = setInterval(() => {}, 60_000);
process.once('SIGINT', () => {
  clearInterval(forever);
  void server.close();
});
