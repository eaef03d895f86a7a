/** Batches that may stand in a log where nobody has looked. */
import type { LogHistory } from './log-history.ts';
import { possibleCopies, type SentBatch } from './sent-batch.ts';

export interface UnseenBatch {
  readonly batch: SentBatch;
  /** Of each copy that may have been stored and that nobody knows of, from when on; by time. */
  readonly since: readonly number[];
}

/** Of a batch's copies some are known; those that are not may be any, the earliest at best. */
export function unseenBatches({ batches }: LogHistory, producerForgottenMs: number): readonly UnseenBatch[] {
  return batches.map(batch => {
    const possible = possibleCopies(batch, producerForgottenMs);
    const unknown = possible.filter(({ isUnknown }) => isUnknown);
    const since = unknown.slice(0, Math.max(0, possible.length - batch.baseOffsets.size)).map(copy => copy.since);
    return { batch, since };
  });
}
