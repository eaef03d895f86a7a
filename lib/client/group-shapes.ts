/** What the client sends and receives of consumer groups: its own shapes, and those of the API where they differ. */
import type { OffsetSpec, Page, ReadRecord, TopicPartition } from './api-shapes.ts';
import type { RequestError } from './request-error.ts';

/** An offset to commit: that of the next record to read. */
export interface OffsetToCommit extends TopicPartition {
  readonly offset: number;
  /** Up to 4,096 bytes that come back with the offset. */
  readonly metadata?: string;
}

export interface CommittedOffset extends Required<OffsetToCommit> {
  /** Milliseconds since the epoch. */
  readonly committedAt: number;
}

export interface CommitOffsetsParams {
  readonly group: string;
  readonly offsets: readonly OffsetToCommit[];
}

export interface ResetOffsetsParams {
  readonly group: string;
  readonly topic: string;
  /** All of them, where it is left out. */
  readonly partitions?: readonly number[];
  /** What lies beyond either end of a partition becomes that end. */
  readonly to:
    | OffsetSpec
    | { readonly kind: 'offset'; readonly offset: number }
    /** From what is committed, back or forth. */
    | { readonly kind: 'shift'; readonly by: number };
}

/** How much a group has yet to read of a partition. */
export interface PartitionLag extends TopicPartition {
  /** The next that it reads. */
  readonly currentOffset: number;
  readonly logEndOffset: number;
  readonly lag: number;
  /** The member that has the partition; undefined for none. */
  readonly member: string | undefined;
}

export interface MemberIdentity {
  readonly group: string;
  /** Made anew whenever the member starts. */
  readonly memberId: string;
  /** A name that stays. */
  readonly instanceId?: string | undefined;
}

export type AutoOffsetReset = 'earliest' | 'latest' | 'none';

/** What a member wants of its group. */
export interface MemberSettings {
  readonly topics?: readonly string[] | undefined;
  /** An RE2 pattern of whole topic names. */
  readonly pattern?: string | undefined;
  readonly autoOffsetReset?: AutoOffsetReset | undefined;
  readonly sessionTimeoutMs?: number | undefined;
}

/** What a member holds by the group's assignment of an epoch. */
export interface MemberRight extends TopicPartition {
  readonly assignmentEpoch: number;
}

export interface MemberPosition extends MemberRight {
  /** Of the next record to read. */
  readonly position: number;
}

export interface MemberRequest<R extends MemberRight> {
  /** Of the last answer; 0 to join. */
  readonly memberEpoch: number;
  /** To join; later they stay as they are. */
  readonly settings?: MemberSettings | undefined;
  readonly held: readonly R[];
}

export interface PollParams extends MemberRequest<MemberPosition> {
  /** Whether all below the positions has been read. */
  readonly commit: boolean;
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** A partition that a member may hold, from an answer. */
export interface GrantedPartition extends MemberRight {
  /** Of a poll, where to read on; of a heartbeat, where to begin in one that is new. Undefined where there is no saying. */
  readonly position: number | undefined;
}

export interface PolledPartition extends GrantedPartition, Omit<Page, 'nextOffset'> {
  /** Why no more of it was read, if that is so. */
  readonly error: RequestError | undefined;
}

export interface MemberAnswer<P extends GrantedPartition> {
  readonly memberEpoch: number;
  /** When the next request is due. */
  readonly heartbeatIntervalMs: number;
  readonly partitions: readonly P[];
}

/** One of the partitions in an answer to a member. */
export interface MemberPartitionBody {
  readonly topic_name: string;
  readonly partition_id: number;
  readonly assignment_epoch: number;
  readonly position?: number | null;
  readonly offset?: number | null;
  readonly high_watermark?: number;
  readonly error_code?: number;
  readonly message?: string;
  readonly records?: readonly ReadRecord[];
}

export interface MemberBody {
  readonly member_epoch: number;
  readonly heartbeat_interval_ms: number;
  readonly assignment: { readonly topic_partitions: readonly MemberPartitionBody[] };
}

/** What became of each partition of a request that writes offsets. */
export interface OffsetResultsBody {
  readonly offsets: readonly {
    readonly topic_name: string;
    readonly partition_id: number;
    readonly offset?: number;
    readonly message?: string;
  }[];
}
