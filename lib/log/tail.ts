/**
 * Where a log ends: the rolled offset of the partition state, then the last entry at or above it.
 */
import { type Moment, momentNow } from './belief.ts';
import type { LogDeps } from './deps.ts';
import { type LogEntry, nextOffsetAfter } from './log-entry.ts';
import { startOverdueRoll } from './overdue-roll.ts';
import { readPartitionState } from './partition-state.ts';
import type { TopicPartition } from './topic-partition.ts';
import { lastEntry } from './walk.ts';

/** A belief: the log ended at `nextOffset` at some moment after `asOf`. */
export interface Tail {
  readonly nextOffset: number;
  /** The rolled offset that was read with it. */
  readonly rolledOffset: number;
  /** The largest timestamp of the last entry; append times do not go below it. */
  readonly lastMaxTimestamp: number;
  /** Bytes of all batches that were ever in the log. */
  readonly logBytes: number;
  /** When the read that gave it was sent. A tail that moved since keeps the moment of its read. */
  readonly asOf: Moment;
}

/** A tail may be used for so long. */
export const TAIL_USE_MS = 30_000;

/**
 * An answer that rests on a tail may be given for so long. Entries live for days after they are created, so a key at the
 * end of a log as it was 15 minutes ago is either still free, and then still the end, or still taken.
 */
export const TAIL_ANSWER_MS = 15 * 60_000;

export async function readTail(deps: LogDeps, at: TopicPartition): Promise<Tail> {
  const asOf = momentNow(deps.clock);
  const { rolledOffset, rolledBytes, rolledTimestamp } = await readPartitionState(deps.cluster, at);
  const last = await lastEntry(deps.log, at, rolledOffset);
  await startOverdueRoll(deps, at, last);
  return last
    ? { ...endOf(last), rolledOffset, asOf }
    : { nextOffset: rolledOffset, rolledOffset, lastMaxTimestamp: rolledTimestamp, logBytes: rolledBytes, asOf };
}

/** What an entry says of the end of a log that it is the last of. */
export const endOf = (last: LogEntry): Pick<Tail, 'nextOffset' | 'lastMaxTimestamp' | 'logBytes'> => ({
  nextOffset: nextOffsetAfter(last),
  lastMaxTimestamp: last.maxTimestamp,
  logBytes: last.logBytes,
});
