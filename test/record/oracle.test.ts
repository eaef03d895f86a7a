/**
 * `@platformatic/kafka` reads what we write and we read what it writes. Uncompressed, the bytes are the same, with the epoch
 * and sequence set to its 0 where Kafka's Java client leaves -1.
 */
import { createRecordsBatch, type MessageRecord, Reader, readRecordsBatch } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBatch } from '../../lib/record/check-batch.ts';
import { type CompressionCodec, compressionCodecs } from '../../lib/record/compression.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import type { NewRecord } from '../../lib/record/record.ts';
import { anyOffset, anyRecords, atOffsets } from './record-arbitrary.ts';

/**
 * It spoils timestamp deltas of more than 32 bits, for its zigzag of an int64 shifts by 31 instead of 63.
 * `kafka-vectors.test.ts` has such deltas from Java.
 */
const itsRecords = anyRecords.map(records => {
  const base = records[0]?.timestamp ?? 0;
  const clamp = (timestamp: number) => Math.min(Math.max(timestamp, base - 2 ** 31), base + 2 ** 31 - 1);
  return records.map(record => ({ ...record, timestamp: clamp(record.timestamp) }));
});

const options = { maxDecompressedBytes: 1 << 20 };
const producer = { producerId: -1, producerEpoch: 0, baseSequence: 0 };

const bytesOf = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes));

const viewOf = (bytes: Buffer | null) => (bytes === null ? null : new Uint8Array(bytes));

/** Its types leave out the nulls that it writes. */
const messageOf = ({ timestamp, key, value, headers }: NewRecord) =>
  ({
    topic: 't',
    timestamp: BigInt(timestamp),
    key: bytesOf(key),
    value: bytesOf(value),
    headers: new Map(headers.map(header => [Buffer.from(header.key), bytesOf(header.value)])),
  }) as unknown as MessageRecord;

const theirBatch = (records: readonly NewRecord[], compression: CompressionCodec): Buffer =>
  createRecordsBatch(records.map(messageOf), { compression }).buffer;

function theirRecords(batch: Uint8Array) {
  const { firstOffset, firstTimestamp, records } = readRecordsBatch(Reader.from(Buffer.from(batch)));
  return records.map(record => ({
    offset: Number(firstOffset) + record.offsetDelta,
    timestamp: Number(firstTimestamp + record.timestampDelta),
    key: viewOf(record.key),
    value: viewOf(record.value),
    headers: record.headers.map(([key, value]) => ({ key: String(key), value: viewOf(value) })),
  }));
}

describe.each(compressionCodecs)('with codec %s', codec => {
  it('the oracle reads our batches', () => {
    fc.assert(
      fc.property(itsRecords, anyOffset, (records, baseOffset) => {
        const batch = encodeBatch({ records, codec, baseOffset });
        expect(theirRecords(batch)).toEqual(atOffsets(records, baseOffset));
      }),
    );
  });

  it("we read the oracle's batches", () => {
    fc.assert(
      fc.property(itsRecords, records => {
        const batch = theirBatch(records, codec);
        expect(checkBatch(batch, options).codec).toBe(codec);
        expect(decodeBatch(batch, options)).toEqual(atOffsets(records, 0));
      }),
    );
  });
});

it('an uncompressed batch is byte for byte that of the oracle', () => {
  fc.assert(
    fc.property(itsRecords, records => {
      const ours = encodeBatch({ records, codec: 'none', producer });
      expect(Buffer.from(ours).equals(theirBatch(records, 'none'))).toBe(true);
    }),
  );
});
