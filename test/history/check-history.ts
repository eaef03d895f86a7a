/**
 * Checks what a history may not show. Linear in the history but for sorting by time.
 *
 * Every check compares what clients were told with what other clients were told: nothing is asked of the system itself.
 */
import type { Anomaly, Found } from './anomaly.ts';
import { checkCommitted } from './check-committed.ts';
import { checkIdentities } from './check-identities.ts';
import { checkPlaces } from './check-places.ts';
import { checkReads } from './check-reads.ts';
import { checkRetries } from './check-retries.ts';
import { checkSends } from './check-sends.ts';
import { checkTimeline } from './check-timeline.ts';
import { checkUnsent } from './check-unsent.ts';
import { isOk, named, type Operation } from './history.ts';

export interface CheckOptions {
  /** A worker may believe in an old log start for so long; every other promise holds at once. */
  readonly logStartBelievedMs?: number;
  /** A producer that sends nothing for so long may be forgotten, and with it which of its epochs is the newest. */
  readonly producerForgottenMs?: number;
  /** From this time on nothing fails but by the client's own fault. */
  readonly calmFrom?: number;
}

/** Every anomaly of the history; none, where it keeps the promises. */
export function checkHistory(history: readonly Operation[], options: CheckOptions = {}): Anomaly[] {
  const byLog = Map.groupBy(history, operation => ('log' in operation ? operation.log : ''));
  const inLogs = [...byLog].flatMap(([log, operations]) => of(log, checkLog(operations, options)));
  return [...inLogs, ...checkUnsent(history), ...of('', checkIdentities(history))];
}

function checkLog(operations: readonly Operation[], options: CheckOptions): Found[] {
  const { logStartBelievedMs = 0, producerForgottenMs = Number.POSITIVE_INFINITY, calmFrom } = options;
  const produces = named(operations, 'produce');
  const fetches = named(operations, 'fetch');
  const deletions = named(operations, 'deleteRecords');
  return [
    ...checkPlaces(produces, fetches.filter(isOk)),
    ...checkReads(produces, fetches.filter(isOk)),
    ...checkSends(produces, fetches.filter(isOk), producerForgottenMs),
    ...checkRetries(produces, fetches.filter(isOk)),
    ...checkTimeline(produces.filter(isOk), fetches, { deletions, logStartBelievedMs }),
    ...checkCommitted(operations),
    ...checkCalm(operations, calmFrom),
  ];
}

/** Once all faults are over every log can be written to and read. */
function checkCalm(operations: readonly Operation[], calmFrom = Number.POSITIVE_INFINITY): Found[] {
  return operations.flatMap(({ operation, start, answer }) => {
    if (start < calmFrom || answer.outcome === 'ok') return [];
    return [['unavailable', `${operation}: ${answer.error}`] as const];
  });
}

const of = (log: string, found: readonly Found[]): Anomaly[] => found.map(([kind, detail]) => ({ kind, log, detail }));
