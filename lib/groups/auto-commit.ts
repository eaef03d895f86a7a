/**
 * What an instance commits by itself: the offset after the last record that its client is known to have. A client that asks for more
 * has what it was given; so what it was given last is committed only when it comes again, or ends.
 */
import { sideBySide } from '../log/side-by-side.ts';
import { MillraceError } from '../protocol/errors.ts';
import { commitStandalone } from './alter-offsets.ts';
import type { HeldPosition } from './cells.ts';
import { commitOffset } from './commit-offsets.ts';
import type { MemberOfGroup } from './join-group.ts';
import { isSubscribed } from './members.ts';
import type { GroupServices } from './services.ts';

/** Kafka's `auto.commit.interval.ms`. */
export const AUTO_COMMIT_EVERY_MS = 5_000;

/** What there is to commit. */
export const isUncommitted = ({ received, committed }: HeldPosition): boolean => received > committed;

/**
 * Commits what was received.
 *
 * @returns the positions, those that were committed marked so; one that cannot be is passed over, for what it would have said comes again
 */
export async function autoCommit(
  services: GroupServices,
  found: MemberOfGroup,
  positions: readonly HeldPosition[],
): Promise<readonly HeldPosition[]> {
  return sideBySide(positions, async held => {
    if (!isUncommitted(held)) return held;
    return (await commitReceived(services, found, held)) ? { ...held, committed: held.received } : held;
  });
}

/** Whether it was committed. */
async function commitReceived(
  services: GroupServices,
  { group, read, member }: MemberOfGroup,
  { topic, topicId, partition, since, received }: HeldPosition,
): Promise<boolean> {
  const { life } = group.head;
  const right = { memberId: read.memberId, incarnation: member.incarnation, since };
  try {
    if (isSubscribed(member)) {
      await commitOffset(services, { life, at: { topicId, partition }, right, offset: { offset: received } });
      return true;
    }
    // an offset of a topic that is gone says nothing of one that has its name
    if ((await services.topics.resolve(topic)).topicId !== topicId) return false;
    const offsets = [{ topic, partition, offset: received }];
    const [result] = await commitStandalone(services, { groupId: group.groupId, offsets });
    return result?.error === undefined;
  } catch (error) {
    if (error instanceof MillraceError) return false;
    throw error;
  }
}
