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
  /** Who keeps it as they declare it; none of a topic that was simply created. */
  readonly declaredBy?: Declarer;
}

/** Who declares a topic, such as a resource of a stack. */
export interface Declarer {
  /** The same in every life: one that comes again takes up what it left. */
  readonly name: string;
  /** Other each time it is made: what it finds from a life before, it does not delete. */
  readonly life: string;
}

/** The boundaries of one partition's log. An absent cell means a log that was never rolled. */
export interface PartitionState {
  /** The first offset that can be read. */
  readonly logStartOffset: number;
  /** Records below it are in segments, from it on in entries. */
  readonly rolledOffset: number;
  /** Bytes of all batches that ever stood below the rolled offset. */
  readonly rolledBytes: number;
  /** The largest timestamp of the entry that ends at the rolled offset; append times do not go below it. */
  readonly rolledTimestamp: number;
  /** Grows whenever what was begun before must not be published any more. */
  readonly fence: number;
  /** Epoch of the last leader that put up its fence. */
  readonly leaderEpoch: number;
  /** The manifest of the segments that reach from the log start to the rolled offset; none where there are none. */
  readonly manifestKey?: string;
  /** The tombstone that a deleted topic leaves. */
  readonly deleted: boolean;
}

/** Who may move the boundaries of a partition's log. */
export interface LeaderLease {
  readonly brokerId: number;
  /** Grows with every change of the leader. */
  readonly leaderEpoch: number;
  /** Until when, by the leader's wall clock in milliseconds. */
  readonly until: number;
}

/** What the last sweep of a partition's objects left for the next. */
export interface SweepMark {
  /** The fence that it ended: nothing that was begun at it or below can be published any more. */
  readonly fence: number;
  /** A moment after it ended that fence, by the sweeper's wall clock in milliseconds. */
  readonly endedAt: number;
  /** The manifest that held when the fence was ended. */
  readonly manifestKey?: string;
  /** Big batches put before this are in entries below the rolled offset of then, or in none; milliseconds. */
  readonly batchesBefore: number;
}

/** What had been rolled at some moment, where the store does not drop entries by itself. */
export interface RolledMark {
  readonly rolledOffset: number;
  /** A moment at which it had been, in milliseconds since the epoch. */
  readonly at: number;
}

/** What is left of a deleted topic to be removed, stored under its id. */
export interface DeletedTopic {
  readonly name: string;
  readonly partitions: number;
  /** When all of it had been removed once; late appends may have come since. */
  readonly removedAt?: number;
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
