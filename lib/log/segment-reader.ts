/**
 * Reading batches out of a segment: one ranged GET, from batch to batch, each checked before it is shown.
 */
import type { ObjectStore } from '../ports/object-store.ts';
import { MillraceError } from '../protocol/errors.ts';
import { type BatchHeader, readBatchHeader } from '../record/batch-header.ts';
import { readWholeBatch } from '../record/decode-batch.ts';
import { splitBatches } from '../record/split-batches.ts';
import type { BatchReading, StoredBatch } from './load-batches.ts';
import type { LogSegment } from './segment.ts';
import { type RangeParams, rangeFor } from './segment-index.ts';
import { MovedError } from './walk.ts';

export interface PlacedBatch extends StoredBatch {
  /** Where the batch ends in its segment. */
  readonly end: number;
}

/**
 * The batches of a segment from the one that holds the offset, or follows it, up to about `maxBytes` but at least one; none where
 * compaction left none.
 *
 * @throws MovedError where the segment is gone; MillraceError STORAGE_ERROR where its bytes are not what they should be
 */
export async function readSegment(
  objects: ObjectStore,
  segment: LogSegment,
  params: RangeParams & BatchReading,
): Promise<readonly PlacedBatch[]> {
  const { objectKey } = segment;
  if (objectKey === undefined) return [];
  const range = rangeFor(segment, params);
  const bytes = await objects.get(objectKey, range);
  if (!bytes) throw new MovedError(`the segment ${objectKey} is gone`);
  if (bytes.byteLength !== range.end - range.start) {
    throw damaged(segment, `${bytes.byteLength} bytes at ${range.start}, expected ${range.end - range.start}`);
  }
  const batches = batchesIn(segment, bytes, { start: range.start, isRaw: params.isRaw });
  const end = batches.at(-1)?.nextOffset ?? segment.baseOffset;
  const isEnd = range.end === segment.sizeInBytes;
  if (end > segment.nextOffset || (isEnd && end < segment.nextOffset && !hasGaps(segment))) {
    throw damaged(segment, `it ends at offset ${end}, expected ${segment.nextOffset}`);
  }
  return batches.filter(batch => batch.nextOffset > params.offset);
}

const hasGaps = ({ clean }: LogSegment): boolean => clean !== undefined;

/** One that compaction has thinned is opened here too, to find out which offsets it has. */
function readRawBatch(batch: Uint8Array): BatchHeader {
  const header = readBatchHeader(batch);
  return header.recordsCount > header.lastOffsetDelta ? header : readWholeBatch(batch);
}

/** All batches of a segment, so many bytes at a time. */
export async function* segmentBatches(
  objects: ObjectStore,
  segment: LogSegment,
  { offset = segment.baseOffset, maxBytes }: Partial<RangeParams> & Pick<RangeParams, 'maxBytes'>,
): AsyncGenerator<readonly PlacedBatch[]> {
  for (let [next, from] = [offset, 0]; next < segment.nextOffset; ) {
    const batches = await readSegment(objects, segment, { offset: next, maxBytes, from });
    yield batches;
    next = batches.at(-1)?.nextOffset ?? segment.nextOffset;
    from = batches.at(-1)?.end ?? from;
  }
}

interface ReadRange extends BatchReading {
  readonly start: number;
}

function batchesIn(segment: LogSegment, bytes: Uint8Array, { start, isRaw }: ReadRange): PlacedBatch[] {
  const batches: PlacedBatch[] = [];
  let end = start;
  try {
    for (const batch of splitBatches(bytes)) {
      const header = isRaw ? readRawBatch(batch) : readWholeBatch(batch);
      const before = batches.at(-1);
      const next = before?.nextOffset ?? segment.baseOffset;
      const isNext = hasGaps(segment) || !before ? header.baseOffset >= next : header.baseOffset === next;
      if (!isNext) throw damaged(segment, `offset ${next} is followed by ${header.baseOffset}`);
      end += batch.byteLength;
      batches.push({ header, bytes: batch, nextOffset: header.baseOffset + header.lastOffsetDelta + 1, end });
    }
  } catch (cause) {
    throw cause instanceof MillraceError && cause.code === 'STORAGE_ERROR' ? cause : damaged(segment, String(cause));
  }
  return batches;
}

const damaged = ({ objectKey }: LogSegment, detail: string) =>
  new MillraceError('STORAGE_ERROR', `the segment ${objectKey} is damaged: ${detail}`);
