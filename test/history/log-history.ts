/**
 * What a history says of one log: its operations, the batches that may have reached it, and the copies of them that are known
 * to stand in it.
 *
 * A value at an offset places its whole batch: what stands there stands side by side with the rest.
 */
import {
  type DeleteRecordsOperation,
  type FetchOperation,
  isOk,
  named,
  type Ok,
  type Operation,
  type ProduceOperation,
} from './history.ts';
import { parseLogName } from './log-name.ts';
import type { KnownCopy, SentBatch } from './sent-batch.ts';

export interface LogHistory {
  readonly log: string;
  readonly operations: readonly Operation[];
  readonly produces: readonly ProduceOperation[];
  readonly acknowledged: readonly Ok<ProduceOperation>[];
  readonly fetches: readonly FetchOperation[];
  readonly answered: readonly Ok<FetchOperation>[];
  /** But for those that failed. */
  readonly deletions: readonly DeleteRecordsOperation[];
  readonly batches: readonly SentBatch[];
  /** By offset. */
  readonly copies: readonly KnownCopy[];
  /** The batch of a value; one that was never sent, where nobody sent the value. */
  readonly batchOf: (value: string) => BatchOfValue;
}

export interface BatchOfValue {
  readonly batch: SentBatch;
  readonly index: number;
}

/** Each log, by name; what concerns none is under the empty one. */
export function logsOf(history: readonly Operation[]): readonly LogHistory[] {
  const byLog = Map.groupBy(history, operation => ('log' in operation ? operation.log : ''));
  const lateBefore = lateProduces(history);
  return [...byLog].map(([log, operations]) => logHistory(log, operations, lateBefore(log)));
}

/** Gives the requests to earlier lives of a log whose outcome is unknown: they may take effect in it. */
function lateProduces(history: readonly Operation[]): (log: string) => readonly ProduceOperation[] {
  const unknown = named(history, 'produce').filter(({ answer }) => answer.outcome === 'unknown');
  const byLog = Map.groupBy(unknown, ({ log }) => log);
  const logsByPlace = Map.groupBy(byLog.keys(), log => parseLogName(log).place);
  return log => {
    const { place, life } = parseLogName(log);
    const earlier = (logsByPlace.get(place) ?? []).filter(other => parseLogName(other).life < life);
    return earlier.flatMap(other => byLog.get(other) ?? []);
  };
}

function logHistory(log: string, operations: readonly Operation[], late: readonly ProduceOperation[]): LogHistory {
  const produces = named(operations, 'produce');
  const fetches = named(operations, 'fetch');
  const deletions = named(operations, 'deleteRecords').filter(({ answer }) => answer.outcome !== 'failed');
  const acknowledged = produces.filter(isOk);
  const answered = fetches.filter(isOk);
  const batches = sentBatches([...late, ...produces]);
  const byValue = new Map<string, BatchOfValue>();
  for (const batch of batches)
    for (const [index, value] of batch.values.entries()) byValue.set(value, { batch, index });
  const batchOf = (value: string) => byValue.get(value) ?? unsent(value, byValue);
  for (const { values, answer } of acknowledged) {
    batchOf(values[0] ?? '').batch.baseOffsets.add(answer.result.baseOffset);
  }
  for (const { answer } of answered) {
    for (const { offset, value } of answer.result.records) {
      const { batch, index } = batchOf(value);
      batch.baseOffsets.add(offset - index);
    }
  }
  const copies = [...new Set([...byValue.values()].map(({ batch }) => batch))]
    .flatMap(batch => [...batch.baseOffsets].map(baseOffset => ({ batch, baseOffset })))
    .toSorted((a, b) => a.baseOffset - b.baseOffset);
  return { log, operations, produces, acknowledged, fetches, answered, deletions, batches, copies, batchOf };
}

function sentBatches(produces: readonly ProduceOperation[]): readonly SentBatch[] {
  const byFirst = Map.groupBy(
    produces.toSorted((a, b) => a.start - b.start),
    ({ values }) => values[0] ?? '',
  );
  return [...byFirst.values()].map(all => ({
    values: all[0]?.values ?? [],
    keys: all[0]?.keys,
    tombstones: new Set(all[0]?.tombstones),
    producer: all[0]?.producer,
    tries: all.filter(({ answer }) => answer.outcome !== 'failed'),
    failed: all.filter(({ answer }) => answer.outcome === 'failed'),
    baseOffsets: new Set(),
  }));
}

function unsent(value: string, byValue: Map<string, BatchOfValue>): BatchOfValue {
  const batch = {
    values: [value],
    keys: undefined,
    tombstones: new Set<number>(),
    producer: undefined,
    tries: [],
    failed: [],
    baseOffsets: new Set<number>(),
  };
  const only = { batch, index: 0 };
  byValue.set(value, only);
  return only;
}
