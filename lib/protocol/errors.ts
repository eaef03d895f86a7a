/**
 * Every error that Millrace answers with, as data: Kafka's name and number, whether to try again, whether the request may
 * have taken effect, and the HTTP status and `error_code` on each surface.
 *
 * Sources: Kafka's `Errors.java` for names and numbers; Confluent's REST API for status and `error_code`, where it
 * publishes one; `docs/protocol.md` for those that are ours.
 */

export type Outcome = 'not-applied' | 'unknown';

export interface HttpError {
  readonly status: number;
  readonly errorCode: number;
}

export interface ErrorEntry {
  /** Kafka's name of the error; a message begins with it. */
  readonly kafkaName: string;
  /** Kafka's number of the error. */
  readonly kafkaCode: number;
  /** Whether the same request may succeed if it is sent again. */
  readonly retriable: boolean;
  readonly outcome: Outcome;
  readonly v2: HttpError;
  readonly v3: HttpError;
}

const notApplied = 'not-applied';

/** One HTTP answer for both surfaces. */
const both = (status: number, errorCode: number) => ({ v2: { status, errorCode }, v3: { status, errorCode } });

const final = (kafkaName: string, kafkaCode: number) =>
  ({ kafkaName, kafkaCode, retriable: false, outcome: notApplied }) as const;

const retriable = (kafkaName: string, kafkaCode: number) =>
  ({ kafkaName, kafkaCode, retriable: true, outcome: notApplied }) as const;

export const errorTable = {
  OFFSET_OUT_OF_RANGE: { ...final('OFFSET_OUT_OF_RANGE', 1), ...both(416, 41601) },
  CORRUPT_MESSAGE: { ...final('CORRUPT_MESSAGE', 2), ...both(422, 42206) },
  UNKNOWN_TOPIC: {
    ...final('UNKNOWN_TOPIC_OR_PARTITION', 3),
    v2: { status: 404, errorCode: 40401 },
    v3: { status: 404, errorCode: 40403 },
  },
  UNKNOWN_PARTITION: { ...final('UNKNOWN_TOPIC_OR_PARTITION', 3), ...both(404, 40402) },
  MESSAGE_TOO_LARGE: { ...final('MESSAGE_TOO_LARGE', 10), ...both(413, 413) },
  OFFSET_METADATA_TOO_LARGE: { ...final('OFFSET_METADATA_TOO_LARGE', 12), ...both(422, 422) },
  INVALID_TOPIC: { ...final('INVALID_TOPIC_EXCEPTION', 17), ...both(400, 40002) },
  /** A group that a trigger reads for, which takes no members and no commits of others. */
  GROUP_OF_TRIGGER: { ...final('INCONSISTENT_GROUP_PROTOCOL', 23), ...both(409, 40925) },
  INVALID_GROUP_ID: { ...final('INVALID_GROUP_ID', 24), ...both(400, 40002) },
  /** A member that never joined, left, or was not heard of for its session timeout: it joins again. */
  UNKNOWN_MEMBER: { ...final('UNKNOWN_MEMBER_ID', 25), ...both(404, 40403) },
  UNKNOWN_TRIGGER: { ...final('RESOURCE_NOT_FOUND', 91), ...both(404, 40406) },
  TRIGGER_EXISTS: { ...final('DUPLICATE_RESOURCE', 92), ...both(409, 40926) },
  /** What only a paused trigger allows, or one that is not just being made or taken away. */
  TRIGGER_ACTIVE: { ...final('INVALID_REQUEST', 42), ...both(409, 40927) },
  INVALID_TIMESTAMP: { ...final('INVALID_TIMESTAMP', 32), ...both(422, 42206) },
  TOPIC_ALREADY_EXISTS: { ...final('TOPIC_ALREADY_EXISTS', 36), ...both(400, 40002) },
  /** A deleted topic's name that some worker may still believe in; free again after a few seconds. */
  TOPIC_NAME_NOT_FREE: { ...retriable('TOPIC_ALREADY_EXISTS', 36), ...both(409, 40914) },
  INVALID_PARTITIONS: { ...final('INVALID_PARTITIONS', 37), ...both(400, 40002) },
  INVALID_REPLICATION_FACTOR: { ...final('INVALID_REPLICATION_FACTOR', 38), ...both(400, 40002) },
  INVALID_CONFIG: { ...final('INVALID_CONFIG', 40), ...both(400, 40002) },
  INVALID_REQUEST: { ...final('INVALID_REQUEST', 42), ...both(422, 422) },
  /** A name under which a consumer instance lives. */
  CONSUMER_EXISTS: { ...final('INVALID_REQUEST', 42), ...both(409, 40902) },
  /** What a consumer instance cannot do with the subscription or the partitions that it has. */
  ILLEGAL_CONSUMER_STATE: { ...final('INVALID_REQUEST', 42), ...both(409, 40903) },
  OUT_OF_ORDER_SEQUENCE: { ...retriable('OUT_OF_ORDER_SEQUENCE_NUMBER', 45), ...both(409, 40910) },
  DUPLICATE_SEQUENCE: { ...final('DUPLICATE_SEQUENCE_NUMBER', 46), ...both(409, 40911) },
  INVALID_PRODUCER_EPOCH: { ...final('INVALID_PRODUCER_EPOCH', 47), ...both(409, 40912) },
  UNKNOWN_PRODUCER_ID: { ...final('UNKNOWN_PRODUCER_ID', 59), ...both(409, 40913) },
  /** Stored data that contradicts itself: never skipped, never guessed at. */
  STORAGE_ERROR: { ...retriable('KAFKA_STORAGE_ERROR', 56), ...both(500, 50003) },
  /** What only a group without members allows. */
  GROUP_NOT_EMPTY: { ...final('NON_EMPTY_GROUP', 68), ...both(409, 40920) },
  UNKNOWN_GROUP: { ...final('GROUP_ID_NOT_FOUND', 69), ...both(404, 40405) },
  GROUP_FULL: { ...final('GROUP_MAX_SIZE_REACHED', 81), ...both(409, 40921) },
  GROUP_SUBSCRIBED_TO_TOPIC: { ...final('GROUP_SUBSCRIBED_TO_TOPIC', 86), ...both(409, 40922) },
  /** Another process came back under the member's id: this one is final. */
  FENCED_MEMBER: { ...final('FENCED_MEMBER_EPOCH', 110), ...both(409, 40923) },
  UNSUPPORTED_ASSIGNOR: { ...final('UNSUPPORTED_ASSIGNOR', 112), ...both(422, 422) },
  /** A partition that is not, or no longer, the member's. */
  NOT_ASSIGNED: { ...final('STALE_MEMBER_EPOCH', 113), ...both(409, 40924) },
  INVALID_PATTERN: { ...final('INVALID_REGULAR_EXPRESSION', 128), ...both(422, 422) },
  UNSUPPORTED_COMPRESSION_TYPE: { ...final('UNSUPPORTED_COMPRESSION_TYPE', 76), ...both(422, 42206) },
  INVALID_RECORD: { ...final('INVALID_RECORD', 87), ...both(422, 42206) },
  /** The store refuses for now: nothing was written. */
  THROTTLED: { ...retriable('THROTTLING_QUOTA_EXCEEDED', 89), ...both(429, 42901) },
  /** The store did not answer a read, or refused a write that it did not apply. */
  STORE_UNAVAILABLE: { ...retriable('COORDINATOR_NOT_AVAILABLE', 15), ...both(503, 50302) },
  /** The write may have taken effect, or may yet; only a retry that can recognise it tells. */
  OUTCOME_UNKNOWN: {
    kafkaName: 'REQUEST_TIMED_OUT',
    kafkaCode: 7,
    retriable: true,
    outcome: 'unknown',
    ...both(503, 50391),
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

/**
 * The one error class of the domain.
 *
 * @example throw new MillraceError('OFFSET_OUT_OF_RANGE', `offset ${offset} is past the end, ${end}`);
 */
export class MillraceError extends Error {
  readonly code: ErrorCode;

  /**
   * @param detail lower case, with the value given and the way out; Kafka's name of the error is put before it
   */
  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(`${errorTable[code].kafkaName}: ${detail}`, options);
    this.name = 'MillraceError';
    this.code = code;
  }

  get retriable(): boolean {
    return errorTable[this.code].retriable;
  }

  get outcome(): Outcome {
    return errorTable[this.code].outcome;
  }

  get kafkaCode(): number {
    return errorTable[this.code].kafkaCode;
  }
}
