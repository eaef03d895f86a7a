/** Setting offsets by what they mean, and what became of each partition: the same for groups and for triggers. */
import * as z from 'zod';
import type { CommitResult } from '../groups/commit-offsets.ts';
import type { ResetTo } from '../groups/reset-offsets.ts';
import { limits } from '../protocol/limits.ts';
import { offset } from './consumer-params.ts';
import { isoTimestamp } from './iso-timestamp.ts';
import { mediaType } from './media-type.ts';
import { MAX_PARTITION, optional } from './record-schemas.ts';
import { json } from './reply.ts';
import type { Answer } from './route.ts';

const most = limits.offsetsPerCommit;

export const topic_name = z.string().max(limits.topicNameLength);
export const partition_id = z.int().min(0).max(MAX_PARTITION);

/** Partitions of a topic; all, where none are named. */
export const someOfTopic = z.strictObject({
  topic_name,
  partitions: optional(z.array(partition_id).min(1).max(most)),
});

export const resetBody = z
  .strictObject({
    topics: z.array(someOfTopic).min(1).max(most).meta({
      description: 'All partitions of a topic, where none are named.',
    }),
    to: z.enum(['earliest', 'latest', 'offset', 'timestamp', 'shift']),
    offset: optional(offset),
    timestamp: optional(isoTimestamp),
    shift_by: optional(z.int().min(-limits.offset).max(limits.offset)),
  })
  .refine(({ to, offset: at }) => (to === 'offset') === (at !== undefined), {
    error: 'to=offset and an offset come together',
  })
  .refine(({ to, timestamp }) => (to === 'timestamp') === (timestamp !== undefined), {
    error: 'to=timestamp and a timestamp come together',
  })
  .refine(({ to, shift_by }) => (to === 'shift') === (shift_by !== undefined), {
    error: 'to=shift and a shift_by come together',
  });

/** What belongs to `to` is given, and nothing else: the schema says so. */
export function resetTo({ to, offset: at = 0, timestamp = 0, shift_by: by = 0 }: z.output<typeof resetBody>): ResetTo {
  switch (to) {
    case 'offset':
      return { kind: to, offset: at };
    case 'timestamp':
      return { kind: to, timestamp };
    case 'shift':
      return { kind: to, by };
    default:
      return { kind: to };
  }
}

const resultData = z.object({
  topic_name: z.string(),
  partition_id: z.int(),
  error_code: z.int().meta({ description: "Kafka's number; 0 for none." }),
  message: z.string().optional(),
  offset: z.int().optional().meta({ description: 'Of a reset, what is read next.' }),
});

/** The answer of a request that does something to each of several partitions. */
export const resetResults: Answer = {
  status: 200,
  description: 'What became of each partition.',
  content: { [mediaType.json]: z.object({ offsets: z.array(resultData) }) },
};

export interface PartitionResult extends CommitResult {
  readonly topic: string;
  readonly partition: number;
  readonly offset?: number | undefined;
}

export const resultsOf = (parts: readonly PartitionResult[]) =>
  json({
    offsets: parts.map(({ topic, partition, offset: at, error }) => ({
      topic_name: topic,
      partition_id: partition,
      error_code: error?.kafkaCode ?? 0,
      ...(error && { message: error.message }),
      ...(at !== undefined && { offset: at }),
    })),
  });
