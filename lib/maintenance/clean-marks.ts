/** What compaction says of a segment, and what becomes of it where several become one. */
import type { LogSegment } from '../log/segment.ts';

export type CleanMarks = Pick<LogSegment, 'clean' | 'tombstones' | 'tombstonesSeenAt'>;

/**
 * Whether one mark can stand for all: then none is cleaned again because of the others, and none keeps its tombstones longer. If
 * those could wait for each other, a tombstone that is merged with newer ones again and again would never go.
 */
export function areAlike(segments: readonly CleanMarks[]): boolean {
  const withTombstones = segments.filter(({ tombstones }) => tombstones !== 0);
  const seenAt = new Set(withTombstones.map(({ tombstonesSeenAt }) => tombstonesSeenAt));
  return new Set(segments.map(({ clean }) => clean)).size <= 1 && seenAt.size <= 1;
}

/** The marks of several as one: the lower, and the later. */
export function marksOf(segments: readonly CleanMarks[]): CleanMarks {
  const clean = Math.min(...segments.map(segment => segment.clean ?? 0));
  if (clean === 0) return {};
  const tombstones = segments.reduce((sum, segment) => sum + (segment.tombstones ?? 0), 0);
  return { clean, tombstones, ...seenAtOf(segments) };
}

/** When the tombstones of all had been seen; not at all where those of one had not. */
function seenAtOf(segments: readonly CleanMarks[]): Pick<CleanMarks, 'tombstonesSeenAt'> {
  const times = segments.filter(({ tombstones }) => tombstones !== 0).map(({ tombstonesSeenAt }) => tombstonesSeenAt);
  const isSeen = times.length > 0 && times.every(time => time !== undefined);
  return isSeen ? { tombstonesSeenAt: Math.max(...times) } : {};
}
