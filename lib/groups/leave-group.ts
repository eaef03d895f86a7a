/** Leaving a group: others may take what the member had at once. Commit point: the mark in the member's item. */
import { MillraceError } from '../protocol/errors.ts';
import { movedOn } from './assignments.ts';
import { findMember, type MemberName } from './find-member.ts';
import { writeMember } from './members.ts';
import { reconcile } from './reconcile.ts';
import type { GroupServices } from './services.ts';

const TRIES = 5;

/** @throws MillraceError UNKNOWN_MEMBER where it is gone already, FENCED_MEMBER */
export async function leaveGroup(services: GroupServices, name: MemberName): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { group, read, member } = await findMember(services, name);
    if (!(await writeMember(services, read, { ...member, hasLeft: true, seenAt: services.clock.now() }))) continue;
    // whatever it could not do another beat will
    await Promise.allSettled([reconcile(services, group)]);
    return;
  }
  throw movedOn();
}

/** The same, of one that may have left before. */
export async function leaveIfPresent(services: GroupServices, name: MemberName): Promise<void> {
  try {
    await leaveGroup(services, name);
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'UNKNOWN_MEMBER') throw error;
  }
}
