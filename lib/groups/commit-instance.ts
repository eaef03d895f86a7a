/** Committing for a consumer instance: offsets that it names, or all that it was given. */
import { commitStandalone } from './alter-offsets.ts';
import type { HeldPosition } from './cells.ts';
import { type CommitResult, commitOffsets, type OffsetToCommit } from './commit-offsets.ts';
import { holdAnew } from './hold-partitions.ts';
import { type InstanceName, type PresentInstance, withInstance, withInstanceChanged } from './instance.ts';
import { isSubscribed } from './members.ts';
import { heldOf } from './seek-instance.ts';
import type { GroupServices } from './services.ts';

export interface CommitInstanceRequest extends InstanceName {
  /** Where it is left out, all that the client was given. */
  readonly offsets?: readonly OffsetToCommit[] | undefined;
  /** Names the last answer that the client has; left out by clients that do not say. */
  readonly pollId?: string | undefined;
}

/** @throws MillraceError the first that kept an offset from being committed */
export async function commitInstance(services: GroupServices, request: CommitInstanceRequest): Promise<void> {
  await withInstance(services, request, {
    follows: false,
    async act(found) {
      const present = await holdAnew(services, found);
      const offsets = request.offsets ?? given(present, request.pollId);
      const results = await commit(services, present, offsets);
      const failed = results.find(({ error }) => error);
      if (failed?.error) throw failed.error;
      const committed = new Map(offsets.map(each => [`${each.topic}/${each.partition}`, each.offset]));
      const held = present.instance.held.map(each => marked(each, committed.get(`${each.topic}/${each.partition}`)));
      const isSame = held.every((each, index) => each === present.instance.held[index]);
      return { answer: undefined, member: isSame ? undefined : withInstanceChanged(services, present, { held }) };
    },
  });
}

function given({ instance }: PresentInstance, pollId: string | undefined): readonly OffsetToCommit[] {
  const hasLast = pollId === undefined || pollId === instance.pollId;
  return instance.held.map(({ topic, partition, position, received }) => ({
    topic,
    partition,
    offset: hasLast ? position : received,
  }));
}

/** A member commits by its rights; who chose its partitions, as one that is no member. */
function commit(
  services: GroupServices,
  present: PresentInstance,
  offsets: readonly OffsetToCommit[],
): Promise<readonly CommitResult[]> {
  const { group, read, member } = present;
  const { groupId } = group;
  if (!isSubscribed(member)) return commitStandalone(services, { groupId, offsets });
  return commitOffsets(services, {
    groupId,
    member: { memberId: read.memberId, incarnation: member.incarnation },
    offsets: offsets.map(offset => ({ ...offset, since: heldOf(present, offset).since })),
  });
}

const marked = (held: HeldPosition, committed = -1): HeldPosition =>
  committed > held.committed ? { ...held, committed } : held;
