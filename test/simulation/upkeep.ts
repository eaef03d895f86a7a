/**
 * What goes on beside the clients of a run: topics are deleted and created again, their logs are maintained by workers that fail
 * like all others, items expire, and nights fall.
 */
import { partitionStateFromItem } from '../../lib/log/catalogue.ts';
import type { Item } from '../../lib/ports/item-table.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { configOf, configure } from './compaction.ts';
import { isJob, maintain } from './maintenance.ts';
import { drawWeighted, type Upkeep } from './scenario.ts';
import type { SimClient } from './sim-client.ts';
import { DAY, SECOND } from './time.ts';
import type { Place } from './topic-lives.ts';
import type { Request } from './worker-pool.ts';
import { trueTime, type World } from './world.ts';

/** The topic that is deleted and created again. */
export const MORTAL_TOPIC = 'two';

type Progress = () => number | 'over';

/** Does what a run's scenario says. */
export function keepUp(client: SimClient, world: World, progress: Progress): Promise<void> {
  return untilOver(client, world, progress, () => {
    const isEvening = world.nights.isAwaited && world.random.float() < 0.2;
    return doUpkeep(client, world, isEvening ? 'night' : drawWeighted(world.random, world.scenario.upkeep));
  });
}

/** The same maintenance once more at the same time, of the same logs and now and then in the same worker. */
export function maintainToo(client: SimClient, world: World, progress: Progress): Promise<void> {
  return untilOver(client, world, progress, async () => {
    const upkeep = drawWeighted(world.random, world.scenario.upkeep);
    if (isJob(upkeep)) await maintain(client, world, { job: upkeep, place: drawPlace(client, upkeep) });
  });
}

/** Works until all is over; the seldomer the longer nobody else does anything. */
async function untilOver(
  client: SimClient,
  world: World,
  progress: Progress,
  work: () => Promise<void>,
): Promise<void> {
  let idleMs = SECOND;
  for (let before = progress(); before !== 'over'; ) {
    await world.schedule.sleep(world.random.float() ** 2 * idleMs);
    await client.pause();
    await work();
    const now = progress();
    idleMs = now === before ? Math.min(2 * idleMs, DAY) : SECOND;
    before = now;
  }
}

async function doUpkeep(client: SimClient, world: World, upkeep: Upkeep): Promise<void> {
  switch (upkeep) {
    case 'recreate':
      return recreateTopic(client, world, MORTAL_TOPIC);
    case 'expire':
      return expireItems(world);
    case 'configure':
      return configure(client, world);
    case 'night':
      return spendNight(client, world);
    default:
      return maintain(client, world, { job: upkeep, place: drawPlace(client, upkeep) });
  }
}

function drawPlace(client: SimClient, upkeep: Upkeep): Place {
  const { topics, random } = client;
  const compacted = topics.places.filter(place => client.compactionOf(place));
  return (upkeep === 'compact' && compacted[random.below(compacted.length)]) || topics.draw(random);
}

/** Deletes a topic and creates it again, as often as it takes until each has happened for certain. */
async function recreateTopic(client: SimClient, world: World, topic: string): Promise<void> {
  const { topics } = client;
  topics.enter(topic, 'deleting');
  await until(client, services => deleteTopic(services, topic), 'UNKNOWN_TOPIC_OR_PARTITION');
  topics.enter(topic, 'gone');
  const create: Request<unknown> = services =>
    createTopic(services, { name: topic, partitions: topics.partitionsOf(topic), config: configOf(world, topic) });
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
  const rollSome = async () => {
    for (const place of client.topics.places) {
      if (scenario.upkeep.roll > 0 && random.float() < 0.7) await maintain(client, world, { job: 'roll', place });
    }
  };
  await rollSome();
  await nights.fall(ms, async () => {
    await rollSome();
    await expireItems(world);
    for (const place of client.topics.places) {
      await maintain(client, world, { job: 'sweep', place });
      if (client.compactionOf(place) && random.float() < 0.7) await maintain(client, world, { job: 'compact', place });
    }
  });
}

/** What expires in time is dropped at any time afterwards, in any order. */
const DROPPED_SHARE = 0.7;

/** Drops what has expired: cells by their own date, entries only below the rolled offset, as the roller sees to. */
async function expireItems({ log, cluster, schedule, random }: World): Promise<void> {
  const now = trueTime(schedule);
  const isDropped = (item: Item) => (item.expiresAt ?? now) < now && random.float() < DROPPED_SHARE;
  for (const item of cluster.all()) if (isDropped(item)) await cluster.delete(item, item.version);
  const rolled = new Map<string, number>();
  for (const item of cluster.all()) {
    if (item.sk === 'state') rolled.set(item.pk.slice('partition/'.length), partitionStateFromItem(item).rolledOffset);
  }
  for (const item of log.all()) {
    const isRolled = Number(item.sk) < (rolled.get(item.pk) ?? 0);
    if (isRolled && isDropped(item)) await log.delete(item, item.version);
  }
}
