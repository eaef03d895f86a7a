/**
 * Creating a trigger. Commit point: the replacement of its item by one that is live.
 *
 *     item 'creating' ── take the group ── note where it begins ── item 'live' ── start its runners
 *
 * Where it begins is noted before it is live, so what is produced from then on is not missed. One that is never finished is taken away
 * by the sweep.
 */
import { checkGroupId } from '../groups/group.ts';
import type { Topic } from '../log/topic-directory.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { Trigger, TriggerCell, TriggerIdentity, TriggerSettings } from './cells.ts';
import { checkDestination } from './check-destination.ts';
import { claimGroup, leaveGroupOfTrigger } from './claim-group.ts';
import { removeWholly } from './delete-trigger.ts';
import { startTrigger } from './dispatch.ts';
import { noteStarts } from './note-starts.ts';
import type { TriggerServices } from './services.ts';
import { checkIdentity, checkSettings } from './settings.ts';
import { insertTrigger, listTriggers, replaceTrigger } from './trigger-store.ts';

export interface NewTrigger extends TriggerIdentity, TriggerSettings, Pick<TriggerCell, 'declaredBy'> {
  readonly name: string;
}

export interface CreateOptions {
  /** Whether its topics may come later; it reads those from their first record. */
  readonly mayPrecedeTopics?: boolean;
}

/**
 * @returns the trigger, which runs unless it is to be paused
 * @throws MillraceError INVALID_REQUEST, TRIGGER_EXISTS, UNKNOWN_TOPIC, GROUP_NOT_EMPTY, GROUP_OF_TRIGGER, INVALID_GROUP_ID
 * @example
 * const wanted = { name: 'count', topics: ['click'], groupId: 'count', startingPosition: 'LATEST', ...triggerSettings({ function: arn }) };
 * const trigger = await createTrigger(services, wanted);
 */
export async function createTrigger(
  services: TriggerServices,
  wanted: NewTrigger,
  { mayPrecedeTopics = false }: CreateOptions = {},
): Promise<Trigger> {
  const { name, ...chosen } = wanted;
  await check(services, wanted);
  const topics = await readTopics(services, chosen.topics, mayPrecedeTopics);
  const triggerId = services.random.id();
  const createdAt = services.clock.now();
  const cell = { ...chosen, triggerId, phase: 'creating', createdAt, life: '', epoch: 0 } as const;
  const created = await insertTrigger(services, name, cell);
  const live = await finish(services, created, topics);
  await startTrigger(services, live);
  return live;
}

async function check(services: TriggerServices, wanted: NewTrigger): Promise<void> {
  checkTriggerName(wanted.name);
  checkGroupId(wanted.groupId);
  checkIdentity(wanted);
  checkSettings(wanted);
  const refusal = services.refusalOfFunction(wanted.function);
  if (refusal) throw new MillraceError('INVALID_REQUEST', `function '${wanted.function}': ${refusal}`);
  await checkDestination(services, wanted);
  if ((await listTriggers(services)).length < limits.triggers) return;
  throw new MillraceError('INVALID_REQUEST', `there are ${limits.triggers} triggers already, which is the limit`);
}

/** What every front door hands over in a path as it was sent, and what may stand in a metric. */
const TRIGGER_NAME = /^[a-zA-Z0-9._-]+$/;

/** @throws MillraceError INVALID_REQUEST */
function checkTriggerName(name: string): void {
  const { triggerNameLength } = limits;
  if (TRIGGER_NAME.test(name) && name.length <= triggerNameLength && name !== '.' && name !== '..') return;
  const shown = name.length > triggerNameLength ? `${name.slice(0, 20)}…, of ${name.length} characters` : name;
  const detail = `trigger_name is '${shown}', it has 1 to ${triggerNameLength} of [a-zA-Z0-9._-], and is neither . nor ..`;
  throw new MillraceError('INVALID_REQUEST', detail);
}

async function readTopics(
  { topics }: TriggerServices,
  names: readonly string[],
  mayPrecede: boolean,
): Promise<readonly Topic[]> {
  const found: Topic[] = [];
  for (const name of names) {
    try {
      found.push(await topics.read(name));
    } catch (error) {
      const isAbsent = error instanceof MillraceError && error.code === 'UNKNOWN_TOPIC';
      if (!isAbsent || !mayPrecede) throw error;
    }
  }
  return found;
}

/** What was begun is taken back where it cannot be finished; where that fails too, the sweep does it. */
async function finish(services: TriggerServices, created: Trigger, topics: readonly Topic[]): Promise<Trigger> {
  try {
    const { head } = await claimGroup(services, created);
    const claimed = { ...created, life: head.life, epoch: head.epoch };
    await noteStarts(services, claimed, topics);
    const live = await replaceTrigger(services, { ...claimed, phase: 'live' });
    if (live) return live;
    throw new MillraceError(
      'STORE_UNAVAILABLE',
      `trigger '${created.name}' was taken away while it was made; try again`,
    );
  } catch (error) {
    await takeBack(services, created).catch(() => undefined);
    throw error;
  }
}

/** Where somebody deleted it meanwhile, nobody else knows that it took the group. */
async function takeBack(services: TriggerServices, created: Trigger): Promise<void> {
  await leaveGroupOfTrigger(services, created);
  await removeWholly(services, created);
}
