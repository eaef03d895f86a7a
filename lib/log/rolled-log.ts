/**
 * The part of a log below its rolled offset, read from segments.
 *
 * Cost: one ranged GET where the page lies in one segment, once the manifest is known; one more for every border crossed.
 */
import type { ObjectStore } from '../ports/object-store.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { openRecords } from '../record/decode-batch.ts';
import type { PartitionState } from './cells.ts';
import { leadingWithin } from './leading-within.ts';
import type { BatchReading, StoredBatch } from './load-batches.ts';
import type { ManifestStore } from './manifest-store.ts';
import type { LogSegment } from './segment.ts';
import { type PlacedBatch, readSegment } from './segment-reader.ts';

/** Places remembered at which a read ended: the next one begins there, and not at the point of the index before. */
const REMEMBERED_PLACES = 256;

export interface RolledParams extends BatchReading {
  readonly offset: number;
  readonly maxBytes: number;
}

interface SinceParams {
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

export interface RolledPage {
  readonly batches: readonly StoredBatch[];
  readonly nextOffset: number;
  /** Of the batches. */
  readonly sizeInBytes: number;
}

export class RolledLog {
  readonly #objects: ObjectStore;
  readonly #manifests: ManifestStore;
  readonly #places = new Map<string, number>();

  constructor(objects: ObjectStore, manifests: ManifestStore) {
    this.#objects = objects;
    this.#manifests = manifests;
  }

  /** Whole batches from the one that holds `offset`, which is at the log start or above and below the rolled offset. */
  async read(state: PartitionState, { offset, maxBytes, isRaw }: RolledParams): Promise<RolledPage> {
    const batches: StoredBatch[] = [];
    let sizeInBytes = 0;
    let nextOffset = offset;
    for await (const segment of this.segmentsFrom(state, offset)) {
      const left = maxBytes - sizeInBytes;
      const page = await this.#pageOf(segment, { offset: nextOffset, maxBytes: left, isRaw });
      if (batches.length > 0 && (page[0]?.bytes.byteLength ?? 0) > left) break;
      batches.push(...page);
      sizeInBytes += page.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
      // behind its last batch there may be a gap
      const isWhole = (page.at(-1)?.end ?? segment.sizeInBytes) === segment.sizeInBytes;
      nextOffset = isWhole ? segment.nextOffset : (page.at(-1)?.nextOffset ?? nextOffset);
      if (!isWhole || sizeInBytes >= maxBytes) break;
    }
    return { batches, nextOffset, sizeInBytes };
  }

  /** The segments from the one that holds `offset` to the rolled offset. */
  async *segmentsFrom({ manifestKey, rolledOffset }: PartitionState, offset: number): AsyncGenerator<LogSegment> {
    let next: number | undefined;
    for await (const segment of this.#manifests.segmentsFrom(await this.#manifests.read(manifestKey), offset)) {
      if (segment.baseOffset > (next ?? offset)) throw gap(next ?? offset, segment.baseOffset);
      next = segment.nextOffset;
      yield segment;
    }
    if ((next ?? offset) !== rolledOffset) throw gap(next ?? offset, rolledOffset);
  }

  /** The segments that may have a record of `timestamp` or later, from the one that holds `offset` on. */
  async *segmentsSince(
    { manifestKey }: PartitionState,
    { offset, timestamp }: SinceParams,
  ): AsyncGenerator<LogSegment> {
    const canHave = ({ maxTimestamp }: { readonly maxTimestamp: number }) => maxTimestamp >= timestamp;
    const manifest = await this.#manifests.read(manifestKey);
    for await (const segment of this.#manifests.segmentsFrom(manifest, offset, canHave)) {
      if (canHave(segment)) yield segment;
    }
  }

  /** The largest timestamp of all segments; -1 where there are none. */
  async maxTimestamp({ manifestKey }: PartitionState): Promise<number> {
    const { chapters, segments } = await this.#manifests.read(manifestKey);
    return [...chapters, ...segments].reduce((max, { maxTimestamp }) => Math.max(max, maxTimestamp), -1);
  }

  /** The batches of a segment from the one that holds `offset`. */
  readFrom(segment: LogSegment, params: RolledParams): Promise<readonly PlacedBatch[]> {
    const from = this.#places.get(placeName(segment, params.offset));
    return readSegment(this.#objects, segment, { ...params, from });
  }

  async #pageOf(segment: LogSegment, params: RolledParams): Promise<readonly PlacedBatch[]> {
    const { offset, maxBytes } = params;
    const read = await this.readFrom(segment, params);
    const [first] = read;
    // a batch around the offset whose later records compaction removed gives a reader nothing
    if (first && !reaches(first, offset)) return this.#pageOf(segment, { ...params, offset: first.nextOffset });
    const page = leadingWithin(read, maxBytes, batch => batch.bytes.byteLength);
    const last = page.at(-1);
    if (last) this.#remember(placeName(segment, last.nextOffset), last.end);
    return page;
  }

  #remember(place: string, position: number): void {
    this.#places.set(place, position);
    const [oldest] = this.#places.keys();
    if (this.#places.size > REMEMBERED_PLACES && oldest !== undefined) this.#places.delete(oldest);
  }
}

/** Whether a batch has a record at the offset or above. */
function reaches({ header, bytes }: StoredBatch, offset: number): boolean {
  if (header.baseOffset >= offset || header.recordsCount > header.lastOffsetDelta) return true;
  const cursor = openRecords(bytes, header, { maxDecompressedBytes: limits.decompressedBatchBytes });
  for (let read = 0; read < header.recordsCount; read++) cursor.next();
  return header.recordsCount > 0 && header.baseOffset + cursor.offsetDelta >= offset;
}

const placeName = ({ id }: LogSegment, offset: number): string => `${id} ${offset}`;

const gap = (expected: number, found: number) =>
  new MillraceError('STORAGE_ERROR', `the manifest has nothing from offset ${expected} to ${found}`);
