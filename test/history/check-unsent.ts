/**
 * A value that is read was sent to that very log, by a request that is known to have been sent there, or whose outcome is
 * unknown: that may take effect late, when the topic is another.
 */
import type { Anomaly } from './anomaly.ts';
import { isOk, named, type Operation } from './history.ts';

export function checkUnsent(history: readonly Operation[]): Anomaly[] {
  const sentTo = new Map<string, Set<string>>();
  const anywhere = new Set<string>();
  for (const { log, values, answer } of named(history, 'produce')) {
    for (const value of values) {
      sentTo.set(value, (sentTo.get(value) ?? new Set()).add(log));
      if (answer.outcome === 'unknown') anywhere.add(value);
    }
  }
  return named(history, 'fetch')
    .filter(isOk)
    .flatMap(({ log, answer }) =>
      answer.result.records
        .filter(({ value }) => !anywhere.has(value) && !sentTo.get(value)?.has(log))
        .map(({ offset, value }) => ({ kind: 'read-of-unsent', log, detail: `${value} at ${offset}` }) as const),
    );
}
