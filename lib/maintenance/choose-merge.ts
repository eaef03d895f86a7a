/**
 * Which neighbouring segments become one.
 *
 * Segments have levels by their size, each so many times the one below as are merged at once: eight. At the end of the log, where
 * more can come, eight of a level wait for each other; smaller ones between them count too, smaller ones behind them wait for
 * more of their own. Where nothing more can join, before a larger segment or one that does not fit, all that stand together are
 * merged. So a byte is written again about once per level, three times in all, and on the lowest level 18 KiB a roll at most; and
 * fewer than eight segments of each of four levels wait.
 *
 * What compaction has cleaned is merged only with what it has cleaned alike. A segment that it emptied joins its neighbour at once:
 * only the manifest changes.
 */
import { type LogSegment, sizeOfAll } from '../log/segment.ts';
import { areAlike } from './clean-marks.ts';

/** Segments up to so many bytes are of the lowest level: there a merge costs its requests, whatever it writes. */
const LOWEST_LEVEL_BYTES = 128 * 1024;

export interface MergeLimits {
  /** Of a merged segment. */
  readonly bytes: number;
  /** How many neighbours of a level are merged, and how much larger each level is than the one below. */
  readonly fanIn: number;
  /** From its oldest to its newest entry: a segment is deleted whole. */
  readonly spanMs: number;
}

/** A run to merge, of the smallest level first; `undefined` where none is due. */
export function chooseMerge(segments: readonly LogSegment[], limits: MergeLimits): readonly LogSegment[] | undefined {
  const emptied = emptiedWithNeighbour(segments);
  if (emptied) return emptied;
  const levels = new Set(segments.map(segment => levelOf(segment, limits)).filter(Number.isFinite));
  const runs = [...levels].sort((one, other) => one - other).map(level => runsOf(segments, limits, level));
  const complete = runs.flat().find(run => run.isComplete && run.segments.length > 1);
  if (complete) return complete.segments;
  const waiting = runs.flat().find(run => run.segments.length >= limits.fanIn);
  return waiting && withLarger(waiting.segments, segments, limits);
}

/** A segment without object, and a neighbour that is cleaned alike. */
function emptiedWithNeighbour(segments: readonly LogSegment[]): readonly LogSegment[] | undefined {
  const pairs = segments.slice(1).map((segment, index) => [segments[index] as LogSegment, segment]);
  return pairs.find(pair => pair.some(({ objectKey }) => objectKey === undefined) && areAlike(pair));
}

/** Neighbours that fit into one. */
interface Run {
  readonly segments: readonly LogSegment[];
  /** Whether nothing can join it any more: what follows is larger, or does not fit. */
  readonly isComplete: boolean;
}

/** The runs of a level and those below it, in their order; what is smaller at the end of the log waits for more of its own. */
function runsOf(segments: readonly LogSegment[], limits: MergeLimits, level: number): readonly Run[] {
  const runs: Run[] = [];
  let run: LogSegment[] = [];
  for (const segment of segments) {
    const isOfLevel = levelOf(segment, limits) <= level;
    if (isOfLevel && fits([...run, segment], limits)) {
      run.push(segment);
      continue;
    }
    runs.push({ segments: run, isComplete: true });
    run = isOfLevel ? [segment] : [];
  }
  const last = run.findLastIndex(segment => levelOf(segment, limits) === level);
  return [...runs, { segments: run.slice(0, last + 1), isComplete: false }];
}

/** A run that becomes so large that it stays as it is, and what stands before it: that would have to stay too. */
function withLarger(
  run: readonly LogSegment[],
  segments: readonly LogSegment[],
  limits: MergeLimits,
): readonly LogSegment[] {
  const before = segments[segments.indexOf(run[0] as LogSegment) - 1];
  const isStaying = sizeOfAll(run) > limits.bytes / 2;
  const isTaken = isStaying && before && Number.isFinite(levelOf(before, limits)) && fits([before, ...run], limits);
  return isTaken ? withLarger([before, ...run], segments, limits) : run;
}

function fits(run: readonly LogSegment[], { bytes, spanMs }: MergeLimits): boolean {
  const from = Math.min(...run.map(({ createdFrom }) => createdFrom));
  const to = Math.max(...run.map(({ createdTo }) => createdTo));
  return sizeOfAll(run) <= bytes && to - from <= spanMs && areAlike(run);
}

/** Infinite of a segment that is large enough to stay as it is. */
function levelOf({ sizeInBytes }: LogSegment, { bytes, fanIn }: MergeLimits): number {
  if (sizeInBytes > bytes / 2) return Number.POSITIVE_INFINITY;
  let level = 0;
  for (let most = LOWEST_LEVEL_BYTES; sizeInBytes > most; most *= fanIn) level++;
  return level;
}
