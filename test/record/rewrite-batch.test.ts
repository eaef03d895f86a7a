import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBatchHeader } from '../../lib/record/batch-header.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { emptyBatch } from '../../lib/record/empty-batch.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { retainRecords } from '../../lib/record/retain-records.ts';
import { stampBaseOffset, stampLogAppendTime } from '../../lib/record/stamp-batch.ts';
import { anyCodec, anyOffset, anyRecords, atOffsets, recordOf } from './record-arbitrary.ts';

const options = { maxDecompressedBytes: 1 << 20 };
const producer = { producerId: 9, producerEpoch: 1, baseSequence: 5 };

const stored = (bytes: Uint8Array) => ({ header: readBatchHeader(bytes), bytes });

describe('stampBaseOffset', () => {
  it('moves the records of a batch, and leaves its CRC right', () => {
    fc.assert(
      fc.property(anyRecords, anyCodec, anyOffset, (records, codec, baseOffset) => {
        const batch = encodeBatch({ records, codec });
        stampBaseOffset(batch, baseOffset);
        expect(decodeBatch(batch, options)).toEqual(atOffsets(records, baseOffset));
      }),
    );
  });

  it("sets the leader epoch to ours from the -1 of Kafka's clients", () => {
    const batch = Buffer.from(encodeBatch({ records: [recordOf()], codec: 'none' }));
    batch.writeInt32BE(-1, 12);
    stampBaseOffset(batch, 3);
    expect(readBatchHeader(batch)).toMatchObject({ baseOffset: 3, leaderEpoch: 0 });
  });

  it('stamps a batch that is a part of more bytes, and nothing else of them', () => {
    const batch = encodeBatch({ records: [recordOf()], codec: 'none' });
    const bytes = Buffer.concat([Buffer.alloc(5, 1), batch, Buffer.alloc(5, 1)]);
    stampBaseOffset(bytes.subarray(5, -5), 77);
    expect(readBatchHeader(bytes, 5).baseOffset).toBe(77);
    expect([...bytes.subarray(0, 5), ...bytes.subarray(-5)]).toEqual(Array.from({ length: 10 }, () => 1));
  });

  it.each([2 ** 53, 0.5, Number.NaN])('refuses %d', offset => {
    const batch = encodeBatch({ records: [recordOf()], codec: 'none' });
    expect(() => stampBaseOffset(batch, offset)).toThrow(RangeError);
  });
});

describe('stampLogAppendTime', () => {
  it('gives all records one timestamp, and leaves the CRC right', () => {
    fc.assert(
      fc.property(anyRecords, anyCodec, (records, codec) => {
        const batch = encodeBatch({ records, codec, producer });
        stampLogAppendTime(batch, 1_234);
        expect(decodeBatch(batch, options)).toEqual(
          atOffsets(records, 0).map(record => ({ ...record, timestamp: 1_234 })),
        );
        const { timestampType, codec: codecAfter } = readBatchHeader(batch);
        expect({ timestampType, codecAfter }).toEqual({ timestampType: 'LogAppendTime', codecAfter: codec });
      }),
    );
  });
});

describe('retainRecords', () => {
  it('keeps the chosen records as they were, and the offsets and the sequence of all', () => {
    const chosen = fc.array(fc.boolean(), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(anyRecords, anyCodec, anyOffset, chosen, (records, codec, baseOffset, choice) => {
        const batch = encodeBatch({ records, codec, baseOffset, producer });
        const keep = (offset: number) => choice[offset - baseOffset] === true;
        const retained = retainRecords(stored(batch), keep, options);
        const expected = atOffsets(records, baseOffset).filter(({ offset }) => keep(offset));
        expect(retained ? decodeBatch(retained, options) : []).toEqual(expected);
        if (!retained) return;
        expect(readBatchHeader(retained)).toMatchObject({
          ...producer,
          baseOffset,
          lastOffsetDelta: records.length - 1,
          recordsCount: expected.length,
        });
      }),
    );
  });

  const records = [10, 30, 20].map(timestamp => recordOf({ timestamp }));

  it('is asked of each record by its offset and key, and whether it is a tombstone', () => {
    const [key, value] = [new Uint8Array([7]), new Uint8Array(0)];
    const mixed = [recordOf({ key, value: null }), recordOf({ key: null, value }), recordOf({ key, value })];
    const asked: unknown[] = [];
    retainRecords(
      stored(encodeBatch({ records: mixed, codec: 'none', baseOffset: 4 })),
      (...record) => asked.push(record) > 0,
      options,
    );
    expect(asked).toEqual([
      [4, key, true],
      [5, null, false],
      [6, key, false],
    ]);
  });

  it('states the largest timestamp of the records that it kept', () => {
    const retained = retainRecords(stored(encodeBatch({ records, codec: 'none' })), offset => offset !== 1, options);
    expect(retained && readBatchHeader(retained).maxTimestamp).toBe(20);
  });

  it('keeps the time of the append', () => {
    const batch = encodeBatch({ records, codec: 'none' });
    stampLogAppendTime(batch, 99);
    const retained = retainRecords(stored(batch), offset => offset === 0, options);
    expect(retained && decodeBatch(retained, options)).toMatchObject([{ offset: 0, timestamp: 99 }]);
  });

  it('leaves nothing of a batch that loses all, or had none', () => {
    const batch = encodeBatch({ records, codec: 'zstd', baseOffset: 5, producer });
    expect(retainRecords(stored(batch), () => false, options)).toBeUndefined();
    expect(retainRecords(stored(emptyBatch({ baseOffset: 5, lastOffset: 7 })), () => true, options)).toBeUndefined();
  });

  it('gives the batch itself when it loses nothing', () => {
    const batch = encodeBatch({ records, codec: 'none' });
    expect(retainRecords(stored(batch), () => true, options)).toBe(batch);
  });
});
