/** What the maintenance function is told to do. */
import type { TopicPartition } from '../log/topic-partition.ts';
import type { Json } from '../ports/function-invoker.ts';
import type { MaintenanceCursor } from './maintain.ts';

export type MaintenanceTask =
  /** All partitions, from the cursor on; `runs` have come before it, each going on where the last one ended. */
  | { readonly task: 'maintain'; readonly from?: MaintenanceCursor; readonly runs?: number }
  /** Some partitions. */
  | { readonly task: 'roll'; readonly partitions: readonly TopicPartition[] };

export const rollTask = (partitions: readonly TopicPartition[]): MaintenanceTask & Json => ({
  task: 'roll',
  partitions: partitions.map(({ topicId, partition }) => ({ topicId, partition })),
});

export const maintainTask = (
  { topic, partition, isCompacting }: MaintenanceCursor,
  runs: number,
): MaintenanceTask & Json => ({ task: 'maintain', from: { topic, partition, isCompacting }, runs });
