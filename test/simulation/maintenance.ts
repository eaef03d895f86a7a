/** Maintenance of the logs of a run, by the product's own code in workers of the run. */
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { MovedError } from '../../lib/log/walk.ts';
import { dropRolledEntries } from '../../lib/maintenance/drop-rolled-entries.ts';
import { mergeSegments } from '../../lib/maintenance/merge-segments.ts';
import { removeDeletedTopics } from '../../lib/maintenance/remove-topic.ts';
import { retainLog } from '../../lib/maintenance/retain-log.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import type { MaintenanceServices } from '../../lib/maintenance/services.ts';
import { sweepObjects } from '../../lib/maintenance/sweep-objects.ts';
import { deleteRecords } from '../../lib/topics/delete-records.ts';
import { type CompactParams, compact, drawRunMs } from './compaction.ts';
import type { Upkeep } from './scenario.ts';
import type { SimClient } from './sim-client.ts';
import { HOUR, MINUTE } from './time.ts';
import type { Place } from './topic-lives.ts';
import { livingPartition, stateOf } from './truth.ts';
import type { World } from './world.ts';

export type Job = Exclude<Upkeep, 'recreate' | 'expire' | 'configure' | 'night'>;

export const isJob = (upkeep: Upkeep): upkeep is Job => !['recreate', 'expire', 'configure', 'night'].includes(upkeep);

interface JobParams {
  readonly job: Job;
  readonly place: Place;
}

const retained = { 'retention.bytes': '2000' };

/** A run of maintenance takes no longer. */
const RUN_MS = 5 * MINUTE;

/** How often a job is done twice at once by one worker: with one lease, at one fence. */
const TWICE_SHARE = 0.3;

/** The bytes of which a segment is made. */
const SEGMENT_BYTES = 1_500;

/** Has some worker do a job, which may fail, or do it later than it is waited for. */
export async function maintain(client: SimClient, world: World, { job, place }: JobParams): Promise<void> {
  if (job === 'delete') return deleteOldRecords(client, world, place);
  const at = await livingPartition(world, place);
  if (!at) return;
  const isForced = world.random.float() < 0.7;
  const runMs = job === 'compact' ? drawRunMs(world) : RUN_MS;
  const { counts } = world.compaction;
  const times = world.random.float() < TWICE_SHARE ? 2 : 1;
  await client.ask(async services => {
    const runs = Array.from({ length: times }, () => doJob(services, at, { job, isForced, place, counts, runMs }));
    for (const run of await Promise.allSettled(runs)) {
      // the boundaries moved under it: what every run of maintenance must bear
      if (run.status === 'rejected' && !(run.reason instanceof MovedError)) throw run.reason;
    }
  });
}

interface JobToDo extends CompactParams {
  readonly job: Exclude<Job, 'delete'>;
  readonly isForced: boolean;
}

async function doJob(
  services: MaintenanceServices,
  at: TopicPartition,
  { job, isForced, ...compaction }: JobToDo,
): Promise<void> {
  const deadline = deadlineIn(services.clock, RUN_MS);
  const config = { 'segment.bytes': String(SEGMENT_BYTES) };
  switch (job) {
    case 'roll':
      await rollPartition(services, at, { config, deadline, isForced });
      return;
    case 'merge':
      await mergeSegments(services, at, { config: { 'segment.bytes': String(8 * SEGMENT_BYTES) }, deadline });
      return;
    case 'retain':
      await retainLog(services, at, { config: retained, readConfig: async () => retained });
      return;
    case 'sweep':
      await sweepObjects(services, at, deadline);
      return;
    case 'drop':
      await dropRolledEntries(services, at, deadline);
      return;
    case 'compact':
      await compact(services, at, compaction);
      return;
    case 'remove':
      await removeDeletedTopics(services, deadline);
      return;
  }
}

async function deleteOldRecords(client: SimClient, world: World, place: Place): Promise<void> {
  const { logStartOffset, rolledOffset } = await stateOf(world, place);
  const beforeOffset = logStartOffset + world.random.below(rolledOffset - logStartOffset + 3);
  await client.record(place, { operation: 'deleteRecords', offset: beforeOffset }, async services => {
    await deleteRecords(services, { ...place, beforeOffset });
    return {};
  });
}

/** Settings of a run: what goes on for long elsewhere happens often here. */
export const simMaintenanceSettings = {
  rollBytes: SEGMENT_BYTES,
  rollAfterMs: 5 * MINUTE,
  mergedBytes: 8 * SEGMENT_BYTES,
  mergeFanIn: 2,
  cleanedKeys: 3,
  cleanedKeyBytes: 100,
  sweepEveryMs: 2 * HOUR,
  entriesExpire: true,
  keepsLead: true,
} as const;
