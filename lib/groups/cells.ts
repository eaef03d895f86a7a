/** The items that a group consists of, as types; `items.ts` has their keys and layouts. */
import type { TopicPartition } from '../log/topic-partition.ts';

/** A group, stored under its id. All its other items are stored under the id of its life. */
export interface GroupHead {
  /** Made anew whenever a group is created; a group that was deleted and created again is another. */
  readonly life: string;
  /** Grows with every change of the assignment, also from one life to the next. */
  readonly epoch: number;
  /** The epoch with which this life began: nobody is assigned anything in it. */
  readonly bornEpoch: number;
  /** When the epoch began, in milliseconds since the epoch of time. */
  readonly changedAt: number;
  /** A moment within a day of the last use by somebody who is no member, in milliseconds. */
  readonly usedAt: number;
  /** The trigger whose group it is: then it has no members, and nobody else commits. */
  readonly trigger?: TriggerRef;
  /** When the group was deleted, in milliseconds; the mark stays under its id until the id is used again, or for 30 days. */
  readonly diedAt?: number;
}

export interface TriggerRef {
  readonly name: string;
  readonly triggerId: string;
}

/** Who has which partition from one epoch on. Write-once. */
export interface Assignment {
  readonly epoch: number;
  readonly members: readonly MemberIncarnation[];
  readonly topics: readonly AssignedTopic[];
  /** When the epochs began that are some partition's `since`, in milliseconds; not of those that began longer ago than any rebalance timeout. */
  readonly began: ReadonlyMap<number, number>;
}

/** A process that came back under a member's id is another incarnation of it. */
export interface MemberIncarnation {
  readonly memberId: string;
  readonly incarnation: string;
}

export interface AssignedTopic {
  readonly name: string;
  readonly topicId: string;
  /** By partition. */
  readonly owners: readonly Ownership[];
}

export interface Ownership {
  /** Of the owner, in the assignment's `members`. */
  readonly member: number;
  /** The epoch that gave the partition to this incarnation of the member. */
  readonly since: number;
}

/** A member, or a consumer instance that may become one. */
export interface Member {
  readonly incarnation: string;
  readonly clientId: string;
  /** Its stable name, where it has one: then leaving for a while does not cost it its partitions. */
  readonly instanceId?: string;
  /** When it was heard of, by the clock of the worker that heard it, in milliseconds. */
  readonly seenAt: number;
  readonly hasLeft: boolean;
  /** The last assignment that it is known to follow: it holds nothing that is not its own there. */
  readonly ackedEpoch: number;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly subscription: Subscription;
  readonly assignor: AssignorName;
  readonly offsetReset: OffsetReset;
  /** What the server keeps for a client that keeps nothing itself. */
  readonly instance?: ConsumerInstance;
}

/** Nothing where it has neither names nor a pattern: then it is no member. */
export interface Subscription {
  readonly topics: readonly string[];
  readonly pattern?: string;
}

export const assignorNames = ['uniform', 'range'] as const;

export type AssignorName = (typeof assignorNames)[number];

export const offsetResets = ['earliest', 'latest', 'none'] as const;

/** Where to begin in a partition that the group has no offset of. */
export type OffsetReset = (typeof offsetResets)[number];

/** A consumer of the v2 API: its settings, and how far it has read. */
export interface ConsumerInstance {
  readonly format: 'binary' | 'json';
  readonly autoCommit: boolean;
  readonly fetchMinBytes: number;
  readonly requestTimeoutMs: number;
  /** The partitions that it chose itself, where it is not subscribed. */
  readonly isManual: boolean;
  readonly held: readonly HeldPosition[];
  /** Names the last answer with records. */
  readonly pollId: string;
  /** When its positions were last committed by themselves, in milliseconds. */
  readonly autoCommittedAt: number;
}

/** A partition that an instance reads, by a right or by its own choice. */
export interface HeldPosition extends TopicPartition {
  readonly topic: string;
  /** Of the right to it; 0 where it was chosen. */
  readonly since: number;
  /** The next offset to read. */
  readonly position: number;
  /** The offset after the last record that the client is known to have; the position, but for the last answer. */
  readonly received: number;
  /** What the instance committed last; -1 for nothing. */
  readonly committed: number;
}

/** What a group knows of one partition. */
export interface OffsetCell {
  readonly topic: string;
  /** The committed offset, which is the next to be read; none where nothing was committed, or it was deleted. */
  readonly offset?: number;
  readonly metadata: string;
  /** Milliseconds. */
  readonly committedAt: number;
  /** Where the group begins, as long as nothing is committed. */
  readonly start?: number;
  /** The member whose commits are taken; nobody's where there is none. */
  readonly owner?: MemberIncarnation;
  /** The epoch that gave the owner its right, or at which the cell was last set without one. */
  readonly since: number;
  /** How a trigger gets on with the partition, where the group is a trigger's. */
  readonly run?: TriggerRun;
}

/**
 * The lease, the fence and the progress of a trigger's runner, in the cell of the offset: who takes the lease changes the cell, so
 * nothing that another runner has begun can be written any more.
 *
 * The current range is from the committed offset to the last of `ends`; without ends, none is fixed.
 */
export interface TriggerRun {
  readonly triggerId: string;
  /** Grows with every taking of the lease. */
  readonly epoch: number;
  /** The runner that holds the lease, or held it last. */
  readonly holder: string;
  /** Until when, in milliseconds by its clock; 0 where it gave the lease back. */
  readonly until: number;
  /** Where ranges end that have to be delivered as they are, the outermost first. */
  readonly ends: readonly number[];
  /** How often the current range has failed. */
  readonly failures: number;
  /** Invocations of the current range that were begun and of which nothing is known, the one under way among them. */
  readonly unknown: number;
  /** Records below this offset are delivered one by one: among them is one with which a runner died. */
  readonly soloUntil: number;
  /** Not before then is anything invoked again, in milliseconds; 0 for at once. */
  readonly notBefore: number;
  readonly lastResult?: TriggerResult;
}

/** How the last invocation of a partition ended. */
export interface TriggerResult {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Why it failed; it did not where this is left out. */
  readonly error?: string;
  /** Why the records that were given up have not come to the destination. */
  readonly unsent?: string;
}

/** A life of a group that is over, to be swept, stored under its id. */
export interface DeadLife {
  readonly groupId: string;
  /** When all of it had been removed once, in milliseconds; what was under way may have written since. */
  readonly sweptAt?: number;
}
