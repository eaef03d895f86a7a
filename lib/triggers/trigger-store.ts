/** Triggers as they are stored, each under its name. */
import { queryAll } from '../log/query-all.ts';
import { createSettled, replaceSettled } from '../log/settled-write.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { Trigger, TriggerCell } from './cells.ts';
import { allTriggers, triggerAttributes, triggerFromItem, triggerKey } from './items.ts';
import type { TriggerServices } from './services.ts';

type StoreServices = Pick<TriggerServices, 'cluster' | 'clock' | 'random'>;

export async function findTrigger(
  { cluster }: Pick<StoreServices, 'cluster'>,
  name: string,
): Promise<Trigger | undefined> {
  const item = await cluster.get(triggerKey(name));
  return item && triggerFromItem(item);
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
  for await (const item of queryAll(cluster, allTriggers)) triggers.push(triggerFromItem(item));
  return triggers;
}

/** @throws MillraceError TRIGGER_EXISTS */
export async function insertTrigger(services: StoreServices, name: string, cell: TriggerCell): Promise<Trigger> {
  const item = { ...triggerKey(name), writeId: services.random.id(), attributes: triggerAttributes(cell) };
  const created = await createSettled(services, item);
  if (created.outcome === 'created') return triggerFromItem(created.item);
  throw new MillraceError('TRIGGER_EXISTS', `there is a trigger '${name}' already`);
}

/** The trigger as it is now; `undefined` where somebody changed it first. */
export async function replaceTrigger(services: StoreServices, trigger: Trigger): Promise<Trigger | undefined> {
  const { name, version, ...cell } = trigger;
  const item = { ...triggerKey(name), writeId: services.random.id(), attributes: triggerAttributes(cell) };
  const replaced = await replaceSettled(services, item, version);
  return replaced.outcome === 'replaced' ? triggerFromItem(replaced.item) : undefined;
}

export async function removeTrigger({ cluster }: StoreServices, { name, version }: Trigger): Promise<void> {
  await cluster.delete(triggerKey(name), version);
}

/** Whether it is to be run at all. */
export const isRunning = ({ phase, isEnabled }: Trigger): boolean => phase === 'live' && isEnabled;

export const unknownTrigger = (name: string) =>
  new MillraceError('UNKNOWN_TRIGGER', `there is no trigger '${name.slice(0, 255)}'`);
