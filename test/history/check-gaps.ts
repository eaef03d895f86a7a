/**
 * Offsets that a reader was led past without a value. What was acknowledged there, or read by anyone, is lost.
 *
 * Where it was neither, the log may have dropped what nobody was promised: whole batches that nobody knows of, each sent before
 * the read ended with an outcome that is unknown.
 */
import type { Found } from './anomaly.ts';
import { CompactionCheck, type CompactionSettings } from './check-compaction.ts';
import type { LogHistory } from './log-history.ts';
import { marksByEnd, summed } from './marks.ts';
import { PassedOffsets } from './passed-offsets.ts';
import { endOf } from './sent-batch.ts';
import { unseenBatches } from './unseen-batches.ts';

interface GapOptions {
  readonly producerForgottenMs: number;
  readonly logStartBelievedMs: number;
  /** Of a log that is compacted. */
  readonly compaction: CompactionSettings | undefined;
}

export function checkGaps(log: LogHistory, options: GapOptions): Found[] {
  const passing = log.answered.filter(({ offset, answer }) => {
    return answer.result.records.length < answer.result.nextOffset - offset;
  });
  if (passing.length === 0) return [];
  const promised = promisedValues(log);
  const known = knownOffsets(log);
  const unseen = unseenBatches(log, options.producerForgottenMs);
  const stored = unseen.flatMap(({ since, batch }) => since.map(end => ({ end, at: batch.values.length })));
  const highest = log.copies.reduce((end, copy) => Math.max(end, endOf(copy)), 0);
  const passed = new PassedOffsets(highest + stored.reduce((sum, { at }) => sum + at, 0));
  const dropped = new Set<number>();
  const compaction = compactionCheck(log, options, unseen);
  const missing = (offset: number): Found => {
    const lost = promised.get(offset);
    return lost === undefined ? ['gap', `offset ${offset}`] : ['lost-record', `${lost} at ${offset}`];
  };
  // in the order in which they ended: what may be missing once may be missing ever after
  const found = marksByEnd(passing, summed(stored)).flatMap(([fetch, droppable]): Found[] => {
    const { end, answer } = fetch;
    const fresh = passed.takeFrom(fetch);
    const gone = fresh.filter(offset => known.has(offset));
    const unknown = fresh.filter(offset => !known.has(offset));
    for (const offset of unknown) dropped.add(offset);
    const read = { end, highWatermark: answer.result.highWatermark };
    return [
      ...gone.flatMap(offset => compaction?.whyNotGone(offset, read) ?? [missing(offset)]),
      ...(dropped.size > droppable ? unknown.map(missing) : []),
    ];
  });
  const sizes = unseen.filter(({ since }) => since.length > 0).map(({ batch }) => batch.values.length);
  return [...found, ...checkHoles(dropped, known, new Set(sizes)), ...(compaction?.resurrected() ?? [])];
}

function compactionCheck(
  log: LogHistory,
  { compaction, logStartBelievedMs }: GapOptions,
  unseen: ReturnType<typeof unseenBatches>,
): CompactionCheck | undefined {
  return compaction && new CompactionCheck(log, { settings: compaction, believedMs: logStartBelievedMs, unseen });
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
