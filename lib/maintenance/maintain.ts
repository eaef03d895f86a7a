/**
 * All maintenance of all partitions, in order, within a time. It may be run late, twice, or by several workers at once: each job
 * looks at what is stored and does what is due.
 *
 * Compaction comes when all else is done everywhere, for it may take as long as there is time.
 */
import { firstSortKey, lastSortKey, topicFromItem, topicsPk } from '../log/catalogue.ts';
import type { Deadline } from '../log/deadline.ts';
import { resign } from '../log/leader.ts';
import { noteDeletion } from '../log/topic-deletion.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { QueryPage } from '../ports/item-table.ts';
import { compactPartition, type MaintainPartitionParams, maintainPartition } from './maintain-partition.ts';
import { removeDeletedTopics } from './remove-topic.ts';
import { attempt, type MaintenanceReport } from './report.ts';
import { isOver, type MaintenanceServices } from './services.ts';
import { readTopicConfigs } from './topic-configs.ts';

/** Where a run that was out of time goes on. */
export interface MaintenanceCursor {
  readonly topic: string;
  readonly partition: number;
  /** Whether only compaction is left. */
  readonly isCompacting: boolean;
}

export interface MaintainParams {
  readonly deadline: Deadline;
  readonly from?: MaintenanceCursor | undefined;
  readonly report: MaintenanceReport;
}

/**
 * Maintains every partition, removes what deleted topics leave, and compacts; answers with where to go on where time ran out.
 */
export async function maintainAll(
  services: MaintenanceServices,
  { deadline, from, report }: MaintainParams,
): Promise<MaintenanceCursor | undefined> {
  if (!from?.isCompacting) {
    const job: EachParams['job'] = async (...asked) => {
      await maintainPartition(...asked);
      return true;
    };
    const left = await eachPartition(services, { deadline, from, report, job });
    if (left) return { ...left, isCompacting: false };
    await attempt(report, 'remove deleted topics', async () => {
      const { removed, failures } = await removeDeletedTopics(services, deadline);
      report.removedTopics += removed;
      report.failures.push(...failures);
    });
  }
  const compactFrom = from?.isCompacting ? from : undefined;
  const left = await eachPartition(services, { deadline, from: compactFrom, report, job: compactPartition });
  return left && { ...left, isCompacting: true };
}

interface EachParams extends Omit<MaintainParams, 'from'> {
  readonly from: Omit<MaintenanceCursor, 'isCompacting'> | undefined;
  /** Whether it is done with the partition, as far as its time allows. */
  readonly job: (
    services: MaintenanceServices,
    at: TopicPartition,
    params: MaintainPartitionParams,
  ) => Promise<boolean>;
}

/** Does a job for every partition of every topic that lives; answers with the first that it is not done with. */
async function eachPartition(
  services: MaintenanceServices,
  { deadline, from, report, job }: EachParams,
): Promise<EachParams['from']> {
  for (let sk = from?.topic ?? firstSortKey; ; ) {
    let page: QueryPage;
    try {
      page = await services.cluster.query({ pk: topicsPk, from: sk, to: lastSortKey });
    } catch (cause) {
      // what was done so far is told all the same
      report.failures.push(new Error('could not list the topics', { cause }));
      return undefined;
    }
    const { items, more } = page;
    for (const item of items) {
      const topic = topicFromItem(item);
      if (topic.deleted) {
        await attempt(report, `note deletion of ${item.sk}`, () => noteDeletion(services, item.sk, topic));
        continue;
      }
      const first = item.sk === from?.topic ? from.partition : 0;
      for (let partition = first; partition < topic.partitions; partition++) {
        if (isOver(services, deadline)) return { topic: item.sk, partition };
        const at = { topicId: topic.topicId, partition };
        const isDone = await job(services, at, { name: item.sk, config: topic.config, deadline, report });
        if (!isDone && isOver(services, deadline)) return { topic: item.sk, partition };
      }
    }
    const last = items.at(-1);
    if (!more || !last) return undefined;
    sk = `${last.sk}\0`;
  }
}

/** Lets others lead at once what this worker leads: it is about to end. */
export async function resignAll(services: MaintenanceServices): Promise<void> {
  for (const [topicId, { partitions }] of await readTopicConfigs(services.cluster)) {
    for (let partition = 0; partition < partitions; partition++) await resign(services, { topicId, partition });
  }
}
