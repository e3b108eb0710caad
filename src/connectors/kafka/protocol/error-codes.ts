import { type ErrorCode, EngineError } from '../../../errors.ts';

interface KafkaErrorKind {
  readonly name: string;
  /** Whether Kafka's own clients try again. */
  readonly retriable: boolean;
}

/** Kafka's error codes that a client of ours may meet: code, name, and `r` when it is worth trying again. */
const KINDS: ReadonlyMap<number, KafkaErrorKind> = new Map(
  `-1 UNKNOWN_SERVER_ERROR
  1 OFFSET_OUT_OF_RANGE
  2 CORRUPT_MESSAGE r
  3 UNKNOWN_TOPIC_OR_PARTITION r
  4 INVALID_FETCH_SIZE
  5 LEADER_NOT_AVAILABLE r
  6 NOT_LEADER_OR_FOLLOWER r
  7 REQUEST_TIMED_OUT r
  8 BROKER_NOT_AVAILABLE
  9 REPLICA_NOT_AVAILABLE r
  10 MESSAGE_TOO_LARGE
  11 STALE_CONTROLLER_EPOCH
  12 OFFSET_METADATA_TOO_LARGE
  13 NETWORK_EXCEPTION r
  14 COORDINATOR_LOAD_IN_PROGRESS r
  15 COORDINATOR_NOT_AVAILABLE r
  16 NOT_COORDINATOR r
  17 INVALID_TOPIC_EXCEPTION
  18 RECORD_LIST_TOO_LARGE
  19 NOT_ENOUGH_REPLICAS r
  20 NOT_ENOUGH_REPLICAS_AFTER_APPEND r
  21 INVALID_REQUIRED_ACKS
  22 ILLEGAL_GENERATION
  23 INCONSISTENT_GROUP_PROTOCOL
  24 INVALID_GROUP_ID
  25 UNKNOWN_MEMBER_ID
  26 INVALID_SESSION_TIMEOUT
  27 REBALANCE_IN_PROGRESS
  28 INVALID_COMMIT_OFFSET_SIZE
  29 TOPIC_AUTHORIZATION_FAILED
  30 GROUP_AUTHORIZATION_FAILED
  31 CLUSTER_AUTHORIZATION_FAILED
  32 INVALID_TIMESTAMP
  33 UNSUPPORTED_SASL_MECHANISM
  34 ILLEGAL_SASL_STATE
  35 UNSUPPORTED_VERSION
  36 TOPIC_ALREADY_EXISTS
  37 INVALID_PARTITIONS
  38 INVALID_REPLICATION_FACTOR
  40 INVALID_CONFIG
  41 NOT_CONTROLLER r
  42 INVALID_REQUEST
  43 UNSUPPORTED_FOR_MESSAGE_FORMAT
  44 POLICY_VIOLATION
  45 OUT_OF_ORDER_SEQUENCE_NUMBER
  46 DUPLICATE_SEQUENCE_NUMBER
  47 INVALID_PRODUCER_EPOCH
  48 INVALID_TXN_STATE
  49 INVALID_PRODUCER_ID_MAPPING
  50 INVALID_TRANSACTION_TIMEOUT
  51 CONCURRENT_TRANSACTIONS r
  52 TRANSACTION_COORDINATOR_FENCED
  53 TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  54 SECURITY_DISABLED
  55 OPERATION_NOT_ATTEMPTED
  56 KAFKA_STORAGE_ERROR r
  58 SASL_AUTHENTICATION_FAILED
  59 UNKNOWN_PRODUCER_ID
  66 DELEGATION_TOKEN_EXPIRED
  67 INVALID_PRINCIPAL_TYPE
  68 NON_EMPTY_GROUP
  69 GROUP_ID_NOT_FOUND
  70 FETCH_SESSION_ID_NOT_FOUND r
  71 INVALID_FETCH_SESSION_EPOCH r
  72 LISTENER_NOT_FOUND r
  74 FENCED_LEADER_EPOCH r
  75 UNKNOWN_LEADER_EPOCH r
  76 UNSUPPORTED_COMPRESSION_TYPE
  77 STALE_BROKER_EPOCH
  78 OFFSET_NOT_AVAILABLE r
  79 MEMBER_ID_REQUIRED
  80 PREFERRED_LEADER_NOT_AVAILABLE r
  81 GROUP_MAX_SIZE_REACHED
  82 FENCED_INSTANCE_ID
  85 GROUP_SUBSCRIBED_TO_TOPIC
  87 INVALID_RECORD
  88 UNSTABLE_OFFSET_COMMIT r
  89 THROTTLING_QUOTA_EXCEEDED r
  90 PRODUCER_FENCED
  91 RESOURCE_NOT_FOUND
  92 DUPLICATE_RESOURCE
  93 UNACCEPTABLE_CREDENTIAL
  100 UNKNOWN_TOPIC_ID r
  103 INCONSISTENT_TOPIC_ID r
  105 TRANSACTIONAL_ID_NOT_FOUND
  106 FETCH_SESSION_TOPIC_ID_ERROR r
  110 FENCED_MEMBER_EPOCH
  113 STALE_MEMBER_EPOCH
  120 TRANSACTION_ABORTABLE
  129 REBOOTSTRAP_REQUIRED`
    .split('\n')
    .map((line) => {
      const [code, name, retry] = line.trim().split(' ') as [string, string, string?];
      return [Number(code), { name, retriable: retry === 'r' }] as const;
    }),
);

export const NO_ERROR = 0;
export const OFFSET_OUT_OF_RANGE = 1;
export const UNKNOWN_TOPIC_OR_PARTITION = 3;
export const UNKNOWN_TOPIC_ID = 100;

const AUTHORIZATION = new Set([29, 30, 31, 53]);
const AUTHENTICATION = new Set([33, 34, 58, 66]);

export function kafkaErrorName(code: number): string {
  return KINDS.get(code)?.name ?? `error ${code}`;
}

/** Whether a client does well to ask again, after it has asked who leads or coordinates. */
export function isRetriableKafkaError(code: number): boolean {
  return KINDS.get(code)?.retriable ?? false;
}

/** An answer's error as an error of ours. `attempt` says what was tried: `cannot fetch from "orders"-0`. */
export function kafkaError(code: number, attempt: string, detail?: string | null): EngineError {
  const kind: ErrorCode = AUTHORIZATION.has(code)
    ? 'authorization_failed'
    : AUTHENTICATION.has(code)
      ? 'authentication_failed'
      : isRetriableKafkaError(code)
        ? 'connection_failure'
        : code === -1
          ? 'io_error'
          : 'request_refused';
  const said = detail === undefined || detail === null || detail === '' ? '' : ` (${detail})`;
  return new EngineError(kind, `${attempt}: the broker answers ${kafkaErrorName(code)}${said}`);
}
