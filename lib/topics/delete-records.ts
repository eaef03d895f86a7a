/**
 * DeleteRecords: moving the start of a partition's log, as Kafka's admin client does. Commit point: the compare-and-set of the
 * partition state. Other workers follow within the time for which they believe in a state, 30 s.
 */
import type { LogServices } from '../log/log-services.ts';
import { readVersionedState } from '../log/partition-state.ts';
import { replaceState } from '../log/publish.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { MillraceError } from '../protocol/errors.ts';

/** Others that may come between before ours gives up. */
const TRIES = 20;

/** Means the high watermark. */
const HIGH_WATERMARK = -1;

export interface DeleteRecordsRequest {
  readonly topic: string;
  readonly partition: number;
  /** The first offset to keep; -1 for none of those that are there. */
  readonly beforeOffset: number;
}

/**
 * @returns the log start from now on, which was above the offset already where another deleted more
 * @throws MillraceError OFFSET_OUT_OF_RANGE above the high watermark
 * @example await deleteRecords(services, { topic: 'click', partition: 0, beforeOffset: 1_000 });
 */
export function deleteRecords(services: LogServices, request: DeleteRecordsRequest): Promise<number> {
  const { topic, partition, beforeOffset } = request;
  return services.topics.withPartition(topic, partition, async at => {
    const { reader } = services.logs.of(at);
    const { highWatermark } = await reader.bounds();
    if (beforeOffset > highWatermark || beforeOffset < HIGH_WATERMARK) {
      const detail = `cannot delete before offset ${beforeOffset}, the log ends at ${highWatermark}`;
      throw new MillraceError('OFFSET_OUT_OF_RANGE', detail);
    }
    const moved = await moveLogStart(services, at, beforeOffset === HIGH_WATERMARK ? highWatermark : beforeOffset);
    reader.forget();
    return moved;
  });
}

async function moveLogStart(services: LogServices, at: TopicPartition, logStartOffset: number): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { state, version } = await readVersionedState(services.cluster, at);
    if (state.logStartOffset >= logStartOffset) return state.logStartOffset;
    const written = await replaceState(services, at, { state: { ...state, logStartOffset }, version });
    if (written) return logStartOffset;
  }
  throw new MillraceError('STORE_UNAVAILABLE', 'the partition state changed too often meanwhile; try again');
}
