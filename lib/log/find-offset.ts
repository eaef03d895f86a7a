/**
 * Offsets by time: the first record at or after a timestamp, and the record with the largest timestamp.
 *
 * Producers set timestamps as they like, so the log is not ordered by them: the first such record in offset order counts,
 * as in Kafka's ListOffsets. Manifest and index tell which segment, and which part of it, can have the record; batches are
 * decoded one by one, and only those that can.
 */
import { limits } from '../protocol/limits.ts';
import { decodeBatch } from '../record/decode-batch.ts';
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
    const largest = Math.max(await log.maxTimestampOfSegments(), await maxTimestampOfEntries(log));
    return largest < 0 ? undefined : ((await firstSince(log, largest)) ?? (await latestReadable(log)));
  });
}

async function firstSince(log: LogView, timestamp: number): Promise<OffsetAndTimestamp | undefined> {
  for await (const batch of batchesSince(log, timestamp)) {
    const found = readable(log, batch).find(record => record.timestamp >= timestamp);
    if (found) return found;
  }
  return undefined;
}

/** By all batches: where the record with the largest timestamp lies below the log start, in a segment that reaches above it. */
async function latestReadable(log: LogView): Promise<OffsetAndTimestamp | undefined> {
  let latest: OffsetAndTimestamp | undefined;
  for await (const batch of batchesSince(log, 0)) {
    if (batch.header.maxTimestamp <= (latest?.timestamp ?? -1)) continue;
    for (const record of readable(log, batch)) if (record.timestamp > (latest?.timestamp ?? -1)) latest = record;
  }
  return latest;
}

async function maxTimestampOfEntries(log: LogView): Promise<number> {
  let largest = -1;
  for await (const entries of log.entries()) {
    for (const { maxTimestamp } of entries) largest = Math.max(largest, maxTimestamp);
  }
  return largest;
}

/** The batches that have a record of that time or later, in their order. */
async function* batchesSince(log: LogView, timestamp: number): AsyncGenerator<StoredBatch> {
  const canHave = (maxTimestamp: number) => maxTimestamp >= timestamp;
  for await (const segment of log.segmentsSince(timestamp)) {
    for await (const batch of withinSegment(log, segment, timestamp)) {
      if (canHave(batch.header.maxTimestamp)) yield batch;
    }
  }
  for await (const entries of log.entries()) {
    for (const entry of entries) {
      if (!canHave(entry.maxTimestamp)) continue;
      for (const batch of await log.batchesOf(entry)) if (canHave(batch.header.maxTimestamp)) yield batch;
    }
  }
}

async function* withinSegment(
  { logStartOffset, batchesFrom }: LogView,
  segment: LogSegment,
  timestamp: number,
): AsyncGenerator<StoredBatch> {
  const { index, nextOffset } = segment;
  let offset = Math.max(index[pointBefore(index, timestamp)]?.offset ?? 0, logStartOffset);
  while (offset < nextOffset) {
    const batches = await batchesFrom(segment, offset);
    yield* batches;
    offset = batches.at(-1)?.nextOffset ?? nextOffset;
  }
}

function readable({ logStartOffset }: LogView, { bytes }: StoredBatch): readonly OffsetAndTimestamp[] {
  return decodeBatch(bytes, { maxDecompressedBytes: limits.decompressedBatchBytes })
    .filter(({ offset }) => offset >= logStartOffset)
    .map(({ offset, timestamp }) => ({ offset, timestamp }));
}
