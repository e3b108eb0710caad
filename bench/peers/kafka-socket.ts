/** The least that reading a topic can cost in Node: a socket, one reused buffer, Fetch after Fetch. */
import { nodePlatform } from '../../src/platform/node-platform.ts';
import { BrokerConnection, type ConnectionSettings } from '../../src/connectors/kafka/protocol/broker-connection.ts';
import { FramePool } from '../../src/connectors/kafka/protocol/frame.ts';
import { LATEST, listOffsets } from '../../src/connectors/kafka/protocol/requests/list-offsets.ts';
import { fetchRecords } from '../../src/connectors/kafka/protocol/requests/fetch.ts';
import { metadata } from '../../src/connectors/kafka/protocol/requests/metadata.ts';

const PARTITION_BYTES = 1024 * 1024;

/** Reads every partition to its end, all in each request, and counts the messages by the batches' headers. */
export async function readSocket(bootstrap: string, name: string): Promise<number> {
  const { transport, clock } = nodePlatform();
  const [host, port] = bootstrap.split(':') as [string, string];
  const settings: ConnectionSettings = {
    transport,
    clock,
    frames: new FramePool(16 * 1024 * 1024),
    tls: null,
    clientId: 'socket',
    connectTimeoutMs: 5000,
    requestTimeoutMs: 30_000,
    authenticate: null,
  };
  const connection = await BrokerConnection.open({ host, port: Number(port) }, settings);
  const topic = (await connection.request(metadata, { topics: [name] })).topics[0];
  if (topic === undefined) return 0;
  const asked = topic.partitions.map(({ partition }) => ({ partition, timestamp: LATEST }));
  const listed = await connection.request(listOffsets, { committedOnly: false, topics: [{ name, partitions: asked }] });
  const ends = new Map(listed.map(({ partition, offset }) => [partition, offset]));
  const next = new Map(listed.map(({ partition }) => [partition, 0]));
  let count = 0;
  for (;;) {
    const partitions = [...next]
      .filter(([partition, offset]) => offset < (ends.get(partition) ?? 0))
      .map(([partition, offset]) => ({ partition, offset, leaderEpoch: -1, maxBytes: PARTITION_BYTES }));
    if (partitions.length === 0) break;
    const answer = await connection.request(fetchRecords, {
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: PARTITION_BYTES * partitions.length,
      committedOnly: false,
      topics: [{ name, id: topic.id, partitions }],
    });
    for (const { partition, frame, start, end } of answer.partitions) {
      for (let at = start; end - at > 61; at += 12 + frame.buf.readInt32BE(at + 8)) {
        if (at + 12 + frame.buf.readInt32BE(at + 8) > end) break;
        next.set(partition, Number(frame.buf.readBigInt64BE(at)) + frame.buf.readInt32BE(at + 23) + 1);
        count += frame.buf.readInt32BE(at + 57);
      }
      if (end > start) frame.release();
    }
  }
  connection.close();
  return count;
}
