/**
 * The group of a trigger. It is the trigger's alone: as long as its head names the trigger, it has no members, and nobody else commits
 * to it. Commit point: the head.
 *
 * A trigger's item is there before it takes its group, and is gone only after it has left it. But whoever makes a trigger may stand still
 * until that has been taken away, and take the group only then: a head may name a trigger that is no more. That takes nobody's group.
 */
import { requireEmpty } from '../groups/alter-offsets.ts';
import { movedOn } from '../groups/assignments.ts';
import { changeHead, type Group, openAnyGroup, readGroup } from '../groups/group.ts';
import { groupsPk, headFromItem } from '../groups/items.ts';
import { firstSortKey, lastSortKey } from '../log/catalogue.ts';
import { queryAll } from '../log/query-all.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { TriggerServices } from './services.ts';
import { findTrigger } from './trigger-store.ts';

/** Changes of the head that may come between before ours gives up. */
const TRIES = 5;

export interface Claim {
  readonly groupId: string;
  readonly name: string;
  readonly triggerId: string;
}

/**
 * Takes a group that has no members, with the offsets that it has.
 *
 * @throws MillraceError GROUP_NOT_EMPTY, GROUP_OF_TRIGGER, INVALID_GROUP_ID
 */
export async function claimGroup(services: TriggerServices, { groupId, name, triggerId }: Claim): Promise<Group> {
  for (let tries = 0; tries < TRIES; tries++) {
    const opened = await openAnyGroup(services, groupId);
    if (opened.head.trigger?.triggerId === triggerId) return opened;
    if (await isForsaken(services, opened)) {
      await leaveGroup(services, opened);
      continue;
    }
    const group = await requireEmpty(services, opened);
    const head = { ...group.head, trigger: { name, triggerId } };
    const claimed = await changeHead(services, group, head);
    if (claimed) return claimed;
  }
  throw movedOn();
}

/** Gives the group back: its offsets stay, as those of a group that became empty now. */
export async function leaveGroupOfTrigger(
  services: TriggerServices,
  { groupId, triggerId }: Pick<Claim, 'groupId' | 'triggerId'>,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const group = await readGroup(services, groupId);
    if (group?.head.trigger?.triggerId !== triggerId) return;
    if (await leaveGroup(services, group)) return;
  }
  throw new MillraceError('STORE_UNAVAILABLE', `group '${groupId}' is being changed by others all the time; try again`);
}

/**
 * Gives back the groups of triggers that are no more: what a maker claimed that stood still while its trigger was taken away, and then
 * died. Costs a query for the groups, and a get for each that is a trigger's.
 */
export async function leaveForsaken(services: TriggerServices): Promise<void> {
  for await (const item of queryAll(services.cluster, { pk: groupsPk, from: firstSortKey, to: lastSortKey })) {
    const group = { groupId: item.sk, head: headFromItem(item), version: item.version };
    if (await isForsaken(services, group)) await leaveGroup(services, group);
  }
}

/** Whether the group's head names a trigger that is no more: none that comes has its id. */
async function isForsaken(services: TriggerServices, { head: { trigger } }: Group): Promise<boolean> {
  return trigger !== undefined && (await findTrigger(services, trigger.name))?.triggerId !== trigger.triggerId;
}

/** Whether it is left; `false` where its head was changed first. */
async function leaveGroup(services: TriggerServices, group: Group): Promise<boolean> {
  const { trigger: _, ...head } = group.head;
  return (await changeHead(services, group, { ...head, usedAt: services.clock.now() })) !== undefined;
}
