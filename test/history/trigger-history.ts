/** What a history says of the triggers of one log. */
import {
  type GiveUpOperation,
  type InvokeOperation,
  isOk,
  type MakeOperation,
  named,
  type Ok,
  type Operation,
  type ProgressOperation,
  type ResetTriggerOperation,
  type TurnOperation,
} from './history.ts';

/** What was done to triggers as a whole, whatever they read. */
export interface TriggerActs {
  readonly makes: readonly MakeOperation[];
  readonly turns: readonly TurnOperation[];
}

export const triggerActs = (history: readonly Operation[]): TriggerActs => ({
  makes: named(history, 'make'),
  turns: named(history, 'turn'),
});

/** One trigger, in all its lives that share a group, and one log. */
export interface TriggerHistory extends TriggerActs {
  readonly trigger: string;
  readonly progress: readonly Ok<ProgressOperation>[];
  /** In the order in which they began. */
  readonly invokes: readonly InvokeOperation[];
  readonly givenUp: readonly GiveUpOperation[];
  /** But for those that failed. */
  readonly resets: readonly ResetTriggerOperation[];
}

export function triggersOf(operations: readonly Operation[], acts: TriggerActs): readonly TriggerHistory[] {
  const progress = named(operations, 'progress').filter(isOk);
  const invokes = named(operations, 'invoke').toSorted((a, b) => a.start - b.start);
  const threadOf = threadsOf(acts);
  const threads = new Map([...progress, ...invokes].map(each => [threadOf(each), each.trigger]));
  return [...threads].map(([thread, trigger]) => {
    const own = <O extends OfTrigger>(all: readonly O[]) => all.filter(each => threadOf(each) === thread);
    return {
      trigger,
      makes: own(acts.makes),
      turns: own(acts.turns),
      progress: own(progress),
      invokes: own(invokes),
      givenUp: own(named(operations, 'giveUp')),
      resets: own(named(operations, 'resetTrigger')).filter(({ answer }) => answer.outcome !== 'failed'),
    };
  });
}

interface OfTrigger {
  readonly trigger: string;
  readonly life?: number;
}

/** Names what shares a group: where it is not said which group a trigger has, all triggers of a name do. */
function threadsOf({ makes }: TriggerActs): (of: OfTrigger) => string {
  const nameOf = ({ trigger, life }: OfTrigger) => `${trigger}#${life}`;
  const groups = new Map(makes.map(make => [nameOf(make), make.group]));
  return of => {
    const group = groups.get(nameOf(of));
    return group === undefined ? of.trigger : `${of.trigger} ${group}`;
  };
}

/** Each offset that was done or given up, with when. */
export function endsOfRecords({ invokes, givenUp }: TriggerHistory): readonly (readonly [number, number])[] {
  const done = invokes.flatMap(({ answer, end }) =>
    answer.outcome === 'ok' ? answer.result.done.map(offset => [offset, end] as const) : [],
  );
  return [...done, ...givenUp.flatMap(({ offsets, start }) => offsets.map(offset => [offset, start] as const))];
}
