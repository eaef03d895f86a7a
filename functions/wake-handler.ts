/**
 * From a batch of the log table's stream to the partitions that have grown: their triggers' runners are started, and the rolls that
 * are due. A batch that fails is delivered again, in halves.
 */
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { TopicPartition } from '../lib/log/topic-partition.ts';
import { RollForesight, type SeenRoom } from '../lib/maintenance/roll-foresight.ts';
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
  const foresight = new RollForesight(services.clock);
  const startRolls = async (grown: readonly GrownPartition[]) => {
    const looked = grown.filter(({ at, entries }) => foresight.isDue(at, entries));
    const rooms = new Map<TopicPartition, SeenRoom>();
    try {
      await wakePartitions(services, {
        partitions: looked.map(({ at }) => at),
        startRolls: some => invoker.invoke(maintenanceFunction, rollTask(some)),
        onRoom: (at, room) => rooms.set(at, room),
      });
    } finally {
      for (const { at, entries } of looked) {
        const room = rooms.get(at);
        if (room) foresight.note(at, room, entries);
        else foresight.forget(at);
      }
    }
  };
  return async ({ Records }: Pick<DynamoDBStreamEvent, 'Records'>): Promise<void> => {
    const grown = grownPartitions(Records);
    const [started, rolled] = await Promise.allSettled([startGrown(grown.map(({ at }) => at)), startRolls(grown)]);
    if (started.status === 'rejected') throw started.reason;
    if (rolled.status === 'rejected') throw rolled.reason;
    const { failures } = started.value;
    if (failures.length > 0)
      throw new AggregateError(failures, `triggers that could not be started: ${failures.length}`);
  };
}

interface GrownPartition {
  readonly at: TopicPartition;
  /** How many are new. */
  readonly entries: number;
}

/** Each partition once; a key that is none's is passed over. */
function grownPartitions(records: readonly DynamoDBRecord[]): readonly GrownPartition[] {
  const byLogKey = Map.groupBy(records, ({ dynamodb }) => dynamodb?.Keys?.pk?.S ?? '');
  return [...byLogKey].flatMap(([logKey, { length: entries }]) => {
    const [, topicId, partition] = /^([^/]+)\/(\d+)$/.exec(logKey) ?? [];
    return topicId === undefined ? [] : [{ at: { topicId, partition: Number(partition) }, entries }];
  });
}
