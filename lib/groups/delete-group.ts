/** Deleting a group. Commit point: the mark in its head. What is left of its life is swept later. */
import { requireEmpty } from './alter-offsets.ts';
import { movedOn } from './assignments.ts';
import { changeHead, type Group, noteDeadLife, requireGroup } from './group.ts';
import type { GroupServices } from './services.ts';

/** Changes of the head that may come between before ours gives up. */
const TRIES = 5;

/** @throws MillraceError UNKNOWN_GROUP, GROUP_NOT_EMPTY */
export async function deleteGroup(services: GroupServices, groupId: string): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const group = await requireEmpty(services, await requireGroup(services, groupId));
    if (await endLife(services, group)) return;
  }
  throw movedOn();
}

/** Whether the group's life is over; `false` where its head was changed first. */
export async function endLife(services: GroupServices, group: Group): Promise<boolean> {
  const { groupId, head } = group;
  const dead = await changeHead(services, group, { ...head, diedAt: services.clock.now() });
  if (!dead) return false;
  // where it fails, the sweep finds the mark
  await Promise.allSettled([noteDeadLife(services, head.life, { groupId })]);
  return true;
}
