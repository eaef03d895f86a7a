/**
 * An offset up to the end that a reader may know of is out of range only where the log may start above it by then.
 *
 * A start moves no higher than the log's end, and never back: a reader who later finds it at the offset or below, when nobody
 * believes in an older one any more, proves that it was not above.
 */
import type { Found } from './anomaly.ts';
import type { FetchOperation } from './history.ts';
import { acknowledgedEnds, possibleEnds, toldEnds } from './log-ends.ts';
import type { LogHistory } from './log-history.ts';
import { type Mark, marksBefore, marksByEnd } from './marks.ts';

interface RefusalOptions {
  readonly logStartBelievedMs: number;
  readonly producerForgottenMs: number;
  /** Whether retention moves no start without a deletion in the history. */
  readonly startsAreRecorded: boolean;
}

export function checkRefusals(log: LogHistory, options: RefusalOptions): Found[] {
  const refused = log.fetches.filter(isOutOfRange);
  if (refused.length === 0) return [];
  const highestStarts = new Map(marksByEnd(refused, possibleStarts(log, options)));
  const laterStarts = startsAfter(log, refused, options.logStartBelievedMs);
  return marksBefore(refused, [...acknowledgedEnds(log), ...toldEnds(log)]).flatMap(([fetch, end]) => {
    const start = Math.min(highestStarts.get(fetch) ?? 0, laterStarts.get(fetch) ?? Number.POSITIVE_INFINITY);
    return fetch.offset <= end && fetch.offset >= start
      ? [['stale-read', `offset ${fetch.offset} was out of range in ${start} to ${end}`] as const]
      : [];
  });
}

const isOutOfRange = ({ answer }: FetchOperation) =>
  answer.outcome === 'failed' && answer.code === 'OFFSET_OUT_OF_RANGE';

/** Where the log may have begun, from when on. */
const possibleStarts = (log: LogHistory, options: RefusalOptions): readonly Mark[] =>
  options.startsAreRecorded
    ? log.deletions.map(({ start, offset }) => ({ end: start, at: offset }))
    : possibleEnds(log, options.producerForgottenMs);

/** The lowest start that a read found which began so long after the refusal that it knows of every start before. */
function startsAfter(
  { answered }: LogHistory,
  refused: readonly FetchOperation[],
  believedMs: number,
): ReadonlyMap<FetchOperation, number> {
  const latestFirst = answered.toSorted((a, b) => b.start - a.start);
  let looked = 0;
  let lowest = Number.POSITIVE_INFINITY;
  return new Map(
    refused
      .toSorted((a, b) => b.end - a.end)
      .map(fetch => {
        for (
          let read = latestFirst[looked];
          read && read.start > fetch.end + believedMs;
          read = latestFirst[++looked]
        ) {
          lowest = Math.min(lowest, read.answer.result.logStartOffset);
        }
        return [fetch, lowest];
      }),
  );
}
