/**
 * Deleting a topic. Commit point: the mark in the cell under its name. Its id is never used again, so a topic of the same
 * name never meets its records.
 */
import {
  partitionStateAttributes,
  partitionStateFromItem,
  partitionStateKey,
  topicFromItem,
} from '../log/catalogue.ts';
import type { LogServices } from '../log/log-services.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { changeTopic, stampDeletion } from './topic-cell.ts';

/** Tombstones written side by side. */
const AT_ONCE = 16;

export async function deleteTopic(services: LogServices, name: string): Promise<void> {
  const marked = await changeTopic(services, name, topic => ({ ...topic, deleted: true }));
  // where it fails, whoever wants the name notes the time
  await Promise.allSettled([stampDeletion(services, name, marked)]);
  const { topicId, partitions } = topicFromItem(marked);
  for (let first = 0; first < partitions; first += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, partitions - first) }, (_, index) => first + index);
    await Promise.allSettled(some.map(partition => leaveTombstone(services, { topicId, partition })));
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
