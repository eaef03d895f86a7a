/**
 * By real time: the high watermark and the log start never go back, and a read knows of what was acknowledged before it
 * began.
 */
import type { Found } from './anomaly.ts';
import { type DeleteRecordsOperation, type FetchOperation, isOk, type Ok, type ProduceOperation } from './history.ts';
import { type Mark, marksBefore } from './marks.ts';

interface LogStartParams {
  readonly deletions: readonly DeleteRecordsOperation[];
  /** A worker may believe in an old log start for so long. */
  readonly logStartBelievedMs: number;
}

export function checkTimeline(
  produces: readonly Ok<ProduceOperation>[],
  fetches: readonly FetchOperation[],
  { deletions, logStartBelievedMs }: LogStartParams,
): Found[] {
  const answered = fetches.filter(isOk);
  const acknowledged = produces.map(({ end, values, answer }) => ({
    end,
    at: answer.result.baseOffset + values.length,
  }));
  const ends = answered.map(({ end, answer }) => ({ end, at: answer.result.highWatermark }));
  const starts = answered.map(({ end, answer }) => ({
    end: end + logStartBelievedMs,
    at: answer.result.logStartOffset,
  }));
  return [
    ...marksBefore(answered, acknowledged).flatMap(([fetch, at]) => checkEnd('stale-read', fetch, at)),
    ...marksBefore(answered, ends).flatMap(([fetch, at]) => checkEnd('high-watermark-went-back', fetch, at)),
    ...marksBefore(answered, starts).flatMap(([{ answer }, at]) => {
      const { logStartOffset } = answer.result;
      return logStartOffset < at ? [['log-start-went-back', `${logStartOffset} after ${at}`] as const] : [];
    }),
    ...checkRefused(fetches.filter(isOutOfRange), acknowledged, possibleStarts(answered, deletions)),
  ];
}

function checkEnd(
  kind: 'stale-read' | 'high-watermark-went-back',
  { answer }: Ok<FetchOperation>,
  at: number,
): Found[] {
  const { highWatermark } = answer.result;
  return highWatermark < at ? [[kind, `high watermark ${highWatermark} after ${at}`]] : [];
}

/** An offset up to the end that a reader may know of is out of range only where the log may start above it by then. */
function checkRefused(
  refused: readonly FetchOperation[],
  acknowledged: readonly Mark[],
  logStarts: readonly Mark[],
): Found[] {
  const startBy = new Map(
    marksBefore(
      refused.map(fetch => ({ start: fetch.end, fetch })),
      logStarts,
    ).map(([{ fetch }, at]) => [fetch, at]),
  );
  return marksBefore(refused, acknowledged).flatMap(([fetch, at]) =>
    fetch.offset <= at && fetch.offset >= (startBy.get(fetch) ?? 0) && at > 0
      ? [['stale-read', `offset ${fetch.offset} was out of range after ${at} was acknowledged`] as const]
      : [],
  );
}

const isOutOfRange = ({ answer }: FetchOperation) =>
  answer.outcome === 'failed' && answer.code === 'OFFSET_OUT_OF_RANGE';

/**
 * Where the log may have begun, from when on: for a start that the history has a deletion for, from when that was asked for; for
 * any other, which retention moved, at any time.
 */
function possibleStarts(
  fetches: readonly Ok<FetchOperation>[],
  deletions: readonly DeleteRecordsOperation[],
): readonly Mark[] {
  const asked = deletions.filter(({ answer }) => answer.outcome !== 'failed');
  const offsets = new Set(asked.map(({ offset }) => offset));
  const starts = fetches.map(({ answer }) => answer.result.logStartOffset).filter(start => !offsets.has(start));
  return [
    ...asked.map(({ start, offset }) => ({ end: start, at: offset })),
    ...starts.map(at => ({ end: Number.NEGATIVE_INFINITY, at })),
  ];
}
