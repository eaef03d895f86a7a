/**
 * A RecordBatch v2 to its records. A batch that contradicts itself, in its CRC, a length or a count, is refused whole.
 */
import { type BatchHeader, batchField, batchOverheadInBytes, readBatchHeader } from './batch-header.ts';
import { decompress } from './compression.ts';
import { corrupt } from './corrupt.ts';
import { crc32c } from './crc32c.ts';
import type { LogRecord } from './record.ts';
import { RecordCursor } from './record-cursor.ts';

export interface DecodeBatchOptions {
  /** The most bytes of records to decompress; MESSAGE_TOO_LARGE beyond. */
  readonly maxDecompressedBytes: number;
}

/**
 * The records of the one batch that `bytes` is; none of an emptied one. Keys and values are views, of `bytes` or of what it
 * decompresses to.
 *
 * @throws MillraceError CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, UNSUPPORTED_COMPRESSION_TYPE
 * @example for (const { offset, value } of decodeBatch(batch, { maxDecompressedBytes: 16 * 1024 * 1024 })) …
 */
export function decodeBatch(bytes: Uint8Array, options: DecodeBatchOptions): LogRecord[] {
  const header = readWholeBatch(bytes);
  const cursor = openRecords(bytes, header, options);
  const records: LogRecord[] = [];
  for (let read = 0; read < header.recordsCount; read++) {
    cursor.next();
    records.push(recordAt(cursor, header));
  }
  cursor.expectEnd();
  return records;
}

/** The header of the one batch that `bytes` is, from its first byte to its last, its CRC checked. */
export function readWholeBatch(bytes: Uint8Array): BatchHeader {
  const header = readBatchHeader(bytes);
  if (header.sizeInBytes !== bytes.length) throw corrupt(`a batch of ${header.sizeInBytes} bytes in ${bytes.length}`);
  const crc = crc32c(bytes, batchField.attributes);
  if (crc !== header.crc) throw corrupt(`the batch states CRC ${header.crc} and has ${crc}`);
  return header;
}

/** A cursor before the first record, decompressed. */
export function openRecords(bytes: Uint8Array, header: BatchHeader, options: DecodeBatchOptions): RecordCursor {
  const records = bytes.subarray(batchOverheadInBytes);
  // An emptied batch has nothing to decompress, whatever its codec says.
  if (header.recordsCount === 0) return new RecordCursor(records);
  return new RecordCursor(decompress(header.codec, records, options.maxDecompressedBytes));
}

/** The record that the cursor read last. */
export function recordAt(cursor: RecordCursor, header: BatchHeader): LogRecord {
  if (cursor.offsetDelta < 0 || cursor.offsetDelta > header.lastOffsetDelta)
    throw corrupt(`offset delta ${cursor.offsetDelta} in a batch of ${header.lastOffsetDelta + 1} offsets`);
  return {
    offset: header.baseOffset + cursor.offsetDelta,
    timestamp: timestampAt(cursor, header),
    key: cursor.key(),
    value: cursor.value(),
    headers: cursor.headers(),
  };
}

/** With LogAppendTime, the batch's own; the record's is then whatever its producer wrote. */
export function timestampAt({ timestampDelta }: RecordCursor, header: BatchHeader): number {
  if (header.timestampType === 'LogAppendTime') return header.maxTimestamp;
  const timestamp = header.baseTimestamp + timestampDelta;
  if (!Number.isSafeInteger(timestamp)) throw corrupt(`timestamp ${timestamp} is beyond 2^53 - 1`);
  return timestamp;
}
