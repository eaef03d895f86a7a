/**
 * Shares topics with the other consumers of a group: pages of records of the partitions that are its own for now, until it is closed.
 *
 * A page counts as read when the next one is asked for, or at `commit()`; what was read is committed now and then, when a partition
 * goes to another consumer, and at the end. So each record comes to some consumer at least once, and again where one dies before it
 * commits, or is not heard of for its session timeout. While the caller is busy with a page, heartbeats go on.
 */
import type { TopicPartition } from './api-shapes.ts';
import { GroupMember, type GroupPage, type HeldPage, isGone } from './group-member.ts';
import type { MemberIdentity, MemberSettings } from './group-shapes.ts';
import type { MillraceClient } from './millrace-client.ts';
import { RequestError } from './request-error.ts';
import { type ClientTiming, randomId } from './timing.ts';

const DEFAULT_COMMIT_EVERY_MS = 5_000;

/** How long one poll waits for records; never past the time when the member is expected back. */
const DEFAULT_MAX_WAIT_MS = 10_000;

const DEFAULT_MAX_BYTES = 1_048_576;

/** Before it asks again where a partition cannot be read for now, or where it was a member no more. */
const PAUSE_MS = 500;

/** Topics by name, by pattern, or both. */
export interface GroupConsumerOptions extends MemberSettings, Pick<MemberIdentity, 'group' | 'instanceId'> {
  readonly commitEveryMs?: number;
  readonly maxWaitMs?: number;
  /** Of one poll, which may give a page of each partition; a record that is larger comes alone. */
  readonly maxBytes?: number;
  /** With an `instanceId`: at the end its partitions are kept, for the session timeout, for the process that comes back. */
  readonly keepPartitions?: boolean;
  /** Told what the consumer has whenever that has changed. */
  readonly onAssignment?: (partitions: readonly TopicPartition[]) => void;
}

/**
 * @example
 * const consumer = new GroupConsumer(client, { group: 'counts', topics: ['click'], autoOffsetReset: 'earliest' });
 * for await (const { topic, partition, records } of consumer)
 *   for (const { offset, value } of records) console.log(topic, partition, offset, value);
 */
export class GroupConsumer implements AsyncIterable<GroupPage> {
  /** Made anew for each consumer: the group knows it by this, or by its instance id. */
  readonly memberId: string;
  readonly #options: GroupConsumerOptions;
  readonly #timing: ClientTiming;
  readonly #member: GroupMember;
  readonly #closed = new AbortController();
  #committedAt: number;
  #isBegun = false;
  #isHeldUp = false;
  #left: Promise<void> | undefined;

  constructor(client: MillraceClient, options: GroupConsumerOptions) {
    const { group, instanceId, onAssignment = () => {} } = options;
    this.memberId = randomId(client.timing);
    this.#options = options;
    this.#timing = client.timing;
    this.#committedAt = this.#timing.now();
    const identity = { group, instanceId, memberId: this.memberId };
    this.#member = new GroupMember(client.groups, client.timing, { identity, settings: options, onAssignment });
  }

  /** The partitions that it has. */
  get assignment(): readonly TopicPartition[] {
    return this.#member.assignment;
  }

  /**
   * Commits what was read, the page that the caller has included. A partition that went to another consumer meanwhile is passed over.
   *
   * @throws RequestError
   */
  async commit(): Promise<void> {
    this.#member.countAsRead();
    await this.#commit();
  }

  /**
   * Ends the iteration, also while it waits; commits what was read, and leaves the group. What it cannot tell the server the end of
   * its session does.
   */
  close(): Promise<void> {
    this.#closed.abort();
    this.#left ??= this.#leave();
    return this.#left;
  }

  /**
   * Gives the pages that have records. To end it in any way is to close the consumer; a page that the loop ends with does not count as
   * read, but for `commit()`.
   *
   * @throws RequestError FENCED_MEMBER where another consumer came with the same instance id
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<GroupPage, void, undefined> {
    try {
      yield* this.#pages();
    } catch (error) {
      // who cannot reach the server, or is nobody there, has nothing to tell it
      if (error instanceof RequestError && (error.retriable || error.code === 'FENCED_MEMBER'))
        this.#left ??= Promise.resolve();
      throw error;
    } finally {
      await this.close();
    }
  }

  async *#pages(): AsyncGenerator<GroupPage, void, undefined> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      for (const held of await this.#poll()) {
        if (!(await this.#isStillOwn(held))) continue;
        this.#member.beginRead(held);
        const read = new AbortController();
        const beats = this.#beatUntil(AbortSignal.any([signal, read.signal]));
        try {
          yield held.page;
        } finally {
          read.abort();
          await beats;
        }
        if (signal.aborted) return;
        this.#member.endRead();
        if (this.#isCommitDue()) await this.#commit();
      }
    }
  }

  /** Pages to read; none where it was closed meanwhile, or has to join again. */
  async #poll(): Promise<readonly HeldPage[]> {
    const { signal } = this.#closed;
    const { maxWaitMs = DEFAULT_MAX_WAIT_MS, maxBytes = DEFAULT_MAX_BYTES } = this.#options;
    this.#isBegun = true;
    try {
      await this.#waitForTurn();
      const commit = this.#isCommitDue();
      const { pages, isHeldUp } = await this.#member.poll({ commit, maxWaitMs, maxBytes, signal });
      if (commit) this.#committedAt = this.#timing.now();
      this.#isHeldUp = isHeldUp && pages.length === 0;
      return pages;
    } catch (error) {
      if (!signal.aborted && !isGone(error)) throw error;
      this.#isHeldUp = true;
      return [];
    }
  }

  async #waitForTurn(): Promise<void> {
    const pauseMs = this.#isHeldUp ? PAUSE_MS : 0;
    // without a partition there is nothing to ask for before
    const idleMs = this.assignment.length === 0 ? (this.#member.dueInMs ?? 0) : 0;
    const waitMs = Math.max(pauseMs, idleMs);
    if (waitMs > 0) await this.#timing.sleep(waitMs, this.#closed.signal);
  }

  /** Whether a page may be read; who is late, as after a sleep of its machine, asks first whether it is still a member. */
  async #isStillOwn({ from }: HeldPage): Promise<boolean> {
    try {
      if (this.#member.dueInMs === 0) await this.#member.heartbeat();
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    return !from.isLost && !this.#closed.signal.aborted;
  }

  /** Keeps the session while the caller has a page. */
  async #beatUntil(signal: AbortSignal): Promise<void> {
    for (let dueInMs = this.#member.dueInMs; dueInMs !== undefined; dueInMs = this.#member.dueInMs) {
      try {
        await this.#timing.sleep(dueInMs, signal);
        await this.#member.heartbeat();
      } catch (error) {
        // the page was read, or it is final, which the next poll says again
        if (!(error instanceof RequestError && error.retriable)) return;
      }
    }
  }

  #isCommitDue(): boolean {
    const { commitEveryMs = DEFAULT_COMMIT_EVERY_MS } = this.#options;
    return this.#member.isAhead && this.#timing.now() - this.#committedAt >= commitEveryMs;
  }

  async #commit(): Promise<void> {
    try {
      await this.#member.commit();
      this.#committedAt = this.#timing.now();
    } catch (error) {
      // then it has nothing to commit any more, and joins with the next poll
      if (!isGone(error)) throw error;
    }
  }

  async #leave(): Promise<void> {
    if (!this.#isBegun) return;
    try {
      await this.#commit();
      await this.#member.leave({ keepPartitions: this.#options.keepPartitions ?? false });
    } catch {
      // its session ends all the same, and what was not committed comes again
    }
  }
}
