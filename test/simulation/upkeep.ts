/**
 * What goes on beside the clients of a run: topics are deleted and created again, old records are moved out of the hot end,
 * items expire, objects that nobody refers to are swept, and nights fall.
 */
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
import { nextOffsetAfter } from '../../lib/log/log-entry.ts';
import { claimObject } from '../../lib/log/object-claim.ts';
import { neverRolled } from '../../lib/log/partition-state.ts';
import { ENTRY_EXPIRY_MS } from '../../lib/log/seal-entry.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { drawWeighted, type Upkeep } from './scenario.ts';
import type { SimClient } from './sim-client.ts';
import { DAY, HOUR, MINUTE, SECOND } from './time.ts';
import type { Place } from './topic-lives.ts';
import type { Request } from './worker-pool.ts';
import { trueTime, type World } from './world.ts';

/** The topic that is deleted and created again. */
export const MORTAL_TOPIC = 'two';

/** An entry that would expire within so long is given new time before it counts as rolled. */
const RESTAMP_MS = 2 * DAY;

/** What the sweep does with one object takes no longer. */
const SWEEP_STEP_MS = MINUTE;

/** An object that nobody refers to is swept at this age. */
const ORPHAN_MS = HOUR;

/** Works until all is over; the seldomer the longer nobody else does anything. */
export async function keepUp(client: SimClient, world: World, progress: () => number | 'over'): Promise<void> {
  const work: Readonly<Record<Upkeep, () => Promise<void>>> = {
    recreate: () => recreateTopic(client, MORTAL_TOPIC),
    roll: () => moveLogStart(client, world, client.topics.draw(world.random)),
    expire: () => expireItems(world),
    sweep: () => sweepObjects(world),
    night: () => spendNight(client, world),
  };
  let idleMs = SECOND;
  for (let before = progress(); before !== 'over'; ) {
    await world.schedule.sleep(world.random.float() ** 2 * idleMs);
    await client.pause();
    const isEvening = world.nights.isAwaited && world.random.float() < 0.2;
    await work[isEvening ? 'night' : drawWeighted(world.random, world.scenario.upkeep)]();
    const now = progress();
    idleMs = now === before ? Math.min(2 * idleMs, DAY) : SECOND;
    before = now;
  }
}

/** Deletes a topic and creates it again, as often as it takes until each has happened for certain. */
async function recreateTopic(client: SimClient, topic: string): Promise<void> {
  const { topics } = client;
  topics.enter(topic, 'deleting');
  await until(client, services => deleteTopic(services, topic), 'UNKNOWN_TOPIC_OR_PARTITION');
  topics.enter(topic, 'gone');
  const create: Request<unknown> = services =>
    createTopic(services, { name: topic, partitions: topics.partitionsOf(topic) });
  await until(client, create, 'already exists');
  topics.enter(topic, 'live');
}

async function until(client: SimClient, request: Request<unknown>, whenDone: string): Promise<void> {
  while (true) {
    const answer = await client.ask(request);
    if (answer.outcome === 'ok' || (answer.outcome === 'failed' && answer.error.includes(whenDone))) return;
    await client.pauseToRetry();
  }
}

async function spendNight(client: SimClient, world: World): Promise<void> {
  const { scenario, nights, random } = world;
  const ms = scenario.nights[random.below(scenario.nights.length)];
  if (ms === undefined) return;
  for (const place of client.topics.places) {
    if (scenario.upkeep.roll > 0 && random.float() < 0.7) await moveLogStart(client, world, place);
  }
  await nights.fall(ms, async () => {
    await expireItems(world);
    await sweepObjects(world);
  });
}

/**
 * Moves the start of a log and its rolled offset to the beginning of some entry, or to the end: what retention leaves of old
 * records. As the roller does, it first gives new time to what would soon expire.
 */
async function moveLogStart(client: SimClient, world: World, place: Place): Promise<void> {
  const { topics, random } = client;
  const start = client.now;
  const log = topics.logOf(place);
  const at = await livingPartition(world, place);
  if (!at || topics.lifeOf(place).phase !== 'live') return;
  const stored = await world.cluster.get(partitionStateKey(at));
  const state = stored && partitionStateFromItem(stored);
  if (state?.deleted) return;
  const rolledOffset = state?.rolledOffset ?? 0;
  const offset = await drawBoundary(world, at, rolledOffset);
  await giveTime(world, at, { from: rolledOffset, to: offset });
  const attributes = partitionStateAttributes({ ...neverRolled, logStartOffset: offset, rolledOffset: offset });
  const item = { ...partitionStateKey(at), writeId: random.id(), attributes };
  if (stored) await world.cluster.replace(item, stored.version);
  else await world.cluster.create(item);
  topics.moveStart(log, offset);
  const answer = { outcome: 'ok', result: {} } as const;
  client.write({ operation: 'deleteRecords', log, offset, start, end: client.now, answer });
}

async function giveTime(world: World, at: TopicPartition, { from, to }: { from: number; to: number }): Promise<void> {
  const now = trueTime(world.schedule);
  for (const item of world.log.all()) {
    const isRolled = item.pk === logKeyOf(at) && Number(item.sk) >= from && Number(item.sk) < to;
    if (isRolled && (item.expiresAt ?? now) < now + RESTAMP_MS) {
      await world.log.replace({ ...item, expiresAt: now + ENTRY_EXPIRY_MS }, item.version);
    }
  }
}

async function livingPartition({ cluster }: World, { topic, partition }: Place): Promise<TopicPartition | undefined> {
  const item = await cluster.get(topicKey(topic));
  const cell = item && topicFromItem(item);
  return cell && !cell.deleted ? { topicId: cell.topicId, partition } : undefined;
}

/** Where some entry begins; half of the time, where the last one ends. */
async function drawBoundary({ log, random }: World, at: TopicPartition, from: number): Promise<number> {
  const range = { pk: logKeyOf(at), from: entrySk(from), to: lastEntrySk };
  const isToEnd = random.float() < 0.5;
  const { items } = await log.query(range, { reverse: isToEnd });
  const item = items[isToEnd ? 0 : random.below(items.length)];
  if (!item) return from;
  const entry = entryFromItem(item);
  return isToEnd ? nextOffsetAfter(entry) : entry.baseOffset;
}

/** Drops what has expired: cells by their own date, entries only below the rolled offset, as the roller sees to. */
async function expireItems({ log, cluster, schedule }: World): Promise<void> {
  const now = trueTime(schedule);
  cluster.dropExpired(now);
  const rolled = new Map<string, number>();
  for (const item of cluster.all()) {
    if (item.sk === 'state') rolled.set(item.pk.slice('partition/'.length), partitionStateFromItem(item).rolledOffset);
  }
  for (const item of log.all()) {
    const isRolled = Number(item.sk) < (rolled.get(item.pk) ?? 0);
    if (isRolled && (item.expiresAt ?? now) < now) await log.delete(item, item.version);
  }
}

/** Deletes the objects older than an hour that no entry refers to, unless a reader found one that does. */
async function sweepObjects({ log, cluster, objects, schedule, random }: World): Promise<void> {
  const clock = { now: () => trueTime(schedule), monotonic: () => schedule.now, sleep: () => Promise.resolve() };
  const referenced = new Set(log.all().map(item => item.attributes.o));
  const now = trueTime(schedule);
  for await (const { key, lastModified } of objects.list('')) {
    await schedule.sleep(random.float() ** 3 * SWEEP_STEP_MS);
    if (lastModified > now - ORPHAN_MS || referenced.has(key)) continue;
    const claim = await claimObject({ cluster, random, clock }, key, 'swept');
    if (claim === 'swept') await objects.delete([key]);
  }
}
