/**
 * Changing a topic's cell: read, decide, compare-and-set, and again when another was first.
 */
import { topicAttributes, topicFromItem, topicKey } from '../log/catalogue.ts';
import type { TopicCell } from '../log/cells.ts';
import type { LogServices } from '../log/log-services.ts';
import { replaceSettled } from '../log/settled-write.ts';
import { unknownTopic } from '../log/topic-directory.ts';
import type { NewItem } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';

/** Changes that may come between before ours gives up. */
const TRIES = 20;

/** Writes what `change` makes of the live topic; what it throws is thrown, and nothing is written. */
export async function changeTopic(
  services: LogServices,
  name: string,
  change: (topic: TopicCell) => TopicCell,
): Promise<TopicCell> {
  const { cluster, topics, random } = services;
  for (let tries = 0; tries < TRIES; tries++) {
    const item = await cluster.get(topicKey(name));
    const topic = item && topicFromItem(item);
    if (!topic || topic.deletedAt !== undefined) throw unknownTopic(name);
    const changed = change(topic);
    const result = await replaceSettled(services, topicItem(name, changed, random.id()), item.version);
    topics.forget(name);
    if (result.outcome === 'replaced') return changed;
  }
  throw new MillraceError('STORE_UNAVAILABLE', `topic '${name}' changed ${TRIES} times meanwhile; try again`);
}

export const topicItem = (name: string, topic: TopicCell, writeId: string): NewItem => ({
  ...topicKey(name),
  writeId,
  attributes: topicAttributes(topic),
});
