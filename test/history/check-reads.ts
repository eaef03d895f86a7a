/**
 * An answer has every offset from the one asked for to the next, with what was acknowledged there, in order, below the high
 * watermark, and nothing that failed for certain.
 */
import type { Found } from './anomaly.ts';
import { type FetchOperation, isOk, type Ok, type ProduceOperation } from './history.ts';

export function checkReads(produces: readonly ProduceOperation[], fetches: readonly Ok<FetchOperation>[]): Found[] {
  const failed = failedForCertain(produces);
  return [
    ...checkComplete(produces, fetches),
    ...fetches.flatMap(fetch => [
      ...checkOrder(fetch),
      ...checkHighWatermark(fetch),
      ...fetch.answer.result.records
        .filter(({ value }) => failed.has(value))
        .map(({ offset, value }) => ['read-of-failed', `${value} at ${offset}`] as const),
    ]),
  ];
}

function checkOrder({ offset: asked, answer }: Ok<FetchOperation>): Found[] {
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

/**
 * Offsets that a reader was led past without a value. What was acknowledged there, or read by anyone, is lost. Where it was
 * neither, the log may have dropped what nobody was promised: at most as many copies as tries with an unknown outcome made.
 */
function checkComplete(produces: readonly ProduceOperation[], fetches: readonly Ok<FetchOperation>[]): Found[] {
  const acknowledged = new Map<number, string>();
  for (const { values, answer } of produces.filter(isOk)) {
    for (const [index, value] of values.entries()) acknowledged.set(answer.result.baseOffset + index, value);
  }
  const known = new Map(acknowledged);
  for (const { answer } of fetches) for (const { offset, value } of answer.result.records) known.set(offset, value);
  const passed = fetches.flatMap(passedOver);
  const dropped = new Set(passed.filter(offset => !known.has(offset)));
  const isTooMuch = dropped.size > copiesUnseen(produces, known);
  return passed.flatMap((offset): Found[] => {
    const lost = acknowledged.get(offset);
    if (lost !== undefined) return [['lost-record', `${lost} at ${offset}`]];
    return known.has(offset) || isTooMuch ? [['gap', `offset ${offset}`]] : [];
  });
}

/** Copies of values that may have been stored, and that nobody knows of. */
function copiesUnseen(produces: readonly ProduceOperation[], known: ReadonlyMap<number, string>): number {
  const unseen = new Map<string, number>();
  for (const { values, answer } of produces) {
    if (answer.outcome === 'failed') continue;
    for (const value of values) unseen.set(value, (unseen.get(value) ?? 0) + 1);
  }
  for (const value of known.values()) unseen.set(value, (unseen.get(value) ?? 0) - 1);
  return [...unseen.values()].reduce((sum, copies) => sum + Math.max(0, copies), 0);
}

function passedOver({ offset: asked, answer }: Ok<FetchOperation>): number[] {
  const { records, nextOffset } = answer.result;
  const seen = new Set(records.map(({ offset }) => offset));
  return Array.from({ length: Math.max(0, nextOffset - asked) }, (_, index) => asked + index).filter(
    offset => !seen.has(offset),
  );
}

function checkHighWatermark({ answer }: Ok<FetchOperation>): Found[] {
  const { records, nextOffset, highWatermark } = answer.result;
  const reached = Math.max(nextOffset, ...records.slice(-1).map(({ offset }) => offset + 1));
  return reached > highWatermark ? [['read-past-high-watermark', `${reached} of ${highWatermark}`]] : [];
}

/** The values whose every try failed. */
function failedForCertain(produces: readonly ProduceOperation[]): ReadonlySet<string> {
  const failed = new Set<string>();
  for (const isFailure of [true, false]) {
    for (const { values, answer } of produces) {
      if ((answer.outcome === 'failed') !== isFailure) continue;
      for (const value of values) isFailure ? failed.add(value) : failed.delete(value);
    }
  }
  return failed;
}
