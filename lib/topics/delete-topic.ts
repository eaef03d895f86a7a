/**
 * Deleting a topic. Commit point: the mark in the cell under its name. Its id is never used again, so a topic of the same
 * name never meets its records.
 */
import { topicFromItem } from '../log/catalogue.ts';
import type { TopicCell } from '../log/cells.ts';
import type { LogServices } from '../log/log-services.ts';
import { leaveTombstone, noteDeletion } from '../log/topic-deletion.ts';
import { unknownTopic } from '../log/topic-directory.ts';
import { changeTopic, stampDeletion } from './topic-cell.ts';

/** Tombstones written side by side. */
const AT_ONCE = 16;

/**
 * @param isMeant whether the topic of that name is the one to delete; another is left alone
 * @throws MillraceError UNKNOWN_TOPIC
 */
export async function deleteTopic(
  services: LogServices,
  name: string,
  isMeant: (topic: TopicCell) => boolean = () => true,
): Promise<void> {
  const marked = await changeTopic(services, name, topic => {
    if (!isMeant(topic)) throw unknownTopic(name);
    return { ...topic, deleted: true };
  });
  // where it fails, whoever wants the name notes the time
  await Promise.allSettled([stampDeletion(services, name, marked)]);
  const { topicId, partitions } = topicFromItem(marked);
  // where it fails, maintenance finds the mark
  await Promise.allSettled([noteDeletion(services, name, topicFromItem(marked))]);
  // tells workers that still believe in the topic sooner; one that fails is no harm, maintenance leaves it later
  for (let first = 0; first < partitions; first += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, partitions - first) }, (_, index) => first + index);
    await Promise.allSettled(some.map(partition => leaveTombstone(services, { topicId, partition })));
  }
}
