/**
 * A consumer instance of the v2 API: a member whose positions the server keeps, in the member's item. So any worker serves any
 * instance, and none holds anything of it.
 *
 * Every request of an instance is a heartbeat. A poll goes this way; the others only act, for what the client has not been told yet it
 * may still commit:
 *
 *     read ── what is not its own any more: commit if that is its way, and let go ── take what is new to it ── act ── compare-and-set
 *
 * Where another request of the instance came between, all of it begins again. The answer is given once what it changed is written.
 */
import { ageMs } from '../log/belief.ts';
import { MillraceError } from '../protocol/errors.ts';
import { autoCommit } from './auto-commit.ts';
import type { ConsumerInstance, HeldPosition, Member } from './cells.ts';
import { findMember } from './find-member.ts';
import { beSeen, rightKey, type View, viewAssignment } from './follow-assignment.ts';
import { withinInstance } from './item-room.ts';
import type { MemberOfGroup } from './join-group.ts';
import { isSubscribed, type MemberRead, readMember, writeMember } from './members.ts';
import type { GroupServices } from './services.ts';
import { type TakenPartition, takePartitions } from './take-partitions.ts';

/** Requests of the instance that may come between before one gives up. */
const TRIES = 8;

/** The longest wait before the third try, in milliseconds; it doubles from try to try. */
const WAIT_MS = 10;

/** What was read longer ago is read again before it is written. */
const READ_AGAIN_MS = 4_000;

export interface InstanceName {
  readonly groupId: string;
  /** The name of the instance, or what was drawn for it. */
  readonly instanceId: string;
}

/** An instance as a request finds it, holding what it may. */
export interface PresentInstance extends MemberOfGroup {
  readonly instance: ConsumerInstance;
  /** Partitions that it may hold and cannot begin, for the group has no offset of them and is to make none up. */
  readonly withoutOffset: readonly TakenPartition[];
}

/** What a request makes of an instance. */
export interface Acted<T> {
  readonly answer: T;
  /** To be written before the answer is given; nothing, where it stays as it is. */
  readonly member?: Member | undefined;
}

interface Act<T> {
  /** Whether it follows the group's assignment, as a poll does. */
  readonly follows: boolean;
  /** What the request says of what the client received. */
  readonly settle?: (instance: ConsumerInstance) => ConsumerInstance;
  readonly act: (present: PresentInstance) => Promise<Acted<T>>;
}

/** @throws MillraceError UNKNOWN_MEMBER, FENCED_MEMBER where it was created anew meanwhile, ILLEGAL_CONSUMER_STATE */
export async function withInstance<T>(
  services: GroupServices,
  { groupId, instanceId }: InstanceName,
  { follows, settle = instance => instance, act }: Act<T>,
): Promise<T> {
  let incarnation: string | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    // the request was sent to the one that it met first: what was created under the name since is another's
    const found = await findMember(services, { groupId, memberId: instanceId, incarnation });
    incarnation = found.member.incarnation;
    const settled = { ...found.member, instance: settle(instanceOf(found)) };
    const present = await refresh(services, { ...found, member: settled }, follows);
    if (!present) continue;
    const { answer, member } = await act(present);
    const isWritten = !member || (await writeAfterWait(services, present.read, member));
    if (isWritten) return answer;
    if (tries > 0) await services.clock.sleep(services.random.float() * WAIT_MS * 2 ** tries);
  }
  const detail = `consumer instance '${instanceId}' is used by too many requests at once; send one after the other`;
  throw new MillraceError('STORE_UNAVAILABLE', detail);
}

/** The instance of a member. @throws MillraceError ILLEGAL_CONSUMER_STATE of one that keeps its positions itself */
export function instanceOf({ read: { memberId }, member: { instance } }: MemberOfGroup): ConsumerInstance {
  if (instance) return instance;
  const detail = `'${memberId}' is a member that keeps its positions itself, no consumer instance`;
  throw new MillraceError('ILLEGAL_CONSUMER_STATE', detail);
}

/** The member with another instance, heard of now. */
export const withInstanceChanged = (
  { clock }: GroupServices,
  { member, instance }: Pick<PresentInstance, 'member' | 'instance'>,
  change: Partial<ConsumerInstance>,
): Member => ({ ...member, seenAt: clock.now(), instance: { ...instance, ...change } });

/** Follows the assignment, and takes what it gives; `undefined` where the instance was written by another request meanwhile. */
async function refresh(
  services: GroupServices,
  found: MemberOfGroup,
  follows: boolean,
): Promise<PresentInstance | undefined> {
  if (!follows || !isSubscribed(found.member)) {
    const seen = await beSeen(services, found, { epoch: undefined });
    return seen && { ...seen, group: found.group, instance: instanceOf({ ...found, ...seen }), withoutOffset: [] };
  }
  const view = await viewAssignment(services, found, { isChanged: false });
  const followed = await follow(services, found, view);
  return followed && takeNew(services, followed, view);
}

/** Lets go what is not its own any more, and writes that down: others wait for it. */
async function follow(services: GroupServices, found: MemberOfGroup, view: View): Promise<MemberOfGroup | undefined> {
  const { group, own } = view;
  const instance = instanceOf(found);
  const rights = new Set(own.map(rightKey));
  const held = instance.held.filter(each => rights.has(rightKey(each)));
  const lost = instance.held.filter(each => !rights.has(rightKey(each)));
  if (instance.autoCommit) await autoCommit(services, found, lost);
  const { epoch } = group.head;
  if (lost.length === 0) {
    const seen = await beSeen(services, found, { epoch });
    return seen && { ...seen, group };
  }
  const ackedEpoch = Math.max(epoch, found.member.ackedEpoch);
  const member = { ...withInstanceChanged(services, { ...found, instance }, { held }), ackedEpoch };
  const read = await writeMember(services, found.read, member);
  return read && { group, read, member };
}

async function takeNew(
  services: GroupServices,
  found: MemberOfGroup,
  { group, assignment, own }: View,
): Promise<PresentInstance | undefined> {
  const { member, read } = found;
  const instance = instanceOf(found);
  const rights = new Set(instance.held.map(rightKey));
  const wanted = withinInstance(
    { subscription: member.subscription, held: instance.held },
    own.filter(each => !rights.has(rightKey(each))),
  );
  const self = { memberId: read.memberId, incarnation: member.incarnation };
  const { life } = group.head;
  const { offsetReset } = member;
  const taken = await takePartitions(services, { life, self, offsetReset, assignment, wanted });
  const begun = taken.flatMap(begin);
  const withoutOffset = taken.filter(({ offset }) => offset === undefined);
  if (begun.length === 0) return { ...found, instance, withoutOffset };
  const next = withInstanceChanged(services, { member, instance }, { held: [...instance.held, ...begun] });
  const written = await writeMember(services, read, next);
  return written && { group, read: written, member: next, instance: next.instance as ConsumerInstance, withoutOffset };
}

const begin = ({ topic, topicId, partition, since, offset }: TakenPartition): readonly HeldPosition[] =>
  // where it begins the group has noted, or committed
  offset === undefined ? [] : [{ ...beginAt({ topic, topicId, partition, since }, offset), committed: offset }];

/** A partition that is read from an offset on. */
export const beginAt = (
  at: Pick<HeldPosition, 'topic' | 'topicId' | 'partition' | 'since'>,
  offset: number,
): HeldPosition => ({ ...at, position: offset, received: offset, committed: -1 });

/** Whether it was written in place of what was read; what was read long ago is looked at again first. */
async function writeAfterWait(services: GroupServices, read: MemberRead, member: Member): Promise<boolean> {
  let latest = read;
  if (ageMs(services.clock, read.asOf) > READ_AGAIN_MS) {
    latest = await readMember(services, read.life, read.memberId);
    if (latest.version !== read.version || latest.found?.incarnation !== member.incarnation) return false;
  }
  return (await writeMember(services, latest, member)) !== undefined;
}
