/**
 * How a trigger gets on with one partition, as pure steps. The committed offset and the run stand in one cell, and every step is
 * one write of it.
 *
 * A range is what one invocation was given: from the committed offset to the last of `ends`. Failures belong to a range, so a
 * range stays as it is until it is done, however often its runner changes. A range that is split gets a nearer end; done, it gives
 * way to the rest of what it was split from.
 *
 * An invocation is noted before it is made. A runner that finds one noted and nothing said of it knows that the runner before it
 * died with those records: it delivers them one by one, and a record with which three died is given up.
 */
import type { TriggerRun } from '../groups/cells.ts';

export interface Progress {
  /** The offset that is committed: everything below it is delivered, passed over, or given up. */
  readonly offset: number;
  readonly run: TriggerRun;
}

/** So many runners may die with one record alone before it is given up. */
export const DEATHS_OF_A_RECORD = 3;

/** What an error says is kept to so many characters. */
const ERROR_LENGTH = 300;

export const newRun = (triggerId: string): TriggerRun => ({
  triggerId,
  epoch: 0,
  holder: '',
  until: 0,
  ends: [],
  failures: 0,
  unknown: 0,
  soloUntil: 0,
  notBefore: 0,
});

/** The end of the current range, where one is fixed. */
export const rangeEnd = ({ run }: Progress): number | undefined => run.ends.at(-1);

/** Whether the next record goes alone. */
export const isSolo = ({ offset, run }: Progress): boolean => offset < run.soloUntil;

/** Whether the next record is one that kills its runners. */
export const isDeadly = (progress: Progress): boolean => isSolo(progress) && progress.run.unknown >= DEATHS_OF_A_RECORD;

/** In the hands of a new holder. */
export function taken(progress: Progress, holder: string): Progress {
  const { offset, run } = progress;
  const held = { ...run, epoch: run.epoch + 1, holder, notBefore: 0 };
  const wasFatal = run.unknown > 0 && !isSolo(progress);
  if (!wasFatal) return { offset, run: held };
  return { offset, run: { ...held, soloUntil: rangeEnd(progress) ?? offset, failures: 0, unknown: 0 } };
}

/** An invocation of the records up to `end` is about to be made. */
export function marked({ offset, run }: Progress, end: number): Progress {
  const isFixed = run.ends.at(-1) === end;
  const range = isFixed ? run : { ...run, ends: [...run.ends, end], failures: 0, unknown: 0 };
  return { offset, run: { ...range, unknown: range.unknown + 1 } };
}

/** The invocation that was marked is known to have been no delivery, and no failure either: it was not made. */
export const unmarked = ({ offset, run }: Progress): Progress => ({
  offset,
  run: { ...run, unknown: Math.max(0, run.unknown - 1) },
});

/** Everything below `offset` is done. */
export function advanced({ offset: before, run }: Progress, offset: number): Progress {
  if (offset <= before) return { offset: before, run };
  const ends = run.ends.filter(end => end > offset);
  return { offset, run: { ...run, ends, failures: 0, unknown: 0 } };
}

/** The range failed as a whole. */
export function failed(progress: Progress): Progress {
  const { offset, run } = unmarked(progress);
  return { offset, run: { ...run, failures: run.failures + 1 } };
}

/** The range that failed is split before the record at `middle`: what comes first is tried by itself. */
export function split(progress: Progress, middle: number): Progress {
  const { offset, run } = progress;
  return { offset, run: { ...run, ends: [...run.ends, middle], failures: 0, unknown: 0 } };
}

export const withResult = ({ offset, run }: Progress, at: number, error?: string): Progress => ({
  offset,
  run: { ...run, lastResult: { at, ...(error !== undefined && { error: shortened(error) }) } },
});

/** What failed is given up, and has not come to the destination. */
export const withUnsent = ({ offset, run }: Progress, at: number, unsent: string): Progress => ({
  offset,
  run: { ...run, lastResult: { ...run.lastResult, at, unsent: shortened(unsent) } },
});

/** Half a character is no UTF-8: a store may refuse it, and with it all that is written besides. */
const shortened = (error: string): string => error.slice(0, ERROR_LENGTH).toWellFormed();
