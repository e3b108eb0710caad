import type { Api } from '../api.ts';

interface MetadataRequest {
  /** Null = all topics. */
  readonly topics: readonly string[] | null;
  /** Topics that do not exist come into being where brokers do that; absent = no. */
  readonly create?: boolean;
}

export interface MetadataPartition {
  readonly errorCode: number;
  readonly partition: number;
  /** -1 = none now. */
  readonly leader: number;
  readonly leaderEpoch: number;
}

export interface MetadataTopic {
  readonly errorCode: number;
  readonly name: string;
  /** 32 hexadecimal digits, all 0 from brokers that have none. */
  readonly id: string;
  readonly isInternal: boolean;
  readonly partitions: readonly MetadataPartition[];
}

export interface MetadataResponse {
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly controller: number;
  readonly topics: readonly MetadataTopic[];
}

export const NO_TOPIC_ID = '0'.repeat(32);

export const metadata: Api<MetadataRequest, MetadataResponse> = {
  name: 'Metadata',
  key: 3,
  minVersion: 7,
  maxVersion: 12,
  flexibleFrom: 9,
  encode(to, request, version) {
    to.nullableArray(request.topics, (name) => {
      if (version >= 10) to.uuid(NO_TOPIC_ID);
      to.nullableString(name);
      to.tags();
    });
    to.boolean(request.create === true);
    if (version >= 8 && version <= 10) to.boolean(false);
    if (version >= 8) to.boolean(false);
    to.tags();
  },
  decode(from, version) {
    from.int32();
    const brokers = from.array(() => {
      const broker = { id: from.int32(), host: from.string(), port: from.int32() };
      from.nullableString();
      from.tags();
      return broker;
    });
    from.nullableString();
    const controller = from.int32();
    const topics = from.array(() => {
      const errorCode = from.int16();
      const name = from.nullableString() ?? '';
      const id = version >= 10 ? from.uuid() : NO_TOPIC_ID;
      const isInternal = from.boolean();
      const partitions = from.array(() => {
        const partition = {
          errorCode: from.int16(),
          partition: from.int32(),
          leader: from.int32(),
          leaderEpoch: from.int32(),
        };
        for (let list = 0; list < 3; list++) from.array(() => from.int32());
        from.tags();
        return partition;
      });
      if (version >= 8) from.int32();
      from.tags();
      return { errorCode, name, id, isInternal, partitions };
    });
    return { brokers, controller, topics };
  },
};
