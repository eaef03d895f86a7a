/** The topics that have a newest record of each key: compacted ones. */
import type { Topic, TopicDirectory } from '../log/topic-directory.ts';
import { unknownPartition, unknownTopic } from '../log/topic-directory.ts';
import { MillraceError } from '../protocol/errors.ts';
import { configValue, isCompacted } from '../protocol/topic-config.ts';

/**
 * Runs what rests on a topic as it is, so that keys are looked for where they are produced to now; answers only if its name
 * still means it.
 *
 * @throws MillraceError INVALID_REQUEST where the topic is not compacted
 */
export async function withCompactedTopic<T>(
  topics: TopicDirectory,
  { topic: name, partition }: { readonly topic: string; readonly partition?: number | undefined },
  use: (topic: Topic) => Promise<T>,
): Promise<T> {
  const topic = await topics.read(name);
  if (partition !== undefined && partition >= topic.partitions) throw unknownPartition(topic, partition);
  if (!isCompacted(topic.config)) throw notCompacted(topic);
  const [ended] = await Promise.allSettled([use(topic)]);
  if (!(await topics.mayAnswer(topic))) throw unknownTopic(name);
  if (ended.status === 'rejected') throw ended.reason;
  return ended.value;
}

const notCompacted = ({ name, config }: Topic) =>
  new MillraceError(
    'INVALID_REQUEST',
    `topic '${name}' has cleanup.policy ${configValue(config, 'cleanup.policy')}: only one with compact in it has a newest record of each key`,
  );
