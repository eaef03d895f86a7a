/** All maintenance of one partition: each job looks at what is stored and does what is due. */
import { logKeyOf } from '../log/catalogue.ts';
import { type Deadline, deadlineIn, timeLeftMs } from '../log/deadline.ts';
import { resign } from '../log/leader.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { isCompacted, type TopicConfigOverrides } from '../protocol/topic-config.ts';
import { compactLog } from './compact-log.ts';
import { dropRolledEntries } from './drop-rolled-entries.ts';
import { mergeSegments } from './merge-segments.ts';
import { attempt, type MaintenanceReport } from './report.ts';
import { retainLog } from './retain-log.ts';
import { rollPartition } from './roll-partition.ts';
import { isOver, type MaintenanceServices } from './services.ts';
import { sweepObjects } from './sweep-objects.ts';

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
  const hasLed = report.rolledSegments > rolledBefore;
  await letOthersLead(services, at, { report, hasLed, roll: () => attempt(report, `roll ${logKeyOf(at)}`, roll) });
}

/** Compacts one partition, if its topic is compacted, and rolls it meanwhile; whether all that was due is done. */
export async function compactPartition(
  services: MaintenanceServices,
  at: TopicPartition,
  { name, config, deadline, report }: MaintainPartitionParams,
): Promise<boolean> {
  if (!isCompacted(config)) return true;
  let hasMore = false;
  const startedAt = services.clock.monotonic();
  const roll = () =>
    attempt(report, `roll ${logKeyOf(at)}`, async () => {
      const { segments, sizeInBytes } = await rollPartition(services, at, { config, deadline });
      report.rolledSegments += segments;
      report.rolledBytes += sizeInBytes;
    });
  const cleanedBefore = report.cleanedSegments;
  await attempt(report, `compact ${logKeyOf(at)}`, async () => {
    const readConfig = () => configNow(services, at, name);
    const onDirtyRatio = (dirtyRatio: number) => {
      report.dirtyRatio = Math.max(report.dirtyRatio, dirtyRatio);
    };
    const done = await compactLog(services, at, { config, readConfig, deadline, onDirtyRatio, meanwhile: roll });
    report.cleanedSegments += done.segments;
    report.cleanedBytes += done.bytesBefore;
    report.keptBytes += done.bytesAfter;
    if (done.segments > 0) report.cleaningMs += services.clock.monotonic() - startedAt;
    hasMore = done.hasMore;
  });
  await letOthersLead(services, at, { report, hasLed: report.cleanedSegments > cleanedBefore, roll });
  return !hasMore;
}

interface LetOthersLeadParams {
  readonly report: MaintenanceReport;
  /** For so long that others may have been sent here. */
  readonly hasLed: boolean;
  readonly roll: () => Promise<void>;
}

/** Resigns, where a worker does not keep the lead. */
async function letOthersLead(
  services: MaintenanceServices,
  at: TopicPartition,
  { report, hasLed, roll }: LetOthersLeadParams,
): Promise<void> {
  if (services.maintenance.keepsLead) return;
  const resigns = () => attempt(report, `resign ${logKeyOf(at)}`, () => resign(services, at));
  await resigns();
  if (!hasLed) return;
  // a last look: who was sent here meanwhile found another leading, and does not come again
  await roll();
  await resigns();
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
