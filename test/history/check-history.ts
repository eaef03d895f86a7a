/**
 * Checks what a history may not show. Linear in the history but for sorting by time.
 *
 * Every check compares what clients were told with what other clients were told: nothing is asked of the system itself.
 */
import type { FetchOperation, Operation, ProduceOperation } from './history.ts';

export type AnomalyKind =
  | 'two-values-at-one-offset'
  | 'one-value-at-two-offsets'
  | 'lost-record'
  | 'gap'
  | 'reordered-send'
  | 'read-of-failed'
  | 'read-past-high-watermark'
  | 'high-watermark-went-back'
  | 'log-start-went-back'
  | 'stale-read';

export interface Anomaly {
  readonly kind: AnomalyKind;
  readonly log: string;
  readonly detail: string;
}

type Ok<O extends Operation> = O & { readonly answer: Extract<O['answer'], { outcome: 'ok' }> };

export interface CheckOptions {
  /** A worker may believe in an old log start for so long; every other promise holds at once. */
  readonly logStartBelievedMs?: number;
}

/** Every anomaly of the history; none, where it keeps the promises. */
export function checkHistory(history: readonly Operation[], { logStartBelievedMs = 0 }: CheckOptions = {}): Anomaly[] {
  const byLog = Map.groupBy(history, operation => operation.log);
  return [...byLog].flatMap(([log, operations]) => checkLog(log, operations, logStartBelievedMs));
}

function checkLog(log: string, operations: readonly Operation[], logStartBelievedMs: number): Anomaly[] {
  const produces = operations.filter(isProduce);
  const fetches = operations.filter(isFetch).filter(isOk);
  const checks = [
    checkPlaces(produces, fetches),
    checkFailed(produces, fetches),
    checkReads(produces.filter(isOk), fetches),
    checkSends(produces),
    checkTimeline(produces.filter(isOk), fetches),
    checkLogStart(fetches, logStartBelievedMs),
  ];
  return checks.flat().map(([kind, detail]) => ({ kind, log, detail }));
}

type Found = readonly [AnomalyKind, string];

/** Each offset holds one value, and each value stands at one offset, but for retries of a producer without idempotence. */
function checkPlaces(produces: readonly ProduceOperation[], fetches: readonly Ok<FetchOperation>[]): Found[] {
  const found: Found[] = [];
  const valueAt = new Map<number, string>();
  const offsetOf = new Map<string, number>();
  const mayRepeat = new Set<string>();
  for (const produce of produces) {
    if (produce.producer === undefined && produce.answer.outcome === 'unknown') {
      for (const value of produce.values) mayRepeat.add(value);
    }
  }
  const place = (offset: number, value: string) => {
    const other = valueAt.get(offset);
    if (other !== undefined && other !== value)
      found.push(['two-values-at-one-offset', `${offset}: ${other}, ${value}`]);
    const elsewhere = offsetOf.get(value);
    if (elsewhere !== undefined && elsewhere !== offset && !mayRepeat.has(value)) {
      found.push(['one-value-at-two-offsets', `${value}: ${elsewhere}, ${offset}`]);
    }
    valueAt.set(offset, value);
    offsetOf.set(value, offset);
  };
  for (const { values, answer } of produces.filter(isOk)) {
    for (const [index, value] of values.entries()) place(answer.result.baseOffset + index, value);
  }
  for (const fetch of fetches) for (const { offset, value } of fetch.answer.result.records) place(offset, value);
  return found;
}

/** A value whose every try failed for certain is never read. */
function checkFailed(produces: readonly ProduceOperation[], fetches: readonly Ok<FetchOperation>[]): Found[] {
  const failed = new Set<string>();
  for (const { values, answer } of produces)
    if (answer.outcome === 'failed') for (const value of values) failed.add(value);
  for (const { values, answer } of produces)
    if (answer.outcome !== 'failed') for (const value of values) failed.delete(value);
  const found: Found[] = [];
  for (const fetch of fetches) {
    for (const { offset, value } of fetch.answer.result.records) {
      if (failed.has(value)) found.push(['read-of-failed', `${value} at ${offset}`]);
    }
  }
  return found;
}

/** A read has every offset from the one asked for to the next, with what was acknowledged there, all below the high watermark. */
function checkReads(produces: readonly Ok<ProduceOperation>[], fetches: readonly Ok<FetchOperation>[]): Found[] {
  const acknowledged = new Map<number, string>();
  for (const { values, answer } of produces) {
    for (const [index, value] of values.entries()) acknowledged.set(answer.result.baseOffset + index, value);
  }
  const found: Found[] = [];
  for (const { offset, answer } of fetches) {
    const { records, nextOffset, highWatermark } = answer.result;
    if (nextOffset > highWatermark) found.push(['read-past-high-watermark', `${nextOffset} of ${highWatermark}`]);
    const values = new Map(records.map(record => [record.offset, record.value]));
    for (let expected = offset; expected < nextOffset; expected++) {
      if (values.has(expected)) continue;
      const lost = acknowledged.get(expected);
      found.push(lost === undefined ? ['gap', `offset ${expected}`] : ['lost-record', `${lost} at ${expected}`]);
    }
  }
  return found;
}

/** What was acknowledged before another was first sent comes before it. */
function checkSends(produces: readonly ProduceOperation[]): Found[] {
  const firstSent = new Map<string, number>();
  for (const { values, start } of produces) {
    const [value = ''] = values;
    firstSent.set(value, Math.min(start, firstSent.get(value) ?? Number.POSITIVE_INFINITY));
  }
  const acknowledged = produces.filter(isOk);
  const byEnd = acknowledged.toSorted((a, b) => a.end - b.end);
  const bySend = acknowledged.toSorted((a, b) => sentAt(a) - sentAt(b));
  const found: Found[] = [];
  let ended = 0;
  let highest = -1;
  for (const produce of bySend) {
    for (let before = byEnd[ended]; before && before.end < sentAt(produce); before = byEnd[++ended]) {
      highest = Math.max(highest, before.answer.result.baseOffset);
    }
    const { baseOffset } = produce.answer.result;
    if (baseOffset < highest) found.push(['reordered-send', `${produce.values[0]} at ${baseOffset}, after ${highest}`]);
  }
  return found;

  function sentAt(produce: ProduceOperation): number {
    return firstSent.get(produce.values[0] ?? '') ?? produce.start;
  }
}

/** By real time: the high watermark never goes back, and a read sees what was acknowledged before it began. */
function checkTimeline(produces: readonly Ok<ProduceOperation>[], fetches: readonly Ok<FetchOperation>[]): Found[] {
  const acknowledged = produces.map(({ end, values, answer }) => ({
    end,
    at: answer.result.baseOffset + values.length,
  }));
  const seen = fetches.map(({ end, answer }) => ({ end, at: answer.result.highWatermark }));
  return [
    ...fallsBehind(fetches, acknowledged, 'highWatermark').map(detail => ['stale-read', detail] as const),
    ...fallsBehind(fetches, seen, 'highWatermark').map(detail => ['high-watermark-went-back', detail] as const),
  ];
}

/** A log start that was seen is seen by everybody once no worker may believe in an older one. */
function checkLogStart(fetches: readonly Ok<FetchOperation>[], believedMs: number): Found[] {
  const seen = fetches.map(({ end, answer }) => ({ end: end + believedMs, at: answer.result.logStartOffset }));
  return fallsBehind(fetches, seen, 'logStartOffset').map(detail => ['log-start-went-back', detail]);
}

/** The fetches that began after a mark was known and answer with less. */
function fallsBehind(
  fetches: readonly Ok<FetchOperation>[],
  marks: readonly { readonly end: number; readonly at: number }[],
  field: 'highWatermark' | 'logStartOffset',
): string[] {
  const byEnd = marks.toSorted((a, b) => a.end - b.end);
  const found: string[] = [];
  let ended = 0;
  let highest = 0;
  for (const { start, answer } of fetches.toSorted((a, b) => a.start - b.start)) {
    for (let mark = byEnd[ended]; mark && mark.end < start; mark = byEnd[++ended]) highest = Math.max(highest, mark.at);
    if (answer.result[field] < highest) found.push(`${answer.result[field]} after ${highest}`);
  }
  return found;
}

const isProduce = (operation: Operation): operation is ProduceOperation => operation.operation === 'produce';

const isFetch = (operation: Operation): operation is FetchOperation => operation.operation === 'fetch';

const isOk = <O extends Operation>(operation: O): operation is Ok<O> => operation.answer.outcome === 'ok';
