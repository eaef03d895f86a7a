/**
 * Who leads the partitions of a topic, as Kafka's metadata tells it. Any worker serves any partition: a leader is only the one
 * that moves the log's boundaries, and where nobody has done so yet, whoever answers counts as it.
 */
import { readLeader } from '../log/leader.ts';
import type { LogServices } from '../log/log-services.ts';
import { sideBySide } from '../log/side-by-side.ts';
import type { Worker } from './workers.ts';

export interface PartitionLeader {
  readonly partition: number;
  readonly brokerId: number;
  /** Grows with every change of the leader; 0 where nobody has led yet. */
  readonly leaderEpoch: number;
}

/** What reading leaders needs beside the services of the log. */
export interface LeaderServices extends LogServices {
  readonly worker: Worker;
}

/** The leaders of all partitions, in their order. One get per partition. */
export async function readLeaders(
  services: LeaderServices,
  { topicId, partitions }: { readonly topicId: string; readonly partitions: number },
): Promise<readonly PartitionLeader[]> {
  const numbers = Array.from({ length: partitions }, (_, partition) => partition);
  return sideBySide(numbers, partition => leaderOf(services, { topicId, partition }));
}

/** @throws MillraceError UNKNOWN_TOPIC or UNKNOWN_PARTITION */
export async function readPartitionLeader(
  services: LeaderServices,
  topic: string,
  partition: number,
): Promise<PartitionLeader> {
  return services.topics.withPartition(topic, partition, at => leaderOf(services, at));
}

async function leaderOf(
  services: LeaderServices,
  at: { readonly topicId: string; readonly partition: number },
): Promise<PartitionLeader> {
  const { brokerId, leaderEpoch } = (await readLeader(services, at)) ?? {
    brokerId: services.worker.brokerId,
    leaderEpoch: 0,
  };
  return { partition: at.partition, brokerId, leaderEpoch };
}
