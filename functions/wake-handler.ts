/**
 * From a batch of the log table's stream to the partitions that have grown: their triggers' runners are started, and the rolls that
 * are due. A batch that fails is delivered again, in halves.
 */
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { TopicPartition } from '../lib/log/topic-partition.ts';
import { rollTask } from '../lib/maintenance/task.ts';
import { type WakeServices, wakePartitions } from '../lib/maintenance/wake-partitions.ts';
import type { FunctionInvoker } from '../lib/ports/function-invoker.ts';
import type { Dispatched } from '../lib/triggers/dispatch.ts';

export interface WakeHandlerDeps {
  readonly services: WakeServices;
  readonly invoker: FunctionInvoker;
  /** Its name. */
  readonly maintenanceFunction: string;
  /** Starts the runners of triggers. */
  readonly startGrown: (partitions: readonly TopicPartition[]) => Promise<Dispatched>;
}

export function wakeHandler({ services, invoker, maintenanceFunction, startGrown }: WakeHandlerDeps) {
  const startRolls = (partitions: readonly TopicPartition[]) =>
    wakePartitions(services, { partitions, startRolls: some => invoker.invoke(maintenanceFunction, rollTask(some)) });
  return async ({ Records }: Pick<DynamoDBStreamEvent, 'Records'>): Promise<void> => {
    const partitions = partitionsOf(Records);
    // neither waits for the other, and what fails of one is told though the other went well
    const [grown, rolled] = await Promise.allSettled([startGrown(partitions), startRolls(partitions)]);
    if (grown.status === 'rejected') throw grown.reason;
    if (rolled.status === 'rejected') throw rolled.reason;
    const { failures } = grown.value;
    if (failures.length > 0)
      throw new AggregateError(failures, `triggers that could not be started: ${failures.length}`);
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
