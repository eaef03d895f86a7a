/** How a trigger gets on, partition by partition. */
import type { TriggerResult } from '../groups/cells.ts';
import { sideBySide } from '../log/side-by-side.ts';
import { readAllTopics } from '../log/topic-list.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { Trigger } from './cells.ts';
import { isWaiting, mayTake, readProgress } from './hold.ts';
import type { TriggerServices } from './services.ts';
import { readTrigger } from './trigger-store.ts';

export type TriggerState = 'CREATING' | 'ENABLED' | 'PAUSED' | 'DELETING';

/** Held: a runner has it. Waiting: what failed is not due to be tried again yet. */
export type PartitionState = 'IDLE' | 'HELD' | 'WAITING';

export interface TriggerPartition {
  readonly topic: string;
  readonly partition: number;
  readonly currentOffset: number;
  readonly logEndOffset: number;
  readonly lag: number;
  readonly state: PartitionState;
  /** How often the records at the current offset have failed. */
  readonly failures: number;
  readonly lastResult?: TriggerResult | undefined;
}

export interface DescribedTrigger {
  readonly trigger: Trigger;
  readonly lag: number;
  readonly partitions: readonly TriggerPartition[];
}

export function stateOf({ phase, isEnabled }: Trigger): TriggerState {
  if (phase !== 'live') return phase === 'creating' ? 'CREATING' : 'DELETING';
  return isEnabled ? 'ENABLED' : 'PAUSED';
}

/** Costs a get and two queries for each partition. @throws MillraceError UNKNOWN_TRIGGER */
export async function describeTrigger(services: TriggerServices, name: string): Promise<DescribedTrigger> {
  const trigger = await readTrigger(services, name);
  const topics = new Map((await readAllTopics(services.cluster)).map(topic => [topic.name, topic]));
  const parts = trigger.topics.flatMap(topic => {
    const { topicId, partitions = 0 } = topics.get(topic) ?? {};
    if (topicId === undefined) return [];
    return Array.from({ length: partitions }, (_, partition) => ({ topic, at: { topicId, partition } }));
  });
  const described = await sideBySide(parts, part => describePartition(services, { trigger, ...part }));
  const partitions = described.flat();
  return { trigger, lag: partitions.reduce((sum, { lag }) => sum + lag, 0), partitions };
}

type Part = Parameters<typeof readProgress>[1];

/** None where the topic is gone by now. */
async function describePartition(services: TriggerServices, part: Part): Promise<readonly TriggerPartition[]> {
  const { trigger, topic, at } = part;
  const read = await readProgress(services, part);
  try {
    const { logStartOffset, highWatermark } = await services.logs.of(at).reader.bounds();
    const currentOffset = Math.max(read.offset ?? logStartOffset, logStartOffset);
    const { failures = 0, lastResult } = read.cell.run ?? {};
    return [
      {
        topic,
        partition: at.partition,
        currentOffset,
        logEndOffset: highWatermark,
        lag: Math.max(0, highWatermark - currentOffset),
        state: partitionState(services, trigger, read),
        failures,
        lastResult,
      },
    ];
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'UNKNOWN_TOPIC') return [];
    throw error;
  }
}

function partitionState(
  services: TriggerServices,
  trigger: Trigger,
  read: Awaited<ReturnType<typeof readProgress>>,
): PartitionState {
  const now = services.logs.time.now();
  if (mayTake(read, trigger, now)) return 'IDLE';
  return isWaiting(read.cell.run?.notBefore ?? 0, now) ? 'WAITING' : 'HELD';
}
