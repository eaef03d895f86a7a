/**
 * Deleting entries where the store does not drop them by itself: those that were rolled a day ago, and only below the rolled
 * offset. By then nobody who may still be acknowledged believes in what they stand for.
 */
import { entrySk, logKeyOf, rolledMarkAttributes, rolledMarkFromItem, rolledMarkKey } from '../log/catalogue.ts';
import type { Deadline } from '../log/deadline.ts';
import { readPartitionState } from '../log/partition-state.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { isOver, type MaintenanceServices } from './services.ts';

const STAY_MS = 86_400_000;

const AT_ONCE = 64;

/** @returns how many entries were deleted */
export async function dropRolledEntries(
  services: MaintenanceServices,
  at: TopicPartition,
  deadline: Deadline,
): Promise<number> {
  const { cluster, clock, random } = services;
  const item = await cluster.get(rolledMarkKey(at));
  const stored = item && rolledMarkFromItem(item);
  // a clock that was ahead said when: it is noted anew
  const mark = stored && stored.at <= clock.now() ? stored : undefined;
  if (mark && clock.now() - mark.at < STAY_MS) return 0;
  const dropped = mark ? await dropBelow(services, at, { offset: mark.rolledOffset, deadline }) : 0;
  if (isOver(services, deadline)) return dropped;
  const { rolledOffset } = await readPartitionState(cluster, at);
  if (rolledOffset === (mark ? mark.rolledOffset : 0)) return dropped;
  const next = {
    ...rolledMarkKey(at),
    writeId: random.id(),
    // the time is taken after the read
    attributes: rolledMarkAttributes({ rolledOffset, at: clock.now() }),
  };
  if (item) await cluster.replace(next, item.version);
  else await cluster.create(next);
  return dropped;
}

interface DropParams {
  readonly offset: number;
  readonly deadline: Deadline;
}

async function dropBelow(
  services: MaintenanceServices,
  at: TopicPartition,
  { offset, deadline }: DropParams,
): Promise<number> {
  const { log } = services;
  const range = { pk: logKeyOf(at), from: entrySk(0), to: entrySk(offset - 1) };
  for (let dropped = 0; ; ) {
    const { items } = offset > 0 ? await log.query(range, { limit: AT_ONCE }) : { items: [] };
    if (items.length === 0 || isOver(services, deadline)) return dropped;
    await Promise.all(items.map(item => log.delete(item, item.version)));
    dropped += items.length;
  }
}
