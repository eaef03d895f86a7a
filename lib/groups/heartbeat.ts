/**
 * The heartbeat of a member that keeps its positions itself, in the shape of Kafka's ConsumerGroupHeartbeat (KIP-848): it says what it
 * wants and what it holds, and is told what it may hold. A partition that is missing from the answer it gives up; one that is new to
 * it comes with the offset to begin at.
 *
 * Cost: two gets; a write every 15 s, or where the member follows a new assignment; for each partition taken a get and a write.
 */
import type { TopicPartition } from '../log/topic-partition.ts';
import { movedOn } from './assignments.ts';
import type { Assignment, OffsetReset } from './cells.ts';
import { findMember } from './find-member.ts';
import {
  beSeen,
  type HeldRight,
  holdsOnlyOwn,
  longestWaitMs,
  nextBeatMs,
  rightKey,
  viewAssignment,
} from './follow-assignment.ts';
import {
  changedSubscription,
  joinGroup,
  type MemberOfGroup,
  type MemberSettings,
  prepareSubscription,
  type SettingsChange,
} from './join-group.ts';
import { writeMember } from './members.ts';
import type { GroupServices } from './services.ts';
import { takePartitions } from './take-partitions.ts';

/** Requests of the same member that may come between before a heartbeat gives up. */
const TRIES = 5;

/** A partition that the client holds, by a right that it was given. */
export interface HeldPartition {
  readonly topic: string;
  readonly partition: number;
  readonly since: number;
}

export interface HeartbeatRequest {
  readonly groupId: string;
  /** Under which the group knows it: its instance id where it has one, else the id of its process. */
  readonly memberId: string;
  /** The id of its process, made anew at each start. */
  readonly incarnation: string;
  /** What it wants, where it joins. */
  readonly joining?: MemberSettings | undefined;
  /** What it wants otherwise than before, where it is a member. */
  readonly changes?: SettingsChange | undefined;
  readonly held: readonly HeldPartition[];
}

/** A partition that the member may hold. */
export interface AssignedPartition extends HeldPartition, TopicPartition {
  /** Where to begin, of one that is new to the member; none where the group has no offset and is not to make one up. */
  readonly offset?: number | undefined;
  readonly isNew: boolean;
}

export interface HeartbeatAnswer {
  readonly epoch: number;
  readonly intervalMs: number;
  /** How long a request of the member may wait, in milliseconds, so that it is heard of again before its session is over. */
  readonly maxWaitMs: number;
  readonly offsetReset: OffsetReset;
  readonly partitions: readonly AssignedPartition[];
}

/**
 * @throws MillraceError UNKNOWN_MEMBER: it gives up all partitions and joins again; FENCED_MEMBER: it ends
 * @example
 * const { partitions } = await heartbeat(services, { groupId: 'counts', memberId, incarnation, joining, held: [] });
 */
export async function heartbeat(services: GroupServices, request: HeartbeatRequest): Promise<HeartbeatAnswer> {
  let present = await enter(services, request);
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = await beat(services, present, request);
    if (answer) return answer;
    present = { ...(await findMember(services, request)), isChanged: false };
  }
  throw movedOn();
}

interface Present extends MemberOfGroup {
  /** Whether it has joined just now, or wants something else than before. */
  readonly isChanged: boolean;
}

async function enter(services: GroupServices, request: HeartbeatRequest): Promise<Present> {
  const { joining, changes = {} } = request;
  if (joining) {
    const joined = await joinGroup(services, { ...request, settings: joining, mayReplace: () => true });
    return { ...joined, isChanged: true };
  }
  const found = await findMember(services, request);
  return Object.keys(changes).length === 0 ? { ...found, isChanged: false } : change(services, found, changes);
}

/** Writes what the member wants from now on. */
async function change(services: GroupServices, found: MemberOfGroup, changes: SettingsChange): Promise<Present> {
  const { topics: _, pattern: _pattern, ...others } = changes;
  const subscription = changedSubscription(found.member.subscription, changes);
  const member = { ...found.member, ...others, subscription, seenAt: services.clock.now() };
  if (isSame(member, found.member)) return { ...found, isChanged: false };
  await prepareSubscription(services, found.group, member);
  const read = await writeMember(services, found.read, member);
  if (!read) throw movedOn();
  return { group: found.group, read, member, isChanged: true };
}

const isSame = (a: MemberOfGroup['member'], b: MemberOfGroup['member']): boolean =>
  JSON.stringify({ ...a, seenAt: 0 }) === JSON.stringify({ ...b, seenAt: 0 });

/** `undefined` where the member was written by another request meanwhile. */
async function beat(
  services: GroupServices,
  present: Present,
  request: HeartbeatRequest,
): Promise<HeartbeatAnswer | undefined> {
  const { incarnation, memberId } = request;
  const view = await viewAssignment(services, present, present);
  const held = rightsOf(request.held, view.assignment);
  const isFollowing = held.length === request.held.length && holdsOnlyOwn(held, view.own);
  const seen = await beSeen(services, present, { epoch: isFollowing ? view.group.head.epoch : undefined });
  if (!seen) return undefined;
  const keys = new Set(held.map(rightKey));
  const kept = view.own.filter(own => keys.has(rightKey(own))).map(own => ({ ...own, isNew: false }));
  const wanted = view.own.filter(own => !keys.has(rightKey(own)));
  const { life } = view.group.head;
  const { offsetReset } = seen.member;
  const self = { memberId, incarnation };
  const taken = await takePartitions(services, { life, self, offsetReset, assignment: view.assignment, wanted });
  const partitions = [...kept, ...taken.map(each => ({ ...each, isNew: true }))];
  const isSettled = partitions.length === view.own.length && keys.size === kept.length;
  return {
    epoch: view.group.head.epoch,
    intervalMs: nextBeatMs(services, { view, member: seen.member, isSettled }),
    maxWaitMs: longestWaitMs(seen.member),
    offsetReset,
    partitions,
  };
}

/** Those that the assignment knows the topics of; any other is not the member's. */
function rightsOf(held: readonly HeldPartition[], { topics }: Assignment): readonly HeldRight[] {
  const ids = new Map(topics.map(({ name, topicId }) => [name, topicId]));
  return held.flatMap(({ topic, partition, since }) => {
    const topicId = ids.get(topic);
    return topicId === undefined ? [] : [{ topicId, partition, since }];
  });
}
