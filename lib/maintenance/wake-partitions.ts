/**
 * Which of the partitions that have grown are due to be rolled, and starting those rolls; the work itself is done elsewhere.
 *
 * A partition that is not due yet is looked at again with its next append, or by the next run of all maintenance.
 */
import { logKeyOf } from '../log/catalogue.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { TopicConfigOverrides } from '../protocol/topic-config.ts';
import { readHotEnd } from './roll-partition.ts';
import type { MaintenanceServices } from './services.ts';
import { rollLimits, shouldRoll } from './should-roll.ts';
import { readTopicConfigs } from './topic-configs.ts';

/** Partitions of one start: a burst over a thousand partitions takes some dozens of functions, not all there are. */
const ROLLED_TOGETHER = 20;

/** Partitions looked at side by side. */
const AT_ONCE = 16;

export type WakeServices = Pick<MaintenanceServices, 'log' | 'cluster' | 'clock' | 'maintenance'>;

export interface WakeParams {
  readonly partitions: readonly TopicPartition[];
  /** Starts the rolls of a few partitions; resolves once the start is accepted. */
  readonly startRolls: (partitions: readonly TopicPartition[]) => Promise<void>;
}

/**
 * Starts the rolls that are due, each partition for itself. Costs a query for the topics, then a get and two queries a partition.
 *
 * @returns how many were started
 * @throws AggregateError where a partition could not be looked at or started: all may be tried again
 */
export async function wakePartitions(
  services: WakeServices,
  { partitions, startRolls }: WakeParams,
): Promise<{ readonly started: number }> {
  const topics = await readTopicConfigs(services.cluster);
  const failures: unknown[] = [];
  const due: TopicPartition[] = [];
  const look = async (at: TopicPartition) => {
    try {
      const topic = topics.get(at.topicId);
      if (topic && (await isDue(services, at, topic.config))) due.push(at);
    } catch (error) {
      failures.push(new Error(`could not wake ${logKeyOf(at)}`, { cause: error }));
    }
  };
  for (let first = 0; first < partitions.length; first += AT_ONCE) {
    await Promise.all(partitions.slice(first, first + AT_ONCE).map(look));
  }
  let started = 0;
  for (let first = 0; first < due.length; first += ROLLED_TOGETHER) {
    const some = due.slice(first, first + ROLLED_TOGETHER);
    try {
      await startRolls(some);
      started += some.length;
    } catch (error) {
      failures.push(new Error(`could not start the rolls of ${some.map(logKeyOf).join(', ')}`, { cause: error }));
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `partitions that could not be woken: ${failures.length}`);
  return { started };
}

/** A topic that was deleted meanwhile has nothing to roll. */
async function isDue(services: WakeServices, at: TopicPartition, config: TopicConfigOverrides): Promise<boolean> {
  try {
    const hot = await readHotEnd(services, at);
    return hot !== undefined && shouldRoll(hot, rollLimits(services.maintenance, config), services.clock.now());
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    if (error.code === 'UNKNOWN_TOPIC') return false;
    // what is damaged stays so however often it is looked at: maintenance says so, and the others are not held up
    if (error.code === 'STORAGE_ERROR') return true;
    throw error;
  }
}
