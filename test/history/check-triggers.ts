/**
 * A trigger's function is given every record of a log, in order: whenever it is invoked, what comes before is done, given up, or gone.
 * Two invocations of a partition do not overlap, what was begun is not gone back behind, and the trigger comes to the end.
 *
 * A record that is there at the end was there all the time: only of those is anything expected.
 */
import type { Found } from './anomaly.ts';
import { checkGivenUp } from './check-given-up.ts';
import { checkUnasked } from './check-unasked.ts';
import { type InvokeOperation, isOk, type Ok, type ProgressOperation, type ResetTriggerOperation } from './history.ts';
import type { LogHistory } from './log-history.ts';
import { endsOfRecords, type TriggerActs, type TriggerHistory, triggersOf } from './trigger-history.ts';

export function checkTriggers(log: LogHistory, acts: TriggerActs): Found[] {
  return triggersOf(log.operations, acts).flatMap(trigger => {
    const due = dueTo(log, trigger);
    const lowest = Math.max(0, ...trigger.resets.map(furthest));
    const expected = due.filter(offset => offset >= lowest);
    return [
      ...trigger.progress.flatMap(stuck),
      ...skipped(trigger, expected),
      ...outOfOrder(trigger, expected),
      ...lostResets(trigger, due),
      ...overlapping(trigger),
      ...wentBack(trigger),
      ...checkUnasked(log, trigger),
      ...checkGivenUp(trigger),
    ];
  });
}

/** The offsets of the records that are the trigger's for certain, unless it was set past them. */
function dueTo(log: LogHistory, { makes, progress }: TriggerHistory): readonly number[] {
  const last = progress.at(-1);
  if (!last) return [];
  const [{ begins = 'earliest', prefix = '' } = {}] = makes;
  const isAtEnd = begins === 'latest';
  const madeAt = Math.min(...makes.filter(isOk).map(({ end }) => end));
  const reads = log.answered.filter(({ start }) => start >= last.end);
  const present = new Map(
    reads.flatMap(read => read.answer.result.records.map(({ offset, value }) => [offset, value])),
  );
  const isExpected = (value: string) =>
    value.startsWith(prefix) && (!isAtEnd || log.batchOf(value).batch.tries.every(({ start }) => start > madeAt));
  return [...present].filter(([, value]) => isExpected(value)).map(([offset]) => offset);
}

/** The offset that a reset can have set the trigger to at most. */
const furthest = (reset: ResetTriggerOperation): number => (isOk(reset) ? reset.answer.result.offset : reset.offset);

function stuck({ trigger, answer: { result } }: Ok<ProgressOperation>): Found[] {
  const { offset, logEndOffset } = result;
  if (offset >= logEndOffset) return [];
  return [['stuck-trigger', `${trigger} is at ${offset}, and the log ends at ${logEndOffset}`]];
}

function skipped(history: TriggerHistory, expected: readonly number[]): Found[] {
  const ended = new Set(endsOfRecords(history).map(([offset]) => offset));
  const offset = history.progress.at(-1)?.answer.result.offset ?? 0;
  return expected
    .filter(each => each < offset && !ended.has(each))
    .map(each => ['skipped-by-trigger', `${history.trigger} is past ${each}, which was neither done nor given up`]);
}

function outOfOrder(history: TriggerHistory, expected: readonly number[]): Found[] {
  const endedAt = new Map<number, number>();
  for (const [offset, at] of endsOfRecords(history)) endedAt.set(offset, Math.min(at, endedAt.get(offset) ?? at));
  return history.invokes.flatMap(({ trigger, offsets: [first = 0], start }) => {
    const early = expected.find(each => each < first && (endedAt.get(each) ?? Number.POSITIVE_INFINITY) > start);
    if (early === undefined) return [];
    return [['out-of-order-delivery', `${trigger} was given ${first} at ${start}, before ${early} was done`] as const];
  });
}

/** What stands at or above the offset that was set is done again, before anything that comes after it. */
function lostResets(history: TriggerHistory, due: readonly number[]): Found[] {
  const { trigger, resets, invokes, progress } = history;
  const ends = endsOfRecords(history);
  return resets.filter(isOk).flatMap((reset): Found[] => {
    const others = resets.filter(each => each !== reset);
    if (others.some(each => each.start < reset.end && (!isOk(each) || each.end > reset.start))) return [];
    const until = Math.min(...others.map(({ start }) => start).filter(start => start >= reset.end));
    const next = invokes.find(each => each.lookedAfter > reset.end && each.start < until && isPrompt(each));
    const last = progress.find(({ start }) => start > reset.end && until === Number.POSITIVE_INFINITY);
    const reached = next?.offsets[0] ?? last?.answer.result.offset ?? 0;
    const by = next?.start ?? last?.end ?? 0;
    const again = new Set(ends.flatMap(([offset, at]) => (at >= reset.start && at <= by ? [offset] : [])));
    const lost = due.find(offset => offset >= furthest(reset) && offset < reached && !again.has(offset));
    if (lost === undefined) return [];
    return [['lost-reset', `${trigger} was set to ${furthest(reset)} at ${reset.end}, and ${lost} was not done again`]];
  });
}

/** Whether a call came as soon as its runner had looked at its lease. */
const isPrompt = ({ isLate, mayOverlap }: InvokeOperation): boolean => !isLate && !mayOverlap;

function overlapping({ invokes }: TriggerHistory): Found[] {
  let busyUntil = Number.NEGATIVE_INFINITY;
  return invokes
    .filter(({ mayOverlap }) => !mayOverlap)
    .flatMap(({ trigger, start, end }): Found[] => {
      const before = busyUntil;
      busyUntil = Math.max(before, end);
      if (start >= before) return [];
      return [['overlapping-invocations', `${trigger} was invoked at ${start}, before ${before}`]];
    });
}

/** An event is begun once all before it is committed: later ones begin no lower, unless the trigger was reset. */
function wentBack({ invokes, resets }: TriggerHistory): Found[] {
  let [highest, since] = [-1, 0];
  return invokes.filter(isPrompt).flatMap(({ trigger, offsets: [first = 0], start }): Found[] => {
    const [before, after] = [highest, since];
    const isReset = resets.some(reset => reset.start <= start && (!isOk(reset) || reset.end >= after));
    if (first >= before || isReset) [highest, since] = [first, start];
    if (first >= before || isReset) return [];
    return [['delivery-went-back', `${trigger} was given ${first} at ${start}, after ${before}`]];
  });
}
