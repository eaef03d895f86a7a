/** Fetching from many partitions in one request; an error of one partition is that partition's alone. */
import * as z from 'zod';
import { type FetchPartition, type FetchResult, fetchPartitions } from '../../fetch/fetch-partitions.ts';
import { errorTable, MillraceError } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { checkTopicName } from '../../protocol/topic-name.ts';
import { checkBody, readJsonBody } from '../json-body.ts';
import { mediaType } from '../media-type.ts';
import { cluster } from '../params.ts';
import { type BodyOf, type Call, route } from '../route.ts';
import { waitMs } from '../wait.ts';
import {
  binaryData,
  type DataFormat,
  DeserializationError,
  jsonData,
  RecordTooLargeError,
  recordOf,
} from '../write-record.ts';
import { AnswerRoom, writeRecords } from '../write-records.ts';

const MIB = 1024 * 1024;

/** Room for what an answer says of a partition beside its records. */
const PARTITION_FRAME_BYTES = 768;

/** Kafka's number for a record that is not JSON and was asked for as JSON: INVALID_RECORD. */
const NOT_JSON = 87;
const TOO_LARGE = errorTable.MESSAGE_TOO_LARGE.kafkaCode;

const maxBytes = z.int().min(1).max(limits.fetchBytes);

const partitionRequest = z.strictObject({
  partition: z.int(),
  fetch_offset: z.int(),
  partition_max_bytes: maxBytes.default(MIB),
});

const request = z
  .strictObject({
    max_bytes: maxBytes.default(4 * MIB),
    max_wait_ms: z.int().min(0).max(limits.fetchWaitMs).default(500),
    min_bytes: z.int().min(0).max(limits.fetchBytes).default(1),
    topics: z
      .array(
        z.strictObject({
          topic: z.string().max(limits.topicNameLength),
          partitions: z.array(partitionRequest).min(1),
        }),
      )
      .min(1),
  })
  .refine(({ topics }) => topics.flatMap(topic => topic.partitions).length <= limits.partitionsPerFetch, {
    error: `more than ${limits.partitionsPerFetch} partitions in one fetch`,
    path: ['topics'],
  });

const answerOf = (data: z.ZodType) =>
  z.object({
    topics: z.array(
      z.object({
        topic: z.string(),
        partitions: z.array(
          z.object({
            partition: z.int(),
            error_code: z.int().meta({ description: "Kafka's number; 0 for none." }),
            message: z.string().optional(),
            high_watermark: z.int().meta({ description: '-1 where it is not known.' }),
            log_start_offset: z.int().meta({ description: '-1 where it is not known.' }),
            next_offset: z.int().meta({ description: 'To fetch from next.' }),
            records: z.array(recordOf(data)),
          }),
        ),
      }),
    ),
  });

type FetchBody = z.output<typeof request>;
type FetchCall = Call<unknown, unknown, FetchBody>;

const body: BodyOf<FetchBody> = {
  content: { [mediaType.json]: request, [mediaType.v2]: request },
  read: bytes => checkBody(request, readJsonBody(bytes)),
};

const binaryAnswer = answerOf(binaryData);
const jsonAnswer = answerOf(jsonData);

export const fetchRecordsRoutes = [
  route({
    method: 'POST',
    path: '/v3/clusters/{cluster_id}/records:fetch',
    servedBy: 'fetch',
    summary: 'Fetch records of many partitions',
    params: cluster,
    body,
    answer: {
      status: 200,
      description: 'The records of each partition asked for, or its error.',
      content: {
        [mediaType.json]: binaryAnswer,
        [mediaType.v2Binary]: binaryAnswer,
        [mediaType.v2Json]: jsonAnswer,
        [mediaType.v2]: binaryAnswer,
      },
    },
    async answers(call) {
      const asked = askedOf(call.body);
      const results = await fetchAsked(call, asked);
      const format = call.accepted === mediaType.v2Json ? 'json' : 'binary';
      const room = new AnswerRoom(limits.answerBytes - frameBytes(asked), call.body.max_bytes);
      let next = 0;
      const topics = call.body.topics.map(({ topic, partitions }) => {
        const written = partitions.map(() => {
          const index = next++;
          return writePartition(asked[index] as FetchPartition, results[index] as FetchResult, format, room);
        });
        return `{"topic":${JSON.stringify(topic)},"partitions":[${written.join(',')}]}`;
      });
      return { body: `{"topics":[${topics.join(',')}]}` };
    },
  }),
];

const askedOf = ({ topics }: FetchBody): readonly FetchPartition[] =>
  topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, fetch_offset: offset, partition_max_bytes }) => ({
      topic,
      partition,
      offset,
      maxBytes: Math.min(partition_max_bytes, limits.answerBytes),
    })),
  );

/** One result for each partition asked for; those that cannot be are not looked for. */
async function fetchAsked(call: FetchCall, asked: readonly FetchPartition[]): Promise<readonly FetchResult[]> {
  const refused = new Map(asked.flatMap(each => refusalOf(each)));
  const partitions = asked.filter(each => !refused.has(each));
  const fetched = await fetchPartitions(call.services, {
    partitions,
    maxBytes: Math.min(call.body.max_bytes, limits.answerBytes),
    maxWaitMs: refused.size > 0 ? 0 : waitMs(call, call.body.max_wait_ms),
    minBytes: call.body.min_bytes,
    isAbandoned: call.isAbandoned,
  });
  const results = new Map(partitions.map((each, index) => [each, fetched[index] as FetchResult]));
  return asked.map(each => results.get(each) ?? { error: refused.get(each) as MillraceError });
}

function refusalOf(asked: FetchPartition): readonly (readonly [FetchPartition, MillraceError])[] {
  const { topic, partition } = asked;
  try {
    checkTopicName(topic);
  } catch (cause) {
    return [[asked, new MillraceError('UNKNOWN_TOPIC', 'no topic can have this name', { cause })]];
  }
  if (partition >= 0) return [];
  return [[asked, new MillraceError('UNKNOWN_PARTITION', `there is no partition ${partition}`)]];
}

function writePartition(asked: FetchPartition, result: FetchResult, format: DataFormat, room: AnswerRoom): string {
  if ('error' in result) return writeFailed(asked, result.error.kafkaCode, result.error.message);
  try {
    const { json, nextOffset } = writeRecords({
      ...asked,
      ...result,
      format,
      isPlaced: false,
      maxDataBytes: asked.maxBytes,
      room,
    });
    const bounds = `"high_watermark":${result.highWatermark},"log_start_offset":${result.logStartOffset}`;
    return `{"partition":${asked.partition},"error_code":0,${bounds},"next_offset":${nextOffset},"records":${json}}`;
  } catch (error) {
    if (error instanceof DeserializationError) return writeFailed(asked, NOT_JSON, error.message, result);
    if (error instanceof RecordTooLargeError) return writeFailed(asked, TOO_LARGE, error.message, result);
    if (error instanceof MillraceError) return writeFailed(asked, error.kafkaCode, error.message, result);
    throw error;
  }
}

const UNKNOWN = { highWatermark: -1, logStartOffset: -1 };

function writeFailed(
  { partition, offset }: FetchPartition,
  errorCode: number,
  message: string,
  bounds = UNKNOWN,
): string {
  return JSON.stringify({
    partition,
    error_code: errorCode,
    message,
    high_watermark: bounds.highWatermark,
    log_start_offset: bounds.logStartOffset,
    next_offset: offset,
    records: [],
  });
}

const frameBytes = (asked: readonly FetchPartition[]): number =>
  asked.reduce((sum, { topic }) => sum + PARTITION_FRAME_BYTES + Buffer.byteLength(JSON.stringify(topic)), 0);
