/**
 * Records are given up once they have failed as often as the trigger's settings say, or have killed their runners one by one. A runner
 * that is told of no end, for it died, may have counted nothing; and one whose call comes late is taken for dead.
 */
import type { Found } from './anomaly.ts';
import { type GiveUpOperation, type InvokeOperation, isOk } from './history.ts';
import type { TriggerHistory } from './trigger-history.ts';

/** Three runners may die with one record alone; one of them before it sent it. */
const DEATHS_SEEN = 2;

export const checkGivenUp = (history: TriggerHistory): Found[] => [...givenUpEarly(history), ...givenUpLate(history)];

/** What is first in an event that failed is first in the next, as long as it is not given up. */
function givenUpLate({ trigger, invokes }: TriggerHistory): Found[] {
  const failures = new Map<string, number>();
  const failed = invokes.filter(each => each.isHeard && isOk(each) && each.answer.result.done.length === 0);
  return failed.flatMap(({ life, offsets: [first = 0], failuresAtMost = Number.POSITIVE_INFINITY }): Found[] => {
    const count = (failures.get(`${life}/${first}`) ?? 0) + 1;
    failures.set(`${life}/${first}`, count);
    if (count !== failuresAtMost + 1) return [];
    return [['given-up-late', `${trigger} failed ${count} times with ${first} first, and did not give it up`]];
  });
}

function givenUpEarly({ invokes, givenUp }: TriggerHistory): Found[] {
  return givenUp.flatMap(given => {
    // what lies between may have been passed over
    const ends = [given.offsets[0] ?? 0, given.offsets.at(-1) ?? 0];
    const early = ends.find(offset => isEarly(given, triesOf(offset, given, invokes)));
    if (early === undefined) return [];
    return [['given-up-early', `${given.trigger} gave ${early} up at ${given.start}, and had tries left`] as const];
  });
}

/** The invocations of a record by the same trigger that may have been counted when it was given up. */
const triesOf = (offset: number, given: GiveUpOperation, invokes: readonly InvokeOperation[]) =>
  invokes.filter(
    ({ life, offsets, lookedAfter }) => life === given.life && lookedAfter < given.start && offsets.includes(offset),
  );

function isEarly({ retries }: GiveUpOperation, tries: readonly InvokeOperation[]): boolean {
  const failures = tries.filter(({ isHeard }) => isHeard).length;
  const deaths = tries.filter(({ offsets, isHeard, isLate }) => offsets.length === 1 && (!isHeard || isLate)).length;
  return failures <= retries && deaths < DEATHS_SEEN;
}
