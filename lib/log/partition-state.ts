/**
 * Reading the boundaries of a partition's log.
 *
 * Entries below `rolledOffset` are never used, whatever is left of them: what a long-frozen worker creates there is a
 * ghost that nobody reads and nobody acknowledged.
 */
import type { Item, ItemTable } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';
import { partitionStateFromItem, partitionStateKey } from './catalogue.ts';
import type { PartitionState } from './cells.ts';
import type { TopicPartition } from './topic-partition.ts';

export const neverRolled: PartitionState = {
  logStartOffset: 0,
  rolledOffset: 0,
  rolledBytes: 0,
  rolledTimestamp: 0,
  fence: 0,
  leaderEpoch: 0,
  deleted: false,
};

/** A state as it was read, and the version by which it can be changed; version 0 where there is none yet. */
export interface VersionedState {
  readonly state: PartitionState;
  readonly version: number;
}

/** Reads the state strongly; UNKNOWN_TOPIC where the topic was deleted. */
export async function readPartitionState(cluster: ItemTable, at: TopicPartition): Promise<PartitionState> {
  return (await readVersionedState(cluster, at)).state;
}

/** The same, to be changed. */
export async function readVersionedState(cluster: ItemTable, at: TopicPartition): Promise<VersionedState> {
  const item = await cluster.get(partitionStateKey(at));
  return versionedState(item);
}

/** What an item says of the state; UNKNOWN_TOPIC where the topic was deleted. */
export function versionedState(item: Item | undefined): VersionedState {
  const state = item ? partitionStateFromItem(item) : neverRolled;
  if (state.deleted) throw new MillraceError('UNKNOWN_TOPIC', 'the topic was deleted');
  return { state, version: item?.version ?? 0 };
}
