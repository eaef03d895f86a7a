/**
 * Going through the records of a log a page at a time, with nothing made of them but what is asked for: of millions of records
 * most are only looked at.
 */

import type { StoredBatch } from '../log/load-batches.ts';
import type { LogReader, ReadResult } from '../log/log-reader.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { openRecords } from '../record/decode-batch.ts';
import type { LogRecord } from '../record/record.ts';
import type { RecordCursor } from '../record/record-cursor.ts';

/** Read at once. */
export const SCAN_BYTES = 2 * 1024 * 1024;

/** Decompressed bytes that are looked through before others have their turn. */
const TURN_BYTES = 4 * 1024 * 1024;

/** Sees the record that the cursor stands at; `false` ends the page before it. */
export type VisitRecord = (offset: number, cursor: RecordCursor, header: BatchHeader) => boolean;

export interface ScanParams {
  /** Below the end of the log. */
  readonly offset: number;
  readonly maxBytes?: number;
}

/**
 * Visits the records from `offset` on that one read gives, or those from the log start where that has moved past it.
 *
 * @returns where to go on: further on, unless the visit ended at the first record
 */
export async function scanPage(
  reader: LogReader,
  { offset, maxBytes = SCAN_BYTES }: ScanParams,
  visit: VisitRecord,
): Promise<number> {
  const page = await readFrom(reader, { offset, maxBytes });
  if (typeof page === 'number') return page;
  // a few stored bytes may stand for many
  let decompressedBytes = 0;
  let inOneTurn = 0;
  let next = offset;
  for (const batch of page.batches) {
    if (decompressedBytes >= limits.decompressedRequestBytes) return next;
    const cursor = opened(batch);
    const endedAt = visitFrom(batch, cursor, offset, visit);
    if (endedAt !== undefined) return endedAt;
    decompressedBytes += cursor.bytes.byteLength;
    inOneTurn += cursor.bytes.byteLength;
    next = batch.nextOffset;
    if (inOneTurn < TURN_BYTES) continue;
    await new Promise<void>(resolve => setImmediate(resolve));
    inOneTurn = 0;
  }
  if (page.nextOffset > offset) return page.nextOffset;
  throw new MillraceError(
    'STORAGE_ERROR',
    `nothing can be read at offset ${offset}, below the end of the log; try again`,
  );
}

/** The page, or the log start that has moved past it. */
async function readFrom(reader: LogReader, params: Required<ScanParams>): Promise<ReadResult | number> {
  try {
    return await reader.read(params);
  } catch (error) {
    if (!(error instanceof MillraceError && error.code === 'OFFSET_OUT_OF_RANGE')) throw error;
    const { logStartOffset } = await reader.bounds();
    if (logStartOffset > params.offset) return logStartOffset;
    throw error;
  }
}

/** The offset at which the visit ended the page, if it did. */
function visitFrom(batch: StoredBatch, cursor: RecordCursor, from: number, visit: VisitRecord): number | undefined {
  const { header } = batch;
  for (let read = 0; read < header.recordsCount; read++) {
    asStored(batch, () => cursor.next());
    const offset = header.baseOffset + cursor.offsetDelta;
    if (offset >= from && !visit(offset, cursor, header)) return offset;
  }
  return undefined;
}

const opened = (batch: StoredBatch): RecordCursor =>
  asStored(batch, () =>
    openRecords(batch.bytes, batch.header, { maxDecompressedBytes: limits.decompressedBatchBytes }),
  );

/** A batch was checked before it was stored: one that is wrong now is not the reader's mistake. */
function asStored<T>({ header }: StoredBatch, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new MillraceError('STORAGE_ERROR', `the batch at offset ${header.baseOffset} cannot be decoded`, { cause });
  }
}

/** The record without the batch that it was decoded from. */
export const copied = <Key extends Uint8Array | null>(record: LogRecord & { readonly key: Key }) => ({
  ...record,
  key: record.key && (record.key.slice() as Key),
  value: record.value?.slice() ?? null,
  headers: record.headers.map(({ key, value }) => ({ key, value: value?.slice() ?? null })),
});

/** Bytes of the record's key, value and headers. */
export const sizeOfData = ({ key, value, headers }: LogRecord): number =>
  headers.reduce(
    (sum, header) => sum + header.key.length + (header.value?.byteLength ?? 0),
    (key?.byteLength ?? 0) + (value?.byteLength ?? 0),
  );
