/** Parameters of paths and queries. Integers are strictly decimal: digits alone, without a leading zero. */
import * as z from 'zod';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { checkTopicName } from '../protocol/topic-name.ts';

const DECIMAL = /^(?:0|[1-9][0-9]*)$/;

/** A name that no topic can have is that of no topic. */
export const topicName = z
  .string()
  .transform(name => {
    try {
      return checkTopicName(name);
    } catch (cause) {
      const reason = cause instanceof MillraceError ? cause.message : String(cause);
      throw new MillraceError('UNKNOWN_TOPIC', `there is no such topic: ${reason}`, { cause });
    }
  })
  .meta({ type: 'string', description: 'Name of the topic.' });

/** A number that no partition can have is that of no partition. */
export const partitionId = z
  .string()
  .regex(/^(?:0|-?[1-9][0-9]*)$/, 'not a decimal integer')
  .transform(digits => {
    const partition = Number(digits);
    if (partition >= 0 && partition < limits.partitionsPerTopic) return partition;
    throw new MillraceError(
      'UNKNOWN_PARTITION',
      `there is no partition ${digits.slice(0, 20)}, a topic has 1 to ${limits.partitionsPerTopic}`,
    );
  })
  .meta({ type: 'integer', minimum: 0, description: 'Number of the partition.' });

export const clusterId = z.string().meta({ type: 'string', description: 'Id of the cluster.' });

/** A decimal integer in a query. */
export const decimal = (min: number, max: number, description: string) =>
  z
    .string()
    .regex(DECIMAL, `not a decimal integer from ${min} to ${max}`)
    .transform(Number)
    .refine(value => value >= min && value <= max, { error: `not an integer from ${min} to ${max}` })
    .meta({ type: 'integer', minimum: min, maximum: max, description });

export const v2Topic = z.object({ topic: topicName });
export const v2Partition = z.object({ topic: topicName, partition: partitionId });
export const cluster = z.object({ cluster_id: clusterId });
export const v3Topic = z.object({ cluster_id: clusterId, topic_name: topicName });
export const v3Partition = z.object({ cluster_id: clusterId, topic_name: topicName, partition_id: partitionId });
