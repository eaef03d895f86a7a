/**
 * Retention: segments at the start of a log that are past their time or size leave the manifest, and the log start moves behind
 * them. Their objects stay until the sweep. Commit point: the publishing of the partition state.
 */
import type { PartitionState } from '../log/cells.ts';
import { lead } from '../log/leader.ts';
import { bytesOf } from '../log/manifest.ts';
import { readPartitionState } from '../log/partition-state.ts';
import { publish } from '../log/publish.ts';
import { type LogSegment, sizeOfAll } from '../log/segment.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { TopicConfigOverrides } from '../protocol/topic-config.ts';
import { isExpired, retentionLimits } from './choose-expired.ts';
import { replacing } from './replace-segments.ts';
import { readHotEnd } from './roll-partition.ts';
import type { MaintenanceServices } from './services.ts';

/** Segments that go at once; the next run takes the next. */
const AT_ONCE = 1_000;

export interface RetainResult {
  /** Segments that left. */
  readonly deleted: number;
  readonly sizeInBytes: number;
}

export interface RetainParams {
  /** As it was when the run began. */
  readonly config: TopicConfigOverrides;
  /** As it is now, asked for before anything is deleted by it; `undefined` where the topic is gone. */
  readonly readConfig: () => Promise<TopicConfigOverrides | undefined>;
}

export async function retainLog(
  services: MaintenanceServices,
  at: TopicPartition,
  { config, readConfig }: RetainParams,
): Promise<RetainResult> {
  // only who has something to do takes the lead
  const state = await readPartitionState(services.cluster, at);
  if ((await leadingExpired(services, at, { config, state })).length === 0) return NOTHING;
  const begun = await lead(services, at);
  const newest = begun && (await readConfig());
  if (!begun || !newest) return NOTHING;
  const expired = await leadingExpired(services, at, { config: newest, state: begun.state });
  if (expired.length === 0) return NOTHING;
  const logStartOffset = expired.at(-1)?.nextOffset ?? 0;
  const remove = replacing(services, at, { begun, taken: expired, given: [] });
  const published = await publish(services, at, {
    begun,
    async change(present, manifest) {
      const moved = { ...present, logStartOffset: Math.max(present.logStartOffset, logStartOffset) };
      return remove(moved, manifest);
    },
  });
  if (!published) return NOTHING;
  return { deleted: expired.length, sizeInBytes: sizeOfAll(expired) };
}

const NOTHING: RetainResult = { deleted: 0, sizeInBytes: 0 };

interface ExpiredParams {
  readonly config: TopicConfigOverrides;
  readonly state: PartitionState;
}

async function leadingExpired(
  services: MaintenanceServices,
  at: TopicPartition,
  { config, state }: ExpiredParams,
): Promise<readonly LogSegment[]> {
  const limits = retentionLimits(config);
  const manifest = await services.manifests.read(state.manifestKey);
  const hotBytes = Number.isFinite(limits.bytes) ? ((await readHotEnd(services, at))?.sizeInBytes ?? 0) : 0;
  let sizeInBytes = bytesOf(manifest) + hotBytes;
  const expired: LogSegment[] = [];
  for await (const segment of services.manifests.segmentsFrom(manifest, 0)) {
    const log = { logStartOffset: state.logStartOffset, sizeInBytes, now: services.clock.now() };
    if (expired.length === AT_ONCE || !isExpired(segment, log, limits)) break;
    expired.push(segment);
    sizeInBytes -= segment.sizeInBytes;
  }
  return expired;
}
