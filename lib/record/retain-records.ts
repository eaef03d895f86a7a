/**
 * A batch without some of its records, as compaction leaves it: offsets and sequence stay what they were, and so does every
 * byte of the records that are kept, since their deltas still count from the same base.
 */
import { type BatchHeader, batchOverheadInBytes, writeBatchHeader } from './batch-header.ts';
import { type DecodeBatchOptions, openRecords, timestampAt } from './decode-batch.ts';
import { compressBatch } from './encode-batch.ts';
import type { RecordCursor } from './record-cursor.ts';
import { noTimestamp } from './timestamp.ts';

/** Says whether a record stays; of millions it is asked, so nothing is made of them but a view of the key. */
export type KeepRecord = (offset: number, key: Uint8Array | null, isTombstone: boolean) => boolean;

/**
 * The batch with the records that stay, in the same codec: `batch` itself if all do, `undefined` if none does.
 *
 * @param header of the batch, whose CRC was checked
 */
export function retainRecords(
  batch: { readonly header: BatchHeader; readonly bytes: Uint8Array },
  keep: KeepRecord,
  options: DecodeBatchOptions,
): Uint8Array | undefined {
  const { header, bytes } = batch;
  const cursor = openRecords(bytes, header, options);
  const retained = selectRecords(cursor, header, keep);
  if (retained.count === 0) return undefined;
  if (retained.count === header.recordsCount) return bytes;
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

function selectRecords(cursor: RecordCursor, header: BatchHeader, keep: KeepRecord): Retained {
  const ranges: { start: number; end: number }[] = [];
  let [count, sizeInBytes, maxTimestamp] = [0, 0, noTimestamp];
  for (let read = 0; read < header.recordsCount; read++) {
    const start = cursor.position;
    cursor.next();
    if (!keep(header.baseOffset + cursor.offsetDelta, cursor.key(), cursor.valueLength < 0)) continue;
    count++;
    sizeInBytes += cursor.position - start;
    maxTimestamp = Math.max(maxTimestamp, timestampAt(cursor, header));
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
