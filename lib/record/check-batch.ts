/**
 * What a broker checks of a raw batch before it appends it as it is. The rules are those of Kafka's `LogValidator`, and where
 * Kafka would mend the batch by rewriting it, it is refused:
 *
 * - one whole batch, magic 2, its CRC right, nothing after its last record;
 * - as many records as offsets, at least one, their deltas 0, 1, 2, …;
 * - neither transactional nor control, no unknown attributes;
 * - a producer id comes with an epoch and a sequence. Without one (-1) they mean nothing, and clients that are not
 *   idempotent leave 0 or -1 there: both are let in;
 * - CreateTime: only a broker may say LogAppendTime. A timestamp is -1 ("none") or a time, and the batch's largest is the
 *   largest of its records;
 * - a key on every record if the topic is compacted.
 *
 * The base offset and the leader epoch are not looked at, since the broker sets them. Memory: the decompressed records and a
 * constant, for nothing is made of them.
 */
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { attributeBits, type BatchHeader, batchField } from './batch-header.ts';
import { type DecodeBatchOptions, openRecords, readWholeBatch } from './decode-batch.ts';
import type { RecordCursor } from './record-cursor.ts';
import { noTimestamp, refuseBadTimestamp } from './timestamp.ts';

export interface CheckBatchOptions extends DecodeBatchOptions {
  /** Whether the topic is compacted, so that a record without a key has no meaning. */
  readonly requireKeys?: boolean;
  /** `max.message.bytes`: the most bytes of the batch as it is. */
  readonly maxBatchBytes?: number;
  /** The most records of the batch. */
  readonly maxRecords?: number;
}

export interface CheckedBatch extends BatchHeader {
  /** Bytes of its records, decompressed. */
  readonly decompressedBytes: number;
}

/**
 * The header of the batch that `bytes` is, if a broker may append it.
 *
 * @throws MillraceError CORRUPT_MESSAGE, UNSUPPORTED_COMPRESSION_TYPE, MESSAGE_TOO_LARGE, INVALID_RECORD, INVALID_TIMESTAMP
 */
export function checkBatch(bytes: Uint8Array, options: CheckBatchOptions): CheckedBatch {
  const { maxBatchBytes = Number.MAX_SAFE_INTEGER } = options;
  if (bytes.length > maxBatchBytes)
    throw new MillraceError('MESSAGE_TOO_LARGE', `a batch of ${bytes.length} bytes, more than ${maxBatchBytes}`);
  const header = readWholeBatch(bytes);
  checkAttributes(bytes);
  checkProducer(header);
  checkCount(header, options);
  return { ...header, decompressedBytes: checkRecords(bytes, header, options) };
}

function checkAttributes(bytes: Uint8Array): void {
  const attributes = new DataView(bytes.buffer, bytes.byteOffset).getUint16(batchField.attributes);
  if (attributes & attributeBits.control) throw invalid('only a broker writes control batches');
  if (attributes & attributeBits.transactional) throw invalid('transactions are not supported');
  if (attributes & attributeBits.logAppendTime)
    throw new MillraceError('INVALID_TIMESTAMP', 'only a broker sets LogAppendTime; send the batch with CreateTime');
  if (attributes & ~attributeBits.codec) throw invalid(`unknown attributes in 0x${attributes.toString(16)}`);
}

function checkProducer({ producerId, producerEpoch, baseSequence }: BatchHeader): void {
  if (producerId === -1) return;
  if (producerId < 0 || producerEpoch < 0 || baseSequence < 0)
    throw invalid(
      `producer id ${producerId} with epoch ${producerEpoch} and sequence ${baseSequence}; set all or none`,
    );
}

function checkCount({ recordsCount, lastOffsetDelta }: BatchHeader, options: CheckBatchOptions): void {
  const { maxRecords = limits.recordsPerBatch } = options;
  if (recordsCount === 0) throw invalid('a batch needs one record at least');
  if (recordsCount !== lastOffsetDelta + 1) throw invalid(`${recordsCount} records for ${lastOffsetDelta + 1} offsets`);
  if (recordsCount > maxRecords) throw invalid(`${recordsCount} records in a batch, more than ${maxRecords}; split it`);
}

/** Checks each record; returns the bytes that they take. */
function checkRecords(bytes: Uint8Array, header: BatchHeader, options: CheckBatchOptions): number {
  const cursor = openRecords(bytes, header, options);
  let maxTimestamp = noTimestamp;
  for (let index = 0; index < header.recordsCount; index++) {
    cursor.next();
    checkRecord(cursor, index, options.requireKeys ?? false);
    const timestamp = header.baseTimestamp + cursor.timestampDelta;
    refuseBadTimestamp(timestamp);
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
  }
  cursor.expectEnd();
  if (maxTimestamp !== header.maxTimestamp)
    throw new MillraceError(
      'INVALID_TIMESTAMP',
      `the batch states ${header.maxTimestamp} as its largest timestamp, and ${maxTimestamp} is`,
    );
  return cursor.position;
}

function checkRecord(cursor: RecordCursor, index: number, requireKeys: boolean): void {
  if (cursor.offsetDelta !== index) throw invalid(`record ${index} has offset delta ${cursor.offsetDelta}`);
  if (requireKeys && cursor.keyLength < 0) throw invalid(`record ${index} has no key, and the topic is compacted`);
  if (cursor.headersCount > limits.headersPerRecord)
    throw invalid(`record ${index} has ${cursor.headersCount} headers, more than ${limits.headersPerRecord}`);
  if (cursor.longestHeaderKey > limits.headerKeyBytes)
    throw invalid(`record ${index} has a header key of more than ${limits.headerKeyBytes} bytes`);
}

const invalid = (detail: string): MillraceError => new MillraceError('INVALID_RECORD', detail);
