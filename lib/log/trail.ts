/**
 * The entries that this worker lately saw at the end of a log, so that an idempotent batch is looked for in memory before
 * it is looked for in the store.
 *
 * Invariant: the entries kept tile [start, end) exactly.
 */
import { type LogEntry, nextOffsetAfter, type ObjectPayload, type ProducerBatch } from './log-entry.ts';

/** Entries kept; older ones are found in the store. */
const CAPACITY = 512;

export interface TrailEntry {
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly producers: readonly ProducerBatch[];
  /** Where its batches do not stand in it. */
  readonly object?: ObjectPayload;
}

export function trailEntry(entry: LogEntry): TrailEntry {
  const { baseOffset, producers, payload } = entry;
  const passed = { baseOffset, nextOffset: nextOffsetAfter(entry), producers };
  return payload.kind === 'object' ? { ...passed, object: payload } : passed;
}

export class Trail {
  #entries: TrailEntry[] = [];
  #start = 0;
  #end = 0;

  /** Where the log ended when it was last looked at. */
  get end(): number {
    return this.#end;
  }

  /** Goes on from `offset`, and forgets all unless it is the end. */
  continueAt(offset: number): void {
    if (offset === this.#end) return;
    this.#entries = [];
    this.#start = offset;
    this.#end = offset;
  }

  /** Adds an entry seen at the end. One that does not follow makes a new start. */
  push(entry: LogEntry): void {
    this.continueAt(entry.baseOffset);
    this.#end = nextOffsetAfter(entry);
    this.#entries.push(trailEntry(entry));
    if (this.#entries.length >= 2 * CAPACITY) this.#dropOldest();
  }

  /** The entries from the boundary `from` on, or `undefined` where the trail does not reach back so far. */
  since(from: number): readonly TrailEntry[] | undefined {
    if (from < this.#start || from > this.#end) return undefined;
    const first = this.#entries.findIndex(entry => entry.baseOffset >= from);
    return first < 0 ? [] : this.#entries.slice(first);
  }

  #dropOldest(): void {
    this.#entries = this.#entries.slice(-CAPACITY);
    this.#start = this.#entries[0]?.baseOffset ?? this.#end;
  }
}
