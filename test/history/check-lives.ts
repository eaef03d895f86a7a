/**
 * A trigger is there until somebody takes it away, and its settings are those that it was given last: whoever read it before, stood
 * still, and writes now, changes and takes away no other than what it read.
 */
import type { Found } from './anomaly.ts';
import {
  type ChangeOperation,
  isOk,
  type LookOperation,
  type MakeOperation,
  named,
  type Ok,
  type Operation,
  type TurnOperation,
} from './history.ts';

/** What was asked for of the triggers of one name. */
interface Lives {
  readonly makes: readonly MakeOperation[];
  readonly removals: readonly TurnOperation[];
  readonly changes: readonly ChangeOperation[];
}

export function checkLives(history: readonly Operation[]): Found[] {
  const looks = named(history, 'look').filter(isOk);
  return [...Map.groupBy(looks, ({ trigger }) => trigger)].flatMap(([trigger, own]) => {
    const isOwn = (each: { readonly trigger: string }) => each.trigger === trigger;
    const lives: Lives = {
      makes: named(history, 'make').filter(isOwn),
      removals: named(history, 'turn').filter(turn => isOwn(turn) && turn.isRemoval),
      changes: named(history, 'change').filter(isOwn),
    };
    return own.flatMap(look => [...lostTriggers(look, lives), ...lostChanges(look, lives)]);
  });
}

/** What was made for certain, and nobody had begun to take away. */
function lostTriggers({ trigger, start, end, answer }: Ok<LookOperation>, { makes, removals }: Lives): Found[] {
  const { life: found } = answer.result;
  return makes
    .filter(isOk)
    .filter(({ life, end: madeAt }) => life !== found && madeAt < start)
    .filter(({ life }) => !removals.some(removal => removal.life === life && removal.start <= end))
    .map(({ life }) => ['lost-trigger', `${trigger}#${life} is gone at ${end}, and #${found} there`] as const);
}

/** A value stands until the setting is changed again: what was there before a change that was answered does not come back. */
function lostChanges({ trigger, start, answer }: Ok<LookOperation>, { changes }: Lives): Found[] {
  const { life, settings } = answer.result;
  return Object.entries(settings).flatMap(([setting, value]): Found[] => {
    const ofSetting = changes.filter(change => change.setting === setting);
    const made = ofSetting.find(change => change.value === value);
    const writtenBy = made === undefined ? Number.NEGATIVE_INFINITY : endOf(made);
    const lost = ofSetting
      .filter(isOk)
      .find(change => change.answer.result.life === life && change.end < start && change.start > writtenBy);
    if (!lost) return [];
    return [['lost-change', `${setting} of ${trigger}#${life} is ${value}, after it was made ${lost.value}`]];
  });
}

/** When a change has been made at the latest, or never will be. */
const endOf = (change: ChangeOperation): number => (isOk(change) ? change.end : Number.POSITIVE_INFINITY);
