/** A trigger's function is given nothing while the trigger is off, nothing of a topic that it does not read, and nothing from before it begins. */
import type { Found } from './anomaly.ts';
import { isOk, type TurnOperation } from './history.ts';
import type { LogHistory } from './log-history.ts';
import { parseLogName } from './log-name.ts';
import type { TriggerHistory } from './trigger-history.ts';

export const checkUnasked = (log: LogHistory, history: TriggerHistory): Found[] => [
  ...whileOff(history),
  ...ofOtherTopics(log, history),
  ...fromBefore(log, history),
];

/** Between two events a runner looks whether the trigger is on. */
function whileOff({ turns, invokes }: TriggerHistory): Found[] {
  return turns
    .filter(isOk)
    .filter(({ isOn }) => !isOn)
    .flatMap(off => {
      const turnedOn = turns.filter(
        ({ life, isOn, answer }) => life === off.life && isOn && answer.outcome !== 'failed',
      );
      if (turnedOn.some(on => mayFollow(on, off))) return [];
      const until = Math.min(...turnedOn.map(({ start }) => start).filter(start => start > off.start));
      return invokes
        .filter(({ life, lookedAfter, start }) => life === off.life && lookedAfter > off.end && start < until)
        .map(
          ({ start }): Found => ['unasked-invocation', `${nameOf(off)} was off at ${off.end}, and invoked at ${start}`],
        );
    });
}

/** Whether what was asked for before may take effect after. */
const mayFollow = (on: TurnOperation, off: TurnOperation): boolean =>
  on.start <= off.start && (!isOk(on) || on.end > off.start);

function ofOtherTopics({ log }: LogHistory, { makes, invokes }: TriggerHistory): Found[] {
  const { topic } = parseLogName(log);
  const readers = new Set(makes.filter(({ topics }) => topics.includes(topic)).map(({ life }) => life));
  return invokes
    .filter(({ life }) => makes.length > 0 && !readers.has(life))
    .map(invoke => ['unasked-invocation', `${nameOf(invoke)} does not read ${topic}`]);
}

function fromBefore(log: LogHistory, { makes, invokes, resets }: TriggerHistory): Found[] {
  if (makes[0]?.begins !== 'latest' || resets.length > 0) return [];
  // one that was never finished may have been noted in the group all the same
  const firstMade = Math.min(...makes.map(({ start }) => start));
  const before = new Set(
    log.acknowledged
      .filter(({ end }) => end < firstMade)
      .flatMap(({ values, answer }) => values.map((_, index) => answer.result.baseOffset + index)),
  );
  return invokes
    .filter(({ offsets }) => offsets.some(offset => before.has(offset)))
    .map(invoke => ['unasked-invocation', `${nameOf(invoke)} was given ${invoke.offsets}, from before it was made`]);
}

const nameOf = ({ trigger, life }: { readonly trigger: string; readonly life: number }): string => `${trigger}#${life}`;
