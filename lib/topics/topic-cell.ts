/**
 * Changing a topic's cell: read, decide, compare-and-set, and again when another was first.
 */
import { topicAttributes, topicFromItem, topicKey } from '../log/catalogue.ts';
import type { TopicCell } from '../log/cells.ts';
import type { LogServices } from '../log/log-services.ts';
import { replaceSettled } from '../log/settled-write.ts';
import { unknownTopic } from '../log/topic-directory.ts';
import type { Item, NewItem } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';

/** Changes that may come between before ours gives up. */
const TRIES = 20;

/** Writes what `change` makes of the live topic, and returns its item; what it throws is thrown, and nothing is written. */
export async function changeTopic(
  services: LogServices,
  name: string,
  change: (topic: TopicCell) => TopicCell,
): Promise<Item> {
  const { cluster, topics, random } = services;
  for (let tries = 0; tries < TRIES; tries++) {
    const item = await cluster.get(topicKey(name));
    const topic = item && topicFromItem(item);
    if (!topic || topic.deleted) throw unknownTopic(name);
    const changed = change(topic);
    const result = await replaceSettled(services, topicItem(name, changed, random.id()), item.version);
    topics.forget(name);
    if (result.outcome === 'replaced') return result.item;
  }
  throw new MillraceError('STORE_UNAVAILABLE', `topic '${name}' changed ${TRIES} times meanwhile; try again`);
}

/**
 * Notes in a deleted topic's cell a moment after its deletion. The mark itself cannot hold it: whoever sets it may be frozen
 * between taking the time and setting the mark, and the name would be used again too soon.
 */
export async function stampDeletion(services: LogServices, name: string, marked: Item): Promise<number> {
  const deletedAt = services.clock.now();
  const stamped = topicItem(name, { ...topicFromItem(marked), deletedAt }, services.random.id());
  await services.cluster.replace(stamped, marked.version);
  return deletedAt;
}

export const topicItem = (name: string, topic: TopicCell, writeId: string): NewItem => ({
  ...topicKey(name),
  writeId,
  attributes: topicAttributes(topic),
});
