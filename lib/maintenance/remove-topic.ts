/**
 * Removing what a deleted topic leaves: objects, entries and cells. Twice, with time between: a worker that was frozen may append
 * to a topic that is no more. What says that there is something to remove goes last.
 */
import {
  deletedTopicAttributes,
  deletedTopicFromItem,
  deletedTopicKey,
  deletedTopicsPk,
  entrySk,
  firstSortKey,
  folders,
  lastEntrySk,
  lastSortKey,
  logKeyOf,
  objectPrefix,
  partitionPk,
  partitionStateKey,
  topicFromItem,
  topicKey,
} from '../log/catalogue.ts';
import type { Deadline } from '../log/deadline.ts';
import { leaveTombstone } from '../log/topic-deletion.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { Item, ItemTable } from '../ports/item-table.ts';
import { isOver, type MaintenanceServices } from './services.ts';

/** Longer than an answer may take, a read may last, or a frozen worker's request lives. */
export const SECOND_REMOVAL_MS = 2 * 60 * 60_000;

const KEYS_AT_ONCE = 1_000;
const ITEMS_AT_ONCE = 64;

export interface RemoveResult {
  /** Topics of which nothing is left. */
  readonly removed: number;
  /** One per topic that could not be removed; it keeps none of the others. */
  readonly failures: readonly Error[];
}

/** Removes what is due of all deleted topics. */
export async function removeDeletedTopics(services: MaintenanceServices, deadline: Deadline): Promise<RemoveResult> {
  let removed = 0;
  const failures: Error[] = [];
  for (let from = firstSortKey; ; ) {
    const { items, more } = await services.cluster.query({ pk: deletedTopicsPk, from, to: lastSortKey });
    for (const item of items) {
      if (isOver(services, deadline)) return { removed, failures };
      try {
        if (await removeTopic(services, item, deadline)) removed++;
      } catch (cause) {
        failures.push(new Error(`could not remove the topic ${item.sk}`, { cause }));
      }
    }
    const last = items.at(-1);
    if (!more || !last) return { removed, failures };
    from = `${last.sk}\0`;
  }
}

/** Whether nothing is left of the topic. */
async function removeTopic(services: MaintenanceServices, item: Item, deadline: Deadline): Promise<boolean> {
  const { cluster, clock, random } = services;
  const topic = deletedTopicFromItem(item);
  const { removedAt } = topic;
  // where a clock far ahead said when, it is removed once more
  const isLast = removedAt !== undefined && removedAt - clock.now() < SECOND_REMOVAL_MS;
  if (isLast && clock.now() - removedAt < SECOND_REMOVAL_MS) return false;
  for (let partition = 0; partition < topic.partitions; partition++) {
    if (!(await removePartition(services, { topicId: item.sk, partition }, { isLast, deadline }))) return false;
  }
  if (!isLast) {
    const attributes = deletedTopicAttributes({ ...topic, removedAt: clock.now() });
    await cluster.replace({ ...deletedTopicKey(item.sk), writeId: random.id(), attributes }, item.version);
    return false;
  }
  await removeMark(services, topic.name, item.sk);
  await cluster.delete(item, item.version);
  return true;
}

interface RemoveParams {
  readonly isLast: boolean;
  readonly deadline: Deadline;
}

/** Whether all of the partition was removed, but for its tombstone until the last time. */
async function removePartition(
  services: MaintenanceServices,
  at: TopicPartition,
  { isLast, deadline }: RemoveParams,
): Promise<boolean> {
  const { cluster, log } = services;
  // whoever was about to publish finds it
  if (!isLast) await leaveTombstone(services, at);
  for (const folder of folders) if (!(await removeObjects(services, objectPrefix(folder, at), deadline))) return false;
  const entries = { pk: logKeyOf(at), from: entrySk(0), to: lastEntrySk };
  const state = partitionStateKey(at).sk;
  const cells = { pk: partitionPk(at), from: firstSortKey, to: lastSortKey };
  const isRemoved = (item: Item) => isLast || item.sk !== state;
  return (
    (await removeItems(services, { table: log, range: entries, isRemoved: () => true, deadline })) &&
    (await removeItems(services, { table: cluster, range: cells, isRemoved, deadline }))
  );
}

async function removeObjects(services: MaintenanceServices, prefix: string, deadline: Deadline): Promise<boolean> {
  let keys: string[] = [];
  const isTimeUp = () => isOver(services, deadline);
  for await (const { key } of services.objects.list(prefix)) {
    if (isTimeUp()) return false;
    keys.push(key);
    if (keys.length < KEYS_AT_ONCE) continue;
    await services.objects.delete(keys);
    keys = [];
  }
  if (keys.length > 0 && !isTimeUp()) await services.objects.delete(keys);
  return !isTimeUp();
}

interface ItemsParams {
  readonly table: ItemTable;
  readonly range: { readonly pk: string; readonly from: string; readonly to: string };
  readonly isRemoved: (item: Item) => boolean;
  readonly deadline: Deadline;
}

async function removeItems(
  services: MaintenanceServices,
  { table, range, isRemoved, deadline }: ItemsParams,
): Promise<boolean> {
  for (let from = range.from; ; ) {
    if (isOver(services, deadline)) return false;
    const { items, more } = await table.query({ ...range, from }, { limit: ITEMS_AT_ONCE });
    await Promise.all(items.filter(isRemoved).map(item => table.delete(item, item.version)));
    const last = items.at(-1);
    if (!last || !more) return true;
    from = `${last.sk}\0`;
  }
}

/** Frees the name, unless it has been used again. */
async function removeMark({ cluster }: MaintenanceServices, name: string, topicId: string): Promise<void> {
  const item = await cluster.get(topicKey(name));
  const topic = item && topicFromItem(item);
  if (item && topic?.deleted && topic.topicId === topicId) await cluster.delete(item, item.version);
}
