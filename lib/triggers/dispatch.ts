/**
 * Which partitions of which triggers need a runner, and starting it. Nothing is invoked here: who wakes runners must not wait for one.
 *
 * Three ways lead here: a partition has grown; a run that was begun is past its time; and, seldom, all partitions are looked through,
 * whatever was told or noted of them.
 */
import { logKeyOf } from '../log/catalogue.ts';
import { type Deadline, timeLeftMs } from '../log/deadline.ts';
import { sideBySide } from '../log/side-by-side.ts';
import { type NamedTopic, readAllTopics } from '../log/topic-list.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { RunRequest } from '../ports/runner-starter.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { Trigger } from './cells.ts';
import { leaveForsaken } from './claim-group.ts';
import { finishTrigger } from './delete-trigger.ts';
import { readDue, removeDue } from './due.ts';
import { mayTake, readProgress } from './hold.ts';
import { persist } from './persist.ts';
import type { TriggerServices } from './services.ts';
import { TopicNames } from './topic-names.ts';
import { isRunning, listTriggers } from './trigger-store.ts';

/** What it takes to start a runner: no records are read. */
export type StartServices = Pick<TriggerServices, 'cluster' | 'clock' | 'starter'>;

/** Nothing is noted as due further ahead: what is was noted by a clock that was. */
const NOTED_AHEAD_MS = 30 * 60_000;

/** Of one partition; each is that of a runner that died. */
const NOTES_AT_ONCE = 100;

export interface Dispatched {
  readonly started: number;
  /** One per partition that could not be looked at or started; it keeps none of the others. */
  readonly failures: readonly Error[];
}

/**
 * Starts runners for partitions that have grown. Costs a query for the triggers, and one for the topics where there are any and a
 * partition is of one that was not met before; then a get for each partition that a trigger reads.
 *
 * @param names what whoever wakes often knows of topics
 */
export async function startGrown(
  services: StartServices,
  partitions: readonly TopicPartition[],
  names = new TopicNames(services.cluster),
): Promise<Dispatched> {
  const triggers = (await listTriggers(services)).filter(isRunning);
  if (triggers.length === 0) return { started: 0, failures: [] };
  const known = await names.of(partitions.map(({ topicId }) => topicId));
  const grown = partitions.flatMap(at => {
    const name = known.get(at.topicId);
    if (name === undefined) return [];
    return triggers.flatMap(trigger => (trigger.topics.includes(name) ? [{ trigger, topic: { name }, at }] : []));
  });
  return startEach(services, grown, isFree);
}

/** Starts what was begun and is past its time, each partition once; notes of what is gone are removed. */
export async function startDue(services: TriggerServices, deadline: Deadline): Promise<Dispatched> {
  const now = services.logs.time.now();
  const triggers = new Map((await listTriggers(services)).map(trigger => [trigger.triggerId, trigger]));
  const topics = new Map((await readAllTopics(services.cluster)).map(topic => [topic.topicId, topic]));
  const failures: Error[] = [];
  const late = new Map<string, LatePart>();
  for await (const due of readDue(services)) {
    if (timeLeftMs(services.clock, deadline) <= 0) break;
    if (due.at > now && due.at <= now + NOTED_AHEAD_MS) continue;
    const trigger = triggers.get(due.triggerId);
    const topic = topics.get(due.topicId);
    if (!trigger || !topic || !isRunning(trigger)) {
      await removeDue(services, due).catch(error => failures.push(asError(error)));
      continue;
    }
    const key = `${due.triggerId}/${logKeyOf(due)}`;
    const part = late.get(key) ?? { trigger, topic, at: due, notes: [] };
    // what is too much for one start is left to the next look
    if (part.notes.length < NOTES_AT_ONCE) part.notes.push(due.note);
    late.set(key, part);
  }
  const { started, failures: more } = await startEach(services, [...late.values()], isFree);
  return { started, failures: [...failures, ...more] };
}

/**
 * Looks through all partitions of all triggers, and starts those that are behind; ends what was begun of triggers that are being made
 * or taken away, and gives back the groups of those that are no more. Costs a get and two queries for each partition, and a query for
 * the groups.
 */
export async function sweepTriggers(services: TriggerServices, deadline: Deadline): Promise<Dispatched> {
  const triggers = await listTriggers(services);
  const failures: Error[] = [];
  for (const trigger of triggers) {
    await finishTrigger(services, trigger).catch(error => failures.push(asError(error)));
  }
  await leaveForsaken(services).catch(error => failures.push(asError(error)));
  const parts = await partsOf(services, triggers.filter(isRunning));
  const isToStart = async (part: PartToStart) => (await isBehind(services, part)) && isFree(services, part);
  const { started, failures: more } = await startEach(insistent(services), parts, async (each, part) => {
    return timeLeftMs(services.clock, deadline) > 0 && persist(each, () => isToStart(part));
  });
  return { started, failures: [...failures, ...more] };
}

/**
 * Starts the runners of a trigger that has just begun, or goes on. Never rejects: what was changed is changed, and what is not started
 * now is started by the next record, or found when everything is looked through.
 */
export async function startTrigger(services: TriggerServices, trigger: Trigger): Promise<Dispatched> {
  if (!isRunning(trigger)) return { started: 0, failures: [] };
  try {
    const parts = await persist(services, () => partsOf(services, [trigger]));
    return await startEach(insistent(services), parts, (each, part) => persist(each, () => isBehind(each, part)));
  } catch (error) {
    return { started: 0, failures: [asError(error)] };
  }
}

export interface Behind {
  readonly behind: readonly RunRequest[];
  /** One per partition that could not be looked at; it keeps none of the others. */
  readonly failures: readonly Error[];
}

/**
 * All partitions that are behind and free, for whoever runs them itself.
 *
 * @param logKeys is given the keys of all that triggers read, to be told when they grow
 */
export async function partitionsBehind(services: TriggerServices, logKeys: Set<string>): Promise<Behind> {
  const triggers = (await listTriggers(services)).filter(isRunning);
  const parts = await partsOf(services, triggers);
  for (const { at } of parts) logKeys.add(logKeyOf(at));
  const failures: Error[] = [];
  const isNext = await sideBySide(parts, async part => {
    try {
      return (await isFree(services, part)) && (await isBehind(services, part));
    } catch (cause) {
      failures.push(failureOf('look at', part, cause));
      return false;
    }
  });
  return { behind: parts.filter((_, index) => isNext[index]).map(requestOf), failures };
}

interface PartToStart {
  readonly trigger: Trigger;
  readonly topic: Pick<NamedTopic, 'name'>;
  readonly at: TopicPartition;
  /** Of runs that did not end. */
  readonly notes?: readonly string[];
}

interface LatePart extends PartToStart {
  readonly notes: string[];
}

async function partsOf(services: StartServices, triggers: readonly Trigger[]): Promise<readonly PartToStart[]> {
  if (triggers.length === 0) return [];
  const topics = new Map((await readAllTopics(services.cluster)).map(topic => [topic.name, topic]));
  return triggers.flatMap(trigger =>
    trigger.topics.flatMap(name => {
      const topic = topics.get(name);
      const count = topic?.partitions ?? 0;
      return Array.from({ length: count }, (_, partition) => ({ trigger, partition })).flatMap(({ partition }) =>
        topic ? [{ trigger, topic, at: { topicId: topic.topicId, partition } }] : [],
      );
    }),
  );
}

async function startEach<S extends StartServices>(
  services: S,
  parts: readonly PartToStart[],
  isToStart: (services: S, part: PartToStart) => Promise<boolean>,
): Promise<Dispatched> {
  const failures: Error[] = [];
  const starts = await sideBySide(parts, async part => {
    try {
      if (!(await isToStart(services, part))) return 0;
      await services.starter.start(requestOf(part));
      return 1;
    } catch (cause) {
      failures.push(failureOf('start', part, cause));
      return 0;
    }
  });
  return { started: starts.reduce<number>((sum, one) => sum + one, 0), failures };
}

/** Where nobody starts again soon what is not started now, it is tried a few times. */
const insistent = (services: TriggerServices): TriggerServices => ({
  ...services,
  starter: { start: run => persist(services, () => services.starter.start(run)) },
});

export const requestOf = ({ trigger, at, notes }: Pick<PartToStart, 'trigger' | 'at' | 'notes'>): RunRequest => ({
  trigger: trigger.name,
  triggerId: trigger.triggerId,
  topicId: at.topicId,
  partition: at.partition,
  ...(notes && { notes }),
});

async function isFree(services: StartServices, { trigger, topic, at }: PartToStart): Promise<boolean> {
  const read = await readProgress(services, { trigger, topic: topic.name, at });
  return mayTake(read, trigger, services.clock.now());
}

async function isBehind(services: TriggerServices, { trigger, topic, at }: PartToStart): Promise<boolean> {
  const { offset } = await readProgress(services, { trigger, topic: topic.name, at });
  try {
    const { logStartOffset, highWatermark } = await services.logs.of(at).reader.bounds();
    return highWatermark > (offset ?? logStartOffset);
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'UNKNOWN_TOPIC') return false;
    throw error;
  }
}

const failureOf = (doing: string, { trigger, topic, at }: PartToStart, cause: unknown): Error =>
  new Error(`could not ${doing} trigger '${trigger.name}' on ${topic.name}-${at.partition}`, { cause });

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
