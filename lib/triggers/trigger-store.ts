/**
 * Triggers as they are stored, each under its name. What is removed leaves a mark, so that versions go on from one trigger to the next of
 * its name: nothing that was begun for the one changes the other.
 */
import { queryAll } from '../log/query-all.ts';
import { createSettled, replaceSettled } from '../log/settled-write.ts';
import type { CreateResult, NewItem } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { Trigger, TriggerCell } from './cells.ts';
import { allTriggers, goneAttributes, isGone, triggerAttributes, triggerFromItem, triggerKey } from './items.ts';
import type { TriggerServices } from './services.ts';

/** The mark of a removed trigger is dropped after so long: nothing is on its way for longer. */
const MARKED_MS = 30 * 24 * 60 * 60_000;

type StoreServices = Pick<TriggerServices, 'cluster' | 'clock' | 'random'>;

export async function findTrigger(
  { cluster }: Pick<StoreServices, 'cluster'>,
  name: string,
): Promise<Trigger | undefined> {
  const item = await cluster.get(triggerKey(name));
  return item && !isGone(item) ? triggerFromItem(item) : undefined;
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
  for await (const item of queryAll(cluster, allTriggers)) if (!isGone(item)) triggers.push(triggerFromItem(item));
  return triggers;
}

/** @throws MillraceError TRIGGER_EXISTS */
export async function insertTrigger(services: StoreServices, name: string, cell: TriggerCell): Promise<Trigger> {
  const item = { ...triggerKey(name), writeId: services.random.id(), attributes: triggerAttributes(cell) };
  const created = await createAnew(services, item);
  if (created.outcome === 'created') return triggerFromItem(created.item);
  throw new MillraceError('TRIGGER_EXISTS', `there is a trigger '${name}' already`);
}

/** Creates the item where there is none, or what was there is gone. */
async function createAnew(services: StoreServices, item: NewItem): Promise<CreateResult> {
  const created = await createSettled(services, item);
  if (created.outcome === 'created' || !isGone(created.item)) return created;
  const replaced = await replaceSettled(services, item, created.item.version);
  if (replaced.outcome === 'replaced') return { outcome: 'created', item: replaced.item };
  return replaced.item ? { outcome: 'exists', item: replaced.item } : createAnew(services, item);
}

/** The trigger as it is now; `undefined` where somebody changed it first. */
export async function replaceTrigger(services: StoreServices, trigger: Trigger): Promise<Trigger | undefined> {
  const { name, version, ...cell } = trigger;
  const item = { ...triggerKey(name), writeId: services.random.id(), attributes: triggerAttributes(cell) };
  const replaced = await replaceSettled(services, item, version);
  return replaced.outcome === 'replaced' ? triggerFromItem(replaced.item) : undefined;
}

export async function removeTrigger(services: StoreServices, { name, version }: Trigger): Promise<void> {
  const goneAt = services.clock.now();
  const mark = { attributes: goneAttributes(goneAt), expiresAt: goneAt + MARKED_MS };
  await replaceSettled(services, { ...triggerKey(name), writeId: services.random.id(), ...mark }, version);
}

/** Whether it is to be run at all. */
export const isRunning = ({ phase, isEnabled }: Trigger): boolean => phase === 'live' && isEnabled;

export const unknownTrigger = (name: string) =>
  new MillraceError('UNKNOWN_TRIGGER', `there is no trigger '${name.slice(0, 255)}'`);
