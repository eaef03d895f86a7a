/**
 * Offsets that a reader was led past without a value. What was acknowledged there, or read by anyone, is lost.
 *
 * Where it was neither, the log may have dropped what nobody was promised: whole batches that nobody knows of, each sent before
 * the read ended with an outcome that is unknown.
 */
import type { Found } from './anomaly.ts';
import type { FetchOperation, Ok } from './history.ts';
import type { LogHistory } from './log-history.ts';
import { marksByEnd, summed } from './marks.ts';
import { endOf, possibleCopies } from './sent-batch.ts';

/** Copies of one batch that may have been stored, and that nobody knows of. */
interface Unseen {
  readonly size: number;
  readonly since: readonly number[];
}

export function checkGaps(log: LogHistory, producerForgottenMs: number): Found[] {
  const passing = log.answered.filter(({ offset, answer }) => {
    return answer.result.records.length < answer.result.nextOffset - offset;
  });
  if (passing.length === 0) return [];
  const promised = promisedValues(log);
  const known = knownOffsets(log);
  const unseen = unseenBatches(log, producerForgottenMs);
  const stored = unseen.flatMap(({ since, size }) => since.map(end => ({ end, at: size })));
  const highest = log.copies.reduce((end, copy) => Math.max(end, endOf(copy)), 0);
  const most = highest + stored.reduce((sum, { at }) => sum + at, 0);
  const dropped = new Set<number>();
  const found = marksByEnd(passing, summed(stored)).flatMap(([fetch, droppable]): Found[] => {
    const passed = passedOver(fetch, most);
    const fresh = passed.filter(offset => !known.has(offset) && !dropped.has(offset));
    for (const offset of fresh) dropped.add(offset);
    const gaps = [...passed.filter(offset => known.has(offset)), ...(dropped.size > droppable ? fresh : [])];
    return gaps.map(offset => {
      const lost = promised.get(offset);
      return lost === undefined ? ['gap', `offset ${offset}`] : ['lost-record', `${lost} at ${offset}`];
    });
  });
  const sizes = unseen.filter(({ since }) => since.length > 0).map(({ size }) => size);
  return [...found, ...checkHoles(dropped, known, new Set(sizes))];
}

function promisedValues({ acknowledged }: LogHistory): ReadonlyMap<number, string> {
  const promised = new Map<number, string>();
  for (const { values, answer } of acknowledged) {
    for (const [index, value] of values.entries()) promised.set(answer.result.baseOffset + index, value);
  }
  return promised;
}

function knownOffsets({ copies }: LogHistory): ReadonlySet<number> {
  const known = new Set<number>();
  for (const copy of copies) for (let offset = copy.baseOffset; offset < endOf(copy); offset++) known.add(offset);
  return known;
}

/** Of a batch's copies some are known; those that are not may be any, the earliest at best. */
function unseenBatches({ batches }: LogHistory, producerForgottenMs: number): readonly Unseen[] {
  return batches.map(batch => {
    const possible = possibleCopies(batch, producerForgottenMs);
    const unknown = possible.filter(({ isUnknown }) => isUnknown);
    const since = unknown.slice(0, Math.max(0, possible.length - batch.baseOffsets.size)).map(copy => copy.since);
    return { size: batch.values.length, since };
  });
}

/** A hole between two known records is made of whole batches. */
function checkHoles(dropped: ReadonlySet<number>, known: ReadonlySet<number>, sizes: ReadonlySet<number>): Found[] {
  return [...dropped].flatMap(first => {
    if (first > 0 && !known.has(first - 1)) return [];
    let end = first;
    while (dropped.has(end)) end++;
    const isMade = !known.has(end) || isSumOf(end - first, sizes);
    return isMade ? [] : [['gap', `offsets ${first} to ${end - 1}, which no batches fill`] as const];
  });
}

function isSumOf(total: number, sizes: ReadonlySet<number>): boolean {
  const reached = [true];
  for (let sum = 1; sum <= total; sum++) reached[sum] = [...sizes].some(size => reached[sum - size] === true);
  return reached[total] === true;
}

/** The offsets that it covers without a value. */
function passedOver({ offset: asked, answer }: Ok<FetchOperation>, most: number): number[] {
  const { records, nextOffset } = answer.result;
  const passed: number[] = [];
  let next = asked;
  const passTo = (end: number) => {
    for (; next < Math.min(end, most); next++) passed.push(next);
  };
  for (const { offset } of records) {
    passTo(offset);
    next = offset + 1;
  }
  passTo(nextOffset);
  return passed;
}
