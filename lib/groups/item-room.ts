/**
 * How large a group's items become, near enough to how DynamoDB counts them and never less: what would not go into one is refused, or
 * left out, before the store refuses all of it.
 */
import { limits } from '../protocol/limits.ts';
import type { HeldPosition, MemberIncarnation, Subscription } from './cells.ts';

/** Of a topic, and of a member: what is between its texts. */
const FRAME_BYTES = 16;

/** Of a partition in an assignment: its owner's number and an epoch. */
const OWNED_BYTES = 11;

/** Of a partition in an instance: its number, an epoch, and three offsets. */
const HELD_BYTES = 48;

interface SomeOfTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: number;
}

export const memberBytes = ({ memberId, incarnation }: MemberIncarnation): number =>
  Buffer.byteLength(memberId) + Buffer.byteLength(incarnation) + FRAME_BYTES;

/** In an assignment. */
export const assignedBytes = (topic: SomeOfTopic): number => topicBytes(topic) + OWNED_BYTES * topic.partitions;

/** Of all that an instance holds, in the item that names what it is subscribed to as well. */
export const instanceBytes = (subscription: Subscription, topics: readonly SomeOfTopic[]): number =>
  topics.reduce((sum, topic) => sum + heldBytes(topic), namedBytes(subscription));

const heldBytes = (topic: SomeOfTopic): number => topicBytes(topic) + HELD_BYTES * topic.partitions;

const namedBytes = ({ topics }: Subscription): number =>
  topics.reduce((sum, name) => sum + Buffer.byteLength(name) + FRAME_BYTES, 0);

const topicBytes = ({ name, topicId }: SomeOfTopic): number =>
  Buffer.byteLength(name) + Buffer.byteLength(topicId) + FRAME_BYTES;

type HeldTopic = Pick<HeldPosition, 'topic' | 'topicId'>;

/** Of partitions that an instance is to hold, the first that its item has room for beside those that it holds. */
export function withinInstance<P extends HeldTopic>(
  { subscription, held }: { readonly subscription: Subscription; readonly held: readonly HeldTopic[] },
  wanted: readonly P[],
): readonly P[] {
  const topics = new Set<string>();
  let bytes = namedBytes(subscription);
  const fits = ({ topic: name, topicId }: HeldTopic): boolean => {
    bytes += topics.has(topicId) ? HELD_BYTES : heldBytes({ name, topicId, partitions: 1 });
    topics.add(topicId);
    return bytes <= limits.instanceTopicBytes;
  };
  for (const each of held) fits(each);
  return wanted.slice(0, limits.partitionsPerInstance - held.length).filter(fits);
}
