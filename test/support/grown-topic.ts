import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { batchOf } from './batches.ts';
import { FAR } from './far-deadline.ts';
import type { TestWorker } from './memory-services.ts';

export interface GrownTopic {
  readonly partitions?: number;
  readonly config?: ReadonlyMap<string, string>;
  /** Bytes of the one record that each partition gets. */
  readonly bytes?: number;
}

/** A new topic with an entry in each of its partitions, which it answers with. */
export async function grownTopic(
  { services }: TestWorker,
  name: string,
  { partitions = 1, config = new Map(), bytes = 1 }: GrownTopic = {},
): Promise<readonly TopicPartition[]> {
  const { topicId } = await createTopic(services, { name, partitions, config });
  const grown = Array.from({ length: partitions }, (_, partition) => ({ topicId, partition }));
  const append = { batches: [batchOf(['x'.repeat(bytes)])], stampAppendTime: false };
  for (const at of grown) await services.logs.of(at).append(append, FAR);
  return grown;
}
