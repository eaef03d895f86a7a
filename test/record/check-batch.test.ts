import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../lib/protocol/errors.ts';
import { limits } from '../../lib/protocol/limits.ts';
import { batchField, batchOverheadInBytes, readBatchHeader, writeBatchCrc } from '../../lib/record/batch-header.ts';
import { type CheckBatchOptions, checkBatch } from '../../lib/record/check-batch.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import type { NewRecord } from '../../lib/record/record.ts';
import { recordOf } from './record-arbitrary.ts';

const options: CheckBatchOptions = { maxDecompressedBytes: 1 << 20 };
const keyed = recordOf({ timestamp: 20, key: Buffer.from('k') });

const batchOf = (...records: NewRecord[]) => Buffer.from(encodeBatch({ records, codec: 'none' }));

/** A batch of three with a change made to it, and its CRC right. */
function changed(change: (batch: Buffer) => void): Buffer {
  const batch = batchOf(keyed, { ...keyed, timestamp: 30 }, keyed);
  change(batch);
  writeBatchCrc(batch);
  return batch;
}

const setAttribute = (bit: number) => changed(batch => batch.writeInt16BE(bit, batchField.attributes));

const expectCheck = (batch: Uint8Array, more: Partial<CheckBatchOptions> = {}) =>
  expect(() => checkBatch(batch, { ...options, ...more }));

const error = (code: ErrorCode) => expect.objectContaining({ code });

describe('checkBatch', () => {
  it('gives the header of a batch that may be appended, and what it decompresses to', () => {
    const batch = batchOf(keyed, keyed);
    const decompressedBytes = batch.length - batchOverheadInBytes;
    expect(checkBatch(batch, options)).toEqual({ ...readBatchHeader(batch), decompressedBytes });
  });

  it('refuses a wrong CRC', () => {
    const batch = batchOf(keyed);
    batch.writeUInt32BE(1, batchField.crc);
    expectCheck(batch).toThrow(error('CORRUPT_MESSAGE'));
  });

  it('refuses bytes after the batch', () => {
    expectCheck(Buffer.concat([batchOf(keyed), Buffer.alloc(1)])).toThrow(error('CORRUPT_MESSAGE'));
    expectCheck(Buffer.concat([batchOf(keyed), batchOf(keyed)])).toThrow(error('CORRUPT_MESSAGE'));
  });

  it.each([
    ['a transactional batch', 1 << 4, 'INVALID_RECORD'],
    ['a control batch', 1 << 5, 'INVALID_RECORD'],
    ['a delete horizon', 1 << 6, 'INVALID_RECORD'],
    ['an unknown attribute', -(2 ** 15), 'INVALID_RECORD'],
    ['LogAppendTime, which only a broker sets', 1 << 3, 'INVALID_TIMESTAMP'],
  ] as const)('refuses %s', (_, bit, code) => {
    expectCheck(setAttribute(bit)).toThrow(error(code));
  });

  it('refuses a batch without records', () => {
    const empty = batchOf(keyed).subarray(0, batchOverheadInBytes);
    empty.writeInt32BE(batchOverheadInBytes - batchField.leaderEpoch, batchField.batchLength);
    empty.writeInt32BE(0, batchField.recordsCount);
    writeBatchCrc(empty);
    expectCheck(empty).toThrow(error('INVALID_RECORD'));
  });

  it('refuses fewer records than offsets', () => {
    expectCheck(changed(batch => batch.writeInt32BE(3, batchField.lastOffsetDelta))).toThrow(error('INVALID_RECORD'));
  });

  it('refuses offset deltas that are not 0, 1, 2', () => {
    const offsetDeltaOfFirst = batchOverheadInBytes + 3;
    const swapped = changed(batch => batch.writeUInt8(2, offsetDeltaOfFirst));
    expectCheck(swapped).toThrow(error('INVALID_RECORD'));
  });

  it.each([
    [7n, 0, 0, true],
    [0n, 32_767, 2 ** 31 - 1, true],
    [-1n, -1, -1, true],
    [-1n, 0, 0, true],
    [7n, -1, 0, false],
    [7n, 0, -1, false],
    [-2n, -1, -1, false],
  ])('with producer id %i, epoch %i and sequence %i says %s', (id, epoch, sequence, isGood) => {
    const batch = changed(bytes => {
      bytes.writeBigInt64BE(id, batchField.producerId);
      bytes.writeInt16BE(epoch, batchField.producerEpoch);
      bytes.writeInt32BE(sequence, batchField.baseSequence);
    });
    if (isGood) expectCheck(batch).not.toThrow();
    else expectCheck(batch).toThrow(error('INVALID_RECORD'));
  });

  it('refuses a record without a key only where keys are required', () => {
    const batch = batchOf(keyed, recordOf({ timestamp: 20 }));
    expectCheck(batch).not.toThrow();
    expectCheck(batch, { requireKeys: true }).toThrow(error('INVALID_RECORD'));
    expectCheck(batchOf(keyed, recordOf({ key: Buffer.alloc(0) })), { requireKeys: true }).not.toThrow();
  });

  it.each([19n, 29n, 31n, -1n])('refuses %i as the largest timestamp of records up to 30', timestamp => {
    const batch = changed(bytes => bytes.writeBigInt64BE(timestamp, batchField.maxTimestamp));
    expectCheck(batch).toThrow(error('INVALID_TIMESTAMP'));
  });

  it('lets in records without a timestamp, as Kafka does', () => {
    const without = recordOf({ timestamp: -1 });
    expectCheck(batchOf(without)).not.toThrow();
    expectCheck(batchOf(without, keyed)).not.toThrow();
  });

  it.each([-2n, BigInt(limits.timestampMs) + 1n])('refuses timestamp %i', timestamp => {
    const batch = batchOf(keyed);
    batch.writeBigInt64BE(timestamp, batchField.baseTimestamp);
    batch.writeBigInt64BE(timestamp, batchField.maxTimestamp);
    writeBatchCrc(batch);
    expectCheck(batch).toThrow(error('INVALID_TIMESTAMP'));
  });
});

describe('the limits of checkBatch', () => {
  const around = (limit: number) => [limit - 1, limit, limit + 1] as const;
  const expectLimit = (size: number, limit: number, code: ErrorCode, check: () => unknown) => {
    if (size <= limit) expect(check).not.toThrow();
    else expect(check).toThrow(error(code));
  };

  it.each(around(200))('at 200 bytes of a batch: %i', size => {
    const valueSize = size - batchOf(recordOf({ value: Buffer.alloc(100) })).length + 100;
    const batch = batchOf(recordOf({ value: Buffer.alloc(valueSize) }));
    expect(batch).toHaveLength(size);
    expectLimit(size, 200, 'MESSAGE_TOO_LARGE', () => checkBatch(batch, { ...options, maxBatchBytes: 200 }));
  });

  it.each(around(1_000))('at 1,000 bytes of records decompressed: %i', size => {
    const record = recordOf({ value: Buffer.alloc(size - 9) });
    expect(batchOf(record)).toHaveLength(batchOverheadInBytes + size);
    for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const batch = encodeBatch({ records: [record], codec });
      expectLimit(size, 1_000, 'MESSAGE_TOO_LARGE', () => checkBatch(batch, { maxDecompressedBytes: 1_000 }));
    }
  });

  it.each(around(limits.recordsPerBatch))(`at ${limits.recordsPerBatch} records: %i`, count => {
    const batch = batchOf(...Array.from({ length: count }, () => keyed));
    expectLimit(count, limits.recordsPerBatch, 'INVALID_RECORD', () => checkBatch(batch, options));
  });

  it.each(around(limits.headersPerRecord))(`at ${limits.headersPerRecord} headers of a record: %i`, count => {
    const headers = Array.from({ length: count }, () => ({ key: 'h', value: null }));
    const batch = batchOf(recordOf({ headers }));
    expectLimit(count, limits.headersPerRecord, 'INVALID_RECORD', () => checkBatch(batch, options));
  });

  it.each(around(limits.headerKeyBytes))(`at ${limits.headerKeyBytes} bytes of a header's key: %i`, size => {
    const batch = batchOf(recordOf({ headers: [{ key: 'h'.repeat(size), value: null }] }));
    expectLimit(size, limits.headerKeyBytes, 'INVALID_RECORD', () => checkBatch(batch, options));
  });
});
