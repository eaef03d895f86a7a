import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type IndexPoint,
  MOST_POINTS,
  pointAt,
  pointBefore,
  rangeFor,
  SegmentIndexBuilder,
} from '../../lib/log/segment-index.ts';

/** Segments are long, and a property that fails would be shrunk for minutes. */
fc.configureGlobal({ interruptAfterTimeLimit: 5_000 });

const KIB = 1024;

/** Two points stand closer than this however small the segment, but for a batch that is larger. */
const LEAST_GAP = 32 * KIB;

interface PlacedBatch {
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly position: number;
  readonly end: number;
  readonly maxTimestamp: number;
}

interface IndexedSegment {
  readonly batches: readonly PlacedBatch[];
  readonly index: readonly IndexPoint[];
  readonly sizeInBytes: number;
}

const anyBatchBytes = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 61, max: 2 * KIB }) },
  { weight: 2, arbitrary: fc.integer({ min: 61, max: 100 * KIB }) },
  fc.integer({ min: 61, max: 1_000 * KIB }),
);

const anyBatch = fc.record({
  count: fc.integer({ min: 1, max: 5 }),
  sizeInBytes: anyBatchBytes,
  maxTimestamp: fc.integer({ min: -1, max: 50 }),
});

/** Up to some hundred megabytes, of which only the index is made. */
const anySegment: fc.Arbitrary<IndexedSegment> = fc
  .tuple(fc.array(anyBatch, { minLength: 1, maxLength: 1_500, size: 'max' }), fc.nat(2 ** 40))
  .map(([batches, baseOffset]) => segmentOf(batches, baseOffset));

interface NewBatch {
  readonly count: number;
  readonly sizeInBytes: number;
  readonly maxTimestamp: number;
}

function segmentOf(added: readonly NewBatch[], baseOffset: number): IndexedSegment {
  const builder = new SegmentIndexBuilder(baseOffset);
  const batches: PlacedBatch[] = [];
  let [offset, position] = [baseOffset, 0];
  for (const { count, sizeInBytes, maxTimestamp } of added) {
    builder.add({ nextOffset: offset + count, sizeInBytes, maxTimestamp });
    batches.push({
      baseOffset: offset,
      nextOffset: offset + count,
      position,
      end: position + sizeInBytes,
      maxTimestamp,
    });
    offset += count;
    position += sizeInBytes;
  }
  return { batches, index: builder.points, sizeInBytes: builder.sizeInBytes };
}

const gapsOf = ({ index, sizeInBytes }: IndexedSegment): readonly number[] =>
  index.map(({ position }, at) => (index[at + 1]?.position ?? sizeInBytes) - position);

const largestOf = (values: readonly number[]): number => values.reduce((max, value) => Math.max(max, value), 0);

/** A segment, and a fraction of one that picks something in it. */
const anyPick = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const pick = <T>(items: readonly T[], fraction: number): T => items[Math.floor(fraction * items.length)] as T;

const anyMaxBytes = fc.oneof(fc.constant(1), fc.nat(64 * KIB), fc.nat(4_096 * KIB));

describe('the index of a segment', () => {
  it('has its first point at the first batch, and each at the start of a batch', () => {
    fc.assert(
      fc.property(anySegment, ({ batches, index }) => {
        const starts = new Map(batches.map(({ baseOffset, position }) => [baseOffset, position]));
        expect(index[0]).toMatchObject({ offset: batches[0]?.baseOffset, position: 0 });
        for (const { offset, position } of index) expect(starts.get(offset)).toBe(position);
      }),
    );
  });

  it('says at each point the largest timestamp before it', () => {
    fc.assert(
      fc.property(anySegment, ({ batches, index }) => {
        for (const { position, maxTimestampBefore } of index) {
          const before = batches.filter(batch => batch.position < position);
          expect(maxTimestampBefore).toBe(before.reduce((max, batch) => Math.max(max, batch.maxTimestamp), -1));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('never has more than 256 points, no farther apart than a 64th of the segment and a batch', () => {
    fc.assert(
      fc.property(anySegment, segment => {
        const { index, batches, sizeInBytes } = segment;
        expect(index.length).toBeLessThanOrEqual(MOST_POINTS);
        const largestBatch = largestOf(batches.map(({ position, end }) => end - position));
        expect(largestOf(gapsOf(segment))).toBeLessThanOrEqual(Math.max(LEAST_GAP, sizeInBytes / 64) + largestBatch);
      }),
    );
  });

  it('of a GiB of the smallest batches has points 4 to 8 MiB apart', () => {
    const builder = new SegmentIndexBuilder(0);
    for (let offset = 0; builder.sizeInBytes < 2 ** 30; offset++) {
      builder.add({ nextOffset: offset + 1, sizeInBytes: 70, maxTimestamp: 0 });
    }
    const gaps = gapsOf({ batches: [], index: builder.points, sizeInBytes: builder.sizeInBytes }).slice(0, -1);
    expect(builder.points.length).toBeGreaterThan(MOST_POINTS / 2);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(4 * 2 ** 20);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(8 * 2 ** 20);
  });
});

describe('the range of a read', () => {
  it('begins and ends where a batch does, and holds the batch with the offset whole', () => {
    fc.assert(
      fc.property(anySegment, anyPick, anyMaxBytes, (segment, fraction, maxBytes) => {
        const batch = pick(segment.batches, fraction);
        const offset = batch.nextOffset - 1;
        const { start, end } = rangeFor(segment, { offset, maxBytes });
        expect(start).toBeLessThanOrEqual(batch.position);
        expect(end).toBeGreaterThanOrEqual(batch.end);
        expect(segment.batches.some(({ position }) => position === start)).toBe(true);
        expect(segment.batches.some(other => other.end === end)).toBe(true);
      }),
    );
  });

  it('is no longer than what was asked for, or than one distance of the index', () => {
    fc.assert(
      fc.property(anySegment, anyPick, anyMaxBytes, (segment, fraction, maxBytes) => {
        const { baseOffset: offset, position } = pick(segment.batches, fraction);
        const { start, end } = rangeFor(segment, { offset, maxBytes });
        const gap = gapsOf(segment)[pointAt(segment.index, offset)] ?? 0;
        expect(position - start).toBeLessThan(gap);
        expect(end - start).toBeLessThanOrEqual(Math.max(maxBytes, gap));
      }),
    );
  });

  it('takes all that it may: a point more would be more than what was asked for', () => {
    fc.assert(
      fc.property(anySegment, anyPick, anyMaxBytes, (segment, fraction, maxBytes) => {
        const { start, end } = rangeFor(segment, { offset: pick(segment.batches, fraction).baseOffset, maxBytes });
        const borders = [...segment.index.map(({ position }) => position), segment.sizeInBytes];
        const next = borders.find(border => border > end);
        if (next !== undefined) expect(next - start).toBeGreaterThan(maxBytes);
      }),
    );
  });

  it('begins at the batch itself where its place is known', () => {
    fc.assert(
      fc.property(anySegment, anyPick, anyMaxBytes, (segment, fraction, maxBytes) => {
        const { baseOffset: offset, position: from, end: batchEnd } = pick(segment.batches, fraction);
        const { start, end } = rangeFor(segment, { offset, maxBytes, from });
        expect(start).toBe(from);
        expect(end).toBeGreaterThanOrEqual(batchEnd);
        expect(segment.batches.some(other => other.end === end)).toBe(true);
      }),
    );
  });

  it('of everything is the whole segment', () => {
    fc.assert(
      fc.property(anySegment, segment => {
        const { sizeInBytes } = segment;
        const offset = segment.batches[0]?.baseOffset ?? 0;
        expect(rangeFor(segment, { offset, maxBytes: sizeInBytes })).toEqual({ start: 0, end: sizeInBytes });
      }),
    );
  });
});

describe('the points of an index', () => {
  it('are found by offset: the last at it or below', () => {
    fc.assert(
      fc.property(anySegment, anyPick, ({ index, batches }, fraction) => {
        const { baseOffset: offset } = pick(batches, fraction);
        expect(pointAt(index, offset)).toBe(index.findLastIndex(point => point.offset <= offset));
      }),
    );
    expect(pointAt([{ offset: 5, position: 0, maxTimestampBefore: -1 }], 4)).toBe(0);
  });

  it('are found by time: no record that late is before, and the first that is comes before the next point', () => {
    fc.assert(
      fc.property(anySegment, fc.integer({ min: -1, max: 50 }), ({ index, batches }, timestamp) => {
        const at = pointBefore(index, timestamp);
        const first = batches.find(({ maxTimestamp }) => maxTimestamp >= timestamp);
        if (!first) return;
        expect(first.position).toBeGreaterThanOrEqual(index[at]?.position ?? 0);
        expect(first.position).toBeLessThan(index[at + 1]?.position ?? Number.POSITIVE_INFINITY);
      }),
    );
  });
});
