/**
 * Offsets by time: the first record at or after a timestamp, and the record with the largest timestamp.
 *
 * Producers set timestamps as they like, so the log is not ordered by them: the first such record in offset order counts,
 * as in Kafka's ListOffsets. Manifest and index tell which segment, and which part of it, can have the record.
 */
import { limits } from '../protocol/limits.ts';
import { decodeBatch } from '../record/decode-batch.ts';
import type { LogRecord } from '../record/record.ts';
import type { StoredBatch } from './load-batches.ts';
import type { LogReader, LogView } from './log-reader.ts';
import type { LogSegment } from './segment.ts';
import { pointBefore } from './segment-index.ts';

export interface OffsetAndTimestamp {
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/** The first record whose timestamp is `timestamp` or later; `undefined` where there is none. */
export function findOffsetByTime(reader: LogReader, timestamp: number): Promise<OffsetAndTimestamp | undefined> {
  return reader.look(log => firstSince(log, timestamp));
}

/** The first of the records that have the largest timestamp; `undefined` in an empty log. */
export function findMaxTimestamp(reader: LogReader): Promise<OffsetAndTimestamp | undefined> {
  return reader.look(async log => {
    let latest: OffsetAndTimestamp | undefined;
    for await (const batches of stretchesSince(log, () => (latest?.timestamp ?? -1) + 1)) {
      for (const record of readable(log, batches)) if (record.timestamp > (latest?.timestamp ?? -1)) latest = record;
    }
    return latest && { offset: latest.offset, timestamp: latest.timestamp };
  });
}

async function firstSince(log: LogView, timestamp: number): Promise<OffsetAndTimestamp | undefined> {
  for await (const batches of stretchesSince(log, () => timestamp)) {
    const found = readable(log, batches).find(record => record.timestamp >= timestamp);
    if (found) return { offset: found.offset, timestamp: found.timestamp };
  }
  return undefined;
}

/** The batches, a few at a time, that can have a record of that time or later; the time may rise from one to the next. */
async function* stretchesSince(log: LogView, timestamp: () => number): AsyncGenerator<readonly StoredBatch[]> {
  const canHave = ({ maxTimestamp }: { readonly maxTimestamp: number }) => maxTimestamp >= timestamp();
  for await (const segment of log.segments()) {
    if (canHave(segment)) yield* withinSegment(log, segment, { canHave, timestamp });
  }
  for await (const entries of log.entries()) {
    for (const entry of entries) if (canHave(entry)) yield await log.batchesOf(entry);
  }
}

interface Wanted {
  readonly canHave: (batch: { readonly maxTimestamp: number }) => boolean;
  readonly timestamp: () => number;
}

async function* withinSegment(
  log: LogView,
  segment: LogSegment,
  { canHave, timestamp }: Wanted,
): AsyncGenerator<readonly StoredBatch[]> {
  const { index, nextOffset } = segment;
  let offset = Math.max(index[pointBefore(index, timestamp())]?.offset ?? 0, log.logStartOffset);
  while (offset < nextOffset && canHave(segment)) {
    const batches = await log.batchesFrom(segment, offset);
    yield batches.filter(({ header }) => canHave(header));
    offset = batches.at(-1)?.nextOffset ?? nextOffset;
  }
}

function readable({ logStartOffset }: LogView, batches: readonly StoredBatch[]): readonly LogRecord[] {
  const maxDecompressedBytes = limits.decompressedBatchBytes;
  return batches
    .flatMap(batch => decodeBatch(batch.bytes, { maxDecompressedBytes }))
    .filter(({ offset }) => offset >= logStartOffset);
}
