/**
 * What goes on in groups that nobody asks for: members that all fell silent are taken out, a group that nobody used for its retention
 * dies, and what dead lives left is removed, twice, with time between. It may run late, twice, or in several workers at once.
 */
import { firstSortKey, lastSortKey } from '../log/catalogue.ts';
import { type Deadline, timeLeftMs } from '../log/deadline.ts';
import { queryAll } from '../log/query-all.ts';
import { replaceSettled } from '../log/settled-write.ts';
import { sideBySide } from '../log/side-by-side.ts';
import { readAllTopics } from '../log/topic-list.ts';
import type { Item } from '../ports/item-table.ts';
import { endLife } from './delete-group.ts';
import { type Group, noteDeadLife } from './group.ts';
import {
  assignmentsUpTo,
  deadLifeAttributes,
  deadLifeFromItem,
  deadLifeKey,
  deadLivesPk,
  groupsPk,
  headFromItem,
  memberKey,
  offsetKey,
  wholeLife,
} from './items.ts';
import { isGone, isRemovable, readMembers } from './members.ts';
import { type OffsetOf, readOffsets } from './offset-cells.ts';
import { reconcile } from './reconcile.ts';
import type { GroupServices } from './services.ts';

/** Kafka's `offsets.retention.minutes`, 7 days, counted from when the group became empty or was last used by a reader that is no member. */
export const OFFSETS_RETENTION_MS = 7 * 24 * 60 * 60_000;

/** Longer than a request may take, or one of a frozen worker lives. */
const SECOND_SWEEP_MS = 2 * 60 * 60_000;

/** A death that was not noted is noted within so long. */
const NOTED_WITHIN_MS = 24 * 60 * 60_000;

/** Members that are gone are kept so long, where no change of the assignment removes them. */
const GONE_KEPT_MS = 60 * 60_000;

export interface GroupSweep {
  /** Groups that died, for nobody used them. */
  readonly expired: number;
  /** One per group that could not be swept; it keeps none of the others. */
  readonly failures: readonly Error[];
}

export interface SweepParams {
  readonly deadline: Deadline;
  readonly offsetsRetentionMs?: number;
}

export async function sweepGroups(services: GroupServices, params: SweepParams): Promise<GroupSweep> {
  const { deadline, offsetsRetentionMs = OFFSETS_RETENTION_MS } = params;
  const failures: Error[] = [];
  let expired = 0;
  const each = async (pk: string, sweep: (item: Item) => Promise<boolean>) => {
    for await (const item of queryAll(services.cluster, { pk, from: firstSortKey, to: lastSortKey })) {
      if (timeLeftMs(services.clock, deadline) <= 0) return;
      try {
        if (await sweep(item)) expired++;
      } catch (cause) {
        failures.push(new Error(`could not sweep ${pk} ${item.sk}`, { cause }));
      }
    }
  };
  const topics = new LivingTopics(services);
  await each(groupsPk, item => sweepGroup(services, item, { topics, offsetsRetentionMs }));
  await each(deadLivesPk, async item => {
    await sweepDeadLife(services, item, deadline);
    return false;
  });
  return { expired, failures };
}

interface SweepGroupParams {
  readonly topics: LivingTopics;
  readonly offsetsRetentionMs: number;
}

/** Whether the group died. */
async function sweepGroup(
  services: GroupServices,
  item: Item,
  { topics, offsetsRetentionMs }: SweepGroupParams,
): Promise<boolean> {
  const head = headFromItem(item);
  if (head.diedAt !== undefined) {
    // the head itself expires
    const isFresh = services.clock.now() - head.diedAt < NOTED_WITHIN_MS;
    if (isFresh) await noteDeadLife(services, head.life, { groupId: item.sk });
    return false;
  }
  const group = await reconcile(services, { groupId: item.sk, head, version: item.version });
  await removeGone(services, group);
  await removeAssignments(services, group);
  await removeOrphans(services, group, topics);
  return (await isUnused(services, group, offsetsRetentionMs)) && endLife(services, group);
}

/** Removes members that were gone long ago. */
async function removeGone(services: GroupServices, { head }: Group): Promise<void> {
  const { cluster, clock } = services;
  const before = clock.now() - GONE_KEPT_MS;
  for (const { memberId, member, version } of await readMembers(services, head.life)) {
    if (isRemovable(member, before)) await cluster.delete(memberKey(head.life, memberId), version);
  }
}

/** Removes assignments that whoever made the next ones could not, or that came too late. */
async function removeAssignments({ cluster }: GroupServices, { head: { life, epoch } }: Group): Promise<void> {
  if (epoch < 2) return;
  for await (const item of queryAll(cluster, assignmentsUpTo(life, epoch - 2)))
    await cluster.delete(item, item.version);
}

/** Removes the cells of topics that are no more: their ids never come again. */
async function removeOrphans(services: GroupServices, { head }: Group, topics: LivingTopics): Promise<void> {
  const orphans = await topics.orphansAmong(await readOffsets(services, head.life));
  await sideBySide(orphans, each => services.cluster.delete(offsetKey(head.life, each), each.version));
}

/** The topics that live, read once for many groups; and again, after the cells, where a cell is not of one of them: it may be of a new one. */
class LivingTopics {
  readonly #services: GroupServices;
  #ids: ReadonlySet<string> = new Set();

  constructor(services: GroupServices) {
    this.#services = services;
  }

  async orphansAmong(offsets: readonly OffsetOf[]): Promise<readonly OffsetOf[]> {
    if (offsets.every(({ topicId }) => this.#ids.has(topicId))) return [];
    this.#ids = new Set((await readAllTopics(this.#services.cluster)).map(({ topicId }) => topicId));
    return offsets.filter(({ topicId }) => !this.#ids.has(topicId));
  }
}

async function isUnused(services: GroupServices, { head }: Group, offsetsRetentionMs: number): Promise<boolean> {
  if (head.trigger) return false;
  const assignment = await services.assignments.of(head);
  const before = services.clock.now() - offsetsRetentionMs;
  if (!assignment || assignment.members.length > 0 || head.changedAt >= before || head.usedAt >= before) return false;
  const members = await readMembers(services, head.life);
  if (members.some(({ member }) => !isGone(member, services.clock.now()))) return false;
  const offsets = await readOffsets(services, head.life);
  return offsets.every(({ cell }) => cell.committedAt < before);
}

async function sweepDeadLife(services: GroupServices, item: Item, deadline: Deadline): Promise<void> {
  const { cluster, clock, random } = services;
  const dead = deadLifeFromItem(item);
  const isSecond = dead.sweptAt !== undefined;
  if (isSecond && Math.abs(clock.now() - (dead.sweptAt ?? 0)) < SECOND_SWEEP_MS) return;
  for await (const left of queryAll(cluster, wholeLife(item.sk))) {
    if (timeLeftMs(clock, deadline) <= 0) return;
    await cluster.delete(left, left.version);
  }
  if (isSecond) {
    await cluster.delete(item, item.version);
    return;
  }
  const attributes = deadLifeAttributes({ ...dead, sweptAt: clock.now() });
  await replaceSettled(services, { ...deadLifeKey(item.sk), writeId: random.id(), attributes }, item.version);
}
