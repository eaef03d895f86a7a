import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import type { LogSegment } from '../../lib/log/segment.ts';
import { SegmentIndexBuilder } from '../../lib/log/segment-index.ts';
import { readSegment } from '../../lib/log/segment-reader.ts';
import { MovedError } from '../../lib/log/walk.ts';
import type { ByteRange, ObjectStore } from '../../lib/ports/object-store.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { recordOf } from '../record/record-arbitrary.ts';

const BASE = 1_000;
const RECORDS = 3;
const BATCHES = 40;

/** Batches of three records and about 4 KiB, so that the index has several points. */
const batches = Array.from({ length: BATCHES }, (_, batch) =>
  encodeBatch({
    records: Array.from({ length: RECORDS }, () => recordOf({ value: new Uint8Array(1_300 + batch) })),
    codec: 'none',
    baseOffset: BASE + batch * RECORDS,
  }),
);

interface Stored {
  readonly objects: ObjectStore;
  readonly segment: LogSegment;
  /** The ranges that were asked for. */
  readonly ranges: (ByteRange | undefined)[];
}

/** The batches as a segment, its bytes changed on the way to the store. */
async function stored(change: (bytes: Buffer) => Uint8Array = bytes => bytes): Promise<Stored> {
  const index = new SegmentIndexBuilder(BASE);
  for (const [batch, { byteLength }] of batches.entries()) {
    index.add({ nextOffset: BASE + (batch + 1) * RECORDS, sizeInBytes: byteLength, maxTimestamp: 0 });
  }
  const bytes = Buffer.concat(batches);
  const inner = new MemoryObjectStore({ now: () => 0 });
  await inner.put('segment', change(Buffer.from(bytes)));
  const ranges: (ByteRange | undefined)[] = [];
  const objects = Object.assign(Object.create(inner) as ObjectStore, {
    get(key: string, range?: ByteRange) {
      ranges.push(range);
      return inner.get(key, range);
    },
  });
  const segment = {
    id: 'id',
    objectKey: 'segment',
    baseOffset: BASE,
    nextOffset: BASE + BATCHES * RECORDS,
    sizeInBytes: bytes.byteLength,
    maxTimestamp: 0,
    createdFrom: 0,
    createdTo: 0,
    index: index.points,
  };
  return { objects, segment, ranges };
}

const anyOffset = fc.integer({ min: BASE, max: BASE + BATCHES * RECORDS - 1 });

describe('reading a segment', () => {
  it('gives whole batches from the one with the offset, for one ranged request', () =>
    fc.assert(
      fc.asyncProperty(anyOffset, fc.nat(300_000), async (offset, maxBytes) => {
        const { objects, segment, ranges } = await stored();
        const read = await readSegment(objects, segment, { offset, maxBytes });
        const first = Math.floor((offset - BASE) / RECORDS);
        expect(read.map(({ bytes }) => Buffer.from(bytes))).toEqual(
          batches.slice(first, first + read.length).map(bytes => Buffer.from(bytes)),
        );
        expect(read.length).toBeGreaterThan(0);
        expect(ranges).toHaveLength(1);
      }),
      { numRuns: 40 },
    ));

  it('says where each batch ends, from where the next read begins', async () => {
    const { objects, segment, ranges } = await stored();
    let [offset, from] = [BASE, 0];
    while (offset < segment.nextOffset) {
      const [batch] = await readSegment(objects, segment, { offset, maxBytes: 1, from });
      if (!batch) throw new Error(`there is nothing at ${offset}`);
      expect(ranges.at(-1)?.start).toBe(from);
      offset = batch.nextOffset;
      from = batch.end;
    }
    expect(from).toBe(segment.sizeInBytes);
  });

  it('has moved where the segment is gone', async () => {
    const { objects, segment } = await stored();
    const gone = { ...segment, objectKey: 'gone' };
    await expect(readSegment(objects, gone, { offset: BASE, maxBytes: 1 })).rejects.toThrow(MovedError);
  });

  const flipped = (position: number) => (bytes: Buffer) => {
    bytes[position] = (bytes[position] ?? 0) ^ 1;
    return bytes;
  };

  /** Takes a batch out of the middle, and puts it at the end. */
  const reordered = () => Buffer.concat([...batches.slice(0, 9), ...batches.slice(10), batches[9] ?? Buffer.of()]);

  it('leaves the CRC of a batch to a reader of raw batches, and nothing else', async () => {
    const { objects, segment } = await stored(flipped(2_000));
    const all = { offset: BASE, maxBytes: segment.sizeInBytes, isRaw: true };
    expect(await readSegment(objects, segment, all)).toHaveLength(BATCHES);
    const { objects: others } = await stored(reordered);
    await expect(readSegment(others, segment, all)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
  });

  it.each([
    ['a bit of a record is wrong', flipped(2_000)],
    ['a base offset is wrong', flipped((batches[0]?.byteLength ?? 0) + 7)],
    ['it is cut at the end', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['a batch is missing, and others are there for it', reordered],
    ['it is empty', () => Buffer.of()],
  ])('is refused where %s', async (_what, change) => {
    const { objects, segment } = await stored(change);
    const all = { offset: BASE, maxBytes: segment.sizeInBytes };
    await expect(readSegment(objects, segment, all)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
  });
});
