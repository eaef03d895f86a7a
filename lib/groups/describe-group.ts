/** What groups look like from outside: their members, and who has what. */
import { firstSortKey, lastSortKey } from '../log/catalogue.ts';
import { queryAll } from '../log/query-all.ts';
import { sideBySide } from '../log/side-by-side.ts';
import { chosenAssignor } from './assign.ts';
import { movedOn } from './assignments.ts';
import type { Assignment, AssignorName, Member } from './cells.ts';
import { type Group, requireGroup } from './group.ts';
import { groupsPk, headFromItem } from './items.ts';
import { isGone, isSubscribed, readMembers, type StoredMember } from './members.ts';
import type { GroupServices } from './services.ts';
import { type OwnPartition, ownPartitions } from './take-partitions.ts';

/** Changes of the group that may come between before a description gives up. */
const TRIES = 5;

/** Kafka's states of a group. Reconciling: a member has not been heard of since the assignment was made. */
export type GroupState = 'EMPTY' | 'RECONCILING' | 'STABLE';

export interface DescribedMember {
  readonly memberId: string;
  readonly clientId: string;
  readonly instanceId?: string | undefined;
  readonly partitions: readonly OwnPartition[];
}

export interface DescribedGroup {
  readonly groupId: string;
  readonly epoch: number;
  readonly state: GroupState;
  /** Whether it has never had a member: its offsets are those of readers that share nothing. */
  readonly isSimple: boolean;
  /** What most members ask for. */
  readonly assignor: AssignorName;
  readonly members: readonly DescribedMember[];
}

/** @throws MillraceError UNKNOWN_GROUP */
export async function describeGroup(services: GroupServices, groupId: string): Promise<DescribedGroup> {
  return describe(services, await requireGroup(services, groupId));
}

/** All groups, in the order of their ids. */
export async function listGroups(services: GroupServices): Promise<readonly DescribedGroup[]> {
  const groups: Group[] = [];
  for await (const item of queryAll(services.cluster, { pk: groupsPk, from: firstSortKey, to: lastSortKey })) {
    const head = headFromItem(item);
    if (head.diedAt === undefined) groups.push({ groupId: item.sk, head, version: item.version });
  }
  return sideBySide(groups, group => describe(services, group));
}

async function describe(services: GroupServices, group: Group, triesLeft = TRIES): Promise<DescribedGroup> {
  const { groupId, head } = group;
  const assignment = await services.assignments.of(head);
  if (!assignment) {
    // it changed since its head was read
    if (triesLeft === 0) throw movedOn();
    return describe(services, await requireGroup(services, groupId), triesLeft - 1);
  }
  const stored = await readMembers(services, head.life);
  const members = assignment.members.flatMap(self => {
    const found = stored.find(
      ({ memberId, member }) => memberId === self.memberId && isLiving(services, self.incarnation, member),
    );
    return found ? [describeMember(found, assignment)] : [];
  });
  const isStable = assignment.members.every(({ memberId }) => hasAcked(stored, memberId, head.epoch));
  return {
    groupId,
    epoch: head.epoch,
    state: stateOf({ isEmpty: members.length === 0 && !head.trigger, isStable }),
    isSimple: head.epoch === head.bornEpoch,
    assignor: chosenAssignor(stored.map(({ member }) => member).filter(member => isWanting(services, member))),
    members,
  };
}

const isWanting = ({ clock }: GroupServices, member: Member): boolean =>
  isSubscribed(member) && !isGone(member, clock.now());

const stateOf = ({ isEmpty, isStable }: { readonly isEmpty: boolean; readonly isStable: boolean }): GroupState =>
  isEmpty ? 'EMPTY' : isStable ? 'STABLE' : 'RECONCILING';

const isLiving = ({ clock }: GroupServices, incarnation: string, member: Member): boolean =>
  member.incarnation === incarnation && !isGone(member, clock.now());

const hasAcked = (stored: readonly StoredMember[], id: string, epoch: number): boolean =>
  stored.some(({ memberId, member }) => memberId === id && member.ackedEpoch >= epoch);

function describeMember({ memberId, member }: StoredMember, assignment: Assignment): DescribedMember {
  const { clientId, instanceId, incarnation } = member;
  return { memberId, clientId, instanceId, partitions: ownPartitions(assignment, { memberId, incarnation }) };
}
