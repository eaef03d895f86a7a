/**
 * Which segments retention takes: as in Kafka whole ones, from the start of the log, by the newest of their records or by the
 * size of what follows them.
 */
import type { LogSegment } from '../log/segment.ts';
import { configValue, type TopicConfigOverrides } from '../protocol/topic-config.ts';

export interface RetentionLimits {
  /** Age of a segment's newest record, in milliseconds; infinite without limit. */
  readonly ms: number;
  /** Size of the partition; infinite without limit. */
  readonly bytes: number;
}

/** Without the policy `delete` nothing expires. */
export function retentionLimits(config: TopicConfigOverrides): RetentionLimits {
  const isDeleted = configValue(config, 'cleanup.policy').split(',').includes('delete');
  const limit = (key: 'retention.ms' | 'retention.bytes') => {
    const value = Number(configValue(config, key));
    return isDeleted && value >= 0 ? value : Number.POSITIVE_INFINITY;
  };
  return { ms: limit('retention.ms'), bytes: limit('retention.bytes') };
}

export interface RetainedLog {
  readonly logStartOffset: number;
  /** Of all segments and entries. */
  readonly sizeInBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Whether the first segment goes: expired, more than the log may keep, or below the log start. */
export function isExpired(
  segment: LogSegment,
  { logStartOffset, sizeInBytes, now }: RetainedLog,
  { ms, bytes }: RetentionLimits,
): boolean {
  // records without a timestamp are as old as their entries
  const newestAt = segment.maxTimestamp < 0 ? segment.createdTo : segment.maxTimestamp;
  return segment.nextOffset <= logStartOffset || newestAt < now - ms || sizeInBytes - segment.sizeInBytes >= bytes;
}
