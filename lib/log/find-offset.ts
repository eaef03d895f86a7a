/**
 * Offsets by time: the first record at or after a timestamp, and the record with the largest timestamp.
 *
 * Producers set timestamps as they like, so the log is not ordered by them: the first such record in offset order counts,
 * as in Kafka's ListOffsets.
 */

import { limits } from '../protocol/limits.ts';
import { decodeBatch } from '../record/decode-batch.ts';
import type { LogRecord } from '../record/record.ts';
import type { LogEntry } from './log-entry.ts';
import type { LogReader } from './log-reader.ts';

export interface OffsetAndTimestamp {
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/** The first record whose timestamp is `timestamp` or later; `undefined` where there is none. */
export async function findOffsetByTime(reader: LogReader, timestamp: number): Promise<OffsetAndTimestamp | undefined> {
  const { logStartOffset } = await reader.bounds();
  for await (const entries of reader.entries()) {
    for (const entry of entries.filter(candidate => candidate.maxTimestamp >= timestamp)) {
      const found = (await recordsOf(reader, entry)).find(
        record => record.offset >= logStartOffset && record.timestamp >= timestamp,
      );
      if (found) return found;
    }
  }
  return undefined;
}

/** The first of the records that have the largest timestamp; `undefined` in an empty log. */
export async function findMaxTimestamp(reader: LogReader): Promise<OffsetAndTimestamp | undefined> {
  const { logStartOffset } = await reader.bounds();
  let latest: OffsetAndTimestamp | undefined;
  for await (const entries of reader.entries()) {
    for (const entry of entries) {
      if (entry.maxTimestamp <= (latest?.timestamp ?? -1)) continue;
      const readable = (await recordsOf(reader, entry)).filter(({ offset }) => offset >= logStartOffset);
      for (const record of readable) if (record.timestamp > (latest?.timestamp ?? -1)) latest = record;
    }
  }
  return latest && { offset: latest.offset, timestamp: latest.timestamp };
}

async function recordsOf(reader: LogReader, entry: LogEntry): Promise<readonly LogRecord[]> {
  const batches = await reader.load(entry);
  const maxDecompressedBytes = limits.decompressedBatchBytes;
  return batches.flatMap(batch => decodeBatch(batch.bytes, { maxDecompressedBytes }));
}
