/**
 * What a group's next assignment is, as a pure decision.
 *
 * A partition that stays with the same incarnation of its member keeps its `since`: nothing changes for it. One that changes
 * hands has the new epoch.
 */
import { limits } from '../protocol/limits.ts';
import type { Assignor, Candidate, PartitionToAssign } from './assignor.ts';
import {
  type AssignedTopic,
  type Assignment,
  type AssignorName,
  assignorNames,
  type MemberIncarnation,
  type Ownership,
} from './cells.ts';
import { assignedBytes, memberBytes } from './item-room.ts';
import { rangeAssignor } from './range-assignor.ts';
import { uniformAssignor } from './uniform-assignor.ts';

/** A topic that lives, with its id and its number of partitions. */
export interface TopicToAssign {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: number;
}

const assignors: Readonly<Record<AssignorName, Assignor>> = { uniform: uniformAssignor, range: rangeAssignor };

export interface AssignParams {
  readonly members: readonly Candidate[];
  readonly topics: readonly TopicToAssign[];
  readonly previous: Assignment;
  /** Milliseconds. */
  readonly now: number;
}

/** The assignment of the next epoch; `undefined` where the present one is as good. */
export function assign({ members, topics, previous, now }: AssignParams): Assignment | undefined {
  const epoch = previous.epoch + 1;
  const admitted = admit(members, previous);
  const index = new Map(admitted.map(({ memberId }, at) => [memberId, at]));
  const owned = new OwnersBefore(previous);
  const wanted = withinLimit(topics.filter(({ topicId }) => admitted.some(member => member.topics.has(topicId))));
  const partitions = wanted.flatMap(topic => partitionsOf(topic, owned));
  const owners = assignors[chosenAssignor(admitted)](admitted, partitions);
  let at = 0;
  const assigned = wanted.map(({ name, topicId, partitions: count }): AssignedTopic => {
    const own = (partition: number): Ownership => {
      const member = index.get(owners[at++] ?? '') as number;
      const before = owned.of(topicId, partition);
      const stays = before !== undefined && isSame(before, admitted[member]);
      return { member, since: stays ? before.since : epoch };
    };
    return { name, topicId, owners: Array.from({ length: count }, (_, partition) => own(partition)) };
  });
  const next = {
    epoch,
    members: admitted.map(incarnationOf),
    topics: assigned,
    began: beganOf(assigned, previous, now),
  };
  return isAsGood(previous, next) ? undefined : next;
}

/** As many as a group may have, those first that are members already; in the order of their ids. */
function admit(members: readonly Candidate[], { members: before }: Assignment): readonly Candidate[] {
  const known = new Set(before.map(({ memberId }) => memberId));
  const first = members
    .toSorted(byMemberId)
    .toSorted((a, b) => Number(known.has(b.memberId)) - Number(known.has(a.memberId)))
    .slice(0, limits.membersPerGroup);
  let left: number = limits.groupMemberBytes;
  const admitted = first.filter(member => {
    left -= memberBytes(member);
    return left >= 0;
  });
  return admitted.toSorted(byMemberId);
}

const byMemberId = (a: Candidate, b: Candidate): number => (a.memberId < b.memberId ? -1 : 1);

/** The topics in the order of their names, as far as a group's limit reaches. */
function withinLimit(topics: readonly TopicToAssign[]): readonly TopicToAssign[] {
  let left: number = limits.partitionsPerGroup;
  let bytesLeft: number = limits.groupTopicBytes;
  const byName = topics.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return byName.filter(topic => {
    left -= topic.partitions;
    bytesLeft -= assignedBytes(topic);
    return left >= 0 && bytesLeft >= 0;
  });
}

const partitionsOf = ({ topicId, partitions }: TopicToAssign, owned: OwnersBefore): readonly PartitionToAssign[] =>
  Array.from({ length: partitions }, (_, partition) => ({
    topic: topicId,
    partition,
    previous: owned.of(topicId, partition)?.memberId,
  }));

/** What most members ask for; of two asked for as often, the first. */
export function chosenAssignor(members: readonly Pick<Candidate, 'assignor'>[]): AssignorName {
  const votes = (name: AssignorName) => members.filter(({ assignor }) => assignor === name).length;
  return assignorNames.reduce((best, name) => (votes(name) > votes(best) ? name : best));
}

interface OwnerBefore extends MemberIncarnation {
  readonly since: number;
}

class OwnersBefore {
  readonly #previous: Assignment;
  readonly #topics: ReadonlyMap<string, AssignedTopic>;

  constructor(previous: Assignment) {
    this.#previous = previous;
    this.#topics = new Map(previous.topics.map(topic => [topic.topicId, topic]));
  }

  of(topicId: string, partition: number): OwnerBefore | undefined {
    const ownership = this.#topics.get(topicId)?.owners[partition];
    const member = ownership && this.#previous.members[ownership.member];
    return member && { ...member, since: ownership.since };
  }
}

const isSame = (a: MemberIncarnation, b: MemberIncarnation | undefined): boolean =>
  a.memberId === b?.memberId && a.incarnation === b.incarnation;

const incarnationOf = ({ memberId, incarnation }: Candidate): MemberIncarnation => ({ memberId, incarnation });

/** When each epoch began that some partition still has from, but for those that nobody waits for any more. */
function beganOf(topics: readonly AssignedTopic[], { began, epoch }: Assignment, now: number): Assignment['began'] {
  const epochs = new Set(topics.flatMap(({ owners }) => owners.map(({ since }) => since)));
  const times = [...epochs].map((since): [number, number] => [since, since > epoch ? now : (began.get(since) ?? 0)]);
  return new Map(times.filter(([, time]) => now - time <= limits.rebalanceTimeoutMs));
}

/** Whether nobody would notice: the same members, the same topics, and every partition with whom it was. */
function isAsGood(previous: Assignment, next: Assignment): boolean {
  return (
    previous.members.length === next.members.length &&
    previous.members.every((member, at) => isSame(member, next.members[at])) &&
    previous.topics.length === next.topics.length &&
    next.topics.every((topic, at) => isAsGoodTopic(previous.topics[at], topic, next.epoch))
  );
}

const isAsGoodTopic = (
  previous: AssignedTopic | undefined,
  { topicId, owners }: AssignedTopic,
  epoch: number,
): boolean =>
  previous?.topicId === topicId &&
  previous.owners.length === owners.length &&
  owners.every(({ since }) => since < epoch);
