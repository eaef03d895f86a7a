/**
 * All maintenance of all partitions, in order, within a time. It may be run late, twice, or by several workers at once: each job
 * looks at what is stored and does what is due.
 *
 * Compaction comes when all else is done everywhere, for it may take as long as there is time.
 */
import { firstSortKey, lastSortKey, logKeyOf, topicFromItem, topicsPk } from '../log/catalogue.ts';
import { type Deadline, deadlineIn, timeLeftMs } from '../log/deadline.ts';
import { resign } from '../log/leader.ts';
import { noteDeletion } from '../log/topic-deletion.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { QueryPage } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';
import { isCompacted, type TopicConfigOverrides } from '../protocol/topic-config.ts';
import { compactLog } from './compact-log.ts';
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
  cleanedSegments: number;
  /** Of segments that were cleaned, before and after. */
  cleanedBytes: number;
  keptBytes: number;
  cleaningMs: number;
  /** The largest share of uncompacted bytes that a log was found with. */
  dirtyRatio: number;
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
  cleanedSegments: 0,
  cleanedBytes: 0,
  keptBytes: 0,
  cleaningMs: 0,
  dirtyRatio: 0,
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
    const left = await eachPartition(services, { deadline, from, report, job: maintainPartition });
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
  readonly job: (services: MaintenanceServices, at: TopicPartition, params: MaintainPartitionParams) => Promise<void>;
}

/** Does a job for every partition of every topic that lives; answers with the first that it did not come to. */
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
        await job(services, at, { name: item.sk, config: topic.config, deadline, report });
      }
    }
    const last = items.at(-1);
    if (!more || !last) return undefined;
    sk = `${last.sk}\0`;
  }
}

export interface MaintainPartitionParams {
  /** Of the topic. */
  readonly name: string;
  /** Of the topic, as it was when the run came to it. */
  readonly config: TopicConfigOverrides;
  readonly deadline: Deadline;
  readonly report: MaintenanceReport;
}

/** All that is due of one partition but its compaction. A job that fails keeps none of the others. */
export async function maintainPartition(
  services: MaintenanceServices,
  at: TopicPartition,
  { name, config, deadline, report }: MaintainPartitionParams,
): Promise<void> {
  const onLag = (lagMs: number) => {
    report.rollLagMs = Math.max(report.rollLagMs, lagMs);
  };
  const retain = async () => {
    const readConfig = () => configNow(services, at, name);
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

/** Compacts one partition, if its topic is compacted, and rolls it meanwhile. */
export async function compactPartition(
  services: MaintenanceServices,
  at: TopicPartition,
  { name, config, deadline, report }: MaintainPartitionParams,
): Promise<void> {
  if (!isCompacted(config)) return;
  const startedAt = services.clock.monotonic();
  const meanwhile = () =>
    attempt(report, `roll ${logKeyOf(at)}`, async () => {
      const { segments, sizeInBytes } = await rollPartition(services, at, { config, deadline });
      report.rolledSegments += segments;
      report.rolledBytes += sizeInBytes;
    });
  await attempt(report, `compact ${logKeyOf(at)}`, async () => {
    const readConfig = () => configNow(services, at, name);
    const done = await compactLog(services, at, { config, readConfig, deadline, meanwhile });
    report.dirtyRatio = Math.max(report.dirtyRatio, done.dirtyRatio);
    report.cleanedSegments += done.segments;
    report.cleanedBytes += done.bytesBefore;
    report.keptBytes += done.bytesAfter;
    if (done.segments > 0) report.cleaningMs += services.clock.monotonic() - startedAt;
  });
  if (!services.maintenance.keepsLead) await attempt(report, `resign ${logKeyOf(at)}`, () => resign(services, at));
}

/** The config of a topic as it is now; `undefined` where the name is another's. */
async function configNow(
  { topics }: MaintenanceServices,
  { topicId }: TopicPartition,
  name: string,
): Promise<TopicConfigOverrides | undefined> {
  const topic = await topics.read(name);
  return topic.topicId === topicId ? topic.config : undefined;
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
