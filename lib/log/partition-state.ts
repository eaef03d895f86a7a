/**
 * Reading the boundaries of a partition's log.
 *
 * Entries below `rolledOffset` are never used, whatever is left of them: what a long-frozen worker creates there is a
 * ghost that nobody reads and nobody acknowledged.
 */
import type { ItemTable } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';
import { partitionStateFromItem, partitionStateKey } from './catalogue.ts';
import type { PartitionState } from './cells.ts';
import type { TopicPartition } from './topic-partition.ts';

const NEVER_ROLLED: PartitionState = { logStartOffset: 0, rolledOffset: 0, deleted: false };

/** Reads the state strongly; UNKNOWN_TOPIC where the topic was deleted. */
export async function readPartitionState(cluster: ItemTable, at: TopicPartition): Promise<PartitionState> {
  const item = await cluster.get(partitionStateKey(at));
  const state = item ? partitionStateFromItem(item) : NEVER_ROLLED;
  if (state.deleted) throw new MillraceError('UNKNOWN_TOPIC', 'the topic was deleted');
  return state;
}
