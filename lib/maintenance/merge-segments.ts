/**
 * Merging neighbouring segments into one: the same batches, byte for byte. Commit point: the publishing of the partition state.
 */
import { segmentObjectKey } from '../log/catalogue.ts';
import type { PartitionState } from '../log/cells.ts';
import type { Deadline } from '../log/deadline.ts';
import { lead } from '../log/leader.ts';
import { readPartitionState, type VersionedState } from '../log/partition-state.ts';
import { newPublishedKey, publish } from '../log/publish.ts';
import { type LogSegment, SegmentBuilder } from '../log/segment.ts';
import { type PlacedBatch, readSegment } from '../log/segment-reader.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { configValue, type TopicConfigOverrides } from '../protocol/topic-config.ts';
import { chooseMerge, type MergeLimits } from './choose-merge.ts';
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

function mergeLimits({ maintenance }: MaintenanceServices, config: TopicConfigOverrides): MergeLimits {
  return {
    bytes: Math.min(maintenance.mergedBytes, Number(configValue(config, 'segment.bytes'))),
    fanIn: maintenance.mergeFanIn,
    spanMs: Number(configValue(config, 'segment.ms')),
  };
}

/** Bytes of a segment that are read at once: many small batches take several times their bytes in memory. */
const READ_BYTES = 8 * 1024 * 1024;

/** All batches of a segment, a few megabytes at a time. */
async function* batchesOf(objects: ObjectStore, segment: LogSegment): AsyncGenerator<readonly PlacedBatch[]> {
  for (let [offset, from] = [segment.baseOffset, 0]; offset < segment.nextOffset; ) {
    const batches = await readSegment(objects, segment, { offset, maxBytes: READ_BYTES, from });
    yield batches;
    offset = batches.at(-1)?.nextOffset ?? segment.nextOffset;
    from = batches.at(-1)?.end ?? from;
  }
}

interface RunParams {
  readonly begun: VersionedState;
  readonly run: readonly LogSegment[];
}

async function mergeRun(
  services: MaintenanceServices,
  at: TopicPartition,
  { begun, run }: RunParams,
): Promise<LogSegment | undefined> {
  const { objects, manifests } = services;
  const mostBytes = run.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
  const builder = new SegmentBuilder(run[0]?.baseOffset ?? 0, mostBytes);
  for (const segment of run) {
    for await (const batches of batchesOf(objects, segment)) for (const batch of batches) builder.add(batch);
  }
  const { bytes, ...content } = builder.build();
  const key = newPublishedKey(services, begun);
  const objectKey = segmentObjectKey(at, content.baseOffset, key);
  await objects.put(objectKey, bytes);
  const createdFrom = Math.min(...run.map(segment => segment.createdFrom));
  const createdTo = Math.max(...run.map(segment => segment.createdTo));
  const merged = { ...content, id: key.id, createdFrom, createdTo, objectKey };
  const published = await publish(services, at, {
    begun,
    async change(state, manifest) {
      const newKey = () => newPublishedKey(services, begun);
      const changed = await manifests.replaced(at, manifest, { taken: run, given: [merged], newKey });
      return changed && { state, manifest: changed };
    },
  });
  return published && merged;
}
