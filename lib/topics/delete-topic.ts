/**
 * Deleting a topic. Commit point: the mark in the cell under its name. Its id is never used again, so a topic of the same
 * name never meets its records.
 */
import { partitionStateAttributes, partitionStateFromItem, partitionStateKey } from '../log/catalogue.ts';
import type { LogServices } from '../log/log-services.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { changeTopic } from './topic-cell.ts';

/** Tombstones written side by side. */
const AT_ONCE = 16;

export async function deleteTopic(services: LogServices, name: string): Promise<void> {
  const deleted = await changeTopic(services, name, topic => ({ ...topic, deletedAt: services.clock.now() }));
  const { topicId } = deleted;
  for (let first = 0; first < deleted.partitions; first += AT_ONCE) {
    const partitions = Array.from(
      { length: Math.min(AT_ONCE, deleted.partitions - first) },
      (_, index) => first + index,
    );
    await Promise.allSettled(partitions.map(partition => leaveTombstone(services, { topicId, partition })));
  }
}

/**
 * Lets workers that still believe in the topic notice sooner. A tombstone that fails is no harm: their belief in the name
 * ends before the name can be used again.
 */
async function leaveTombstone({ cluster, random }: LogServices, at: TopicPartition): Promise<void> {
  const key = partitionStateKey(at);
  const never = { logStartOffset: 0, rolledOffset: 0 };
  const tombstone = (state: { logStartOffset: number; rolledOffset: number }) => ({
    ...key,
    writeId: random.id(),
    attributes: partitionStateAttributes({ ...state, deleted: true }),
  });
  const created = await cluster.create(tombstone(never));
  if (created.outcome === 'exists') {
    await cluster.replace(tombstone(partitionStateFromItem(created.item)), created.item.version);
  }
}
