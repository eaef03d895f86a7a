/** What compaction has to do of a log, as one partition state has it. */
import type { PartitionState } from '../log/cells.ts';
import type { TopicConfigOverrides } from '../protocol/topic-config.ts';
import {
  areTombstonesOver,
  type CleaningLimits,
  cleaningLimits,
  dirtinessOf,
  dirtyEndOf,
  isToBeSeen,
  type SegmentSummary,
} from './choose-cleaning.ts';
import type { MaintenanceServices } from './services.ts';

export interface Choice {
  readonly isDue: boolean;
  readonly limits: CleaningLimits;
  readonly cleanPoint: number;
  readonly dirtyEnd: number | undefined;
  readonly dirtyRatio: number;
  /** A moment after the state was read, in milliseconds. */
  readonly now: number;
}

interface ChooseParams {
  readonly state: PartitionState;
  readonly config: TopicConfigOverrides;
}

export async function chooseCompaction(
  services: MaintenanceServices,
  { state, config }: ChooseParams,
): Promise<Choice> {
  const limits = cleaningLimits(config);
  const now = services.logs.time.now();
  const segments: SegmentSummary[] = [];
  const manifest = await services.manifests.read(state.manifestKey);
  for await (const { index: _index, ...summary } of services.manifests.segmentsFrom(manifest, 0)) {
    segments.push(summary);
  }
  const { cleanPoint, dirtyRatio } = dirtinessOf(segments, limits, now);
  const dirtyEnd = dirtyEndOf(segments, limits, now);
  const areOld = segments.some(
    segment => isToBeSeen(segment, cleanPoint, now) || areTombstonesOver(segment, cleanPoint, limits, now),
  );
  return { isDue: dirtyEnd !== undefined || areOld, limits, cleanPoint, dirtyEnd, dirtyRatio, now };
}
