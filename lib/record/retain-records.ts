/**
 * A batch without some of its records, as compaction leaves it: offsets and sequence stay what they were, and so does every
 * byte of the records that are kept, since their deltas still count from the same base.
 */
import { type BatchHeader, batchOverheadInBytes, writeBatchHeader } from './batch-header.ts';
import { type DecodeBatchOptions, openRecords, readWholeBatch, recordAt } from './decode-batch.ts';
import { emptyBatch } from './empty-batch.ts';
import { compressBatch } from './encode-batch.ts';
import type { LogRecord } from './record.ts';
import type { RecordCursor } from './record-cursor.ts';
import { noTimestamp } from './timestamp.ts';

/**
 * The batch with the records that `keep` says yes to, in the same codec: `batch` itself if it keeps all, an empty batch over
 * the same offsets if it keeps none.
 */
export function retainRecords(
  batch: Uint8Array,
  keep: (record: LogRecord) => boolean,
  options: DecodeBatchOptions,
): Uint8Array {
  const header = readWholeBatch(batch);
  const cursor = openRecords(batch, header, options);
  const retained = selectRecords(cursor, header, keep);
  if (retained.count === header.recordsCount) return batch;
  if (retained.count === 0) return emptied(header);
  const rewritten = compressBatch(concatenate(cursor.bytes, retained), header.codec);
  writeBatchHeader(rewritten, { ...header, recordsCount: retained.count, maxTimestamp: retained.maxTimestamp });
  return rewritten;
}

interface Retained {
  readonly count: number;
  readonly sizeInBytes: number;
  readonly maxTimestamp: number;
  /** Where kept records begin and end, runs of them joined. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
}

function selectRecords(cursor: RecordCursor, header: BatchHeader, keep: (record: LogRecord) => boolean): Retained {
  const ranges: { start: number; end: number }[] = [];
  let [count, sizeInBytes, maxTimestamp] = [0, 0, noTimestamp];
  for (let read = 0; read < header.recordsCount; read++) {
    const start = cursor.position;
    cursor.next();
    const record = recordAt(cursor, header);
    if (!keep(record)) continue;
    count++;
    sizeInBytes += cursor.position - start;
    maxTimestamp = Math.max(maxTimestamp, record.timestamp);
    const previous = ranges.at(-1);
    if (previous?.end === start) previous.end = cursor.position;
    else ranges.push({ start, end: cursor.position });
  }
  cursor.expectEnd();
  return { count, sizeInBytes, maxTimestamp, ranges };
}

/** The kept records, behind the room that the header takes. */
function concatenate(records: Uint8Array, { sizeInBytes, ranges }: Retained): Uint8Array {
  const plain = Buffer.allocUnsafe(batchOverheadInBytes + sizeInBytes);
  let at = batchOverheadInBytes;
  for (const { start, end } of ranges) {
    plain.set(records.subarray(start, end), at);
    at += end - start;
  }
  return plain;
}

const emptied = (header: BatchHeader): Uint8Array =>
  emptyBatch({
    baseOffset: header.baseOffset,
    lastOffset: header.baseOffset + header.lastOffsetDelta,
    producer: header,
    timestampType: header.timestampType,
    maxTimestamp: header.maxTimestamp,
  });
