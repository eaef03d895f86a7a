/**
 * The 61 bytes before the records of a RecordBatch v2. Integers are big-endian:
 *
 *    0 baseOffset i64      16 magic i8               27 baseTimestamp i64    51 producerEpoch i16
 *    8 batchLength i32     17 crc u32                35 maxTimestamp i64     53 baseSequence i32
 *   12 leaderEpoch i32     21 attributes i16         43 producerId i64       57 recordsCount i32
 *                          23 lastOffsetDelta i32                            61 records
 *
 * batchLength counts from byte 12. The CRC-32C covers byte 21 to the end, so that a broker can set the base offset and the
 * leader epoch without reading the rest. Attributes: bits 0-2 codec, 3 timestamp type, 4 transactional, 5 control.
 */
import { type CompressionCodec, codecFromId, idOfCodec } from './compression.ts';
import { corrupt } from './corrupt.ts';
import { crc32c } from './crc32c.ts';
import { readInt64, writeInt64 } from './int64.ts';

/** Bytes of a batch before its records. */
export const batchOverheadInBytes = 61;

/** Where each field begins. */
export const batchField = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordsCount: 57,
} as const;

export const attributeBits = { codec: 0b111, logAppendTime: 1 << 3, transactional: 1 << 4, control: 1 << 5 } as const;

const MAGIC = 2;

export type TimestampType = 'CreateTime' | 'LogAppendTime';

/** What an idempotent producer stamps on a batch. */
export interface BatchProducer {
  /** -1 is none; then the other two mean nothing, and some clients leave 0 there. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

export const noProducer: BatchProducer = { producerId: -1, producerEpoch: -1, baseSequence: -1 };

/** What a writer decides of a header; the rest follows. */
export interface BatchFields extends BatchProducer {
  readonly baseOffset: number;
  readonly codec: CompressionCodec;
  readonly timestampType: TimestampType;
  readonly lastOffsetDelta: number;
  /** What the timestamps of the records count from. */
  readonly baseTimestamp: number;
  /** The largest timestamp of the records, or with LogAppendTime the timestamp of all of them. */
  readonly maxTimestamp: number;
  /** Fewer than `lastOffsetDelta + 1` once the batch is compacted. */
  readonly recordsCount: number;
}

export interface BatchHeader extends BatchFields {
  /** The whole batch, header and records. */
  readonly sizeInBytes: number;
  readonly leaderEpoch: number;
  readonly magic: typeof MAGIC;
  readonly crc: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}

/**
 * The header of the batch that begins at `position`. The records need not be there: `sizeInBytes` may reach past `bytes`.
 *
 * @throws MillraceError CORRUPT_MESSAGE for what cannot be a header; UNSUPPORTED_COMPRESSION_TYPE for an unknown codec
 */
export function readBatchHeader(bytes: Uint8Array, position = 0): BatchHeader {
  const left = bytes.length - position;
  if (left < batchOverheadInBytes) throw corrupt(`${left} bytes at ${position} are too few for the header of a batch`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + position, batchOverheadInBytes);
  const magic = view.getInt8(batchField.magic);
  if (magic !== MAGIC) throw corrupt(`magic ${magic} at ${position}; only RecordBatch v2 is understood`);
  const attributes = view.getInt16(batchField.attributes);
  const header: BatchHeader = {
    baseOffset: readInt64(view, batchField.baseOffset),
    sizeInBytes: view.getInt32(batchField.batchLength) + batchField.leaderEpoch,
    leaderEpoch: view.getInt32(batchField.leaderEpoch),
    magic,
    crc: view.getUint32(batchField.crc),
    codec: codecFromId(attributes & attributeBits.codec),
    timestampType: attributes & attributeBits.logAppendTime ? 'LogAppendTime' : 'CreateTime',
    isTransactional: (attributes & attributeBits.transactional) !== 0,
    isControl: (attributes & attributeBits.control) !== 0,
    lastOffsetDelta: view.getInt32(batchField.lastOffsetDelta),
    baseTimestamp: readInt64(view, batchField.baseTimestamp),
    maxTimestamp: readInt64(view, batchField.maxTimestamp),
    producerId: readInt64(view, batchField.producerId),
    producerEpoch: view.getInt16(batchField.producerEpoch),
    baseSequence: view.getInt32(batchField.baseSequence),
    recordsCount: view.getInt32(batchField.recordsCount),
  };
  refuseAbsurd(header);
  return header;
}

function refuseAbsurd({ sizeInBytes, baseOffset, lastOffsetDelta, recordsCount }: BatchHeader): void {
  if (sizeInBytes < batchOverheadInBytes) throw corrupt(`a batch of ${sizeInBytes} bytes is shorter than its header`);
  if (baseOffset < 0 || lastOffsetDelta < 0 || !Number.isSafeInteger(baseOffset + lastOffsetDelta))
    throw corrupt(`no batch has base offset ${baseOffset} and last offset delta ${lastOffsetDelta}`);
  if (recordsCount < 0 || recordsCount > lastOffsetDelta + 1)
    throw corrupt(`${recordsCount} records do not fit in ${lastOffsetDelta + 1} offsets`);
}

/** Writes the header of a batch whose records are in place behind it; the batch's length and CRC come from them. */
export function writeBatchHeader(batch: Uint8Array, fields: BatchFields): void {
  const view = new DataView(batch.buffer, batch.byteOffset, batchOverheadInBytes);
  const timestampBit = fields.timestampType === 'LogAppendTime' ? attributeBits.logAppendTime : 0;
  writeInt64(view, batchField.baseOffset, fields.baseOffset);
  view.setInt32(batchField.batchLength, batch.length - batchField.leaderEpoch);
  view.setInt32(batchField.leaderEpoch, 0);
  view.setInt8(batchField.magic, MAGIC);
  view.setInt16(batchField.attributes, idOfCodec(fields.codec) | timestampBit);
  view.setInt32(batchField.lastOffsetDelta, fields.lastOffsetDelta);
  writeInt64(view, batchField.baseTimestamp, fields.baseTimestamp);
  writeInt64(view, batchField.maxTimestamp, fields.maxTimestamp);
  writeInt64(view, batchField.producerId, fields.producerId);
  view.setInt16(batchField.producerEpoch, fields.producerEpoch);
  view.setInt32(batchField.baseSequence, fields.baseSequence);
  view.setInt32(batchField.recordsCount, fields.recordsCount);
  writeBatchCrc(batch);
}

/** Sets the CRC of a batch to what its bytes give. */
export function writeBatchCrc(batch: Uint8Array): void {
  const view = new DataView(batch.buffer, batch.byteOffset, batchOverheadInBytes);
  view.setUint32(batchField.crc, crc32c(batch, batchField.attributes));
}
