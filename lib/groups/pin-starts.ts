/**
 * Noting where a group that begins at the end begins: before its member can be given a partition, at the ends that the logs have then.
 * So what is produced between joining and the first read is not missed.
 */
import type { LogServices } from '../log/log-services.ts';
import { sideBySide } from '../log/side-by-side.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { TopicToAssign } from './assign.ts';
import { newOffsetCell, type OffsetOf, readOffsets, writeOffset } from './offset-cells.ts';
import type { GroupServices } from './services.ts';

/** Pins every partition of the topics that has neither an offset nor a start; who comes first has it. */
export async function pinStarts(
  services: GroupServices,
  life: string,
  topics: readonly TopicToAssign[],
): Promise<void> {
  const known = new Map((await readOffsets(services, life)).map(offset => [keyOf(offset), offset]));
  const partitions = topics.flatMap(({ name: topic, topicId, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic, topicId, partition })),
  );
  const unpinned = partitions.filter(at => isUnpinned(known.get(keyOf(at))));
  await sideBySide(unpinned, async at => {
    const end = await endOf(services, at);
    if (end === undefined) return;
    const { cell = newOffsetCell(at.topic), version = 0 } = known.get(keyOf(at)) ?? {};
    await writeOffset(services, { life, at, version, cell: { ...cell, start: end } });
  });
}

const keyOf = ({ topicId, partition }: TopicPartition): string => `${topicId}/${partition}`;

const isUnpinned = (offset: OffsetOf | undefined): boolean =>
  offset === undefined || (offset.cell.offset === undefined && offset.cell.start === undefined);

/** `undefined` where the topic is gone by now. */
async function endOf({ logs }: LogServices, at: TopicPartition): Promise<number | undefined> {
  try {
    return (await logs.of(at).reader.bounds()).highWatermark;
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'UNKNOWN_TOPIC') return undefined;
    throw error;
  }
}
