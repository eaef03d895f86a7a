/**
 * The cells that this process wrote last. What is remembered of one may be old, so it serves for one thing only: as what a
 * compare-and-set expects to find.
 */
import type { TopicPartition } from '../log/topic-partition.ts';
import type { OffsetCell } from './cells.ts';

/** A cell as it was read; without one its version is 0. */
export interface StoredOffset {
  readonly cell: OffsetCell | undefined;
  readonly version: number;
}

/** Cells that a process remembers; the one written longest ago goes first. */
const REMEMBERED = 4_096;

export class KnownOffsets {
  readonly #known = new Map<string, StoredOffset>();

  of(life: string, at: TopicPartition): StoredOffset | undefined {
    return this.#known.get(keyOf(life, at));
  }

  remember(life: string, at: TopicPartition, stored: StoredOffset): void {
    const key = keyOf(life, at);
    this.#known.delete(key);
    this.#known.set(key, stored);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
  }
}

const keyOf = (life: string, { topicId, partition }: TopicPartition): string => `${life}/${topicId}/${partition}`;
