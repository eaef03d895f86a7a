/**
 * Once all faults are over, for a while or for good, a run's trigger comes to the end of every log, within its bounds: what was begun, by
 * what is noted as due; and what nobody was told of, by the look at everything.
 */
import { offsetFromItem, offsetKey } from '../../lib/groups/items.ts';
import { logKeyOf } from '../../lib/log/catalogue.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { RunRequest } from '../../lib/ports/runner-starter.ts';
import { describeTrigger } from '../../lib/triggers/describe-trigger.ts';
import { startDue, sweepTriggers } from '../../lib/triggers/dispatch.ts';
import { readDue } from '../../lib/triggers/due.ts';
import { findTrigger } from '../../lib/triggers/trigger-store.ts';
import type { SimClient } from './sim-client.ts';
import { HOUR, MINUTE } from './time.ts';
import type { Place } from './topic-lives.ts';
import type { TriggerHost } from './trigger-host.ts';
import { TRIGGER } from './trigger-name.ts';
import { livingPartition } from './truth.ts';
import type { WorkerPool } from './worker-pool.ts';
import type { World } from './world.ts';

/** The lease of a runner that died, a pause that it had asked for, and the time to deliver what there is: in looks at what is due. */
const DUE_LOOKS = 4;
const DUE_EVERY_MS = 5 * MINUTE;

/** Of clocks that are hours apart what is said is believed for up to half an hour. */
const DUE_LOOKS_APART = 12;

/** With records that kill their runners. */
const LAST_LOOKS = 60;

/** What the owner asked for has been done by then, or never will be: however long a worker stood still. */
const DONE_LATE_MS = 35 * MINUTE;

/** What is appended as late as this before a look at the end need not be done by then. */
const LATE_MS = MINUTE;
const TASK_MS = 2 * MINUTE;

/** Whoever owns a run's trigger. */
export interface Owner {
  /** Whether anything may be on its way to the trigger that was asked for in the midst of all. */
  readonly isAsked: boolean;
  /** Whether the trigger is turned off and on, now and then. */
  readonly isTurned: boolean;
  /** Which of several triggers is left; left out, where they are as one. */
  readonly life?: number;
  settle(client: SimClient, sweep: () => Promise<void>): Promise<void>;
}

interface DrainParams {
  readonly client: SimClient;
  readonly world: World;
  readonly pool: WorkerPool;
  readonly host: TriggerHost;
  readonly owner: Owner;
}

/** A time in which nobody does anything, and nothing fails. */
export async function spendQuiet(params: DrainParams): Promise<void> {
  const { world } = params;
  const quiet = world.nights.fall((dueLooksOf(world) + 2) * DUE_EVERY_MS, async () => undefined);
  world.isCalm = true;
  await drainDue(params);
  world.isCalm = false;
  await quiet;
}

/** How far the trigger has come, while nothing keeps it from the end. */
export const lookAtProgress = (params: DrainParams): Promise<void> => writeProgress(params, placesOf(params));

export async function drainTrigger(params: DrainParams): Promise<void> {
  const { client, world, host, owner } = params;
  const sweep = () => host.until(services => sweepTriggers(services, deadlineIn(services.clock, TASK_MS)));
  if (owner.isAsked) await world.schedule.sleep(DONE_LATE_MS);
  await owner.settle(client, sweep);
  // that there is none is written down
  if (!(await findTrigger(world, TRIGGER))) return;
  await drainDue(params);
  await world.schedule.sleep(HOUR);
  await sweep();
  const dueLooks = dueLooksOf(world);
  for (let look = 0; look < LAST_LOOKS && (look < dueLooks || (await isBehind(params))); look++)
    await lookForDue(params);
  await writeProgress(params, placesOf(params));
  host.rest();
  for (const crash of host.crashes) throw crash;
}

/** What was begun is done soon, by what is noted as due. */
async function drainDue(params: DrainParams): Promise<void> {
  const { world, host } = params;
  const owed: Place[] = [];
  for (const place of placesOf(params)) {
    if (host.isClean || (!host.isDeadly && (await wasBegun(params, place)))) owed.push(place);
  }
  for (let look = 0; look < dueLooksOf(world); look++) await lookForDue(params);
  await writeProgress(params, owed);
}

const dueLooksOf = ({ scenario }: World): number => (scenario.skewMs > HOUR ? DUE_LOOKS_APART : DUE_LOOKS);

const placesOf = ({ client: { topics } }: DrainParams): readonly Place[] =>
  topics.places.filter(place => topics.lifeOf(place).number === 1 && topics.lifeOf(place).phase === 'live');

async function lookForDue({ world, host }: DrainParams): Promise<void> {
  await world.schedule.sleep(DUE_EVERY_MS);
  await host.until(services => startDue(services, deadlineIn(services.clock, TASK_MS)));
}

async function isBehind({ pool }: DrainParams): Promise<boolean> {
  return (await describeTrigger(pool.make().services, TRIGGER)).lag > 0;
}

/**
 * Whether a run of the partition was noted, or a runner has not given it back, or has asked for a pause. What had begun when the trigger
 * was turned off is begun anew when it is turned on, which may be lost as any wake-up.
 */
async function wasBegun({ world, owner }: DrainParams, place: Place): Promise<boolean> {
  const at = await livingPartition(world, place);
  const trigger = await findTrigger(world, TRIGGER);
  if (!at || !trigger) return false;
  const { life, triggerId } = trigger;
  if (await isNoted(world, { trigger: TRIGGER, triggerId, ...at })) return true;
  const cell = await world.cluster.get(offsetKey(life, at));
  const run = cell && offsetFromItem(cell).run;
  return !owner.isTurned && run?.triggerId === triggerId && (run.until > 0 || run.notBefore > 0);
}

async function isNoted(world: World, run: RunRequest): Promise<boolean> {
  for await (const due of readDue(world)) {
    if (logKeyOf(due) === logKeyOf(run) && due.triggerId === run.triggerId) return true;
  }
  return false;
}

/** Writes down how far the trigger has come, as a client is told. */
async function writeProgress(params: DrainParams, places: readonly Place[]): Promise<void> {
  const { client, world, pool, owner } = params;
  const before = await describeTrigger(pool.make().services, TRIGGER);
  await world.schedule.sleep(LATE_MS);
  const start = client.now;
  const { partitions } = await describeTrigger(pool.make().services, TRIGGER);
  for (const { topic, partition } of placesOf(params)) {
    const isSame = (each: Place) => each.topic === topic && each.partition === partition;
    const [was, is] = [before.partitions.find(isSame), partitions.find(isSame)];
    if (!was || !is || !places.some(isSame)) continue;
    const result = { offset: is.currentOffset, logEndOffset: was.logEndOffset };
    const log = client.topics.logOf({ topic, partition });
    const answer = { outcome: 'ok', result } as const;
    const of = { trigger: TRIGGER, ...(owner.life !== undefined && { life: owner.life }) };
    client.write({ operation: 'progress', ...of, log, start, end: client.now, answer });
  }
}
