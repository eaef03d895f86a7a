/**
 * Joining a group, and changing what a member wants. Commit point: the member's item. Whoever joins under the id of a member that is
 * another incarnation takes its place: the other is fenced from then on.
 */
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { TopicToAssign } from './assign.ts';
import { movedOn } from './assignments.ts';
import type { AssignorName, ConsumerInstance, Member, MemberIncarnation, OffsetReset, Subscription } from './cells.ts';
import { type Group, isName, openGroup } from './group.ts';
import { assignedBytes, instanceBytes, memberBytes } from './item-room.ts';
import { fencedMember, isGone, type MemberRead, readMember, writeMember } from './members.ts';
import { pinStarts } from './pin-starts.ts';
import type { GroupServices } from './services.ts';
import { readSubscribedTopics } from './topic-matches.ts';

/** Changes of the member that may come between before ours gives up. */
const TRIES = 5;

/** What a member may choose for itself. */
export interface MemberSettings {
  readonly subscription: Subscription;
  readonly clientId: string;
  readonly instanceId?: string | undefined;
  readonly assignor: AssignorName;
  readonly offsetReset: OffsetReset;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly instance?: ConsumerInstance | undefined;
}

/** What a member wants from now on; what is left out stays as it is. */
export interface SettingsChange extends Partial<Omit<MemberSettings, 'subscription' | 'instance' | 'instanceId'>> {
  readonly topics?: readonly string[];
  /** Empty for none. */
  readonly pattern?: string;
}

/** A subscription as it becomes. */
export function changedSubscription(
  before: Subscription,
  { topics, pattern = before.pattern }: SettingsChange,
): Subscription {
  return { topics: topics ?? before.topics, ...(pattern && { pattern }) };
}

export interface JoinRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly incarnation: string;
  readonly settings: MemberSettings;
  /** Refuses to take the place of a member that lives. */
  readonly mayReplace: (member: Member) => boolean;
}

/** A member as it was read or written, in its group. */
export interface MemberOfGroup {
  readonly group: Group;
  readonly read: MemberRead;
  readonly member: Member;
}

/** @throws MillraceError GROUP_FULL, INVALID_REQUEST (more partitions than a group shares out), CONSUMER_EXISTS, FENCED_MEMBER */
export async function joinGroup(services: GroupServices, request: JoinRequest): Promise<MemberOfGroup> {
  const { groupId, memberId, incarnation, settings, mayReplace } = request;
  checkMemberId(memberId);
  let first: MemberRead | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    const group = await openGroup(services, groupId);
    await prepareSubscription(services, group, settings);
    const read = await readMember(services, group.head.life, memberId);
    first ??= read;
    const living = read.found && !isGone(read.found, services.clock.now()) ? read.found : undefined;
    if (living && !mayReplace(living)) throw memberExists(groupId, memberId);
    if (living && isOvertaken(incarnation, first, living)) throw fencedMember(groupId, memberId);
    if (!read.found) await checkRoom(services, group, { memberId, incarnation });
    const member = joined(settings, { incarnation, living, seenAt: services.clock.now() });
    const written = await writeMember(services, read, member);
    if (written) return { group, read: written, member };
  }
  throw movedOn();
}

/** Whether another process joined meanwhile: it may have started later, and no request of the past is to fence it. */
const isOvertaken = (incarnation: string, first: MemberRead, living: Member): boolean =>
  living.incarnation !== incarnation && living.incarnation !== first.found?.incarnation;

/** Makes a group ready for a subscription: its topics are few enough, and where the group begins in them is noted. */
export async function prepareSubscription(
  services: GroupServices,
  { head }: Group,
  { subscription, offsetReset, instance }: Pick<MemberSettings, 'subscription' | 'offsetReset' | 'instance'>,
): Promise<void> {
  const topics = await readSubscribedTopics(services, [subscription]);
  checkPartitions(topics, instance ? limits.partitionsPerInstance : limits.partitionsPerGroup);
  const bytes = topics.reduce((sum, topic) => sum + assignedBytes(topic), 0);
  checkBytes('assignment', bytes, limits.groupTopicBytes);
  if (instance) checkBytes('instance', instanceBytes(subscription, topics), limits.instanceTopicBytes);
  if (offsetReset === 'latest') await pinStarts(services, head, topics);
}

interface Joined {
  readonly incarnation: string;
  readonly living: Member | undefined;
  readonly seenAt: number;
}

/** A process that joins again is what it was, and follows what it followed. */
function joined(
  { instanceId, instance, ...settings }: MemberSettings,
  { incarnation, living, seenAt }: Joined,
): Member {
  const ackedEpoch = living?.incarnation === incarnation ? living.ackedEpoch : 0;
  return {
    ...settings,
    ...(instanceId !== undefined && { instanceId }),
    ...(instance && { instance }),
    incarnation,
    seenAt,
    hasLeft: false,
    ackedEpoch,
  };
}

function checkMemberId(memberId: string): void {
  const { groupIdLength } = limits;
  if (memberId !== '' && memberId.length <= groupIdLength && isName(memberId)) return;
  const detail = `a member's id has 1 to ${groupIdLength} characters, none of them a control character, and is neither . nor ..`;
  throw new MillraceError('INVALID_REQUEST', detail);
}

function checkPartitions(topics: readonly TopicToAssign[], most: number): void {
  const partitions = topics.reduce((sum, topic) => sum + topic.partitions, 0);
  if (partitions <= most) return;
  throw new MillraceError('INVALID_REQUEST', `the subscription means ${partitions} partitions, the limit is ${most}`);
}

function checkBytes(where: string, bytes: number, most: number): void {
  if (bytes <= most) return;
  const detail = `the subscription means topics that take ${bytes} bytes in the ${where}, the limit is ${most}; give fewer topics`;
  throw new MillraceError('INVALID_REQUEST', detail);
}

async function checkRoom(
  { assignments }: GroupServices,
  { groupId, head }: Group,
  joining: MemberIncarnation,
): Promise<void> {
  const members = (await assignments.of(head))?.members ?? [];
  const bytes = [...members, joining].reduce((sum, member) => sum + memberBytes(member), 0);
  if (members.length < limits.membersPerGroup && bytes <= limits.groupMemberBytes) return;
  const most = `${limits.membersPerGroup} members whose ids take ${limits.groupMemberBytes} bytes`;
  throw new MillraceError('GROUP_FULL', `group '${groupId}' has ${members.length} members, the limit is ${most}`);
}

const memberExists = (groupId: string, memberId: string) =>
  new MillraceError('CONSUMER_EXISTS', `group '${groupId}' has a consumer instance '${memberId}' that lives`);
