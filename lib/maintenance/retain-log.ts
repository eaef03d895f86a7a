/**
 * Retention: segments at the start of a log that are past their time or size leave the manifest, and the log start moves behind
 * them. Their objects stay until the sweep. Commit point: the publishing of the partition state.
 */
import type { PartitionState } from '../log/cells.ts';
import { lead } from '../log/leader.ts';
import { bytesOf } from '../log/manifest.ts';
import { readPartitionState } from '../log/partition-state.ts';
import { newPublishedKey, publish } from '../log/publish.ts';
import type { LogSegment } from '../log/segment.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { TopicConfigOverrides } from '../protocol/topic-config.ts';
import { isExpired, retentionLimits } from './choose-expired.ts';
import { readHotEnd } from './roll-partition.ts';
import type { MaintenanceServices } from './services.ts';

/** Segments that go at once; the next run takes the next. */
const AT_ONCE = 1_000;

export interface RetainResult {
  /** Segments that left. */
  readonly deleted: number;
  readonly sizeInBytes: number;
  readonly hasMore: boolean;
}

export async function retainLog(
  services: MaintenanceServices,
  at: TopicPartition,
  config: TopicConfigOverrides,
): Promise<RetainResult> {
  // only who has something to do takes the lead
  const present = await readPartitionState(services.cluster, at);
  if ((await leadingExpired(services, at, { config, state: present })).length === 0) return NOTHING;
  const begun = await lead(services, at);
  if (!begun) return NOTHING;
  const expired = await leadingExpired(services, at, { config, state: begun.state });
  if (expired.length === 0) return NOTHING;
  const logStartOffset = expired.at(-1)?.nextOffset ?? 0;
  const published = await publish(services, at, {
    begun,
    async change(state, present) {
      const newKey = () => newPublishedKey(services, begun);
      const changed = await services.manifests.replaced(at, present, { taken: expired, given: [], newKey });
      return (
        changed && {
          state: { ...state, logStartOffset: Math.max(state.logStartOffset, logStartOffset) },
          manifest: changed,
        }
      );
    },
  });
  if (!published) return NOTHING;
  const sizeInBytes = expired.reduce((sum, segment) => sum + segment.sizeInBytes, 0);
  return { deleted: expired.length, sizeInBytes, hasMore: expired.length === AT_ONCE };
}

const NOTHING: RetainResult = { deleted: 0, sizeInBytes: 0, hasMore: false };

interface RetainParams {
  readonly config: TopicConfigOverrides;
  readonly state: PartitionState;
}

async function leadingExpired(
  services: MaintenanceServices,
  at: TopicPartition,
  { config, state }: RetainParams,
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
