/**
 * Records to a RecordBatch v2. Every size is known before the first byte is written, so that records and header go straight
 * into one buffer.
 *
 * The leader epoch is 0, where Kafka's clients leave -1 for the broker to set: Millrace's appenders are not leaders.
 */
import { MillraceError } from '../protocol/errors.ts';
import {
  type BatchProducer,
  batchOverheadInBytes,
  noProducer,
  type TimestampType,
  writeBatchHeader,
} from './batch-header.ts';
import { type CompressionCodec, compress } from './compression.ts';
import { placeRecord, sizeOfRecord, writeRecord } from './encode-record.ts';
import type { NewRecord } from './record.ts';
import { noTimestamp, refuseBadTimestamp } from './timestamp.ts';

/** What the batch's int32 length can say. */
const MAX_BATCH_BYTES = 2 ** 31 - 1;

export interface EncodeBatchOptions {
  /** One at least. */
  readonly records: readonly NewRecord[];
  readonly codec: CompressionCodec;
  /** On the scale of gzip or zstd; without it, the codec's default. */
  readonly compressionLevel?: number;
  /** 0 by default: whoever appends the batch stamps the true one. */
  readonly baseOffset?: number;
  readonly producer?: BatchProducer;
  /** With LogAppendTime all records read back with the largest of their timestamps. */
  readonly timestampType?: TimestampType;
}

/**
 * @throws MillraceError INVALID_RECORD if there are no records; INVALID_TIMESTAMP; MESSAGE_TOO_LARGE beyond 2 GiB
 * @example
 * const record = { timestamp: clock.now(), key: null, value: Buffer.from('hello'), headers: [] };
 * const batch = encodeBatch({ records: [record], codec: 'zstd' });
 */
export function encodeBatch(options: EncodeBatchOptions): Uint8Array {
  const { records, codec } = options;
  const baseTimestamp = firstOf(records).timestamp;
  const maxTimestamp = maxTimestampOf(records);
  const batch = compressBatch(encodeRecords(records, baseTimestamp), codec, options.compressionLevel);
  writeBatchHeader(batch, {
    ...(options.producer ?? noProducer),
    baseOffset: options.baseOffset ?? 0,
    codec,
    timestampType: options.timestampType ?? 'CreateTime',
    lastOffsetDelta: records.length - 1,
    baseTimestamp,
    maxTimestamp,
    recordsCount: records.length,
  });
  return batch;
}

/** Compresses the records of a batch that has no header yet, only the room for it. */
export function compressBatch(plain: Uint8Array, codec: CompressionCodec, level?: number): Uint8Array {
  if (codec === 'none') return plain;
  const compressed = compress(codec, plain.subarray(batchOverheadInBytes), level);
  const batch = Buffer.allocUnsafe(batchOverheadInBytes + compressed.length);
  batch.set(compressed, batchOverheadInBytes);
  return batch;
}

/** The records in place, behind the room that the header takes. */
function encodeRecords(records: readonly NewRecord[], baseTimestamp: number): Buffer {
  const placed = records.map((record, index) => placeRecord(record, record.timestamp - baseTimestamp, index));
  const size = placed.reduce((sum, record) => sum + sizeOfRecord(record), batchOverheadInBytes);
  if (size > MAX_BATCH_BYTES) throw new MillraceError('MESSAGE_TOO_LARGE', `a batch of ${size} bytes; split it`);
  const batch = Buffer.allocUnsafe(size);
  let at = batchOverheadInBytes;
  for (const record of placed) at = writeRecord(batch, at, record);
  return batch;
}

function firstOf(records: readonly NewRecord[]): NewRecord {
  const first = records[0];
  if (first === undefined) throw new MillraceError('INVALID_RECORD', 'a batch needs one record at least');
  return first;
}

/** Refuses a timestamp out of range on the way: what follows counts on them. */
function maxTimestampOf(records: readonly NewRecord[]): number {
  let max = noTimestamp;
  for (const { timestamp } of records) {
    refuseBadTimestamp(timestamp);
    if (timestamp > max) max = timestamp;
  }
  return max;
}
