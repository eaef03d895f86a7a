/**
 * A committed offset says that a member was given every record below it. A group begins at the start of a log, or, if that is its way, at
 * the end that the log had when a member joined. Where somebody set its offsets from outside, nothing is known of where it began.
 */
import type { Found } from './anomaly.ts';
import { type FetchOperation, isOk, named, type Ok, type Operation } from './history.ts';
import type { LogHistory } from './log-history.ts';
import { parseLogName } from './log-name.ts';

/** How a group begins in a log that it has no offset of. */
export interface GroupBeginning {
  readonly group: string;
  readonly isAtEnd: boolean;
  /** When the first member was told that it had joined. */
  readonly joinedAt: number;
}

/** Of every group whose offsets come from its members alone. What is asked of one life of a topic may reach the next. */
export function groupBeginnings(history: readonly Operation[]): readonly GroupBeginning[] {
  const standalone = named(history, 'commit').filter(({ isStandalone }) => isStandalone);
  const set = new Set([...named(history, 'reset'), ...standalone].map(({ group }) => group));
  const groups = new Set(named(history, 'fetch').flatMap(({ group }) => group ?? []));
  const joins = named(history, 'join');
  return [...groups]
    .filter(group => !set.has(group))
    .map(group => {
      const ofGroup = joins.filter(join => join.group === group);
      const isAtEnd = ofGroup.some(({ offsetReset }) => offsetReset === 'latest');
      return { group, isAtEnd, joinedAt: Math.min(...ofGroup.filter(isOk).map(({ end }) => end)) };
    });
}

export const checkDelivery = (log: LogHistory, beginnings: readonly GroupBeginning[]): Found[] =>
  beginnings.flatMap(beginning => checkGroup(log, beginning));

function checkGroup(log: LogHistory, beginning: GroupBeginning): Found[] {
  const { group, isAtEnd } = beginning;
  const ofGroup = log.fetches.filter(read => read.group === group);
  // who is out of range goes on at the end, if that is the group's way
  if (isAtEnd && ofGroup.some(({ answer }) => answer.outcome === 'failed')) return [];
  const reads = ofGroup.filter(isOk).toSorted((a, b) => a.end - b.end);
  const lowest = isAtEnd ? (reads[0]?.offset ?? Number.POSITIVE_INFINITY) : 0;
  return [...(isAtEnd ? checkBegin(log, reads, beginning) : []), ...checkCovered(log, reads, { group, lowest })];
}

/** What was produced after a member had joined is not skipped. */
function checkBegin(
  log: LogHistory,
  reads: readonly Ok<FetchOperation>[],
  { group, joinedAt }: GroupBeginning,
): Found[] {
  // a later life of the topic began when the group was there already
  if (parseLogName(log.log).life > 1) return [];
  const later = log.copies.filter(({ batch }) => batch.tries.every(({ start }) => start > joinedAt));
  const first = Math.min(...later.map(({ baseOffset }) => baseOffset));
  const lowest = Math.min(...reads.map(({ offset }) => offset));
  const isGone = named(log.operations, 'deleteRecords').some(({ offset }) => offset > first);
  if (isGone || reads.length === 0 || lowest <= first) return [];
  return [['skipped-record', `${group} had joined before ${first} was sent, and began at ${lowest}`]];
}

interface CoveredParams {
  readonly group: string;
  /** Where the group began. */
  readonly lowest: number;
}

function checkCovered(
  log: LogHistory,
  reads: readonly Ok<FetchOperation>[],
  { group, lowest }: CoveredParams,
): Found[] {
  // what lies below a log start was there for nobody
  const gone = Math.max(0, ...named(log.operations, 'deleteRecords').map(({ offset }) => offset));
  const covered = new Covered(Math.max(gone, lowest));
  const commits = named(log.operations, 'commit').filter(each => each.group === group);
  let next = 0;
  return commits
    .filter(isOk)
    .toSorted((a, b) => a.start - b.start)
    .flatMap(({ start, offset }): Found[] => {
      for (let read = reads[next]; read && read.end <= start; read = reads[++next]) {
        covered.add(read.offset, read.answer.result.nextOffset);
      }
      if (offset <= covered.end) return [];
      return [['skipped-record', `${group}: ${offset} was committed, and nobody was given ${covered.end}`]];
    });
}

/** The offsets that were given out, from where a group began. */
class Covered {
  #end: number;
  /** Beyond a gap, by where they begin. */
  #apart: { readonly from: number; readonly to: number }[] = [];

  constructor(from: number) {
    this.#end = from;
  }

  get end(): number {
    return this.#end;
  }

  add(from: number, to: number): void {
    this.#apart.push({ from, to });
    for (let isMoved = true; isMoved; ) {
      const end = this.#end;
      for (const each of this.#apart) if (each.from <= this.#end) this.#end = Math.max(this.#end, each.to);
      this.#apart = this.#apart.filter(each => each.from > this.#end);
      isMoved = this.#end > end;
    }
  }
}
