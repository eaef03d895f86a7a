/** From a batch of the log table's stream to the partitions that have grown; a batch that fails is delivered again, in halves. */
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { TopicPartition } from '../lib/log/topic-partition.ts';
import { rollTask } from '../lib/maintenance/task.ts';
import { type WakeServices, wakePartitions } from '../lib/maintenance/wake-partitions.ts';
import type { FunctionInvoker } from '../lib/ports/function-invoker.ts';

export interface WakeHandlerDeps {
  readonly services: WakeServices;
  readonly invoker: FunctionInvoker;
  /** Its name. */
  readonly maintenanceFunction: string;
}

export function wakeHandler({ services, invoker, maintenanceFunction }: WakeHandlerDeps) {
  return async ({ Records }: Pick<DynamoDBStreamEvent, 'Records'>): Promise<void> => {
    await wakePartitions(services, {
      partitions: partitionsOf(Records),
      startRolls: some => invoker.invoke(maintenanceFunction, rollTask(some)),
    });
  };
}

/** Each partition once; a key that is none's is passed over. */
function partitionsOf(records: readonly DynamoDBRecord[]): readonly TopicPartition[] {
  const logKeys = new Set(records.map(({ dynamodb }) => dynamodb?.Keys?.pk?.S ?? ''));
  return [...logKeys].flatMap(logKey => {
    const [, topicId, partition] = /^([^/]+)\/(\d+)$/.exec(logKey) ?? [];
    return topicId === undefined ? [] : [{ topicId, partition: Number(partition) }];
  });
}
