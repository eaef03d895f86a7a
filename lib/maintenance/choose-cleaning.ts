/**
 * What of a log is cleaned, and when. Kafka's terms, and its meaning of the settings:
 *
 * The *clean point* is the offset up to which no key stands twice: every segment that begins below it has the mark `clean` at it
 * or above. What stands from there to the rolled offset is *dirty*, and of that the part before the first segment with a record
 * younger than `min.compaction.lag.ms` can be cleaned. It is, once its share of the bytes is above `min.cleanable.dirty.ratio`,
 * or its oldest record older than `max.compaction.lag.ms`.
 *
 * A record's age counts from its append, by its entry: what its producer wrote as its timestamp may be any time.
 *
 * A tombstone goes once nobody can need it: all older records of its key are gone, which is so below the clean point; a later
 * pass has *seen* it there, so that a manifest was published without them; and since then `delete.retention.ms` have passed, in
 * which a reader that has read such a record comes to the tombstone, and the time for which a worker may still answer from the
 * manifest before. The time at which it was seen is kept by the end of its hour, so that segments of one hour can be merged.
 */
import { type LogSegment, sizeOfAll } from '../log/segment.ts';
import { configValue, type TopicConfigOverrides } from '../protocol/topic-config.ts';

const HOUR_MS = 60 * 60_000;

/** For so long a worker may answer from an old manifest, 15 minutes, and clocks may differ. */
const MANIFEST_AGE_MS = 15 * 60_000;
const CLOCK_SKEW_MS = 15 * 60_000;

/** What a choice needs to know of a segment; of many, their indexes would be too much to hold. */
export type SegmentSummary = Omit<LogSegment, 'index'>;

export interface CleaningLimits {
  readonly minDirtyRatio: number;
  readonly minLagMs: number;
  readonly maxLagMs: number;
  readonly deleteRetentionMs: number;
}

export function cleaningLimits(config: TopicConfigOverrides): CleaningLimits {
  return {
    minDirtyRatio: Number(configValue(config, 'min.cleanable.dirty.ratio')),
    minLagMs: Number(configValue(config, 'min.compaction.lag.ms')),
    maxLagMs: Number(configValue(config, 'max.compaction.lag.ms')),
    deleteRetentionMs: Number(configValue(config, 'delete.retention.ms')),
  };
}

/** The largest offset below which every segment is clean up to it. */
export function cleanPointOf(segments: readonly SegmentSummary[]): number {
  let point = segments[0]?.baseOffset ?? 0;
  let least = Number.POSITIVE_INFINITY;
  for (const { baseOffset, nextOffset, clean = 0 } of segments) {
    least = Math.min(least, clean);
    if (least <= baseOffset) break;
    point = Math.min(least, nextOffset);
  }
  return point;
}

/** How dirty a log is. */
export interface Dirtiness {
  readonly cleanPoint: number;
  /** What can be cleaned ends here; the clean point where nothing can. */
  readonly cleanableEnd: number;
  /** Of the bytes that are clean or can be cleaned, the share that is not clean; 0 where nothing can be cleaned. */
  readonly dirtyRatio: number;
  /** When the oldest entry that can be cleaned was made; milliseconds since the epoch, infinite where there is none. */
  readonly oldestAt: number;
}

export function dirtinessOf(
  segments: readonly SegmentSummary[],
  { minLagMs }: Pick<CleaningLimits, 'minLagMs'>,
  now: number,
): Dirtiness {
  const cleanPoint = cleanPointOf(segments);
  const above = segments.filter(({ nextOffset }) => nextOffset > cleanPoint);
  // below the clean point as well, where the lag was less before
  const young = segments.find(segment => isYoung(segment, minLagMs, now))?.baseOffset ?? Number.POSITIVE_INFINITY;
  const cleanable = above.filter(({ baseOffset }) => baseOffset < young);
  const cleanBytes = sizeOfAll(segments) - sizeOfAll(above);
  const dirtyBytes = sizeOfAll(cleanable);
  return {
    cleanPoint,
    cleanableEnd: Math.max(cleanPoint, cleanable.at(-1)?.nextOffset ?? 0),
    dirtyRatio: dirtyBytes === 0 ? 0 : dirtyBytes / (cleanBytes + dirtyBytes),
    oldestAt: cleanable.reduce((oldest, { createdFrom }) => Math.min(oldest, createdFrom), Number.POSITIVE_INFINITY),
  };
}

/**
 * Up to where the keys are read in the next pass; `undefined` where none is due. A pass that was broken off is gone on with: some
 * segments are clean up to where it went.
 */
export function dirtyEndOf(
  segments: readonly SegmentSummary[],
  limits: CleaningLimits,
  now: number,
): number | undefined {
  const { cleanPoint, cleanableEnd, dirtyRatio, oldestAt } = dirtinessOf(segments, limits, now);
  if (cleanableEnd === cleanPoint) return undefined;
  const begun = segments.map(({ clean = 0 }) => clean).filter(clean => clean > cleanPoint);
  if (begun.length > 0) return Math.min(cleanableEnd, ...begun);
  const isDue = dirtyRatio > limits.minDirtyRatio || oldestAt < now - limits.maxLagMs;
  return isDue ? cleanableEnd : undefined;
}

/** Whether a segment's tombstones are all that is left of their keys, and nobody has said so yet, or a clock far ahead did. */
export const isToBeSeen = (segment: SegmentSummary, cleanPoint: number, now: number): boolean =>
  hasSettled(segment, cleanPoint) &&
  (segment.tombstonesSeenAt === undefined || segment.tombstonesSeenAt > now + HOUR_MS + CLOCK_SKEW_MS);

/** What `tombstonesSeenAt` becomes. */
export const seenAt = (now: number): number => Math.ceil(now / HOUR_MS) * HOUR_MS;

/** Whether a segment's tombstones may go. */
export function areTombstonesOver(
  segment: SegmentSummary,
  cleanPoint: number,
  { deleteRetentionMs, minLagMs }: Pick<CleaningLimits, 'deleteRetentionMs' | 'minLagMs'>,
  now: number,
): boolean {
  const { tombstonesSeenAt } = segment;
  if (!hasSettled(segment, cleanPoint) || tombstonesSeenAt === undefined || isYoung(segment, minLagMs, now)) {
    return false;
  }
  return now >= tombstonesSeenAt + deleteRetentionMs + MANIFEST_AGE_MS + CLOCK_SKEW_MS;
}

const isYoung = ({ createdTo }: SegmentSummary, minLagMs: number, now: number): boolean =>
  minLagMs > 0 && createdTo > now - minLagMs;

const hasSettled = ({ nextOffset, tombstones = 0 }: SegmentSummary, cleanPoint: number): boolean =>
  nextOffset <= cleanPoint && tombstones > 0;
