/** The member that a request comes from. */
import { MillraceError } from '../protocol/errors.ts';
import { readGroup, refuseTrigger } from './group.ts';
import type { MemberOfGroup } from './join-group.ts';
import { fencedMember, isGone, readMember } from './members.ts';
import type { GroupServices } from './services.ts';

export interface MemberName {
  readonly groupId: string;
  readonly memberId: string;
  /** Any, where it is left out: then the client has none of its own. */
  readonly incarnation?: string | undefined;
}

/** @throws MillraceError UNKNOWN_MEMBER (it joins again), FENCED_MEMBER (another took its place), GROUP_OF_TRIGGER */
export async function findMember(services: GroupServices, name: MemberName): Promise<MemberOfGroup> {
  const { groupId, memberId, incarnation } = name;
  const group = await readGroup(services, groupId);
  if (!group) throw unknownMember(name);
  refuseTrigger(group);
  const read = await readMember(services, group.head.life, memberId);
  const member = read.found;
  if (!member || isGone(member, services.clock.now())) throw unknownMember(name);
  if (incarnation !== undefined && member.incarnation !== incarnation) throw fencedMember(groupId, memberId);
  return { group, read, member };
}

const unknownMember = ({ groupId, memberId }: MemberName) =>
  new MillraceError('UNKNOWN_MEMBER', `group '${groupId}' has no member '${memberId}'; it has to join again`);
