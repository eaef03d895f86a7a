/**
 * Triggers as they are stored, each under its name. What is left of one that was removed is a mark, for a day: an item that is made
 * anew begins with the versions of the one before, and whoever stood still meanwhile would change the new for the old.
 */
import { queryAll } from '../log/query-all.ts';
import { createSettled, replaceSettled } from '../log/settled-write.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { Trigger, TriggerCell } from './cells.ts';
import { allTriggers, isRemoved, removedAttributes, triggerAttributes, triggerFromItem, triggerKey } from './items.ts';
import type { TriggerServices } from './services.ts';

/** Longer than anybody stands still. */
const REMOVED_KEPT_MS = 24 * 60 * 60_000;

type StoreServices = Pick<TriggerServices, 'cluster' | 'clock' | 'random'>;

export async function findTrigger(
  { cluster }: Pick<StoreServices, 'cluster'>,
  name: string,
): Promise<Trigger | undefined> {
  const item = await cluster.get(triggerKey(name));
  return item && !isRemoved(item) ? triggerFromItem(item) : undefined;
}

/** @throws MillraceError UNKNOWN_TRIGGER */
export async function readTrigger(services: Pick<StoreServices, 'cluster'>, name: string): Promise<Trigger> {
  const found = await findTrigger(services, name);
  if (found) return found;
  throw unknownTrigger(name);
}

/** All triggers in the order of their names. */
export async function listTriggers({ cluster }: Pick<StoreServices, 'cluster'>): Promise<readonly Trigger[]> {
  const triggers: Trigger[] = [];
  for await (const item of queryAll(cluster, allTriggers)) if (!isRemoved(item)) triggers.push(triggerFromItem(item));
  return triggers;
}

/** @throws MillraceError TRIGGER_EXISTS */
export async function insertTrigger(services: StoreServices, name: string, cell: TriggerCell): Promise<Trigger> {
  const item = { ...triggerKey(name), writeId: services.random.id(), attributes: triggerAttributes(cell) };
  const created = await createSettled(services, item);
  if (created.outcome === 'created') return triggerFromItem(created.item);
  if (isRemoved(created.item)) {
    const replaced = await replaceSettled(services, item, created.item.version);
    if (replaced.outcome === 'replaced') return triggerFromItem(replaced.item);
  }
  throw new MillraceError('TRIGGER_EXISTS', `there is a trigger '${name}' already`);
}

/** The trigger as it is now; `undefined` where somebody changed it first. */
export async function replaceTrigger(services: StoreServices, trigger: Trigger): Promise<Trigger | undefined> {
  const { name, version, ...cell } = trigger;
  const item = { ...triggerKey(name), writeId: services.random.id(), attributes: triggerAttributes(cell) };
  const replaced = await replaceSettled(services, item, version);
  return replaced.outcome === 'replaced' ? triggerFromItem(replaced.item) : undefined;
}

/** Nothing where somebody changed it first. */
export async function removeTrigger(services: StoreServices, { name, version }: Trigger): Promise<void> {
  const expiresAt = services.clock.now() + REMOVED_KEPT_MS;
  const mark = { ...triggerKey(name), writeId: services.random.id(), attributes: removedAttributes, expiresAt };
  await replaceSettled(services, mark, version);
}

/** Whether it is to be run at all. */
export const isRunning = ({ phase, isEnabled }: Trigger): boolean => phase === 'live' && isEnabled;

export const unknownTrigger = (name: string) =>
  new MillraceError('UNKNOWN_TRIGGER', `there is no trigger '${name.slice(0, 255)}'`);
