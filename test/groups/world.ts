/** A group's world in memory: topics, members that beat by hand, and a clock that moves only when told. */

import { type CommitResult, commitOffsets } from '../../lib/groups/commit-offsets.ts';
import type { AssignedPartition, HeartbeatAnswer } from '../../lib/groups/heartbeat.ts';
import { heartbeat } from '../../lib/groups/heartbeat.ts';
import type { MemberSettings } from '../../lib/groups/join-group.ts';
import { leaveGroup } from '../../lib/groups/leave-group.ts';
import { createGroupServices, type GroupServices } from '../../lib/groups/services.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { produceRecords } from '../../lib/produce/produce-records.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';

export const GROUP = 'counts';

export interface GroupWorld {
  readonly stores: TestStores;
  readonly worker: TestWorker;
  readonly services: GroupServices;
}

export async function groupWorld(
  topics: Readonly<Record<string, number>> = { click: 4 },
  seed = 1,
): Promise<GroupWorld> {
  const stores = memoryStores(seed);
  const worker = stores.worker();
  const services = createGroupServices(worker.services);
  for (const [name, partitions] of Object.entries(topics)) await createTopic(services, { name, partitions });
  return { stores, worker, services };
}

/** Another worker on the same stores. */
export function anotherWorker({ stores }: GroupWorld): {
  readonly worker: TestWorker;
  readonly services: GroupServices;
} {
  const worker = stores.worker();
  return { worker, services: createGroupServices(worker.services) };
}

export async function produce({ services }: Pick<GroupWorld, 'services'>, topic: string, partition: number, count = 1) {
  const records = Array.from({ length: count }, (_, index) => ({
    key: null,
    value: Buffer.from(`${index}`),
    partition,
    timestamp: 1,
  }));
  const deadline = deadlineIn(services.clock, 20_000);
  await produceRecords(services, { topic, records, producer: undefined, deadline });
}

export const settings = (topics: readonly string[], changes: Partial<MemberSettings> = {}): MemberSettings => ({
  subscription: { topics },
  clientId: 'test',
  assignor: 'uniform',
  offsetReset: 'earliest',
  sessionTimeoutMs: 45_000,
  rebalanceTimeoutMs: 60_000,
  ...changes,
});

/** A client that does what it is told: it gives up what is missing from an answer, and begins what is new. */
export class TestMember {
  readonly memberId: string;
  readonly incarnation: string;
  readonly settings: MemberSettings;
  epoch = 0;
  held: readonly AssignedPartition[] = [];
  /** Where each partition began that it was given, in their order. */
  readonly begun: AssignedPartition[] = [];

  constructor(memberId: string, given: MemberSettings = settings(['click']), incarnation = `${memberId}-1`) {
    this.memberId = memberId;
    this.incarnation = incarnation;
    this.settings = given;
  }

  get partitions(): readonly string[] {
    return this.held.map(({ topic, partition }) => `${topic}-${partition}`).toSorted();
  }

  async beat(services: GroupServices, isJoining = this.epoch === 0): Promise<HeartbeatAnswer> {
    const { memberId, incarnation } = this;
    const held = isJoining ? [] : this.held.map(({ topic, partition, since }) => ({ topic, partition, since }));
    const answer = await heartbeat(services, {
      groupId: GROUP,
      memberId,
      incarnation,
      joining: isJoining ? this.settings : undefined,
      held,
    });
    this.epoch = answer.epoch;
    this.held = answer.partitions;
    this.begun.push(...answer.partitions.filter(({ isNew }) => isNew));
    return answer;
  }

  async commit(services: GroupServices, offset: number, held = this.held): Promise<readonly CommitResult[]> {
    const { memberId, incarnation } = this;
    const offsets = held.map(({ topic, partition, since }) => ({ topic, partition, since, offset }));
    return commitOffsets(services, { groupId: GROUP, member: { memberId, incarnation }, offsets });
  }

  async leave(services: GroupServices): Promise<void> {
    const { memberId, incarnation } = this;
    await leaveGroup(services, { groupId: GROUP, memberId, incarnation });
  }
}

/** Lets every member beat in turn, with `ms` between rounds. */
export async function rounds(
  { stores, services }: GroupWorld,
  members: readonly TestMember[],
  count: number,
  ms = 1_100,
) {
  for (let round = 0; round < count; round++) {
    await stores.clock.advance(ms);
    for (const member of members) await member.beat(services);
  }
}
