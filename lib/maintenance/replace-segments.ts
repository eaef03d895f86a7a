/** What merging, cleaning and retention have in common: segments take the place of others, and hold what those held. */

import type { VersionedState } from '../log/partition-state.ts';
import type { Change } from '../log/publish.ts';
import { newPublishedKey } from '../log/publish.ts';
import type { LogSegment } from '../log/segment.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { configValue, type TopicConfigOverrides } from '../protocol/topic-config.ts';
import type { MaintenanceServices } from './services.ts';

interface ReplaceParams {
  readonly begun: VersionedState;
  /** They follow each other. */
  readonly taken: readonly LogSegment[];
  readonly given: readonly LogSegment[];
}

/** The change that puts segments in the place of others; none where one of those is not there any more. */
export const replacing =
  (services: MaintenanceServices, at: TopicPartition, { begun, taken, given }: ReplaceParams): Change =>
  async (state, manifest) => {
    const newKey = () => newPublishedKey(services, begun);
    const changed = await services.manifests.replaced(at, manifest, { taken, given, newKey });
    return changed && { state, manifest: changed };
  };

/** Of a segment that is made of several, the most bytes. */
export const mergedBytes = ({ maintenance }: MaintenanceServices, config: TopicConfigOverrides): number =>
  Math.min(maintenance.mergedBytes, Number(configValue(config, 'segment.bytes')));

/** When the oldest and the newest of their entries were made; what has no records any more does not count. */
export function createdOf(segments: readonly LogSegment[]): Pick<LogSegment, 'createdFrom' | 'createdTo'> {
  const holding = segments.filter(({ objectKey }) => objectKey !== undefined);
  const counted = holding.length > 0 ? holding : segments;
  return {
    createdFrom: Math.min(...counted.map(({ createdFrom }) => createdFrom)),
    createdTo: Math.max(...counted.map(({ createdTo }) => createdTo)),
  };
}
