import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOverheadInBytes, readBatchHeader } from '../../lib/record/batch-header.ts';
import { checkBatch } from '../../lib/record/check-batch.ts';
import { compressionCodecs } from '../../lib/record/compression.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { recordSizeInBytes } from '../../lib/record/encode-record.ts';
import { splitBatches } from '../../lib/record/split-batches.ts';
import { anyCodec, anyOffset, anyRecord, anyRecords, atOffsets, noise, recordOf } from './record-arbitrary.ts';

const options = { maxDecompressedBytes: 1 << 20 };

describe.each(compressionCodecs)('a batch with codec %s', codec => {
  it('decodes to the records it was made of', () => {
    fc.assert(
      fc.property(anyRecords, anyOffset, (records, baseOffset) => {
        const batch = encodeBatch({ records, codec, baseOffset });
        expect(decodeBatch(batch, options)).toEqual(atOffsets(records, baseOffset));
      }),
    );
  });

  it('passes the check of a broker', () => {
    fc.assert(
      fc.property(anyRecords, records => {
        const batch = encodeBatch({ records, codec });
        expect(checkBatch(batch, options)).toMatchObject(readBatchHeader(batch));
      }),
    );
  });

  it.each([
    ['nothing but nulls', [recordOf()]],
    ['empty keys and values', [recordOf({ key: new Uint8Array(0), value: new Uint8Array(0) })]],
    ['200 kB that do not compress', [recordOf({ value: noise(200_000) })]],
    ['300 kB of one byte', [recordOf({ value: Buffer.alloc(300_000, 97) })]],
    ['2,000 records alike', Array.from({ length: 2_000 }, (_, n) => recordOf({ value: Buffer.from(`{"id":${n}}`) }))],
  ])('holds %s', (_, records) => {
    const decoded = decodeBatch(encodeBatch({ records, codec }), options);
    expect(decoded.map(({ value }) => value && Buffer.from(value))).toEqual(
      records.map(({ value }) => value && Buffer.from(value)),
    );
  });
});

describe('a batch', () => {
  it('keeps its producer, its timestamp type and the largest timestamp in its header', () => {
    const producer = { producerId: 2 ** 52, producerEpoch: 32_767, baseSequence: 2 ** 31 - 1 };
    const records = [recordOf({ timestamp: 20 }), recordOf({ timestamp: 30 }), recordOf({ timestamp: 10 })];
    const batch = encodeBatch({ records, codec: 'none', baseOffset: 7, producer, timestampType: 'LogAppendTime' });
    expect(readBatchHeader(batch)).toEqual({
      ...producer,
      baseOffset: 7,
      sizeInBytes: batch.length,
      leaderEpoch: 0,
      magic: 2,
      crc: expect.any(Number),
      codec: 'none',
      timestampType: 'LogAppendTime',
      isTransactional: false,
      isControl: false,
      lastOffsetDelta: 2,
      baseTimestamp: 20,
      maxTimestamp: 30,
      recordsCount: 3,
    });
  });

  it('gives all its records its largest timestamp when that is of the append', () => {
    const records = [recordOf({ timestamp: 20 }), recordOf({ timestamp: 30 })];
    const batch = encodeBatch({ records, codec: 'none', timestampType: 'LogAppendTime' });
    expect(decodeBatch(batch, options).map(({ timestamp }) => timestamp)).toEqual([30, 30]);
  });

  it('has no producer unless it is given one', () => {
    const batch = encodeBatch({ records: [recordOf()], codec: 'none' });
    expect(readBatchHeader(batch)).toMatchObject({ producerId: -1, producerEpoch: -1, baseSequence: -1 });
  });

  it('is smaller at a higher level of compression', () => {
    const value = Buffer.from(Array.from({ length: 3_000 }, (_, n) => `${n} ${(n * n * 7_919) % 10_007}`).join());
    const sizeAt = (codec: 'gzip' | 'zstd', compressionLevel: number) =>
      encodeBatch({ records: [recordOf({ value })], codec, compressionLevel }).length;
    expect(sizeAt('gzip', 9)).toBeLessThan(sizeAt('gzip', 1));
    expect(sizeAt('zstd', 19)).toBeLessThan(sizeAt('zstd', 1));
  });

  it('takes no more bytes than its records were said to take', () => {
    fc.assert(
      fc.property(anyRecords, records => {
        const bound = records.reduce((sum, record) => sum + recordSizeInBytes(record), batchOverheadInBytes);
        expect(encodeBatch({ records, codec: 'none' }).length).toBeLessThanOrEqual(bound);
      }),
    );
  });

  it('is refused without records', () => {
    expect(() => encodeBatch({ records: [], codec: 'none' })).toThrow(
      expect.objectContaining({ code: 'INVALID_RECORD' }),
    );
  });

  it.each([-2, 0.5, Number.NaN, Infinity, 8_640_000_000_000_001])('is refused with timestamp %d', timestamp => {
    const encode = () => encodeBatch({ records: [recordOf(), recordOf({ timestamp })], codec: 'none' });
    expect(encode).toThrow(expect.objectContaining({ code: 'INVALID_TIMESTAMP' }));
  });
});

describe('splitBatches', () => {
  it('gives back batches that stand end to end', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyCodec, anyRecord), { maxLength: 5 }), parts => {
        const batches = parts.map(([codec, record]) => encodeBatch({ records: [record], codec }));
        expect(splitBatches(Buffer.concat(batches)).map(batch => Buffer.from(batch))).toEqual(batches);
      }),
    );
  });

  it('refuses a torn end', () => {
    const batch = encodeBatch({ records: [recordOf()], codec: 'none' });
    const two = Buffer.concat([batch, batch]);
    for (let size = batch.length + 1; size < two.length; size++) {
      expect(() => splitBatches(two.subarray(0, size))).toThrow(expect.objectContaining({ code: 'CORRUPT_MESSAGE' }));
    }
  });
});
