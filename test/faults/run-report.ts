/** What came of a run, in figures. */
import type { Anomaly } from '../history/anomaly.ts';
import { checkHistory } from '../history/check-history.ts';
import { isOk, named, type Operation } from '../history/history.ts';
import { type Counts, countOperations } from '../history/report.ts';
import type { ProxyCounts } from './lossy-proxy.ts';
import { countAgain, type Fault, largestPage, type Processed, unprocessed } from './processed.ts';
import { BELIEVED_MS, CLICK, CLICK_PARTITIONS, DELETE_RETENTION_MS, GROUPS, MIN_LAG_MS, PROFILE } from './settings.ts';

/** What a run has gathered. */
export interface Gathered {
  readonly seconds: number;
  /** That were to be produced to the topic that groups read. */
  readonly records: number;
  readonly memberSpeed: number;
  readonly servers: number;
  readonly history: readonly Operation[];
  readonly calmFrom: number;
  /** When members were told to leave. */
  readonly calmTo: number;
  readonly processed: readonly Processed[];
  readonly faults: readonly Fault[];
  readonly proxies: Readonly<Record<string, { readonly counts: ProxyCounts }>>;
  /** Of faults that have to happen. */
  readonly kinds: readonly string[];
  readonly watch: { readonly looks: number; readonly compactions: number; readonly segments: ReadonlySet<string> };
  /** Partitions that no living member has at the end. */
  readonly unowned: readonly string[];
  /** Members that ended by themselves. */
  readonly failed: readonly string[];
}

export interface RunReport extends Omit<Gathered, 'processed' | 'watch' | 'proxies'> {
  readonly anomalies: readonly Anomaly[];
  readonly operations: ReadonlyMap<string, Counts>;
  readonly proxies: Readonly<Record<string, ProxyCounts>>;
  /** Acknowledged, of the topic that groups read. */
  readonly stored: number;
  readonly processed: number;
  readonly unprocessed: readonly string[];
  /** Records processed again, by cause. */
  readonly again: ReadonlyMap<string, number>;
  readonly largestPage: number;
  readonly events: EventCounts;
  readonly looks: number;
  readonly segments: number;
  readonly compactions: number;
  /** Records of the compacted topic that were stored, and that a reader finds at the end. */
  readonly compacted: { readonly stored: number; readonly left: number };
}

/** What the function of the trigger was given. */
export interface EventCounts {
  readonly events: number;
  readonly records: number;
  /** Records that it had been given before. */
  readonly again: number;
}

export function reportOf({ watch, processed, proxies, ...gathered }: Gathered): RunReport {
  const { history, calmFrom, calmTo, faults } = gathered;
  const compacted = { [PROFILE]: { minLagMs: MIN_LAG_MS, deleteRetentionMs: DELETE_RETENTION_MS } };
  const options = { calmFrom, calmTo, compacted, startsAreRecorded: true, logStartBelievedMs: BELIEVED_MS };
  return {
    ...gathered,
    anomalies: checkHistory(history, options),
    operations: countOperations(history),
    proxies: Object.fromEntries(Object.entries(proxies).map(([name, { counts }]) => [name, counts])),
    stored: storedIn(history, CLICK),
    processed: processed.length,
    unprocessed: unprocessed({ groups: GROUPS, logs: logsAtTheEnd(history), processed }),
    again: countAgain(processed, faults),
    largestPage: largestPage(processed),
    events: countEvents(history),
    looks: watch.looks,
    segments: watch.segments.size,
    compactions: watch.compactions,
    compacted: { stored: storedIn(history, PROFILE), left: leftIn(history, PROFILE) },
  };
}

/** By the producers alone. */
const storedIn = (history: readonly Operation[], topic: string): number =>
  named(history, 'produce')
    .filter(isOk)
    .filter(({ client, log }) => client.startsWith('producer') && log.startsWith(`${topic}#`))
    .reduce((sum, { values }) => sum + values.length, 0);

function countEvents(history: readonly Operation[]): EventCounts {
  const invokes = named(history, 'invoke');
  const given = invokes.flatMap(({ log, offsets }) => offsets.map(offset => `${log}/${offset}`));
  return { events: invokes.length, records: given.length, again: given.length - new Set(given).size };
}

/** What the last reader of each log saw. */
function lastReads(history: readonly Operation[], topic: string) {
  return named(history, 'fetch')
    .filter(({ client, log }) => client === `last-${topic}` && log.startsWith(`${topic}#`))
    .filter(isOk);
}

function logsAtTheEnd(history: readonly Operation[]): readonly (readonly string[])[] {
  const reads = lastReads(history, CLICK);
  return Array.from({ length: CLICK_PARTITIONS }, (_, partition) => {
    const values: string[] = [];
    for (const { log, answer } of reads) {
      if (log !== `${CLICK}#1/${partition}`) continue;
      for (const { offset, value } of answer.result.records) values[offset] = value;
    }
    return values;
  });
}

/** Of the last of those that read everything, for others came before it. */
function leftIn(history: readonly Operation[], topic: string): number {
  const byLog = Map.groupBy(lastReads(history, topic), ({ log }) => log);
  return [...byLog.values()].reduce((sum, reads) => {
    const from = reads.findLastIndex(({ offset }) => offset === 0);
    return sum + reads.slice(from).reduce((count, { answer }) => count + answer.result.records.length, 0);
  }, 0);
}
