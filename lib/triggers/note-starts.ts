/**
 * Noting where a trigger begins that does not begin with the first record, before it is live: so nothing is missed that is produced
 * from then on.
 *
 * The group goes on from where it is. That is the offset that was committed, or the start that was noted for a trigger, or a member,
 * of before; and in a topic that a trigger of the group has read, the first record of what has come since, a partition that was added.
 */
import { newOffsetCell, type OffsetOf, readOffsets, writeOffset } from '../groups/offset-cells.ts';
import { type PositionSpec, resetPosition } from '../groups/reset-position.ts';
import { sideBySide } from '../log/side-by-side.ts';
import type { Topic } from '../log/topic-directory.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { Trigger } from './cells.ts';
import type { TriggerServices } from './services.ts';

/** Costs a query for what the group knows; and for each partition that it does not know the reads of the log's end, and a write. */
export async function noteStarts(services: TriggerServices, trigger: Trigger, topics: readonly Topic[]): Promise<void> {
  const { startingPosition, startingTimestamp: timestamp = 0, life, epoch } = trigger;
  if (startingPosition === 'TRIM_HORIZON') return;
  const spec: PositionSpec = startingPosition === 'LATEST' ? { kind: 'latest' } : { kind: 'timestamp', timestamp };
  const offsets = await readOffsets(services, life);
  await sideBySide(partitionsWithoutPlace(topics, offsets), async ({ name, at, known }) => {
    const { cell = newOffsetCell(name), version = 0 } = known ?? {};
    const start = await resetPosition(services, at, spec);
    // who is first has it: nobody else writes to the group now
    await writeOffset(services, { life, at, version, cell: { ...cell, start, since: epoch } });
  });
}

interface WithoutPlace {
  readonly name: string;
  readonly at: TopicPartition;
  readonly known: OffsetOf | undefined;
}

/** Partitions in which the group is nowhere, and of which it would not begin with the first record by itself. */
function partitionsWithoutPlace(topics: readonly Topic[], offsets: readonly OffsetOf[]): readonly WithoutPlace[] {
  const known = new Map(offsets.map(offset => [keyOf(offset), offset]));
  // a trigger runs only once all of its starts are noted
  const read = new Set(offsets.filter(({ cell }) => cell.run !== undefined).map(({ topicId }) => topicId));
  return topics.flatMap(({ name, topicId, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topicId, partition }))
      .map(at => ({ name, at, known: known.get(keyOf(at)) }))
      .filter(({ known }) => (known ? !hasPlace(known) : !read.has(topicId))),
  );
}

const keyOf = ({ topicId, partition }: TopicPartition): string => `${topicId}/${partition}`;

const hasPlace = ({ cell: { offset, start } }: OffsetOf): boolean => offset !== undefined || start !== undefined;
