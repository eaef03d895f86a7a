/**
 * A segment: an immutable object that holds a stretch of a partition's log as RecordBatch v2 end to end, which is what Kafka's
 * own `.log` files are. What is known of it stands in the manifest.
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
  readonly objectKey: string;
  readonly index: readonly IndexPoint[];
}

/** What a segment's bytes say of it. */
export type SegmentContent = Pick<
  LogSegment,
  'baseOffset' | 'nextOffset' | 'sizeInBytes' | 'maxTimestamp' | 'index'
> & { readonly bytes: Uint8Array };

/** Puts batches that follow each other end to end. */
export class SegmentBuilder {
  readonly #baseOffset: number;
  readonly #bytes: Uint8Array;
  readonly #index = new SegmentIndexBuilder();
  #nextOffset: number;

  /** Of `mostBytes` at most: batches are copied as they come, so that nothing else need be held. */
  constructor(baseOffset: number, mostBytes: number) {
    this.#baseOffset = baseOffset;
    this.#nextOffset = baseOffset;
    this.#bytes = new Uint8Array(mostBytes);
  }

  add({ header, nextOffset, bytes }: StoredBatch): void {
    if (header.baseOffset !== this.#nextOffset) {
      const detail = `a batch at offset ${header.baseOffset} cannot follow offset ${this.#nextOffset}`;
      throw new MillraceError('STORAGE_ERROR', detail);
    }
    const { baseOffset, maxTimestamp } = header;
    this.#bytes.set(bytes, this.#index.sizeInBytes);
    this.#index.add({ baseOffset, sizeInBytes: bytes.byteLength, maxTimestamp });
    this.#nextOffset = nextOffset;
  }

  build(): SegmentContent {
    const { points: index, sizeInBytes, maxTimestamp } = this.#index;
    const bytes = this.#bytes.subarray(0, sizeInBytes);
    return { baseOffset: this.#baseOffset, nextOffset: this.#nextOffset, sizeInBytes, maxTimestamp, index, bytes };
  }
}
