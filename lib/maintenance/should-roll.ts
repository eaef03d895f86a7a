/** When the entries of a partition are rolled into a segment. */
import { configValue, isCompacted, type TopicConfigOverrides } from '../protocol/topic-config.ts';
import type { MaintenanceSettings } from './services.ts';

/** How far clocks may differ. */
const CLOCK_SKEW_MS = 15 * 60_000;

/** What of a log is in entries. */
export interface HotEnd {
  /** Bytes of their batches. */
  readonly sizeInBytes: number;
  /** When the oldest of them was made, or the newest where its writer's clock said an earlier time; milliseconds since the epoch. */
  readonly oldestAt: number;
}

export interface RollLimits {
  readonly bytes: number;
  readonly afterMs: number;
}

/** From what size or age on a topic's entries are rolled: the deployment's, or the topic's own where they are less. */
export function rollLimits(settings: MaintenanceSettings, config: TopicConfigOverrides): RollLimits {
  const ms = (key: 'segment.ms' | 'max.compaction.lag.ms') => Number(configValue(config, key));
  return {
    bytes: Math.min(settings.rollBytes, Number(configValue(config, 'segment.bytes'))),
    // what stands in entries is not compacted
    afterMs: Math.min(
      settings.rollAfterMs,
      ms('segment.ms'),
      isCompacted(config) ? ms('max.compaction.lag.ms') : Number.POSITIVE_INFINITY,
    ),
  };
}

export function shouldRoll({ sizeInBytes, oldestAt }: HotEnd, { bytes, afterMs }: RollLimits, now: number): boolean {
  // what a clock far ahead has dated might never become old, and those behind it would expire first
  const isFromFuture = oldestAt > now + CLOCK_SKEW_MS;
  return sizeInBytes >= bytes || now - oldestAt >= afterMs || isFromFuture;
}
