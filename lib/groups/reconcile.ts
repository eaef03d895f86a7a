/**
 * Bringing a group's assignment up to date with who lives, what they want, and which topics there are. Any request does it, by
 * chance, so that a group needs no coordinator and no timer; several may do it at once. Commit point: the head.
 *
 *     read the head ── read members and topics ── assign ── create assignment/epoch+1 ── compare-and-set the head
 *
 * The assignment is written once and before the head that names it. Whoever finds it written takes that one: between two that
 * come from the same head either will do, and what is wrong with it the next reconciliation mends.
 */
import type { LogServices } from '../log/log-services.ts';
import { assign } from './assign.ts';
import type { Candidate } from './assignor.ts';
import type { Assignment, GroupHead } from './cells.ts';
import { changeHead, type Group, readGroup } from './group.ts';
import { assignmentKey, memberKey } from './items.ts';
import { isGone, isRemovable, isSubscribed, readMembers, type StoredMember } from './members.ts';
import type { GroupServices } from './services.ts';
import { eachMeant, readSubscribedTopics } from './topic-matches.ts';

/** An assignment lasts at least so long, that many who come together cost one; but a group without members is given its first at once. */
export const SETTLES_WITHIN_MS = 3_000;

/** Members that reconcile at each beat of all of them, about. */
const RECONCILERS = 4;

/** How often a beat of one of so many members reconciles. */
export const reconcileShare = (members: number): number => RECONCILERS / Math.max(1, members);

/** Whether an assignment is too young to be changed yet, but by whoever leaves a group to nobody. */
export const isSettling = ({ changedAt }: GroupHead, { members }: Assignment, now: number): boolean =>
  members.length > 0 && Math.abs(now - changedAt) <= SETTLES_WITHIN_MS;

/** The group with an assignment that is right, or as right as it may be already. */
export async function reconcile(services: GroupServices, group: Group): Promise<Group> {
  const { life } = group.head;
  // what joined before a trigger took the group is given nothing
  if (group.head.trigger) return group;
  const previous = await services.assignments.of(group.head);
  if (!previous) return current(services, group);
  const stored = await readMembers(services, life);
  const now = services.clock.now();
  const living = stored.filter(({ member }) => !isGone(member, now));
  const next = await planned(services, living, previous, now);
  if (!next) return group;
  if (next.members.length > 0 && isSettling(group.head, previous, now)) return group;
  await services.assignments.create(life, next);
  const head = { ...group.head, epoch: next.epoch, changedAt: services.clock.now() };
  const changed = await changeHead(services, group, head);
  if (!changed) return current(services, group);
  await removeOld(
    services,
    changed.head,
    stored.filter(({ member }) => isRemovable(member, now)),
  );
  return changed;
}

async function planned(
  services: LogServices,
  living: readonly StoredMember[],
  previous: Assignment,
  now: number,
): Promise<Assignment | undefined> {
  const subscribed = living.filter(({ member }) => isSubscribed(member));
  const topics = await readSubscribedTopics(
    services,
    subscribed.map(({ member }) => member.subscription),
  );
  const topicsOf = eachMeant(topics);
  const members = subscribed.map(({ memberId, member }): Candidate => {
    const { incarnation, assignor, subscription } = member;
    return { memberId, incarnation, assignor, topics: topicsOf(subscription) };
  });
  return assign({ members, topics, previous, now });
}

/** Somebody else changed it. */
async function current(services: GroupServices, group: Group): Promise<Group> {
  return (await readGroup(services, group.groupId)) ?? group;
}

/** What nobody needs any more: members that were gone before, and the assignment before the last. One that is not removed is no harm. */
async function removeOld(
  { cluster }: LogServices,
  { life, epoch }: GroupHead,
  gone: readonly StoredMember[],
): Promise<void> {
  const members = gone.map(({ memberId, version }) => cluster.delete(memberKey(life, memberId), version));
  await Promise.allSettled([...members, cluster.delete(assignmentKey(life, epoch - 2), 1)]);
}
