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
      startRoll: at => invoker.invoke(maintenanceFunction, rollTask(at)),
    });
  };
}

/** Each partition once. */
function partitionsOf(records: readonly DynamoDBRecord[]): readonly TopicPartition[] {
  const logKeys = new Set(records.map(({ dynamodb }) => dynamodb?.Keys?.pk?.S ?? ''));
  return [...logKeys].map(topicPartition);
}

function topicPartition(logKey: string): TopicPartition {
  const [, topicId, partition] = /^([^/]+)\/(\d+)$/.exec(logKey) ?? [];
  if (topicId === undefined) throw new Error(`the stream has the key '${logKey}', which is no partition's`);
  return { topicId, partition: Number(partition) };
}
