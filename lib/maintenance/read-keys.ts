/** Reading which keys stand in a stretch of a log, and where each stands last. */
import type { Deadline } from '../log/deadline.ts';
import type { KeyOffsets } from '../log/key-offsets.ts';
import type { StoredBatch } from '../log/load-batches.ts';
import type { LogSegment } from '../log/segment.ts';
import { segmentBatches } from '../log/segment-reader.ts';
import { limits } from '../protocol/limits.ts';
import { openRecords } from '../record/decode-batch.ts';
import { isOver, type MaintenanceServices } from './services.ts';

/** Read at once; between two reads others have their turn. */
export const READ_BYTES = 2 * 1024 * 1024;

export interface ReadKeysParams {
  /** Those that reach above `from`, in order, as often as it is asked. */
  readonly segments: () => AsyncIterable<LogSegment>;
  readonly from: number;
  readonly to: number;
  readonly deadline: Deadline;
  /** Asked before each segment. */
  readonly isLeading: () => Promise<boolean>;
  /** Told how many bytes of segments are read, and of how many. */
  readonly onProgress?: ((bytes: number, ofBytes: number) => void) | undefined;
}

/**
 * Puts the keys in, from `from` until `to`, or until they do not fit or the time is up.
 *
 * @returns the offset up to which every key is in; `undefined` where another leads, or that is no offset more
 */
export async function readKeys(
  services: MaintenanceServices,
  keys: KeyOffsets,
  { segments, from, to, deadline, isLeading, onProgress }: ReadKeysParams,
): Promise<number | undefined> {
  let ofBytes = 0;
  if (onProgress) for await (const { sizeInBytes } of segments()) ofBytes += sizeInBytes;
  let [end, bytes] = [from, 0];
  for await (const segment of segments()) {
    if (segment.baseOffset >= to) break;
    if (!(await isLeading())) return undefined;
    const offset = Math.max(from, segment.baseOffset);
    for await (const batches of segmentBatches(services.objects, segment, { offset, maxBytes: READ_BYTES })) {
      for (const batch of batches) {
        if (batch.header.baseOffset >= to) return to;
        const full = putKeys(keys, batch, from);
        if (full !== undefined) return Math.min(full, to);
        end = Math.max(end, Math.min(batch.nextOffset, to));
        bytes += batch.bytes.byteLength;
      }
      onProgress?.(bytes, ofBytes);
      if (isOver(services, deadline)) return end > from ? end : undefined;
    }
    end = Math.min(segment.nextOffset, to);
  }
  return end > from ? end : undefined;
}

/** The offset of the first record whose key does not fit. */
function putKeys(keys: KeyOffsets, { header, bytes }: StoredBatch, from: number): number | undefined {
  const cursor = openRecords(bytes, header, { maxDecompressedBytes: limits.decompressedBatchBytes });
  for (let read = 0; read < header.recordsCount; read++) {
    cursor.next();
    const key = cursor.key();
    const offset = header.baseOffset + cursor.offsetDelta;
    if (key && offset >= from && !keys.put(key, offset)) return offset;
  }
  return undefined;
}
