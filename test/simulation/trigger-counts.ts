/** What the trigger of a run did, if it has one. */
import { isOk, named, type Operation } from '../history/history.ts';

export const triggerCounts = ['invocations', 'failed invocations', 'records done', 'records given up', 'ends'] as const;

export type TriggerCounts = Record<(typeof triggerCounts)[number], number>;

export const noTrigger = (): TriggerCounts => ({
  invocations: 0,
  'failed invocations': 0,
  'records done': 0,
  'records given up': 0,
  ends: 0,
});

export function countTrigger(history: readonly Operation[]): TriggerCounts {
  const invokes = named(history, 'invoke').filter(isOk);
  const done = invokes.map(({ answer }) => answer.result.done.length);
  return {
    invocations: invokes.length,
    'failed invocations': done.filter(count => count === 0).length,
    'records done': done.reduce((sum, count) => sum + count, 0),
    'records given up': named(history, 'giveUp').reduce((sum, { offsets }) => sum + offsets.length, 0),
    ends: named(history, 'progress').length,
  };
}
