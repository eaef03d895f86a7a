/** A group's members: reading them, whether they are still there, and writing them back. */
import { ageMs, type Moment, momentNow } from '../log/belief.ts';
import type { LogServices } from '../log/log-services.ts';
import { queryAll } from '../log/query-all.ts';
import { createSettled, replaceSettled } from '../log/settled-write.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { Member } from './cells.ts';
import { memberAttributes, memberFromItem, memberIdOf, memberKey, membersRange } from './items.ts';

/**
 * What was read of a member longer ago is not written back: it may have been deleted since, and joined again with the same
 * version.
 */
const WRITE_WITHIN_MS = 10_000;

/** For that, one that is gone stays so long, with room for clocks that differ: by then nobody writes who read it as one that lives. */
const STAYS_MS = WRITE_WITHIN_MS + 20_000;

export interface StoredMember {
  readonly memberId: string;
  readonly member: Member;
  readonly version: number;
}

/** What was found under a member's id, and when that was asked. */
export interface MemberRead {
  readonly life: string;
  readonly memberId: string;
  readonly found: Member | undefined;
  /** 0 where there is none. */
  readonly version: number;
  readonly asOf: Moment;
}

export async function readMember(
  { cluster, clock }: Pick<LogServices, 'cluster' | 'clock'>,
  life: string,
  memberId: string,
): Promise<MemberRead> {
  const asOf = momentNow(clock);
  const item = await cluster.get(memberKey(life, memberId));
  return { life, memberId, found: item && memberFromItem(item), version: item?.version ?? 0, asOf };
}

/** All that are stored, those that are gone as well. */
export async function readMembers(
  { cluster }: Pick<LogServices, 'cluster'>,
  life: string,
): Promise<readonly StoredMember[]> {
  const members: StoredMember[] = [];
  for await (const item of queryAll(cluster, membersRange(life))) {
    members.push({ memberId: memberIdOf(item), member: memberFromItem(item), version: item.version });
  }
  return members;
}

/** Whether a member left, or was not heard of for so long that others may take what it had. */
export const isGone = ({ hasLeft, seenAt, sessionTimeoutMs }: Member, now: number): boolean =>
  hasLeft || seenAt + sessionTimeoutMs < now;

/** Whether a member that is gone may be removed: what joins under its id then is another item, with versions of its own. */
export const isRemovable = ({ hasLeft, seenAt, sessionTimeoutMs }: Member, now: number): boolean =>
  seenAt + (hasLeft ? 0 : sessionTimeoutMs) + STAYS_MS < now;

/** Whether it wants partitions of the group: an instance without a subscription does not. */
export const isSubscribed = ({ subscription: { topics, pattern } }: Member): boolean =>
  topics.length > 0 || pattern !== undefined;

export const fencedMember = (groupId: string, memberId: string) =>
  new MillraceError('FENCED_MEMBER', `another process is member '${memberId}' of group '${groupId}' now`);

/** Writes the member in place of what was read; `undefined` where somebody wrote first, or the reading is old by now. */
export async function writeMember(
  services: LogServices,
  { life, memberId, version, asOf }: MemberRead,
  member: Member,
): Promise<MemberRead | undefined> {
  if (ageMs(services.clock, asOf) > WRITE_WITHIN_MS) return undefined;
  const item = { ...memberKey(life, memberId), writeId: services.random.id(), attributes: memberAttributes(member) };
  const written = version === 0 ? await createSettled(services, item) : await replaceSettled(services, item, version);
  if (written.outcome === 'exists' || written.outcome === 'stale') return undefined;
  return { life, memberId, found: member, version: written.item.version, asOf: momentNow(services.clock) };
}
