/**
 * Noting where a group that begins at the end begins: before its member can be given a partition, at the ends that the logs have then.
 * So what is produced between joining and the first read is not missed.
 *
 * What appears later, a topic or a partition of one, is read from its first record, whoever joins meanwhile: whatever there was when the
 * group came to a topic had been noted before anyone could be subscribed to it.
 */
import { sideBySide } from '../log/side-by-side.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { TopicToAssign } from './assign.ts';
import type { GroupHead } from './cells.ts';
import { isGone, readMembers } from './members.ts';
import { newOffsetCell, type OffsetOf, readOffsets, writeOffset } from './offset-cells.ts';
import type { GroupServices } from './services.ts';
import { eachMeant } from './topic-matches.ts';

/** Pins every partition of the topics that has neither an offset nor a start; who comes first has it. */
export async function pinStarts(
  services: GroupServices,
  head: GroupHead,
  topics: readonly TopicToAssign[],
): Promise<void> {
  const offsets = await readOffsets(services, head.life);
  const known = new Map(offsets.map(offset => [keyOf(offset), offset]));
  const partitions = topics.flatMap(({ name: topic, topicId, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic, topicId, partition })),
  );
  const unpinned = partitions.filter(at => isUnpinned(known.get(keyOf(at))));
  if (unpinned.length === 0) return;
  const read = await readBefore(services, { head, topics, offsets });
  await sideBySide(unpinned, async at => {
    const present = known.get(keyOf(at));
    // what has a cell was there before: its offset was deleted
    const start = await startOf(services, at, !present && read.has(at.topicId) ? 'earliest' : 'latest');
    if (start === undefined) return;
    const { cell = newOffsetCell(at.topic), version = 0 } = present ?? {};
    await writeOffset(services, { life: head.life, at, version, cell: { ...cell, start } });
  });
}

const keyOf = ({ topicId, partition }: TopicPartition): string => `${topicId}/${partition}`;

const isUnpinned = (offset: OffsetOf | undefined): boolean =>
  offset === undefined || (offset.cell.offset === undefined && offset.cell.start === undefined);

interface Before {
  readonly head: GroupHead;
  readonly topics: readonly TopicToAssign[];
  readonly offsets: readonly OffsetOf[];
}

/** The topics that the group has come to already: a member had a partition of them, or is subscribed to them. */
async function readBefore(services: GroupServices, { head, topics, offsets }: Before): Promise<ReadonlySet<string>> {
  const now = services.clock.now();
  const members = await readMembers(services, head.life);
  const living = members.filter(({ member }) => !isGone(member, now));
  const had = offsets.filter(({ cell }) => cell.since > head.bornEpoch).map(({ topicId }) => topicId);
  const topicsOf = eachMeant(topics);
  return new Set([...had, ...living.flatMap(({ member }) => [...topicsOf(member.subscription)])]);
}

/** `undefined` where the topic is gone by now. */
async function startOf(
  { logs }: GroupServices,
  at: TopicPartition,
  from: 'earliest' | 'latest',
): Promise<number | undefined> {
  try {
    const { logStartOffset, highWatermark } = await logs.of(at).reader.bounds();
    return from === 'earliest' ? logStartOffset : highWatermark;
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'UNKNOWN_TOPIC') return undefined;
    throw error;
  }
}
