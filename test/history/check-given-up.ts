/**
 * Records are given up once they have failed as often as the trigger's settings say, or have killed their runners one by one. A runner
 * that is told of no end, for it died or stood still, may have counted nothing; and a call may still be on its way that counts.
 */
import type { Found } from './anomaly.ts';
import type { GiveUpOperation, InvokeOperation } from './history.ts';
import type { TriggerHistory } from './trigger-history.ts';

/** Three runners may die with one record alone; one of them before it sent it. */
const DEATHS_SEEN = 2;

export function checkGivenUp({ invokes, givenUp }: TriggerHistory): Found[] {
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
  const alone = tries.filter(({ offsets }) => offsets.length === 1).length;
  return failures <= retries && alone < DEATHS_SEEN;
}
