import {
  type BatchProducer,
  batchOverheadInBytes,
  noProducer,
  type TimestampType,
  writeBatchHeader,
} from './batch-header.ts';
import { noTimestamp } from './timestamp.ts';

export interface EmptyBatchOptions {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producer?: BatchProducer;
  readonly timestampType?: TimestampType;
  /** What the batch had before it was emptied; none by default. */
  readonly maxTimestamp?: number;
}

/**
 * What Kafka's cleaner leaves of a batch that lost all its records: a header over the same offsets, with the same producer
 * and sequence, so that the log has no gap and duplicates are still known.
 */
export function emptyBatch(options: EmptyBatchOptions): Uint8Array {
  const batch = new Uint8Array(batchOverheadInBytes);
  writeBatchHeader(batch, {
    ...(options.producer ?? noProducer),
    baseOffset: options.baseOffset,
    codec: 'none',
    timestampType: options.timestampType ?? 'CreateTime',
    lastOffsetDelta: options.lastOffset - options.baseOffset,
    baseTimestamp: noTimestamp,
    maxTimestamp: options.maxTimestamp ?? noTimestamp,
    recordsCount: 0,
  });
  return batch;
}
