/** Segments that follow each other, as a manifest lists them, without their bytes. */
import fc from 'fast-check';
import type { LogSegment } from '../../lib/log/segment.ts';
import { SegmentIndexBuilder } from '../../lib/log/segment-index.ts';

let made = 0;

export interface SegmentFields {
  readonly baseOffset: number;
  readonly count: number;
  readonly sizeInBytes?: number;
  readonly createdFrom?: number;
  readonly createdTo?: number;
  readonly maxTimestamp?: number;
  readonly id?: string;
  readonly clean?: number;
  readonly tombstones?: number;
  readonly tombstonesSeenAt?: number;
  /** Whether compaction left nothing of it. */
  readonly isEmptied?: boolean;
}

/** A segment under an id that no other has. */
export function segmentAt({ baseOffset, count, ...fields }: SegmentFields): LogSegment {
  const { isEmptied = false, id = `segment-${made++}`, createdFrom = 0, createdTo = createdFrom, ...marks } = fields;
  const { sizeInBytes = isEmptied ? 0 : 1_000, maxTimestamp = isEmptied ? -1 : createdTo } = fields;
  const index = new SegmentIndexBuilder(baseOffset);
  const nextOffset = baseOffset + count;
  if (!isEmptied) index.add({ nextOffset, sizeInBytes, maxTimestamp });
  const said = { ...marks, baseOffset, nextOffset, sizeInBytes, maxTimestamp, createdFrom, createdTo };
  return { id, ...said, ...(!isEmptied && { objectKey: `segments/t/0/${id}.log` }), index: index.points };
}

/** So many segments of one offset each. */
export const segmentsFrom = (baseOffset: number, count: number): LogSegment[] =>
  Array.from({ length: count }, (_, index) => segmentAt({ baseOffset: baseOffset + index, count: 1 }));

const anyBatch = fc.record({
  count: fc.integer({ min: 1, max: 1_000 }),
  sizeInBytes: fc.integer({ min: 61, max: 100_000 }),
  maxTimestamp: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 2e12 })),
});

const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 });

const anyContent = fc.record(
  {
    id: anyText,
    objectKey: anyText,
    createdFrom: fc.nat(2e12),
    createdTo: fc.nat(2e12),
    batches: fc.array(anyBatch, { minLength: 1, maxLength: 30 }),
    clean: fc.nat(2 ** 52),
    tombstones: fc.nat(1_000),
    tombstonesSeenAt: fc.nat(2e12),
  },
  { requiredKeys: ['id', 'createdFrom', 'createdTo', 'batches'] },
);

/** Segments that tile, with all that a manifest says of them. */
export const anySegments: fc.Arbitrary<readonly LogSegment[]> = fc
  .tuple(fc.nat(2 ** 52), fc.array(anyContent, { maxLength: 12 }))
  .map(([baseOffset, contents]) => {
    let next = baseOffset;
    return contents.map(({ batches, ...content }) => {
      const base = next;
      const index = new SegmentIndexBuilder(base);
      for (const { count, ...batch } of batches) {
        next += count;
        index.add({ nextOffset: next, ...batch });
      }
      const { points, sizeInBytes, maxTimestamp } = index;
      return { ...content, baseOffset: base, nextOffset: next, sizeInBytes, maxTimestamp, index: points };
    });
  });
