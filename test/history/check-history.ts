/**
 * Checks what a history may not show. Linear in the history but for sorting by time.
 *
 * Every check compares what clients were told with what other clients were told: nothing is asked of the system itself.
 */
import type { Anomaly, Found } from './anomaly.ts';
import { checkCommitted } from './check-committed.ts';
import type { CompactionSettings } from './check-compaction.ts';
import { checkDelivery, type GroupBeginning, groupBeginnings } from './check-delivery.ts';
import { checkEnds } from './check-ends.ts';
import { checkGaps } from './check-gaps.ts';
import { checkIdentities } from './check-identities.ts';
import { checkLives } from './check-lives.ts';
import { checkLogStarts } from './check-log-starts.ts';
import { checkPlaces } from './check-places.ts';
import { checkReads } from './check-reads.ts';
import { checkRefusals } from './check-refusals.ts';
import { checkRetries } from './check-retries.ts';
import { checkRights } from './check-rights.ts';
import { checkSends } from './check-sends.ts';
import { checkSequences } from './check-sequences.ts';
import { checkStuck } from './check-stuck.ts';
import { checkTriggers } from './check-triggers.ts';
import type { Operation } from './history.ts';
import { type LogHistory, logsOf } from './log-history.ts';
import { parseLogName } from './log-name.ts';
import { type TriggerActs, triggerActs } from './trigger-history.ts';

export interface CheckOptions {
  /** A worker may believe in an old log start, and in what stood in segments, for so long; every other promise holds at once. */
  readonly logStartBelievedMs?: number;
  /** A producer that sends nothing for so long may be forgotten, and with it which of its epochs is the newest. */
  readonly producerForgottenMs?: number;
  /** A group that was deleted may be forgotten after so long, and with it how many epochs it had. */
  readonly groupForgottenMs?: number;
  /** Whether every move of a log start is in the history as a `deleteRecords`, whoever asked for it: retention too. */
  readonly startsAreRecorded?: boolean;
  /** The topics that are compacted, by name. */
  readonly compacted?: Readonly<Record<string, CompactionSettings>>;
  /** From this time on nothing fails but by the client's own fault. */
  readonly calmFrom?: number;
  /** Until then: what clients break off as they end is no fault. */
  readonly calmTo?: number;
}

/** Every anomaly of the history; none, where it keeps the promises. */
export function checkHistory(history: readonly Operation[], options: CheckOptions = {}): Anomaly[] {
  const whole = { beginnings: groupBeginnings(history), acts: triggerActs(history) };
  const inLogs = logsOf(history).flatMap(log => of(log.log, checkLog(log, whole, options)));
  return [...inLogs, ...checkStuck(history), ...of('', checkIdentities(history)), ...of('', checkLives(history))];
}

/** What is known of groups and triggers, whatever they read. */
interface Whole {
  readonly beginnings: readonly GroupBeginning[];
  readonly acts: TriggerActs;
}

function checkLog(log: LogHistory, { beginnings, acts }: Whole, options: CheckOptions): Found[] {
  const {
    logStartBelievedMs = 0,
    producerForgottenMs = Number.POSITIVE_INFINITY,
    groupForgottenMs = Number.POSITIVE_INFINITY,
    startsAreRecorded = false,
    compacted = {},
    calmFrom,
    calmTo,
  } = options;
  const compaction = compacted[parseLogName(log.log).topic];
  return [
    ...checkPlaces(log, producerForgottenMs),
    ...checkReads(log),
    ...checkGaps(log, { producerForgottenMs, logStartBelievedMs, compaction }),
    ...checkSends(log),
    ...checkSequences(log, producerForgottenMs),
    ...checkRetries(log, producerForgottenMs),
    ...checkEnds(log, producerForgottenMs),
    ...checkLogStarts(log, { logStartBelievedMs, startsAreRecorded }),
    ...checkRefusals(log, { logStartBelievedMs, producerForgottenMs, startsAreRecorded }),
    ...checkCommitted(log.operations),
    ...checkRights(log.operations, groupForgottenMs),
    ...checkDelivery(log, beginnings),
    ...checkTriggers(log, acts),
    ...checkCalm(log.operations, calmFrom, calmTo),
  ];
}

/** Once all faults are over every log can be written to and read. */
function checkCalm(
  operations: readonly Operation[],
  calmFrom = Number.POSITIVE_INFINITY,
  calmTo = Number.POSITIVE_INFINITY,
): Found[] {
  return operations.flatMap(each => {
    const { operation, start, end, answer } = each;
    if (start < calmFrom || end > calmTo || answer.outcome === 'ok' || isLostPosition(each)) return [];
    return [['unavailable', `${operation}: ${answer.error}`] as const];
  });
}

const of = (log: string, found: readonly Found[]): Anomaly[] => found.map(([kind, detail]) => ({ kind, log, detail }));

/** A group's offset may lie outside of its log by then: its member begins anew. */
const isLostPosition = (each: Operation): boolean =>
  each.operation === 'fetch' &&
  each.group !== undefined &&
  each.answer.outcome === 'failed' &&
  each.answer.code === 'OFFSET_OUT_OF_RANGE';
