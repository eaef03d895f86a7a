/**
 * The end of a log by real time: a read knows of what was acknowledged before it began, the high watermark never goes back, and
 * nobody is told of an end above all that had been sent.
 */
import type { Found } from './anomaly.ts';
import type { FetchOperation, Ok } from './history.ts';
import { acknowledgedEnds, possibleEnds, toldEnds } from './log-ends.ts';
import type { LogHistory } from './log-history.ts';
import { marksBefore, marksByEnd } from './marks.ts';

export function checkEnds(log: LogHistory, producerForgottenMs: number): Found[] {
  const told = [...acknowledgedEnds(log), ...toldEnds(log)];
  return [
    ...marksBefore(log.answered, acknowledgedEnds(log)).flatMap(([fetch, at]) => checkEnd('stale-read', fetch, at)),
    ...marksBefore(log.answered, toldEnds(log)).flatMap(([fetch, at]) =>
      checkEnd('high-watermark-went-back', fetch, at),
    ),
    ...marksByEnd(told, possibleEnds(log, producerForgottenMs)).flatMap(([{ at }, most]) =>
      at > most ? [['end-from-nowhere', `${at}, when ${most} records had been sent at most`] as const] : [],
    ),
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
