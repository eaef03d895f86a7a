/**
 * The order of sends by real time: a batch stands above what was acknowledged, and above every end that a reader was told, before
 * it was first sent.
 */
import type { Found } from './anomaly.ts';
import { acknowledgedEnds, toldEnds } from './log-ends.ts';
import type { LogHistory } from './log-history.ts';
import { marksBefore } from './marks.ts';
import { firstSent } from './sent-batch.ts';

export function checkSends(log: LogHistory): Found[] {
  const sent = log.copies
    .filter(({ batch }) => batch.tries.length > 0)
    .map(({ batch, baseOffset }) => ({ start: firstSent(batch), baseOffset, value: batch.values[0] }));
  // without idempotence every try that is acknowledged has stored a copy of its own
  const tries = log.acknowledged
    .filter(({ producer }) => !producer)
    .map(({ start, values, answer }) => ({ start, baseOffset: answer.result.baseOffset, value: values[0] }));
  const found = marksBefore([...sent, ...tries], [...acknowledgedEnds(log), ...toldEnds(log)]).flatMap(
    ([{ baseOffset, value }, end]) => (baseOffset < end ? [`${value} at ${baseOffset}, after ${end}`] : []),
  );
  return [...new Set(found)].map(detail => ['reordered-send', detail]);
}
