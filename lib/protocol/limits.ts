/**
 * Every limit, in one place. A limit that is refused names itself and its value in the error; each is tried at one below,
 * at, and one above it.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

export const limits = {
  /** Request body in bytes, after `Content-Encoding: gzip`: what Lambda's 6 MB leaves after base64. */
  bodyBytes: 4 * MIB,
  /** Body of an answer in bytes, for the same reason; an answer is cut between records, never below one record. */
  answerBytes: 4 * MIB,
  /** Nesting of JSON in a request body. */
  jsonDepth: 100,
  /** Records in one v2 produce request, and in one v3 streamed request: as many as an answer has room for reports. */
  recordsPerRequest: 10_000,
  /** Records of one raw batch. */
  recordsPerBatch: 50_000,
  /** One record as an answer, in bytes: what Lambda's 6 MB leaves after base64, less the answer around it. */
  recordAnswerBytes: 4.4 * MIB,
  /** Entries in one v3 `records:batch` request. */
  batchEntries: 1_000,
  /** Characters of the id of a `records:batch` entry. */
  batchEntryIdLength: 80,
  /** Headers of one record. */
  headersPerRecord: 1_000,
  /** Bytes of a header's key. */
  headerKeyBytes: 32 * KIB,
  /** Bytes of one raw batch after decompression. */
  decompressedBatchBytes: 16 * MIB,
  /** Bytes of all raw batches of one request after decompression. */
  decompressedRequestBytes: 32 * MIB,
  /** Batches of one log entry. */
  batchesPerEntry: 256,
  /** Characters of a topic's name. */
  topicNameLength: 249,
  /** Partitions of one topic. */
  partitionsPerTopic: 1_000,
  /** Topic partitions of one fetch request. */
  partitionsPerFetch: 1_000,
  /** Keys of one request for their newest records. */
  keysPerLookup: 100,
  /** Characters of a group's id, of a member's, and of an instance's. */
  groupIdLength: 255,
  /** Members of one group. */
  membersPerGroup: 1_000,
  /** Partitions that one group shares out; what goes beyond them in the order of topics is nobody's. */
  partitionsPerGroup: 10_000,
  /**
   * Bytes of the ids of a group's members, and of the names of what it shares out, each partition counted with them: together, and with
   * what else is said of them, one item of the table holds them, 400 KiB.
   */
  groupMemberBytes: 144 * KIB,
  groupTopicBytes: 224 * KIB,
  /** The same of what one instance holds. */
  instanceTopicBytes: 360 * KIB,
  /** Partitions of one consumer instance, whose positions are one item of the table. */
  partitionsPerInstance: 4_000,
  /** Topics that one member subscribes to by name. */
  topicsPerSubscription: 1_000,
  /** Characters of a pattern of topic names. */
  topicPatternLength: 1_000,
  /** Steps of such a pattern with its repetitions written out: beyond, one name may take a tenth of a second. */
  topicPatternSteps: 1_100,
  /** How long a member may be silent, in milliseconds: at least, as in Kafka, and at most. */
  sessionTimeoutLeastMs: 6_000,
  sessionTimeoutMs: 1_800_000,
  /** How long a member may take to give up a partition, in milliseconds: at least and at most. */
  rebalanceTimeoutLeastMs: 1_000,
  rebalanceTimeoutMs: 3_600_000,
  /** Offsets of one commit. */
  offsetsPerCommit: 1_000,
  /** Bytes of what is noted with a committed offset, as in Kafka. */
  offsetMetadataBytes: 4_096,
  /** Characters of a trigger's name. */
  triggerNameLength: 128,
  /** Topics of one trigger. */
  topicsPerTrigger: 10,
  /** Triggers of one deployment, each of which is looked at whenever a partition has grown. */
  triggers: 1_000,
  /** Characters of what names a trigger's function. */
  triggerFunctionLength: 2_048,
  /** How long a trigger's function may run, in milliseconds: a runner of 15 minutes waits for it, and has time for what comes after. */
  triggerTimeoutMs: 13 * 60_000,
  /** Records of one event, as in event source mappings. */
  recordsPerTriggerEvent: 10_000,
  /** JSON of one event, in bytes: what Lambda takes when it is invoked synchronously, which is less than 6 MiB. */
  triggerEventBytes: 6 * MIB - 1,
  /** How long a batch may be waited for to become full, in milliseconds, as in event source mappings. */
  batchingWindowMs: 300_000,
  /** How often a failed batch may be tried again, and how old a record may become, in milliseconds, as in event source mappings. */
  triggerRetries: 10_000,
  triggerRecordAgeMs: 604_800_000,
  /** Filters of one trigger, as in event source mappings on request. */
  filtersPerTrigger: 10,
  /** Characters of a filter's JSON, as in event source mappings, and its depth. */
  filterLength: 4_096,
  filterDepth: 20,
  /** Segments of one page of a list. */
  segmentsPerPage: 1_000,
  /** Poll time of a fetch, in milliseconds. */
  fetchWaitMs: 25_000,
  /** What one fetch may ask for, in bytes. */
  fetchBytes: 64 * MIB,
  /** Largest timestamp of a record, in milliseconds since the epoch: what ISO 8601 can write (year 275760). */
  timestampMs: 8_640_000_000_000_000,
  /** Largest offset: JavaScript's largest safe integer. */
  offset: Number.MAX_SAFE_INTEGER,
  /** Largest producer epoch, an int16 as in Kafka. */
  producerEpoch: 32_767,
  /** Largest sequence number, an int32 as in Kafka. */
  sequence: 2_147_483_647,
} as const;
