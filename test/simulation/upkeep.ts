/**
 * What goes on beside the clients of a run: topics are deleted and created again, old records are moved out of the hot end,
 * items expire, and objects that nobody refers to are swept.
 */
import type { MemoryItemTable } from '../../lib/adapters/memory/item-table.ts';
import type { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import {
  entryFromItem,
  entrySk,
  lastEntrySk,
  logKeyOf,
  partitionStateAttributes,
  partitionStateFromItem,
  partitionStateKey,
  topicFromItem,
  topicKey,
} from '../../lib/log/catalogue.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import type { Schedule } from './schedule.ts';
import type { ClientDeps } from './workload.ts';

export interface Stores {
  readonly log: MemoryItemTable;
  readonly cluster: MemoryItemTable;
  readonly objects: MemoryObjectStore;
  readonly schedule: Schedule;
  readonly epoch: number;
}

const HOUR = 3_600_000;

/** Deletes a topic and creates it again, as often as it takes until each has happened for certain. */
export async function recreateTopic(deps: ClientDeps, topic: string, partitions: number): Promise<void> {
  deps.topics.beginChange(topic);
  await until(deps, async services => deleteTopic(services, topic), /UNKNOWN_TOPIC/);
  await until(deps, async services => createTopic(services, { name: topic, partitions }), /already exists/);
  deps.topics.endChange(topic);
}

async function until(
  { pool, random }: ClientDeps,
  request: Parameters<ClientDeps['pool']['ask']>[1],
  isDone: RegExp,
): Promise<void> {
  while (true) {
    const answer = await pool.ask(random, request);
    if (answer.outcome === 'ok' || isDone.test(answer.error)) return;
    await pool.pause(random);
  }
}

/** Moves the start of a log and its rolled offset to some entry: what retention leaves of old records. */
export async function moveLogStart(stores: Stores, deps: ClientDeps): Promise<void> {
  const { topic, partition } = deps.topics.draw(deps.random);
  const log = deps.topics.logOf(topic, partition);
  const cell = await stores.cluster.get(topicKey(topic));
  if (log === undefined || !cell || topicFromItem(cell).deleted) return;
  const at = { topicId: topicFromItem(cell).topicId, partition };
  const stored = await stores.cluster.get(partitionStateKey(at));
  const from = stored ? partitionStateFromItem(stored).rolledOffset : 0;
  const { items } = await stores.log.query({ pk: logKeyOf(at), from: entrySk(from), to: lastEntrySk });
  const chosen = items[deps.random.below(items.length + 1)];
  if (!chosen || stored?.attributes.deleted === true) return;
  const offset = entryFromItem(chosen).baseOffset;
  const attributes = partitionStateAttributes({ logStartOffset: offset, rolledOffset: offset, deleted: false });
  const item = { ...partitionStateKey(at), writeId: deps.random.id(), attributes };
  if (stored) await stores.cluster.replace(item, stored.version);
  else await stores.cluster.create(item);
  deps.topics.moveStart(log, offset);
}

/** Drops what has expired: cells by their own date, entries only below the rolled offset, as the roller sees to. */
export async function expireItems(stores: Stores): Promise<void> {
  const now = stores.epoch + stores.schedule.now;
  stores.cluster.dropExpired(now);
  const rolled = new Map<string, number>();
  for (const item of stores.cluster.all()) {
    if (item.sk === 'state') rolled.set(item.pk.slice('partition/'.length), partitionStateFromItem(item).rolledOffset);
  }
  for (const item of stores.log.all()) {
    const isRolled = Number(item.sk) < (rolled.get(item.pk) ?? 0);
    if (isRolled && (item.expiresAt ?? now) < now) await stores.log.delete(item, item.version);
  }
}

/** Deletes the objects older than an hour that no entry refers to. */
export async function sweepObjects(stores: Stores): Promise<void> {
  const now = stores.epoch + stores.schedule.now;
  const referenced = new Set(stores.log.all().map(item => item.attributes.o));
  for await (const { key, lastModified } of stores.objects.list('')) {
    if (lastModified < now - HOUR && !referenced.has(key)) await stores.objects.delete([key]);
  }
}
