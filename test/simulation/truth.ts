/** What is stored in truth, past all workers. */
import {
  partitionStateFromItem,
  partitionStateKey,
  topicFromItem,
  topicKey,
  topicsPk,
} from '../../lib/log/catalogue.ts';
import type { PartitionState } from '../../lib/log/cells.ts';
import { neverRolled } from '../../lib/log/partition-state.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import type { Place } from './topic-lives.ts';
import type { World } from './world.ts';

/** The partition that the name means, unless its topic is deleted. */
export async function livingPartition(world: World, { topic, partition }: Place): Promise<TopicPartition | undefined> {
  const item = await world.cluster.get(topicKey(topic));
  const cell = item && topicFromItem(item);
  return cell && !cell.deleted ? { topicId: cell.topicId, partition } : undefined;
}

/** The place that a partition's name in keys stands for, unless its topic is deleted. */
export function placeOf({ cluster }: World, logKey: string): Place | undefined {
  const [topicId, partition] = logKey.split('/');
  const item = cluster.all().find(({ pk, attributes }) => pk === topicsPk && attributes.topicId === topicId);
  const cell = item && topicFromItem(item);
  return item && cell && !cell.deleted ? { topic: item.sk, partition: Number(partition) } : undefined;
}

export async function stateOf(world: World, place: Place): Promise<PartitionState> {
  const at = await livingPartition(world, place);
  const item = at && (await world.cluster.get(partitionStateKey(at)));
  return item ? partitionStateFromItem(item) : neverRolled;
}
