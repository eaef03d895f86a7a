/** The versioned cells that Millrace keeps, as types; `catalogue.ts` has their keys and layouts. */
import type { TopicConfigOverrides } from '../protocol/topic-config.ts';

/** A topic, stored under its name. */
export interface TopicCell {
  readonly topicId: string;
  readonly partitions: number;
  readonly config: TopicConfigOverrides;
  readonly createdAt: number;
  /** Whether it was deleted: the mark stays under its name until the name is used again. */
  readonly deleted: boolean;
  /** A moment after the mark was set: the name can be used again a while later. */
  readonly deletedAt?: number;
}

/** The boundaries of one partition's log. An absent cell means a log that was never rolled. */
export interface PartitionState {
  /** The first offset that can be read. */
  readonly logStartOffset: number;
  /** Records below it are in segments, from it on in entries. */
  readonly rolledOffset: number;
  /** The tombstone that a deleted topic leaves. */
  readonly deleted: boolean;
}

/** What is remembered of one idempotent producer in one partition. The log decides, the cell only bounds where to look. */
export interface ProducerCell {
  readonly epoch: number;
  /** The batch that may or may not be in the log, at `searchFrom` or above. */
  readonly pending?: PendingBatch;
  /** The last batches known to be in the log, oldest first; at most five, as in Kafka. */
  readonly recent: readonly CommittedBatch[];
}

export interface PendingBatch {
  readonly sequence: number;
  readonly count: number;
  readonly searchFrom: number;
}

export interface CommittedBatch {
  readonly sequence: number;
  readonly count: number;
  /** Base offset of the batch. */
  readonly offset: number;
}

/** Who has the last word on an old object: a reader that showed what it holds, or the sweep that deletes it. */
export type ObjectClaim = 'kept' | 'swept';

/** A worker that served a request lately: Kafka's broker. */
export interface WorkerCell {
  readonly brokerId: number;
  readonly host: string;
  readonly port: number;
  readonly seenAt: number;
}
