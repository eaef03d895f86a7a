/** What a member of a group holds, and how far that was read. Nothing here asks the server. */
import type { TopicPartition } from './api-shapes.ts';
import type { GrantedPartition, MemberRight } from './group-shapes.ts';

export interface HeldPartition extends MemberRight {
  /** All below it was read. */
  read: number;
  committed: number;
  /** Whether others may have it: then it is held only until what was read is committed. */
  isLost: boolean;
}

export class HeldPartitions {
  readonly #held = new Map<string, HeldPartition>();

  /** Those that are lost as well. */
  get all(): readonly HeldPartition[] {
    return [...this.#held.values()];
  }

  /** What the member has. */
  get own(): readonly TopicPartition[] {
    return this.all.filter(({ isLost }) => !isLost).map(({ topic, partition }) => ({ topic, partition }));
  }

  get lost(): readonly HeldPartition[] {
    return this.all.filter(({ isLost }) => isLost);
  }

  /** Takes for the member's own what an answer grants, and for lost what it does not. @param startOf where one that is new begins */
  follow<P extends GrantedPartition>(granted: readonly P[], startOf: (partition: P) => number): void {
    const keys = new Set(granted.map(keyOf));
    for (const held of this.all) if (!keys.has(keyOf(held))) held.isLost = true;
    for (const each of granted) {
      const { topic, partition, assignmentEpoch } = each;
      if (this.#held.has(keyOf(each))) continue;
      const start = startOf(each);
      const held = { topic, partition, assignmentEpoch, read: start, committed: start, isLost: false };
      this.#held.set(keyOf(each), held);
    }
  }

  find(right: MemberRight): HeldPartition | undefined {
    return this.#held.get(keyOf(right));
  }

  giveUp(given: readonly HeldPartition[]): void {
    for (const held of given) {
      held.isLost = true;
      this.#held.delete(keyOf(held));
    }
  }
}

export const isAhead = ({ read, committed }: HeldPartition): boolean => read > committed;

/** Given again by a later epoch, a partition is another: what was read of it before does not count. */
const keyOf = ({ topic, partition, assignmentEpoch }: MemberRight): string =>
  `${topic}/${partition}/${assignmentEpoch}`;
