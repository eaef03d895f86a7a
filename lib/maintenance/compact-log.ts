/**
 * Compaction: of all records of a key below the rolled offset, the last one stays. Offsets and order never change; entries are
 * never touched. `choose-cleaning.ts` says what is done and when.
 *
 * A pass reads the keys of the dirty part, from the clean point on, and remembers the newest offset of each, in memory of a set
 * size; where they do not fit, it ends before the first that does not. Then every segment that begins below that end is written
 * anew, without the records that are superseded, and published, with the mark that it is clean up to there: one by one, small
 * neighbours together. Whoever is stopped, by its deadline or any other way, loses one of them; the next run finds the marks, reads
 * up to the same end, and goes on behind the last. Once all are done, the end is the clean point.
 *
 * Commit point: the publishing of the partition state, once for each. Every one begins with the lead, so that it carries the fence
 * of then: a pass may take longer than a lease, and longer than from one sweep to the next.
 *
 * What was read at the start of a pass stays true to its end: what is removed is only what is superseded, a segment that was
 * changed meanwhile has another id and is let be, and no record is ever put below the rolled offset.
 *
 * A batch that loses all its records goes whole. Kafka keeps its header if it has the last sequence of a live producer, for its
 * brokers learn their producers from the log; here nobody does, a producer's cell outlives its batches.
 */
import type { Deadline } from '../log/deadline.ts';
import { lead } from '../log/leader.ts';
import { readPartitionState } from '../log/partition-state.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { isCompacted, type TopicConfigOverrides } from '../protocol/topic-config.ts';
import { chooseCompaction } from './choose-compaction.ts';
import { CompactionPass, type CompactionProgress, type PassCounts } from './compaction-pass.ts';
import { isOver, type MaintenanceServices } from './services.ts';

export interface CompactParams {
  /** As it was when the run began. */
  readonly config: TopicConfigOverrides;
  /** As it is now, asked for before anything is removed by it; `undefined` where the topic is gone. */
  readonly readConfig: () => Promise<TopicConfigOverrides | undefined>;
  readonly deadline: Deadline;
  /** Told how dirty the log was found; also of a pass that fails then. */
  readonly onDirtyRatio?: (dirtyRatio: number) => void;
  readonly onProgress?: (progress: CompactionProgress) => void;
  /** Done after each segment: a pass takes long, and holds the lead. */
  readonly meanwhile?: () => Promise<void>;
}

export interface CompactResult extends Readonly<PassCounts> {
  /** As it was found. */
  readonly dirtyRatio: number;
  /** Whether more is due: time ran out, or another worker came between. */
  readonly hasMore: boolean;
}

/** Compacts what is due, pass after pass; nothing where another worker leads, or the topic is not compacted. */
export async function compactLog(
  services: MaintenanceServices,
  at: TopicPartition,
  params: CompactParams,
): Promise<CompactResult> {
  const done: PassCounts = { segments: 0, bytesBefore: 0, bytesAfter: 0, removed: 0, tombstones: 0 };
  let dirtyRatio: number | undefined;
  let { config } = params;
  while (isCompacted(config)) {
    // only who has something to do takes the lead
    const found = await chooseCompaction(services, { state: await readPartitionState(services.cluster, at), config });
    if (dirtyRatio === undefined) params.onDirtyRatio?.(found.dirtyRatio);
    dirtyRatio ??= found.dirtyRatio;
    if (!found.isDue) break;
    if (isOver(services, params.deadline)) return { ...done, dirtyRatio, hasMore: true };
    const begun = await lead(services, at);
    const newest = begun && (await params.readConfig());
    if (!begun || !newest) break;
    config = newest;
    if (!isCompacted(config)) break;
    const choice = await chooseCompaction(services, { state: begun.state, config });
    const pass = new CompactionPass(services, at, { ...params, config, choice, begun, done });
    if (choice.isDue && !(await pass.run())) return { ...done, dirtyRatio, hasMore: true };
  }
  return { ...done, dirtyRatio: dirtyRatio ?? 0, hasMore: false };
}
