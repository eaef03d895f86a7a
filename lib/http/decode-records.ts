/**
 * Records out of stored batches, one at a time and no sooner than asked for, so that what is not answered is not decoded.
 *
 * A budget bounds what all batches of one request decompress to: a few stored bytes may stand for many.
 */
import type { StoredBatch } from '../log/load-batches.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { batchOverheadInBytes } from '../record/batch-header.ts';
import { decompress } from '../record/compression.ts';
import { recordAt } from '../record/decode-batch.ts';
import type { LogRecord } from '../record/record.ts';
import { RecordCursor } from '../record/record-cursor.ts';

/** The bytes that a request may still decompress. */
export class DecodeBudget {
  #left: number = limits.decompressedRequestBytes;

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  spend(bytes: number): void {
    this.#left -= bytes;
  }
}

/**
 * The batch's records from `offset` on.
 *
 * @throws MillraceError STORAGE_ERROR where what is stored cannot be decoded
 */
export function* decodeRecords(batch: StoredBatch, offset: number, budget: DecodeBudget): Generator<LogRecord> {
  const { header } = batch;
  if (header.recordsCount === 0) return;
  const cursor = openBatch(batch, budget);
  for (let read = 0; read < header.recordsCount; read++) {
    const record = asStored(batch, () => {
      cursor.next();
      return header.baseOffset + cursor.offsetDelta < offset ? undefined : recordAt(cursor, header);
    });
    if (record) yield record;
  }
}

function openBatch(batch: StoredBatch, budget: DecodeBudget): RecordCursor {
  const stored = batch.bytes.subarray(batchOverheadInBytes);
  const records = asStored(batch, () => decompress(batch.header.codec, stored, limits.decompressedBatchBytes));
  budget.spend(records.byteLength);
  return new RecordCursor(records);
}

/** A stored batch was checked before it was stored: one that is wrong now is not the reader's mistake. */
function asStored<T>({ header }: StoredBatch, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new MillraceError('STORAGE_ERROR', `the batch at offset ${header.baseOffset} cannot be decoded`, { cause });
  }
}
