/**
 * All maintenance of all partitions, in order, within a time. It may be run late, twice, or by several workers at once: each job
 * looks at what is stored and does what is due.
 */
import { firstSortKey, lastSortKey, logKeyOf, topicFromItem, topicsPk } from '../log/catalogue.ts';
import { type Deadline, deadlineIn, timeLeftMs } from '../log/deadline.ts';
import { resign } from '../log/leader.ts';
import { noteDeletion } from '../log/topic-deletion.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { QueryPage } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { TopicConfigOverrides } from '../protocol/topic-config.ts';
import { dropRolledEntries } from './drop-rolled-entries.ts';
import { mergeSegments } from './merge-segments.ts';
import { removeDeletedTopics } from './remove-topic.ts';
import { retainLog } from './retain-log.ts';
import { rollPartition } from './roll-partition.ts';
import { isOver, type MaintenanceServices } from './services.ts';
import { sweepObjects } from './sweep-objects.ts';
import { readTopicConfigs } from './topic-configs.ts';

/** What was done, and how it went. */
export interface MaintenanceReport {
  rolledSegments: number;
  rolledBytes: number;
  mergedSegments: number;
  mergedBytes: number;
  expiredSegments: number;
  expiredBytes: number;
  sweptObjects: number;
  sweptBytes: number;
  droppedEntries: number;
  removedTopics: number;
  /** For how long an entry that was found unrolled had been due by its age, at most; in milliseconds. */
  rollLagMs: number;
  /** One per job that failed, which it names, with its cause; the next run does it again. */
  readonly failures: Error[];
}

export const newReport = (): MaintenanceReport => ({
  rolledSegments: 0,
  rolledBytes: 0,
  mergedSegments: 0,
  mergedBytes: 0,
  expiredSegments: 0,
  expiredBytes: 0,
  sweptObjects: 0,
  sweptBytes: 0,
  droppedEntries: 0,
  removedTopics: 0,
  rollLagMs: 0,
  failures: [],
});

/** Where a run that was out of time goes on. */
export interface MaintenanceCursor {
  readonly topic: string;
  readonly partition: number;
}

export interface MaintainParams {
  readonly deadline: Deadline;
  readonly from?: MaintenanceCursor | undefined;
  readonly report: MaintenanceReport;
}

/** Maintains every partition, and removes what deleted topics leave; answers with where to go on where time ran out. */
export async function maintainAll(
  services: MaintenanceServices,
  { deadline, from, report }: MaintainParams,
): Promise<MaintenanceCursor | undefined> {
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
        await maintainPartition(services, at, { name: item.sk, config: topic.config, deadline, report });
      }
    }
    const last = items.at(-1);
    if (!more || !last) break;
    sk = `${last.sk}\0`;
  }
  await attempt(report, 'remove deleted topics', async () => {
    const { removed, failures } = await removeDeletedTopics(services, deadline);
    report.removedTopics += removed;
    report.failures.push(...failures);
  });
  return undefined;
}

export interface MaintainPartitionParams {
  /** Of the topic. */
  readonly name: string;
  /** Of the topic, as it was when the run came to it. */
  readonly config: TopicConfigOverrides;
  readonly deadline: Deadline;
  readonly report: MaintenanceReport;
}

/** All that is due of one partition. A job that fails keeps none of the others. */
export async function maintainPartition(
  services: MaintenanceServices,
  at: TopicPartition,
  { name, config, deadline, report }: MaintainPartitionParams,
): Promise<void> {
  const onLag = (lagMs: number) => {
    report.rollLagMs = Math.max(report.rollLagMs, lagMs);
  };
  const retain = async () => {
    const readConfig = async () => {
      const topic = await services.topics.read(name);
      return topic.topicId === at.topicId ? topic.config : undefined;
    };
    const { deleted, sizeInBytes } = await retainLog(services, at, { config, readConfig });
    report.expiredSegments += deleted;
    report.expiredBytes += sizeInBytes;
  };
  const merge = async () => {
    const { merged, sizeInBytes } = await mergeSegments(services, at, { config, deadline });
    report.mergedSegments += merged;
    report.mergedBytes += sizeInBytes;
  };
  const roll = async () => {
    // however fast a log grows, there is time for the others
    const half = deadlineIn(services.clock, timeLeftMs(services.clock, deadline) / 2);
    for (let hasMore = true; hasMore && !isOver(services, half); ) {
      const rolled = await rollPartition(services, at, { config, deadline: half, onLag });
      report.rolledSegments += rolled.segments;
      report.rolledBytes += rolled.sizeInBytes;
      hasMore = rolled.hasMore;
      if (hasMore) await merge();
    }
  };
  const sweep = async () => {
    const swept = await sweepObjects(services, at, deadline);
    report.sweptObjects += swept?.deleted ?? 0;
    report.sweptBytes += swept?.sizeInBytes ?? 0;
  };
  const drop = async () => {
    if (!services.maintenance.entriesExpire) report.droppedEntries += await dropRolledEntries(services, at, deadline);
  };
  const rolledBefore = report.rolledSegments;
  const jobs = [
    ['roll', roll],
    ['retain', retain],
    ['merge', merge],
    ['sweep', sweep],
    ['drop the rolled entries of', drop],
  ] as const;
  for (const [verb, job] of jobs) {
    if (isOver(services, deadline)) break;
    await attempt(report, `${verb} ${logKeyOf(at)}`, job);
  }
  if (services.maintenance.keepsLead) return;
  await attempt(report, `resign ${logKeyOf(at)}`, () => resign(services, at));
  if (report.rolledSegments === rolledBefore) return;
  // a last look: who was sent here meanwhile found another leading, and does not come again
  await attempt(report, `roll ${logKeyOf(at)}`, roll);
  await attempt(report, `resign ${logKeyOf(at)}`, () => resign(services, at));
}

/** Lets others lead at once what this worker leads: it is about to end. */
export async function resignAll(services: MaintenanceServices): Promise<void> {
  for (const [topicId, { partitions }] of await readTopicConfigs(services.cluster)) {
    for (let partition = 0; partition < partitions; partition++) await resign(services, { topicId, partition });
  }
}

/** A topic that was deleted meanwhile is no failure. */
async function attempt(report: MaintenanceReport, name: string, job: () => Promise<void>): Promise<void> {
  try {
    await job();
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'UNKNOWN_TOPIC') return;
    report.failures.push(new Error(`could not ${name}`, { cause: error }));
  }
}
