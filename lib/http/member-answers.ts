/** What a member of a group is answered: what it may hold, and the records that follow. */
import * as z from 'zod';
import type { AssignedPartition, HeartbeatAnswer } from '../groups/heartbeat.ts';
import { resetPosition, withoutOffset } from '../groups/reset-position.ts';
import type { GroupServices } from '../groups/services.ts';
import { errorTable, MillraceError } from '../protocol/errors.ts';
import type { Beat, Poll } from './member-requests.ts';
import type { PositionRead } from './read-positions.ts';
import { recordOf } from './write-record.ts';

/** What an answer says of a partition in numbers beside its name: two offsets, at their longest, and no error. */
const NUMBERS_BYTES = 100;

/** Why there is no position. */
const NO_POSITION_BYTES = 400;

const NOT_JSON = 87;
const TOO_LARGE = errorTable.MESSAGE_TOO_LARGE.kafkaCode;

const assigned = {
  topic_name: z.string(),
  partition_id: z.int(),
  assignment_epoch: z.int(),
  is_new: z.boolean().meta({ description: 'Whether the member did not hold it before.' }),
};

const answerBase = {
  member_id: z.string(),
  member_epoch: z.int().meta({ description: 'To be sent with the next.' }),
  heartbeat_interval_ms: z.int().meta({ description: 'When the next is due.' }),
};

export const beatAnswer = z.object({
  kind: z.literal('MillraceMemberHeartbeat'),
  ...answerBase,
  assignment: z.object({
    topic_partitions: z.array(
      z.object({
        ...assigned,
        offset: z
          .int()
          .nullable()
          .optional()
          .meta({ description: 'Where to begin, of one that is new; null where the group has no offset of it.' }),
      }),
    ),
  }),
});

export const pollAnswerOf = (data: z.ZodType) =>
  z.object({
    kind: z.literal('MillraceMemberPoll'),
    ...answerBase,
    assignment: z.object({
      topic_partitions: z.array(
        z.object({
          ...assigned,
          position: z
            .int()
            .nullable()
            .meta({ description: 'To be sent with the next; null where the group has no offset of it.' }),
          high_watermark: z.int().meta({ description: '-1 where it is not known.' }),
          error_code: z.int().meta({ description: "Kafka's number; 0 for none." }),
          message: z.string().optional(),
          records: z.array(recordOf(data)),
        }),
      ),
    }),
  });

export const baseOf = ({ member_id }: Beat, { epoch, intervalMs }: HeartbeatAnswer) => ({
  member_id,
  member_epoch: epoch,
  heartbeat_interval_ms: intervalMs,
});

export const partitionOf = ({ topic, partition, since, isNew }: AssignedPartition) => ({
  topic_name: topic,
  partition_id: partition,
  assignment_epoch: since,
  is_new: isNew,
});

/** What an answer says of a partition beside its records, and beside what kept it from being read; in bytes. */
export const frameBytesOf = (place: Placed): number =>
  Buffer.byteLength(JSON.stringify(partitionOf(place))) +
  NUMBERS_BYTES +
  (place.position === undefined ? NO_POSITION_BYTES : 0);

/** A partition with the offset to read, as the client sent it, or as it begins. */
export interface Placed extends AssignedPartition {
  readonly position: number | undefined;
}

export function placesOf({ topic_partitions }: Poll, { partitions }: HeartbeatAnswer): readonly Placed[] {
  const sent = new Map(topic_partitions.map(each => [`${each.topic_name}/${each.partition_id}`, each.position]));
  return partitions.map(each => ({
    ...each,
    position: each.isNew ? each.offset : (sent.get(`${each.topic}/${each.partition}`) ?? undefined),
  }));
}

export async function writePartition(
  services: GroupServices,
  answer: HeartbeatAnswer,
  place: Placed,
  read: PositionRead | undefined,
): Promise<string> {
  const said = {
    ...partitionOf(place),
    position: read?.nextOffset ?? null,
    high_watermark: read?.highWatermark ?? -1,
    ...(await errorOf(services, answer, place, read)),
  };
  return `${JSON.stringify(said).slice(0, -1)},"records":[${read?.records ?? ''}]}`;
}

/** What kept a partition from being read; where its log ends before the position, or begins after it, the position is reset. */
async function errorOf(
  services: GroupServices,
  { offsetReset }: HeartbeatAnswer,
  place: Placed,
  read: PositionRead | undefined,
): Promise<{ readonly error_code: number; readonly message?: string; readonly position?: number }> {
  if (place.position === undefined) {
    const { kafkaCode, message } = withoutOffset(place);
    return { error_code: kafkaCode, message };
  }
  if (!read?.error) return { error_code: 0 };
  const { error } = read;
  const { message } = error;
  if (!(error instanceof MillraceError)) return { error_code: error.status === 413 ? TOO_LARGE : NOT_JSON, message };
  const isReset = error.code === 'OFFSET_OUT_OF_RANGE' && offsetReset !== 'none';
  if (!isReset) return { error_code: error.kafkaCode, message };
  const position = await resetPosition(services, place, { kind: offsetReset });
  return { error_code: error.kafkaCode, message, position };
}
