/** What is to be done for a partition no oftener than once in a while by one process. */
import { ageMs, type Moment, momentNow } from '../log/belief.ts';
import { logKeyOf } from '../log/catalogue.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { Clock } from '../ports/clock.ts';

/** Partitions that a process remembers; the one of longest ago goes first. */
const REMEMBERED_PARTITIONS = 4_096;

export class OnceInAWhile {
  readonly #clock: Clock;
  readonly #againAfterMs: number;
  readonly #doneAt = new Map<string, Moment>();

  constructor(clock: Clock, againAfterMs: number) {
    this.#clock = clock;
    this.#againAfterMs = againAfterMs;
  }

  /** Whether it has not been done lately; remembers that it is now. */
  isDue(at: TopicPartition): boolean {
    const key = logKeyOf(at);
    const doneAt = this.#doneAt.get(key);
    if (doneAt && ageMs(this.#clock, doneAt) < this.#againAfterMs) return false;
    this.#doneAt.delete(key);
    this.#doneAt.set(key, momentNow(this.#clock));
    const [oldest] = this.#doneAt.keys();
    if (this.#doneAt.size > REMEMBERED_PARTITIONS && oldest !== undefined) this.#doneAt.delete(oldest);
    return true;
  }

  /** It was not done after all. */
  forget(at: TopicPartition): void {
    this.#doneAt.delete(logKeyOf(at));
  }
}
