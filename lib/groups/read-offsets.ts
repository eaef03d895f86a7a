/** How far a group has read, and how much it has yet to read. */
import { sideBySide } from '../log/side-by-side.ts';
import { readAllTopics } from '../log/topic-list.ts';
import { MillraceError } from '../protocol/errors.ts';
import { type DescribedMember, describeGroup } from './describe-group.ts';
import { requireGroup } from './group.ts';
import type { NamedPartition } from './named-partition.ts';
import type { OffsetOf } from './offset-cells.ts';
import { readOffset, readOffsets } from './offset-cells.ts';
import type { GroupServices } from './services.ts';

export interface CommittedOffset extends NamedPartition {
  readonly offset: number;
  readonly metadata: string;
  /** Milliseconds. */
  readonly committedAt: number;
}

/** What a group has committed, in the order of topics and partitions. @throws MillraceError UNKNOWN_GROUP */
export async function readCommitted(services: GroupServices, groupId: string): Promise<readonly CommittedOffset[]> {
  const { head } = await requireGroup(services, groupId);
  const offsets = await readLiving(services, head.life);
  return offsets.flatMap(({ name, partition, cell: { offset, metadata, committedAt } }) =>
    offset === undefined ? [] : [{ topic: name, partition, offset, metadata, committedAt }],
  );
}

/**
 * What a group has committed of one partition; `undefined` for nothing.
 *
 * @throws MillraceError UNKNOWN_TOPIC, UNKNOWN_PARTITION, UNKNOWN_GROUP
 */
export async function readCommittedOf(
  services: GroupServices,
  groupId: string,
  { topic, partition }: NamedPartition,
): Promise<CommittedOffset | undefined> {
  const { head } = await requireGroup(services, groupId);
  return services.topics.withPartition(topic, partition, async at => {
    const { cell } = await readOffset(services, head.life, at);
    if (cell?.offset === undefined) return undefined;
    const { offset, metadata, committedAt } = cell;
    return { topic, partition, offset, metadata, committedAt };
  });
}

export interface Lag extends NamedPartition {
  /** The next offset that the group reads: what it committed, or else where it begins. */
  readonly currentOffset: number;
  readonly logEndOffset: number;
  readonly lag: number;
  /** The member that has the partition. */
  readonly member: DescribedMember | undefined;
}

/** Of every partition that the group has an offset of, or a member. @throws MillraceError UNKNOWN_GROUP */
export async function readLags(services: GroupServices, groupId: string): Promise<readonly Lag[]> {
  const { head } = await requireGroup(services, groupId);
  const { members } = await describeGroup(services, groupId);
  const offsets = new Map<string, LivingOffset>();
  for (const each of await readLiving(services, head.life)) offsets.set(keyOf(each), each);
  for (const member of members) {
    for (const { topic: name, topicId, partition } of member.partitions) {
      const at = { topicId, partition };
      offsets.set(keyOf(at), { cell: undefined, ...offsets.get(keyOf(at)), ...at, name, member });
    }
  }
  const lags = await sideBySide([...offsets.values()], each => lagOf(services, each));
  return lags.flat().toSorted(byPlace);
}

interface LivingOffset extends Pick<OffsetOf, 'topicId' | 'partition'> {
  readonly name: string;
  readonly cell: OffsetOf['cell'] | undefined;
  readonly member?: DescribedMember;
}

/** The offsets of topics that are still there. */
async function readLiving(
  services: GroupServices,
  life: string,
): Promise<readonly (OffsetOf & { readonly name: string })[]> {
  const [offsets, topics] = await Promise.all([readOffsets(services, life), readAllTopics(services.cluster)]);
  const names = new Map(topics.map(({ topicId, name }) => [topicId, name]));
  return offsets
    .flatMap(each => {
      const name = names.get(each.topicId);
      return name === undefined ? [] : [{ ...each, name }];
    })
    .toSorted((a, b) => byPlace({ ...a, topic: a.name }, { ...b, topic: b.name }));
}

const byPlace = (a: NamedPartition, b: NamedPartition): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;

/** None where the topic is gone by now. */
async function lagOf(
  { logs }: GroupServices,
  { name, topicId, partition, cell, member }: LivingOffset,
): Promise<readonly Lag[]> {
  const offset = cell?.offset ?? cell?.start;
  // its offset was deleted
  if (cell && offset === undefined && !member) return [];
  try {
    const { logStartOffset, highWatermark } = await logs.of({ topicId, partition }).reader.bounds();
    const currentOffset = offset ?? logStartOffset;
    const lag = Math.max(0, highWatermark - currentOffset);
    return [{ topic: name, partition, currentOffset, logEndOffset: highWatermark, lag, member }];
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'UNKNOWN_TOPIC') return [];
    throw error;
  }
}

const keyOf = ({ topicId, partition }: Pick<OffsetOf, 'topicId' | 'partition'>): string => `${topicId}/${partition}`;
