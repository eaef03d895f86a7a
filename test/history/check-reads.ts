/**
 * An answer by itself: its records ascend from the offset asked for, between the log start and the high watermark; whole batches
 * are below that, and each of them had been sent to that very log by a request that may have been applied.
 */
import type { Found } from './anomaly.ts';
import type { FetchOperation, Ok } from './history.ts';
import type { LogHistory } from './log-history.ts';
import { firstSent } from './sent-batch.ts';

type Answered = Ok<FetchOperation>;

export const checkReads = (log: LogHistory): Found[] =>
  log.answered.flatMap(fetch => [...checkOrder(fetch), ...checkBounds(fetch), ...checkRecords(log, fetch)]);

function checkOrder({ offset: asked, answer }: Answered): Found[] {
  const { records, nextOffset } = answer.result;
  const found: Found[] = [];
  if (nextOffset < asked) found.push(['non-monotonic-read', `next offset ${nextOffset} after ${asked}`]);
  let least = asked;
  for (const { offset } of records) {
    if (offset < least || offset >= nextOffset) {
      found.push(['non-monotonic-read', `offset ${offset}, expected ${least} to ${nextOffset - 1}`]);
    }
    least = offset + 1;
  }
  return found;
}

function checkBounds({ offset: asked, answer }: Answered): Found[] {
  const { records, nextOffset, highWatermark, logStartOffset } = answer.result;
  const reached = Math.max(nextOffset, ...records.slice(-1).map(({ offset }) => offset + 1));
  const found: Found[] = [];
  if (reached > highWatermark) found.push(['read-past-high-watermark', `${reached} of ${highWatermark}`]);
  if (logStartOffset > highWatermark) {
    found.push(['log-start-past-high-watermark', `${logStartOffset} of ${highWatermark}`]);
  }
  const lowest = Math.min(asked, records[0]?.offset ?? asked);
  if (lowest < logStartOffset) found.push(['read-below-log-start', `offset ${lowest}, log start ${logStartOffset}`]);
  return found;
}

function checkRecords({ log, batchOf }: LogHistory, { end, answer }: Answered): Found[] {
  const { records, highWatermark } = answer.result;
  return records.flatMap(({ offset, value }): Found[] => {
    const { batch, index } = batchOf(value);
    const where = `${value} at ${offset}`;
    const batchEnd = offset - index + batch.values.length;
    if (batchEnd > highWatermark && offset < highWatermark) {
      return [['torn-batch', `${where}: its batch ends at ${batchEnd} of ${highWatermark}`]];
    }
    if (batch.tries.length > 0 && firstSent(batch) <= end) return [];
    const isFailed = batch.failed.some(each => each.log === log && each.start <= end);
    return [[isFailed ? 'read-of-failed' : 'read-of-unsent', where]];
  });
}
