/**
 * A segment: an immutable object that holds a stretch of a partition's log as RecordBatch v2 end to end, which is what Kafka's
 * own `.log` files are. What is known of it stands in the manifest.
 *
 * As it is rolled its batches tile exactly. One that compaction has cleaned has gaps, before, between and behind its batches; where
 * it lost them all, it has no object.
 */
import { MillraceError } from '../protocol/errors.ts';
import type { StoredBatch } from './load-batches.ts';
import { type IndexPoint, SegmentIndexBuilder } from './segment-index.ts';

export interface LogSegment {
  /** Unique for ever: whatever changes of a segment makes another. */
  readonly id: string;
  readonly baseOffset: number;
  /** The offset that follows its last. */
  readonly nextOffset: number;
  readonly sizeInBytes: number;
  /** The largest timestamp of its records, in milliseconds since the epoch; -1 where none has one. */
  readonly maxTimestamp: number;
  /** When its oldest and its newest entry were made, by their writers' wall clocks in milliseconds. */
  readonly createdFrom: number;
  readonly createdTo: number;
  /** None where compaction left nothing of it. */
  readonly objectKey?: string;
  readonly index: readonly IndexPoint[];
  /** Every record in it whose key has another further on, but below this offset, was removed; none where nothing was. */
  readonly clean?: number;
  /** Tombstones that it has; known of those that were cleaned. */
  readonly tombstones?: number;
  /** By when its tombstones had been seen to be all that is left of their keys; milliseconds, the end of an hour. */
  readonly tombstonesSeenAt?: number;
}

/** Bytes of all of them. */
export const sizeOfAll = (parts: readonly { readonly sizeInBytes: number }[]): number =>
  parts.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);

/** What a segment's bytes say of it. */
export type SegmentContent = Pick<
  LogSegment,
  'baseOffset' | 'nextOffset' | 'sizeInBytes' | 'maxTimestamp' | 'index'
> & { readonly bytes: Uint8Array };

/** Puts batches that follow each other end to end. */
export class SegmentBuilder {
  readonly #baseOffset: number;
  readonly #index: SegmentIndexBuilder;
  #bytes: Uint8Array;
  #nextOffset: number;

  /** Room for `bytes` is taken at once: batches are copied as they come, so that nothing else need be held. */
  constructor(baseOffset: number, bytes: number) {
    this.#baseOffset = baseOffset;
    this.#nextOffset = baseOffset;
    this.#index = new SegmentIndexBuilder(baseOffset);
    this.#bytes = new Uint8Array(bytes);
  }

  add({ header, nextOffset, bytes }: StoredBatch): void {
    if (header.baseOffset !== this.#nextOffset) {
      const detail = `a batch at offset ${header.baseOffset} cannot follow offset ${this.#nextOffset}`;
      throw new MillraceError('STORAGE_ERROR', detail);
    }
    const position = this.#index.sizeInBytes;
    this.#growTo(position + bytes.byteLength);
    this.#bytes.set(bytes, position);
    this.#index.add({ nextOffset, sizeInBytes: bytes.byteLength, maxTimestamp: header.maxTimestamp });
    this.#nextOffset = nextOffset;
  }

  /** Leaves a gap up to an offset: compaction removed what stood there. */
  skipTo(offset: number): void {
    this.#nextOffset = Math.max(this.#nextOffset, offset);
  }

  build(): SegmentContent {
    const { points: index, sizeInBytes, maxTimestamp } = this.#index;
    const bytes = this.#bytes.subarray(0, sizeInBytes);
    return { baseOffset: this.#baseOffset, nextOffset: this.#nextOffset, sizeInBytes, maxTimestamp, index, bytes };
  }

  /** Fewer records may compress to more bytes than all of them did. */
  #growTo(bytes: number): void {
    if (bytes <= this.#bytes.byteLength) return;
    const grown = new Uint8Array(Math.max(bytes, Math.ceil(this.#bytes.byteLength * 1.25)));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
