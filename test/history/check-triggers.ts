/**
 * A trigger's function is given every record of a log, in order: whenever it is invoked, what comes before is done, given up, or gone.
 * Two invocations of a partition do not overlap, unless a runner stood still. And the trigger comes to the end.
 *
 * A record that is there at the end was there all the time: only of those is anything expected.
 */
import type { Found } from './anomaly.ts';
import {
  type GiveUpOperation,
  type InvokeOperation,
  isOk,
  named,
  type Ok,
  type Operation,
  type ProgressOperation,
} from './history.ts';
import type { LogHistory } from './log-history.ts';

export function checkTriggers({ operations, answered }: LogHistory): Found[] {
  const ends = named(operations, 'progress').filter(isOk);
  const byTrigger = Map.groupBy(ends, ({ trigger }) => trigger);
  return [...byTrigger].flatMap(([trigger, progress]) => {
    const last = progress.at(-1) as Ok<ProgressOperation>;
    const reads = answered.filter(({ start }) => start >= last.end);
    const present = [...new Set(reads.flatMap(({ answer }) => answer.result.records.map(({ offset }) => offset)))];
    const ofTrigger = <O extends Operation & { readonly trigger: string }>(all: readonly O[]) =>
      all.filter(each => each.trigger === trigger);
    const invokes = ofTrigger(named(operations, 'invoke'));
    const doneAt = timesDone(invokes, ofTrigger(named(operations, 'giveUp')));
    return [
      ...progress.flatMap(stuck),
      ...skipped(present, doneAt, last),
      ...outOfOrder(present, doneAt, invokes),
      ...overlapping(invokes),
    ];
  });
}

/** When each offset was first done for certain, or given up. */
function timesDone(
  invokes: readonly InvokeOperation[],
  givenUp: readonly GiveUpOperation[],
): ReadonlyMap<number, number> {
  const doneAt = new Map<number, number>();
  const note = (offsets: readonly number[], at: number) => {
    for (const offset of offsets) doneAt.set(offset, Math.min(at, doneAt.get(offset) ?? at));
  };
  for (const { answer, end } of invokes) if (answer.outcome === 'ok') note(answer.result.done, end);
  for (const { offsets, start } of givenUp) note(offsets, start);
  return doneAt;
}

function stuck({ trigger, answer: { result } }: Ok<ProgressOperation>): Found[] {
  const { offset, logEndOffset } = result;
  if (offset >= logEndOffset) return [];
  return [['stuck-trigger', `${trigger} is at ${offset}, and the log ends at ${logEndOffset}`]];
}

function skipped(
  present: readonly number[],
  doneAt: ReadonlyMap<number, number>,
  { trigger, answer }: Ok<ProgressOperation>,
): Found[] {
  const missing = present.filter(offset => offset < answer.result.offset && !doneAt.has(offset));
  return missing.map(offset => [
    'skipped-by-trigger',
    `${trigger} is past ${offset}, which was neither done nor given up`,
  ]);
}

function outOfOrder(
  present: readonly number[],
  doneAt: ReadonlyMap<number, number>,
  invokes: readonly InvokeOperation[],
): Found[] {
  return invokes.flatMap(({ trigger, offsets, start }) => {
    const [first = 0] = offsets;
    const early = present.find(offset => offset < first && (doneAt.get(offset) ?? Number.POSITIVE_INFINITY) > start);
    if (early === undefined) return [];
    return [['out-of-order-delivery', `${trigger} was given ${first} at ${start}, before ${early} was done`] as const];
  });
}

function overlapping(invokes: readonly InvokeOperation[]): Found[] {
  const sure = invokes.filter(({ mayOverlap }) => !mayOverlap).toSorted((a, b) => a.start - b.start);
  return sure.flatMap((each, index) => {
    const before = sure[index - 1];
    if (!before || each.start >= before.end) return [];
    return [['overlapping-invocations', `${each.trigger} was invoked at ${each.start}, before ${before.end}`] as const];
  });
}
