/**
 * What every request of a member does, be it a heartbeat or a poll: it says that the member lives, now and then brings the
 * assignment up to date, and tells what the member may hold by it.
 *
 * That a member follows an assignment, holding nothing that is not its own there, is written down before anything is taken: others
 * wait for it.
 */

import { MillraceError } from '../protocol/errors.ts';
import { movedOn } from './assignments.ts';
import type { Assignment, Member, MemberIncarnation } from './cells.ts';
import type { Group } from './group.ts';
import { readGroup } from './group.ts';
import type { MemberOfGroup } from './join-group.ts';
import { writeMember } from './members.ts';
import { isSettling, reconcile, reconcileShare, SETTLES_WITHIN_MS } from './reconcile.ts';
import type { GroupServices } from './services.ts';
import { type OwnPartition, ownPartitions } from './take-partitions.ts';

/** A member's item is written at most so often only to say that it lives. */
const SEEN_EVERY_MS = 15_000;

/** How soon a member comes back that waits for a partition, and how often one does that waits for nothing; milliseconds. */
const SOON_MS = 1_000;
const BEAT_EVERY_MS = 5_000;

/** Parts of a session in which a member is heard of at least once. */
const BEATS_PER_SESSION = 3;

/** Changes of the group that may come between before a request gives up. */
const TRIES = 4;

/** What a member holds, as far as rights go. */
export interface HeldRight {
  readonly topicId: string;
  readonly partition: number;
  readonly since: number;
}

/** The assignment as it is for one member. */
export interface View {
  readonly group: Group;
  readonly assignment: Assignment;
  readonly own: readonly OwnPartition[];
  /** Whether the member is in it. */
  readonly isIn: boolean;
}

/** The group's assignment, brought up to date if it is this member's turn, or it is not in it. */
export async function viewAssignment(
  services: GroupServices,
  { group, read, member }: MemberOfGroup,
  { isChanged }: { readonly isChanged: boolean },
): Promise<View> {
  const { clock, random } = services;
  const self = { memberId: read.memberId, incarnation: member.incarnation };
  const view = await viewOf(services, group, self);
  const isTurn = isChanged || !view.isIn || random.float() < reconcileShare(view.assignment.members.length);
  if (!isTurn || isSettling(view.group.head, view.assignment, clock.now())) return view;
  return viewOf(services, await reconcileIfPossible(services, view.group), self);
}

async function viewOf(services: GroupServices, group: Group, self: MemberIncarnation): Promise<View> {
  let at = group;
  for (let tries = 0; tries < TRIES; tries++) {
    const assignment = await services.assignments.of(at.head);
    if (assignment) {
      const isIn = assignment.members.some(
        ({ memberId, incarnation }) => memberId === self.memberId && incarnation === self.incarnation,
      );
      return { group: at, assignment, own: ownPartitions(assignment, self), isIn };
    }
    const now = await readGroup(services, at.groupId);
    if (!now) throw movedOn();
    at = now;
  }
  throw movedOn();
}

/** What one request cannot do for the group another will: that it failed is no reason to fail its member. */
async function reconcileIfPossible(services: GroupServices, group: Group): Promise<Group> {
  try {
    return await reconcile(services, group);
  } catch (error) {
    if (error instanceof MillraceError) return group;
    throw error;
  }
}

/** Whether all that a member holds is its own. */
export const holdsOnlyOwn = (held: readonly HeldRight[], own: readonly OwnPartition[]): boolean => {
  const rights = new Set(own.map(rightKey));
  return held.every(right => rights.has(rightKey(right)));
};

/** Names a right among those of one member. */
export const rightKey = ({ topicId, partition, since }: HeldRight): string => `${topicId}/${partition}/${since}`;

/**
 * Writes down that the member lives and what it follows, if that is due; `undefined` where somebody else wrote it first.
 *
 * @param epoch of the assignment beyond which it holds nothing; none where it still holds something
 */
export async function beSeen(
  services: GroupServices,
  { read, member }: Omit<MemberOfGroup, 'group'>,
  { epoch }: { readonly epoch: number | undefined },
): Promise<Omit<MemberOfGroup, 'group'> | undefined> {
  const ackedEpoch = Math.max(epoch ?? 0, member.ackedEpoch);
  const now = services.clock.now();
  const isDue = Math.abs(now - member.seenAt) >= Math.min(SEEN_EVERY_MS, beatEveryMs(member));
  if (!isDue && ackedEpoch === member.ackedEpoch) return { read, member };
  const seen = { ...member, ackedEpoch, seenAt: now };
  const written = await writeMember(services, read, seen);
  return written && { read: written, member: seen };
}

const beatEveryMs = ({ sessionTimeoutMs }: Member): number => sessionTimeoutMs / BEATS_PER_SESSION;

/** How long a request of the member may wait, in milliseconds: it is to be heard of again before its session is over. */
export const longestWaitMs = (member: Member): number => Math.floor(beatEveryMs(member));

/** When the next heartbeat is due, in milliseconds. */
export function nextBeatMs(
  services: GroupServices,
  { view, member, isSettled }: { readonly view: View; readonly member: Member; readonly isSettled: boolean },
): number {
  const steady = Math.min(BEAT_EVERY_MS, Math.floor(beatEveryMs(member)));
  if (view.isIn) return isSettled ? steady : Math.min(SOON_MS, steady);
  const settlesInMs = view.group.head.changedAt + SETTLES_WITHIN_MS - services.clock.now();
  return settlesInMs >= 0 ? Math.min(SETTLES_WITHIN_MS, settlesInMs) + 1 : Math.min(SOON_MS, steady);
}
