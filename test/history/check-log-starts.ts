/**
 * The start of a log by real time: it never goes back, a deletion that was acknowledged is known to everyone in time, and where
 * every move is written down there is no start but those.
 */
import type { Found } from './anomaly.ts';
import { isOk } from './history.ts';
import type { LogHistory } from './log-history.ts';
import { marksBefore } from './marks.ts';

interface LogStartOptions {
  /** A worker may believe in an old log start for so long. */
  readonly logStartBelievedMs: number;
  readonly startsAreRecorded: boolean;
}

export function checkLogStarts(log: LogHistory, { logStartBelievedMs, startsAreRecorded }: LogStartOptions): Found[] {
  const { answered, deletions } = log;
  const told = answered.map(({ end, answer }) => ({ end: end + logStartBelievedMs, at: answer.result.logStartOffset }));
  const deleted = deletions.filter(isOk).map(({ end, offset }) => ({ end: end + logStartBelievedMs, at: offset }));
  const below = (kind: 'log-start-went-back' | 'lost-deletion', marks: typeof told): Found[] =>
    marksBefore(answered, marks).flatMap(([{ answer }, at]) => {
      const { logStartOffset } = answer.result;
      return logStartOffset < at ? [[kind, `log start ${logStartOffset} after ${at}`] as const] : [];
    });
  return [
    ...below('log-start-went-back', told),
    ...below('lost-deletion', deleted),
    ...(startsAreRecorded ? checkRecorded(log) : []),
  ];
}

function checkRecorded({ answered, deletions }: LogHistory): Found[] {
  const askedAt = new Map([[0, Number.NEGATIVE_INFINITY]]);
  for (const { offset, start } of deletions) {
    askedAt.set(offset, Math.min(start, askedAt.get(offset) ?? Number.POSITIVE_INFINITY));
  }
  return answered.flatMap(({ end, answer }) => {
    const { logStartOffset } = answer.result;
    const isAsked = (askedAt.get(logStartOffset) ?? Number.POSITIVE_INFINITY) <= end;
    return isAsked ? [] : [['log-start-from-nowhere', `log start ${logStartOffset}`] as const];
  });
}
