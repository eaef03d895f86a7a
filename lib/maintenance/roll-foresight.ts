/**
 * When a log that grows is to be looked at again, so that one that is appended to all the time is not looked at all the time.
 *
 * From one look to the next it is foreseen how many entries the log can take until half of its room is gone, by what an entry has held
 * so far. Entries that are larger than those before them may make a roll late by a minute, or until the next run of all maintenance.
 */
import { ageMs, type Moment, momentNow } from '../log/belief.ts';
import { logKeyOf } from '../log/catalogue.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { Clock } from '../ports/clock.ts';

/** Whatever was foreseen, a log that grows is looked at so often. */
const LOOKED_AT_MS = 60_000;

/** Entries that are larger than those before them are allowed for by so much. */
const LARGER = 2;

/** Partitions that are remembered; the one that was looked at longest ago goes first. */
const REMEMBERED_PARTITIONS = 4_096;

/** What was seen of a log that is not due. */
export interface SeenRoom {
  /** Bytes of its hot end. */
  readonly sizeInBytes: number;
  /** Those at which it is rolled. */
  readonly rolledAtBytes: number;
}

interface Foreseen {
  readonly lookedAt: Moment;
  readonly sizeInBytes: number;
  /** Entries since. */
  readonly entries: number;
  /** After so many it is looked at again. */
  readonly mostEntries: number;
}

export class RollForesight {
  readonly #clock: Clock;
  readonly #foreseen = new Map<string, Foreseen>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether to look at a log that has taken so many entries more. */
  isDue(at: TopicPartition, entries: number): boolean {
    const key = logKeyOf(at);
    const before = this.#foreseen.get(key);
    if (!before) return true;
    const foreseen = { ...before, entries: before.entries + entries };
    this.#foreseen.set(key, foreseen);
    return foreseen.entries >= foreseen.mostEntries || ageMs(this.#clock, foreseen.lookedAt) >= LOOKED_AT_MS;
  }

  /** It was looked at, and is not due. */
  note(at: TopicPartition, { sizeInBytes, rolledAtBytes }: SeenRoom, entries: number): void {
    const key = logKeyOf(at);
    const before = this.#foreseen.get(key) ?? { sizeInBytes: 0, entries };
    const bytesOfEntry = Math.max(1, sizeInBytes - before.sizeInBytes) / Math.max(1, before.entries);
    const mostEntries = (rolledAtBytes - sizeInBytes) / LARGER / bytesOfEntry;
    this.#foreseen.delete(key);
    this.#foreseen.set(key, { lookedAt: momentNow(this.#clock), sizeInBytes, entries: 0, mostEntries });
    const [oldest] = this.#foreseen.keys();
    if (this.#foreseen.size > REMEMBERED_PARTITIONS && oldest !== undefined) this.#foreseen.delete(oldest);
  }

  /** It is looked at whenever it has grown. */
  forget(at: TopicPartition): void {
    this.#foreseen.delete(logKeyOf(at));
  }
}
