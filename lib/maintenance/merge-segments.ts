/**
 * Merging neighbouring segments into one: the same batches, byte for byte. Commit point: the publishing of the partition state.
 *
 * Where only one of them has an object it becomes that of all.
 */
import { segmentObjectKey } from '../log/catalogue.ts';
import type { PartitionState } from '../log/cells.ts';
import type { Deadline } from '../log/deadline.ts';
import { lead } from '../log/leader.ts';
import { readPartitionState, type VersionedState } from '../log/partition-state.ts';
import { newPublishedKey, publish } from '../log/publish.ts';
import { type LogSegment, SegmentBuilder, sizeOfAll } from '../log/segment.ts';
import { segmentBatches } from '../log/segment-reader.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { configValue, isCompacted, type TopicConfigKey, type TopicConfigOverrides } from '../protocol/topic-config.ts';
import { chooseMerge, type MergeLimits } from './choose-merge.ts';
import { marksOf } from './clean-marks.ts';
import { createdOf, mergedBytes, replacing } from './replace-segments.ts';
import { isOver, type MaintenanceServices } from './services.ts';

/** So many segments are merged beyond what a topic says: each is listed in every manifest. */
const MANY_SEGMENTS = 64;
const LEAST_BYTES = 1024 * 1024;
const LEAST_SPAN_MS = 60 * 60_000;

const atLeast = (limits: MergeLimits): MergeLimits => ({
  ...limits,
  bytes: Math.max(limits.bytes, LEAST_BYTES),
  spanMs: Math.max(limits.spanMs, LEAST_SPAN_MS),
});

export interface MergeParams {
  readonly config: TopicConfigOverrides;
  readonly deadline: Deadline;
}

export interface MergeResult {
  /** Segments that became fewer. */
  readonly merged: number;
  readonly sizeInBytes: number;
}

/** Merges what is due, run after run; nothing where another worker leads. */
export async function mergeSegments(
  services: MaintenanceServices,
  at: TopicPartition,
  { config, deadline }: MergeParams,
): Promise<MergeResult> {
  const limits = mergeLimits(services, config);
  let [merged, sizeInBytes] = [0, 0];
  const due = async (state: PartitionState) => {
    const { segments } = await services.manifests.read(state.manifestKey);
    return chooseMerge(segments, segments.length > MANY_SEGMENTS ? atLeast(limits) : limits);
  };
  while (true) {
    // only who has something to do takes the lead
    const isDue = await due(await readPartitionState(services.cluster, at));
    if (!isDue || isOver(services, deadline)) return { merged, sizeInBytes };
    const begun = await lead(services, at);
    const run = begun && (await due(begun.state));
    const segment = run && (await mergeRun(services, at, { begun, run }));
    if (!segment) return { merged, sizeInBytes };
    merged += run.length;
    sizeInBytes += segment.sizeInBytes;
  }
}

function mergeLimits(services: MaintenanceServices, config: TopicConfigOverrides): MergeLimits {
  const number = (key: TopicConfigKey) => Number(configValue(config, key));
  // what is merged is as young as its youngest entry, and would wait with it to be compacted
  const lagMs = isCompacted(config)
    ? Math.min(number('max.compaction.lag.ms'), number('min.compaction.lag.ms') || Number.POSITIVE_INFINITY)
    : Number.POSITIVE_INFINITY;
  return {
    bytes: mergedBytes(services, config),
    fanIn: services.maintenance.mergeFanIn,
    spanMs: Math.min(number('segment.ms'), lagMs),
  };
}

/** Bytes of a segment that are read at once: many small batches take several times their bytes in memory. */
const READ_BYTES = 8 * 1024 * 1024;

interface RunParams {
  readonly begun: VersionedState;
  readonly run: readonly LogSegment[];
}

async function mergeRun(
  services: MaintenanceServices,
  at: TopicPartition,
  { begun, run }: RunParams,
): Promise<LogSegment | undefined> {
  const holding = run.filter(({ objectKey }) => objectKey !== undefined);
  const merged = holding.length > 1 ? await putMerged(services, at, { begun, run }) : extended(services, run);
  const published = await publish(services, at, {
    begun,
    change: replacing(services, at, { begun, taken: run, given: [merged] }),
  });
  return published && merged;
}

/** One object of all batches. */
async function putMerged(
  services: MaintenanceServices,
  at: TopicPartition,
  { begun, run }: RunParams,
): Promise<LogSegment> {
  const { objects } = services;
  const builder = new SegmentBuilder(run[0]?.baseOffset ?? 0, sizeOfAll(run));
  for (const segment of run) {
    for await (const batches of segmentBatches(objects, segment, { maxBytes: READ_BYTES })) {
      for (const batch of batches) {
        builder.skipTo(batch.header.baseOffset);
        builder.add(batch);
      }
    }
    builder.skipTo(segment.nextOffset);
  }
  const { bytes, ...content } = builder.build();
  const key = newPublishedKey(services, begun);
  const objectKey = segmentObjectKey(at, content.baseOffset, key);
  await objects.put(objectKey, bytes);
  return { ...content, ...createdOf(run), ...marksOf(run), id: key.id, objectKey };
}

/** The one that has an object, over the offsets of all; the first where none has. */
function extended({ random }: MaintenanceServices, run: readonly LogSegment[]): LogSegment {
  const holding = run.find(({ objectKey }) => objectKey !== undefined) ?? (run[0] as LogSegment);
  const { clean: _clean, tombstones: _tombstones, tombstonesSeenAt: _seenAt, ...content } = holding;
  const baseOffset = run[0]?.baseOffset ?? holding.baseOffset;
  const nextOffset = run.at(-1)?.nextOffset ?? holding.nextOffset;
  return { ...content, ...marksOf(run), id: random.id(), baseOffset, nextOffset };
}
