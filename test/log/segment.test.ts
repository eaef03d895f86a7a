import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredBatch } from '../../lib/log/load-batches.ts';
import { SegmentBuilder } from '../../lib/log/segment.ts';
import { readBatchHeader } from '../../lib/record/batch-header.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { anyCodec, anyRecords, recordOf } from '../record/record-arbitrary.ts';

const anyBatches = fc.array(fc.tuple(anyRecords, anyCodec), { minLength: 1, maxLength: 10 });

type Batches = typeof anyBatches extends fc.Arbitrary<infer Value> ? Value : never;

function storedBatches(batches: Batches, firstOffset: number): readonly StoredBatch[] {
  let baseOffset = firstOffset;
  return batches.map(([records, codec]) => {
    const bytes = encodeBatch({ records, codec, baseOffset });
    const header = readBatchHeader(bytes);
    baseOffset += records.length;
    return { header, nextOffset: baseOffset, bytes };
  });
}

const anyTwo: Batches[number] = [[recordOf(), recordOf()], 'none'];

const builderOf = (batches: readonly StoredBatch[]): SegmentBuilder =>
  new SegmentBuilder(
    batches[0]?.header.baseOffset ?? 0,
    batches.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
  );

describe('a segment that is built', () => {
  it('holds its batches end to end, and says where they begin and end', () => {
    fc.assert(
      fc.property(anyBatches, fc.nat(2 ** 40), (batches, baseOffset) => {
        const stored = storedBatches(batches, baseOffset);
        const builder = builderOf(stored);
        for (const batch of stored) builder.add(batch);
        const { bytes, ...said } = builder.build();
        expect(Buffer.from(bytes)).toEqual(Buffer.concat(stored.map(batch => batch.bytes)));
        expect(said).toMatchObject({
          baseOffset,
          nextOffset: stored.at(-1)?.nextOffset,
          sizeInBytes: bytes.byteLength,
          maxTimestamp: Math.max(...stored.map(({ header }) => header.maxTimestamp)),
        });
      }),
    );
  });

  it('takes no batch that does not follow, and more than it made room for', () => {
    const [first, second] = storedBatches([anyTwo, anyTwo], 5);
    if (!first || !second) throw new Error('there are no batches');
    const builder = builderOf([first]);
    expect(() => builder.add(second)).toThrow('cannot follow');
    builder.add(first);
    expect(() => builder.add(first)).toThrow('cannot follow');
    builder.add(second);
    const bytes = Buffer.concat([first.bytes, second.bytes]);
    expect(builder.build()).toMatchObject({ baseOffset: 5, nextOffset: 9, sizeInBytes: bytes.byteLength });
    expect(Buffer.from(builder.build().bytes)).toEqual(bytes);
  });

  it('has gaps where it is told to skip, and an index that leads over them', () => {
    const [first, second] = storedBatches([anyTwo, anyTwo], 5);
    if (!first || !second) throw new Error('there are no batches');
    const builder = new SegmentBuilder(0, 1_000);
    builder.skipTo(5);
    builder.add(first);
    builder.skipTo(100);
    builder.skipTo(7);
    expect(() => builder.add(second)).toThrow('cannot follow');
    expect(builder.build()).toMatchObject({ baseOffset: 0, nextOffset: 100, index: [{ offset: 0, position: 0 }] });
  });
});
