/**
 * The sparse index of a segment: where some of its batches begin, so that a read anywhere in it is one ranged GET of little
 * more than what it answers.
 *
 * A point stands every so many bytes, the first at the first batch. The distance doubles as the segment grows, so that an index
 * never has more than `MOST_POINTS`: it stands in the manifest, which is read whole.
 */
import type { ByteRange } from '../ports/object-store.ts';

/** Where a batch begins. */
export interface IndexPoint {
  /** The first offset for which a read begins with this batch: where the one before it ends, also where a gap lies between. */
  readonly offset: number;
  /** Of its first byte, counted from the segment's. */
  readonly position: number;
  /** The largest timestamp of the batches before it in the segment; -1 at the first. */
  readonly maxTimestampBefore: number;
}

export const MOST_POINTS = 256;

const LEAST_DISTANCE_BYTES = 16 * 1024;

/** What an index says of a batch that is added. */
interface IndexedBatch {
  readonly nextOffset: number;
  readonly sizeInBytes: number;
  readonly maxTimestamp: number;
}

export class SegmentIndexBuilder {
  #points: IndexPoint[] = [];
  #distance = LEAST_DISTANCE_BYTES;
  #nextOffset: number;
  #position = 0;
  #maxTimestamp = -1;

  constructor(baseOffset: number) {
    this.#nextOffset = baseOffset;
  }

  /** The largest timestamp of all batches added. */
  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  /** The bytes of all batches added. */
  get sizeInBytes(): number {
    return this.#position;
  }

  get points(): readonly IndexPoint[] {
    return this.#points;
  }

  add({ nextOffset, sizeInBytes, maxTimestamp }: IndexedBatch): void {
    const last = this.#points.at(-1);
    if (!last || this.#position - last.position >= this.#distance) {
      const [offset, position] = [this.#nextOffset, this.#position];
      this.#points.push({ offset, position, maxTimestampBefore: this.#maxTimestamp });
      if (this.#points.length > MOST_POINTS) this.#thin();
    }
    this.#nextOffset = nextOffset;
    this.#position += sizeInBytes;
    this.#maxTimestamp = Math.max(this.#maxTimestamp, maxTimestamp);
  }

  #thin(): void {
    this.#distance *= 2;
    let last = Number.NEGATIVE_INFINITY;
    this.#points = this.#points.filter(({ position }) => {
      if (position - last < this.#distance) return false;
      last = position;
      return true;
    });
  }
}

/** The number of the last point at `offset` or below; 0 where all are above. */
export function pointAt(index: readonly IndexPoint[], offset: number): number {
  return Math.max(0, countUpTo(index, point => point.offset <= offset) - 1);
}

interface IndexedSegment {
  readonly index: readonly IndexPoint[];
  readonly sizeInBytes: number;
}

export interface RangeParams {
  readonly offset: number;
  readonly maxBytes: number;
  /** Where a batch begins that is known to be the one asked for, or to come before it. */
  readonly from?: number | undefined;
}

/** The bytes that hold the batch with the offset, whole, and what follows it up to about `maxBytes`: from batch to batch. */
export function rangeFor({ index, sizeInBytes }: IndexedSegment, { offset, maxBytes, from }: RangeParams): ByteRange {
  const point = pointAt(index, offset);
  const start = Math.max(from ?? 0, index[point]?.position ?? 0);
  const within = index[countUpTo(index, ({ position }) => position <= start + maxBytes) - 1];
  const least = index[point + 1]?.position ?? sizeInBytes;
  const reachesEnd = sizeInBytes <= start + maxBytes;
  return { start, end: reachesEnd ? sizeInBytes : Math.max(least, within?.position ?? 0) };
}

/** The number of the first point behind which a batch stands with a timestamp of `timestamp` or later. */
export function pointBefore(index: readonly IndexPoint[], timestamp: number): number {
  return Math.max(0, countUpTo(index, point => point.maxTimestampBefore < timestamp) - 1);
}

/** How many leading points `holds` is true of; it turns false once and for all. */
function countUpTo(index: readonly IndexPoint[], holds: (point: IndexPoint) => boolean): number {
  let low = 0;
  let high = index.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(index[middle] as IndexPoint)) low = middle + 1;
    else high = middle;
  }
  return low;
}
