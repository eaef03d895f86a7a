/** Compaction of the topics of a run: what they are set to, and the product's own cleaner in workers of the run. */
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { compactLog } from '../../lib/maintenance/compact-log.ts';
import type { MaintenanceServices } from '../../lib/maintenance/services.ts';
import { alterConfigs } from '../../lib/topics/alter-topic.ts';
import type { CompactionSettings } from '../history/check-compaction.ts';
import { type CompactionCounts, noCompaction } from './compaction-counts.ts';
import { drawLag, drawRetention, type Scenario } from './scenario.ts';
import type { SimClient } from './sim-client.ts';
import { MINUTE, SECOND } from './time.ts';
import type { Place } from './topic-lives.ts';
import type { World } from './world.ts';

export interface Compaction {
  /** By topic: the least of what was ever asked for. */
  readonly settings: Record<string, CompactionSettings>;
  readonly counts: CompactionCounts;
}

export function newCompaction({ compacted, skewMs }: Scenario): Compaction {
  const settings = Object.entries(compacted).map(([topic, { minLagMs, deleteRetentionMs }]) => {
    return [topic, { minLagMs, deleteRetentionMs, clockSkewMs: 2 * skewMs }] as const;
  });
  return { settings: Object.fromEntries(settings), counts: noCompaction() };
}

/** What a topic is created with. */
export function configOf({ scenario }: World, topic: string): ReadonlyMap<string, string> {
  const compacted = scenario.compacted[topic];
  if (!compacted) return new Map();
  return new Map([
    ['cleanup.policy', 'compact'],
    ['min.compaction.lag.ms', String(compacted.minLagMs)],
    ['delete.retention.ms', String(compacted.deleteRetentionMs)],
    ['min.cleanable.dirty.ratio', String(compacted.minDirtyRatio)],
    ['segment.bytes', String(compacted.segmentBytes)],
  ]);
}

const POLICIES = ['compact', 'compact', 'compact,delete', 'delete'];

/** Changes one setting of a compacted topic. */
export async function configure(client: SimClient, { scenario, random, compaction }: World): Promise<void> {
  const topics = Object.keys(scenario.compacted);
  const topic = topics[random.below(topics.length)];
  const settings = topic === undefined ? undefined : compaction.settings[topic];
  if (topic === undefined || !settings) return;
  const set = (name: string, value: number | string) =>
    client.ask(services =>
      alterConfigs(services, { name: topic, changes: [{ name, operation: 'SET', value: String(value) }] }),
    );
  switch (random.below(3)) {
    case 0: {
      const minLagMs = drawLag(random);
      compaction.settings[topic] = { ...settings, minLagMs: Math.min(minLagMs, settings.minLagMs) };
      await set('min.compaction.lag.ms', minLagMs);
      return;
    }
    case 1: {
      const deleteRetentionMs = drawRetention(random);
      const least = Math.min(deleteRetentionMs, settings.deleteRetentionMs);
      compaction.settings[topic] = { ...settings, deleteRetentionMs: least };
      await set('delete.retention.ms', deleteRetentionMs);
      return;
    }
    default:
      await set('cleanup.policy', POLICIES[random.below(POLICIES.length)] ?? '');
  }
}

export interface CompactParams {
  readonly place: Place;
  readonly counts: CompactionCounts;
  readonly runMs: number;
}

/** How often a run has hardly any time. */
const INTERRUPTED_SHARE = 0.3;
const SHORT_RUN_MS = 3 * SECOND;
const RUN_MS = 5 * MINUTE;

export const drawRunMs = ({ random }: World): number =>
  random.float() < INTERRUPTED_SHARE ? random.float() ** 2 * SHORT_RUN_MS : RUN_MS;

/** Compacts a log by the config of its topic. */
export async function compact(
  services: MaintenanceServices,
  at: TopicPartition,
  { place, counts, runMs }: CompactParams,
): Promise<void> {
  const readConfig = async () => {
    const { topicId, config } = await services.topics.read(place.topic);
    return topicId === at.topicId ? config : undefined;
  };
  const config = await readConfig();
  if (!config) return;
  const deadline = deadlineIn(services.clock, runMs);
  const done = await compactLog(services, at, { config, readConfig, deadline });
  counts.segments += done.segments;
  counts.removed += done.removed;
  counts.tombstones += done.tombstones;
  if (done.bytesBefore > 0 && done.bytesAfter === 0) counts.emptied++;
  if (done.hasMore) counts.interrupted++;
}
