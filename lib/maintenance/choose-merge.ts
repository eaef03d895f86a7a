/**
 * Which neighbouring segments become one.
 *
 * Segments have levels by their size, each so many times the one below as neighbours of a level, or below it, are merged: eight. So
 * a byte is written again once per level, three times in all, and of each level at most seven wait.
 */
import type { LogSegment } from '../log/segment.ts';

/** Segments up to so many bytes are of the lowest level. */
const LOWEST_LEVEL_BYTES = 128 * 1024;

export interface MergeLimits {
  /** Of a merged segment. */
  readonly bytes: number;
  /** How many neighbours of a level are merged, and how much larger each level is than the one below. */
  readonly fanIn: number;
  /** From its oldest to its newest entry: a segment is deleted whole. */
  readonly spanMs: number;
}

/** The leftmost run to merge, smallest level first; `undefined` where none is due. */
export function chooseMerge(segments: readonly LogSegment[], limits: MergeLimits): readonly LogSegment[] | undefined {
  const isOpen = (segment: LogSegment) => segment.sizeInBytes <= limits.bytes / 2;
  const level = (segment: LogSegment) => levelOf(segment, limits);
  const levels = [...new Set(segments.filter(isOpen).map(level))].sort((one, other) => one - other);
  for (const highest of levels) {
    const run = leftmostRun(segments, limits, segment => isOpen(segment) && level(segment) <= highest);
    if (run) return run;
  }
  return undefined;
}

/** The first segments next to each other that may be merged, as many as the limits allow; enough of them, or what fills a segment. */
function leftmostRun(
  segments: readonly LogSegment[],
  limits: MergeLimits,
  isOfLevel: (segment: LogSegment) => boolean,
): readonly LogSegment[] | undefined {
  let run: LogSegment[] = [];
  let isFull = false;
  for (const segment of segments) {
    if (!isOfLevel(segment)) run = [];
    else if (fits([...run, segment], limits)) run = [...run, segment];
    else {
      isFull = run.length > 1 && sizeOf(run) > limits.bytes / 2;
      if (isFull) return run;
      run = [segment];
    }
    if (run.length >= limits.fanIn) return run;
  }
  return undefined;
}

function fits(run: readonly LogSegment[], { bytes, spanMs }: MergeLimits): boolean {
  const from = Math.min(...run.map(({ createdFrom }) => createdFrom));
  const to = Math.max(...run.map(({ createdTo }) => createdTo));
  return sizeOf(run) <= bytes && to - from <= spanMs;
}

const sizeOf = (run: readonly LogSegment[]): number => run.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);

const levelOf = ({ sizeInBytes }: LogSegment, { fanIn }: MergeLimits): number =>
  Math.max(0, Math.ceil(Math.log(sizeInBytes / LOWEST_LEVEL_BYTES) / Math.log(fanIn)));
