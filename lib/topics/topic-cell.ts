/**
 * Changing a topic's cell: read, decide, compare-and-set, and again when another was first.
 */
import { ageMs, momentNow } from '../log/belief.ts';
import { topicAttributes, topicFromItem, topicKey } from '../log/catalogue.ts';
import type { TopicCell } from '../log/cells.ts';
import type { LogServices } from '../log/log-services.ts';
import { replaceSettled } from '../log/settled-write.ts';
import { unknownTopic } from '../log/topic-directory.ts';
import type { Item, NewItem } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';

/** Changes that may come between before ours gives up. */
const TRIES = 20;

/** A change older than this is not tried again: its client is gone, and the topic may by now be another of the same name. */
const CHANGE_WITHIN_MS = 30_000;

/** Writes what `change` makes of the live topic, and returns its item; what it throws is thrown, and nothing is written. */
export async function changeTopic(
  services: LogServices,
  name: string,
  change: (topic: TopicCell) => TopicCell,
): Promise<Item> {
  const { cluster, topics, random, clock } = services;
  const since = momentNow(clock);
  for (let tries = 0; tries < TRIES; tries++) {
    const item = await cluster.get(topicKey(name));
    // after the read: what it gave is of this topic if it came in time, and of no later one
    if (ageMs(clock, since) > CHANGE_WITHIN_MS) break;
    const topic = item && topicFromItem(item);
    if (!topic || topic.deleted) throw unknownTopic(name);
    const changed = change(topic);
    const result = await replaceSettled(services, topicItem(name, changed, random.id()), item.version);
    topics.forget(name);
    if (result.outcome === 'replaced') return result.item;
  }
  throw new MillraceError('STORE_UNAVAILABLE', `topic '${name}' changed too often meanwhile; try again`);
}

/**
 * Notes in a deleted topic's cell a moment after its deletion. The mark itself cannot hold it: whoever sets it may be frozen
 * between taking the time and setting the mark, and the name would be used again too soon.
 */
export async function stampDeletion(services: LogServices, name: string, marked: Item): Promise<void> {
  const deletedAt = services.clock.now();
  const stamped = topicItem(name, { ...topicFromItem(marked), deletedAt }, services.random.id());
  await services.cluster.replace(stamped, marked.version);
}

export const topicItem = (name: string, topic: TopicCell, writeId: string): NewItem => ({
  ...topicKey(name),
  writeId,
  attributes: topicAttributes(topic),
});
