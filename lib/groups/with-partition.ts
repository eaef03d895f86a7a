/** Writing what rests on a topic's name. */
import { unknownTopic } from '../log/topic-directory.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { NamedPartition } from './named-partition.ts';
import type { GroupServices } from './services.ts';

/**
 * Writes for the partition that the name means, and answers if it still means it.
 *
 * @throws MillraceError OUTCOME_UNKNOWN where it was written, and the name could not be looked at again
 */
export async function withPartition(
  { topics }: GroupServices,
  { topic: name, partition }: NamedPartition,
  write: (at: TopicPartition) => Promise<void>,
): Promise<void> {
  const topic = await topics.resolveWith(name, partition);
  await write({ topicId: topic.topicId, partition });
  let isSame: boolean;
  try {
    isSame = await topics.mayAnswer(topic);
  } catch (cause) {
    throw new MillraceError('OUTCOME_UNKNOWN', `topic '${name}' could not be looked at after the write`, { cause });
  }
  if (!isSame) throw unknownTopic(name);
}
