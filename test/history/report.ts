/** What a history shows, told to people: its counts, its anomalies, and the file that keeps it where there are any. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Anomaly } from './anomaly.ts';
import { flagsOf } from './check-flags.ts';
import { type CheckOptions, checkHistory } from './check-history.ts';
import { named, type Operation, type OperationOutcome, toJsonl } from './history.ts';

/** Anomalies named in a message; one fault often shows in thousands. */
const NAMED = 20;

export type Counts = Readonly<Record<OperationOutcome<unknown>['outcome'], number>>;

/** How many operations of each name had which outcome. */
export function countOperations(history: readonly Operation[]): ReadonlyMap<Operation['operation'], Counts> {
  const byName = Map.groupBy(history, ({ operation }) => operation);
  return new Map([...byName].map(([name, operations]) => [name, countsOf(operations)]));
}

function countsOf(operations: readonly Operation[]): Counts {
  const count = (outcome: keyof Counts) => operations.filter(({ answer }) => answer.outcome === outcome).length;
  return { ok: count('ok'), failed: count('failed'), unknown: count('unknown') };
}

/** Kafka's names of the errors with which operations of that name failed. */
export const failuresOf = (history: readonly Operation[], name: Operation['operation']): ReadonlySet<string> =>
  new Set(named(history, name).flatMap(({ answer }) => (answer.outcome === 'failed' ? answer.code : [])));

/** @throws Error that lists the anomalies and names a JSONL file of the history, where it has any */
export function expectNoAnomaly(history: readonly Operation[], options: CheckOptions = {}): void {
  const anomalies = checkHistory(history, options);
  if (anomalies.length === 0) return;
  const again = `npm run check:history -- ${saveHistory(history)}${flagsOf(options)}`;
  throw new Error([`anomalies: ${anomalies.length}`, ...listed(anomalies), `the history: ${again}`].join('\n'));
}

/** One line each, up to a number that can be read. */
export function listed(anomalies: readonly Anomaly[]): readonly string[] {
  const lines = anomalies.slice(0, NAMED).map(({ kind, log, detail }) => `${kind} in ${log || 'all logs'}: ${detail}`);
  return anomalies.length > NAMED ? [...lines, `and ${anomalies.length - NAMED} more`] : lines;
}

/** @returns the file's path */
export function saveHistory(history: readonly Operation[]): string {
  const file = join(tmpdir(), `millrace-history-${randomUUID()}.jsonl`);
  writeFileSync(file, toJsonl(history));
  return file;
}
