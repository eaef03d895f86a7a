/**
 * Setting a group's offsets from outside: by a reader that is no member, by a reset, or by a deletion. Only where no member may have
 * the partition.
 *
 *     reconcile ── read the cell ── read the head: nobody has the partition ── compare-and-set the cell {since: the head's epoch}
 *
 * The cell is read before the head. Whoever takes the partition meanwhile changes the cell, so the compare-and-set fails; whoever is
 * given it later has a larger `since`; and who had it once, a smaller one.
 */
import { sideBySide } from '../log/side-by-side.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { MillraceError } from '../protocol/errors.ts';
import { movedOn } from './assignments.ts';
import type { Assignment, OffsetCell } from './cells.ts';
import { type CommitResult, checkOffset, committed, type OffsetToCommit, resultOf } from './commit-offsets.ts';
import { changeHead, type Group, openGroup, refuseTrigger, requireGroup } from './group.ts';
import type { NamedPartition } from './named-partition.ts';
import { newOffsetCell, readOffset, writeOffset } from './offset-cells.ts';
import { reconcile } from './reconcile.ts';
import type { GroupServices } from './services.ts';
import { withPartition } from './with-partition.ts';

/** Changes of a cell, or of its group, that may come between before ours gives up. */
const TRIES = 6;

/** A group's head says at most so often that somebody uses it who is no member. */
const USED_EVERY_MS = 24 * 60 * 60_000;

export interface OffsetsOfGroup {
  readonly groupId: string;
  readonly offsets: readonly OffsetToCommit[];
}

/**
 * Commits for a reader that is no member; its group may be new. An offset that is not above the stored one is answered as done.
 *
 * @returns one result per offset, in their order
 * @throws MillraceError GROUP_NOT_EMPTY, INVALID_GROUP_ID
 */
export const commitStandalone = (services: GroupServices, asked: OffsetsOfGroup): Promise<readonly CommitResult[]> =>
  alterEmpty(services, asked, (cell, offset) => committed(cell, offset, services.clock.now()));

/**
 * Sets offsets, back or forth, of a group that has no members. The group may be new.
 *
 * @returns one result per offset; OUTCOME_UNKNOWN where it may have been set, or may yet
 * @throws MillraceError GROUP_NOT_EMPTY, INVALID_GROUP_ID
 */
export const setOffsets = (services: GroupServices, asked: OffsetsOfGroup): Promise<readonly CommitResult[]> =>
  alterEmpty(services, asked, (cell, { offset, metadata = '' }) => ({
    ...cell,
    offset,
    metadata,
    committedAt: services.clock.now(),
  }));

async function alterEmpty(
  services: GroupServices,
  { groupId, offsets }: OffsetsOfGroup,
  change: Alteration<OffsetToCommit>['change'],
): Promise<readonly CommitResult[]> {
  const group = await openUnused(services, groupId);
  return alterEach(services, group, offsets, { check: checkOffset, refuse: refuseUnlessEmpty(groupId), change });
}

/**
 * Deletes the offsets of partitions that no member is subscribed to.
 *
 * @returns one result per partition; GROUP_SUBSCRIBED_TO_TOPIC where a member is
 * @throws MillraceError UNKNOWN_GROUP
 */
export async function deleteOffsets(
  services: GroupServices,
  { groupId, partitions }: { readonly groupId: string; readonly partitions: readonly NamedPartition[] },
): Promise<readonly CommitResult[]> {
  const group = await reconcile(services, await requireGroup(services, groupId));
  return alterEach(services, group, partitions, {
    refuse: ({ topics }, { topicId }) => {
      const topic = topics.find(each => each.topicId === topicId);
      return (
        topic && new MillraceError('GROUP_SUBSCRIBED_TO_TOPIC', `group '${groupId}' is subscribed to '${topic.name}'`)
      );
    },
    change: ({ offset: _, start: _start, ...cell }) => ({ ...cell, metadata: '', committedAt: services.clock.now() }),
  });
}

/** The group with its assignment as it should be; GROUP_NOT_EMPTY where somebody is in it, GROUP_OF_TRIGGER where it is a trigger's. */
export async function requireEmpty(services: GroupServices, group: Group): Promise<Group> {
  const reconciled = await reconcile(services, group);
  refuseTrigger(reconciled);
  const assignment = await services.assignments.of(reconciled.head);
  if (!assignment) throw movedOn();
  const refusal = refuseUnlessEmpty(group.groupId)(assignment);
  if (refusal) throw refusal;
  return reconciled;
}

/** The group, which may be new, if it has no members. Its head says that it is in use, before anything is written that would go with it. */
async function openUnused(services: GroupServices, groupId: string): Promise<Group> {
  const group = await openGroup(services, groupId);
  const usedAt = services.clock.now();
  if (Math.abs(usedAt - group.head.usedAt) < USED_EVERY_MS) return requireEmpty(services, group);
  const used = await changeHead(services, group, { ...group.head, usedAt });
  return requireEmpty(services, used ?? (await openGroup(services, groupId)));
}

interface Alteration<P extends NamedPartition> {
  /** @throws MillraceError where what is asked is wrong in itself */
  readonly check?: (asked: P) => void;
  /** Why the partition may not be altered with this assignment, if it may not. */
  readonly refuse: (assignment: Assignment, at: TopicPartition) => MillraceError | undefined;
  /** The cell as it is to be; `undefined` where it may stay as it is. */
  readonly change: (cell: OffsetCell, asked: P) => OffsetCell | undefined;
}

function alterEach<P extends NamedPartition>(
  services: GroupServices,
  group: Group,
  partitions: readonly P[],
  alteration: Alteration<P>,
): Promise<readonly CommitResult[]> {
  return sideBySide(partitions, asked =>
    resultOf(async () => {
      alteration.check?.(asked);
      await withPartition(services, asked, at => alter(services, { group, at, asked, alteration }));
    }),
  );
}

interface AlterOne<P extends NamedPartition> {
  readonly group: Group;
  readonly at: TopicPartition;
  readonly asked: P;
  readonly alteration: Alteration<P>;
}

async function alter<P extends NamedPartition>(
  services: GroupServices,
  { group, at, asked, alteration: { refuse, change } }: AlterOne<P>,
): Promise<void> {
  const { groupId, head } = group;
  for (let { life } = head, tries = 0; tries < TRIES; tries++) {
    const { cell = newOffsetCell(asked.topic), version } = await readOffset(services, life, at);
    const now = await requireGroup(services, groupId);
    refuseTrigger(now);
    const assignment = now.head.life === life ? await services.assignments.of(now.head) : undefined;
    life = now.head.life;
    if (!assignment) continue;
    const refusal = refuse(assignment, at);
    if (refusal) throw refusal;
    const changed = change(cell, asked);
    if (!changed) return;
    const { owner: _, ...unowned } = changed;
    const next = { ...unowned, since: now.head.epoch };
    if ((await writeOffset(services, { life, at, version, cell: next })).isWritten) return;
  }
  throw movedOn();
}

const refuseUnlessEmpty =
  (groupId: string) =>
  ({ members }: Assignment): MillraceError | undefined => {
    if (members.length === 0) return undefined;
    const detail = `group '${groupId}' is active, it has ${members.length} members; stop them first`;
    return new MillraceError('GROUP_NOT_EMPTY', detail);
  };
