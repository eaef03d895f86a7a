/**
 * From a log entry to its record batches: fetched, checked, and stamped with the offsets that the entry's key gives.
 */
import type { ObjectStore } from '../ports/object-store.ts';
import { MillraceError } from '../protocol/errors.ts';
import { type BatchHeader, readBatchHeader } from '../record/batch-header.ts';
import { readWholeBatch } from '../record/decode-batch.ts';
import { emptyBatch } from '../record/empty-batch.ts';
import { splitBatches } from '../record/split-batches.ts';
import { stampBaseOffset } from '../record/stamp-batch.ts';
import { type LogEntry, nextOffsetAfter } from './log-entry.ts';
import type { ObjectClaims } from './object-claim.ts';
import { MovedError } from './walk.ts';

/** A RecordBatch v2 with its true base offset. */
export interface StoredBatch {
  readonly header: BatchHeader;
  readonly nextOffset: number;
  readonly bytes: Uint8Array;
}

interface LoadDeps {
  readonly objects: ObjectStore;
  readonly claims: ObjectClaims;
}

/** How batches are read. */
export interface BatchReading {
  /**
   * Whether the reader gets the bytes of the batches as they are, and so their CRCs, which are then the reader's to check, as in
   * Kafka. Lengths and offsets are checked all the same. See ADR 0015.
   */
  readonly isRaw?: boolean | undefined;
}

/**
 * The entry's batches, whole and in order; an empty one where the sweep has taken their object, since nobody acknowledged them.
 *
 * @throws MovedError where their object is gone: they were rolled long ago; MillraceError STORAGE_ERROR where what is stored
 *   contradicts itself; nothing is skipped silently
 */
export async function loadBatches(
  deps: LoadDeps,
  entry: LogEntry,
  reading: BatchReading = {},
): Promise<readonly StoredBatch[]> {
  const bytes = await payloadBytes(deps, entry);
  if (!bytes) return [emptied(entry)];
  const batches = readWhole(entry, bytes, reading);
  const end = batches.at(-1)?.nextOffset;
  if (end !== nextOffsetAfter(entry)) {
    throw damaged(entry, `its batches end at ${end}, expected ${nextOffsetAfter(entry)}`);
  }
  return batches;
}

/** The payload, which the store gave to us alone, or `undefined` where it was swept. */
async function payloadBytes({ objects, claims }: LoadDeps, entry: LogEntry): Promise<Uint8Array | undefined> {
  const { payload } = entry;
  if (payload.kind === 'inline') return payload.bytes;
  if (await claims.isSwept(payload)) return undefined;
  const bytes = await objects.get(payload.objectKey);
  if (bytes) return bytes;
  if (await claims.wasSwept(payload)) return undefined;
  throw new MovedError(`the object ${payload.objectKey} of the entry at offset ${entry.baseOffset} is gone`);
}

function readWhole(entry: LogEntry, bytes: Uint8Array, reading: BatchReading): StoredBatch[] {
  try {
    return stampedBatches(bytes, entry.baseOffset, reading);
  } catch (cause) {
    throw damaged(entry, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function stampedBatches(bytes: Uint8Array, baseOffset: number, { isRaw }: BatchReading): StoredBatch[] {
  const batches: StoredBatch[] = [];
  let nextOffset = baseOffset;
  for (const batch of splitBatches(bytes)) {
    const header = { ...(isRaw ? readBatchHeader(batch) : readWholeBatch(batch)), baseOffset: nextOffset };
    stampBaseOffset(batch, nextOffset);
    nextOffset += header.lastOffsetDelta + 1;
    batches.push({ header, nextOffset, bytes: batch });
  }
  return batches;
}

/** An empty batch over the same offsets, as compaction leaves. */
function emptied(entry: LogEntry): StoredBatch {
  const nextOffset = nextOffsetAfter(entry);
  const bytes = emptyBatch({ baseOffset: entry.baseOffset, lastOffset: nextOffset - 1 });
  return { header: readBatchHeader(bytes), nextOffset, bytes };
}

const damaged = (entry: LogEntry, detail: string, cause?: unknown) =>
  new MillraceError('STORAGE_ERROR', `the entry at offset ${entry.baseOffset} is damaged: ${detail}`, { cause });
