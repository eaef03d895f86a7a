/**
 * What the deletion of a topic leaves behind it: a tombstone in every partition, and the note that there is something to remove.
 */
import {
  deletedTopicAttributes,
  deletedTopicKey,
  partitionStateAttributes,
  partitionStateFromItem,
  partitionStateKey,
} from './catalogue.ts';
import type { PartitionState, TopicCell } from './cells.ts';
import type { LogDeps } from './deps.ts';
import { neverRolled } from './partition-state.ts';
import { createSettled } from './settled-write.ts';
import type { TopicPartition } from './topic-partition.ts';

type DeletionDeps = Pick<LogDeps, 'cluster' | 'random' | 'clock'>;

/** Ends what is on its way to be published in a partition, and tells who still believes in it. */
export async function leaveTombstone({ cluster, random }: DeletionDeps, at: TopicPartition): Promise<void> {
  const tombstone = (state: PartitionState) => ({
    ...partitionStateKey(at),
    writeId: random.id(),
    attributes: partitionStateAttributes({ ...state, deleted: true }),
  });
  const created = await cluster.create(tombstone(neverRolled));
  if (created.outcome === 'exists') {
    await cluster.replace(tombstone(partitionStateFromItem(created.item)), created.item.version);
  }
}

/** Says that there is something to remove. Comes before the name can be used again, which forgets the topic's id. */
export async function noteDeletion(deps: DeletionDeps, name: string, topic: TopicCell): Promise<void> {
  const attributes = deletedTopicAttributes({ name, partitions: topic.partitions });
  await createSettled(deps, { ...deletedTopicKey(topic.topicId), writeId: deps.random.id(), attributes });
}
