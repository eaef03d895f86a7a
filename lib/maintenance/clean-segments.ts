/**
 * Writing segments anew as one, without the records that are superseded and the tombstones whose time is over.
 *
 * A record without a key is superseded by none, and stays: a topic that had such records before it was compacted loses none.
 */
import { segmentObjectKey } from '../log/catalogue.ts';
import type { Deadline } from '../log/deadline.ts';
import type { KeyOffsets } from '../log/key-offsets.ts';
import type { VersionedState } from '../log/partition-state.ts';
import { newPublishedKey } from '../log/publish.ts';
import { type LogSegment, SegmentBuilder, sizeOfAll } from '../log/segment.ts';
import { type PlacedBatch, segmentBatches } from '../log/segment-reader.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { limits } from '../protocol/limits.ts';
import { readBatchHeader } from '../record/batch-header.ts';
import { type KeepRecord, retainRecords } from '../record/retain-records.ts';
import { type CleanMarks, marksOf } from './clean-marks.ts';
import { READ_BYTES } from './read-keys.ts';
import { createdOf } from './replace-segments.ts';
import { isOver, type MaintenanceServices } from './services.ts';

export interface CleanParams {
  readonly begun: VersionedState;
  /** They follow each other. */
  readonly segments: readonly { readonly segment: LogSegment; readonly areTombstonesOver: boolean }[];
  /** Theirs from now on. */
  readonly marks: readonly CleanMarks[];
  /** Where each key of the dirty part stands last; nothing where only tombstones go. */
  readonly keys: KeyOffsets | undefined;
  readonly deadline: Deadline;
}

export interface Cleaned {
  readonly segment: LogSegment;
  /** Records that are gone. */
  readonly removed: number;
  /** Of them tombstones whose time was over. */
  readonly tombstones: number;
}

/** The segment that takes their place, its object stored; `undefined` where the time is up. */
export async function cleanSegments(
  services: MaintenanceServices,
  at: TopicPartition,
  params: CleanParams,
): Promise<Cleaned | undefined> {
  const segments = params.segments.map(({ segment }) => segment);
  const [first] = segments;
  if (!first) return undefined;
  const builder = new SegmentBuilder(first.baseOffset, sizeOfAll(segments));
  const tally = { kept: 0, removed: 0, over: 0 };
  for (const { segment, areTombstonesOver } of params.segments) {
    const keep = keeping(params.keys, { areTombstonesOver, tally });
    for await (const batches of segmentBatches(services.objects, segment, { maxBytes: READ_BYTES })) {
      for (const batch of batches) addRetained(builder, batch, keep);
      if (isOver(services, params.deadline)) return undefined;
    }
    builder.skipTo(segment.nextOffset);
  }
  const { bytes, ...content } = builder.build();
  const key = newPublishedKey(services, params.begun);
  const { tombstonesSeenAt, ...marks } = marksOf(params.marks);
  const { kept, removed, over: tombstones } = tally;
  const cleaned = {
    ...content,
    ...createdOf(segments),
    ...marks,
    tombstones: kept,
    ...(kept > 0 && tombstonesSeenAt !== undefined && { tombstonesSeenAt }),
    id: key.id,
  };
  // what lost nothing, no empty batch either, keeps its object
  const [only, ...others] = segments.filter(({ objectKey }) => objectKey !== undefined);
  const isWhole = removed === 0 && others.length === 0 && only?.sizeInBytes === bytes.byteLength;
  if (isWhole && only.objectKey !== undefined) {
    return { segment: { ...cleaned, objectKey: only.objectKey }, removed, tombstones };
  }
  if (bytes.byteLength === 0) return { segment: cleaned, removed, tombstones };
  const objectKey = segmentObjectKey(at, content.baseOffset, key);
  await services.objects.put(objectKey, bytes);
  return { segment: { ...cleaned, objectKey }, removed, tombstones };
}

interface KeepingParams {
  readonly areTombstonesOver: boolean;
  /** Tombstones kept, records removed, and tombstones among those whose time was over. */
  readonly tally: { kept: number; removed: number; over: number };
}

function keeping(keys: KeyOffsets | undefined, { areTombstonesOver, tally }: KeepingParams): KeepRecord {
  return (offset, key, isTombstone) => {
    if (key === null) return true;
    const isSuperseded = (keys?.get(key) ?? offset) > offset;
    const isOverNow = isTombstone && areTombstonesOver && !isSuperseded;
    if (isOverNow) tally.over++;
    if (isSuperseded || isOverNow) tally.removed++;
    else if (isTombstone) tally.kept++;
    return !isSuperseded && !isOverNow;
  };
}

function addRetained(builder: SegmentBuilder, batch: PlacedBatch, keep: KeepRecord): void {
  const bytes = retainRecords(batch, keep, { maxDecompressedBytes: limits.decompressedBatchBytes });
  if (bytes) {
    builder.skipTo(batch.header.baseOffset);
    builder.add({ header: readBatchHeader(bytes), nextOffset: batch.nextOffset, bytes });
  }
  builder.skipTo(batch.nextOffset);
}
