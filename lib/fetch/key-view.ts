/**
 * Where every key of one partition stands last, as one process knows it: read forward like a follower, from the log start to
 * the end as of each request, and kept for the next.
 *
 * Invariant: every record of [from, to) that still is in the log has its key in the view, at its offset or further on. What
 * compaction has removed was superseded further on, or was a tombstone of which nothing is left: a view that still has it leads to an offset
 * at which there is nothing.
 *
 * Where no memory is left, `to` stays, and the stretch from there to the end is gone through for the keys asked for: slower, and never wrong.
 */
import { type Deadline, timeLeftMs } from '../log/deadline.ts';
import { KeyOffsets } from '../log/key-offsets.ts';
import type { LogReader } from '../log/log-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { MillraceError } from '../protocol/errors.ts';
import { scanPage } from './scan-page.ts';

/** Keys of the first layer; each further one has twice as many as the last. */
const FIRST_LAYER_KEYS = 1_024;

/** Bytes of keys that a layer has room for, by the number of keys: with longer ones it holds fewer. */
const KEY_BYTES = 24;

/** What a layer takes of a key beside its bytes: two slots, hash, offset and position. */
const ENTRY_BYTES = 24;

/** Kept back of a request's time to read the records, and to write them. */
const RESERVE_MS = 1_000;

export interface KeyViewParts {
  readonly reader: LogReader;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether the view may take so many bytes more. */
  readonly mayGrow: (bytes: number) => boolean;
}

/** Where a key stands last; -1 where it does not. */
export type NewestOffset = (key: Uint8Array) => number;

export class KeyView {
  readonly #parts: KeyViewParts;
  /** A key is in one of them: the first that had room for it. One that refused a key never has room for it again. */
  readonly #layers: KeyOffsets[] = [];
  #from: number | undefined;
  #to = 0;
  /** Of the log, when the view was begun, and when it was last looked for. */
  #firstEnd = 0;
  #lastEnd = 0;
  #isFull = false;
  #step: Promise<void> | undefined;

  constructor(parts: KeyViewParts) {
    this.#parts = parts;
  }

  /** All that is read beside a view has to be read by its reader: another one may believe in older boundaries. */
  get reader(): LogReader {
    return this.#parts.reader;
  }

  /**
   * Whether another one would be better: it is full, and the log has grown since as much as it covers. Most of its keys may be
   * long deleted.
   */
  get isOutgrown(): boolean {
    return this.#isFull && this.#lastEnd - this.#firstEnd >= this.#to - (this.#from ?? 0);
  }

  /**
   * Covers the log, as far as there is memory.
   *
   * @returns where the log ended at some moment after the call
   * @throws MillraceError STORE_UNAVAILABLE where time is up; what was covered stays
   */
  async catchUp(deadline: Deadline): Promise<number> {
    const { logStartOffset, highWatermark } = await this.reader.bounds();
    this.#begin(logStartOffset, highWatermark);
    while (this.#to < highWatermark && (!this.#isFull || this.#grow())) {
      this.#step ??= this.#advance().finally(() => {
        this.#step = undefined;
      });
      await this.#step;
      if (this.#to < highWatermark) this.#expectTime(deadline, this.#to, highWatermark);
    }
    return highWatermark;
  }

  /** Where the key stands last in the part that is covered. */
  known(key: Uint8Array): number {
    for (const layer of this.#layers) {
      const offset = layer.get(key);
      if (offset !== undefined) return offset;
    }
    return -1;
  }

  /**
   * Where each of the keys stands last, at `end` or below if not beyond; of other keys nothing is known.
   *
   * @param end to which the view caught up
   */
  async newestOf(keys: readonly Uint8Array[], end: number, deadline: Deadline): Promise<NewestOffset> {
    if (this.#to >= end || keys.length === 0) return key => this.known(key);
    const beyond = this.#tableOf(keys);
    for (let offset = this.#to; offset < end; ) {
      this.#expectTime(deadline, offset, end);
      offset = await scanPage(this.reader, { offset }, (at, cursor) => {
        const key = cursor.key();
        if (key && beyond.get(key) !== undefined) beyond.put(key, at);
        return true;
      });
    }
    return key => Math.max(this.known(key), beyond.get(key) ?? -1);
  }

  #begin(logStartOffset: number, highWatermark: number): void {
    if (this.#from === undefined) {
      this.#from = logStartOffset;
      this.#firstEnd = highWatermark;
    }
    this.#to = Math.max(this.#to, logStartOffset);
    this.#lastEnd = Math.max(this.#lastEnd, highWatermark);
  }

  async #advance(): Promise<void> {
    const next = await scanPage(this.reader, { offset: this.#to }, (offset, cursor) => {
      const key = cursor.key();
      return key === null || this.#put(key, offset);
    });
    // the log start may have moved further meanwhile
    this.#to = Math.max(this.#to, next);
  }

  /** Whether there was room. */
  #put(key: Uint8Array, offset: number): boolean {
    return this.#layers.some(layer => layer.put(key, offset)) || (this.#grow() && this.#put(key, offset));
  }

  #grow(): boolean {
    const keys = FIRST_LAYER_KEYS * 2 ** this.#layers.length;
    this.#isFull = !this.#parts.mayGrow(keys * (ENTRY_BYTES + KEY_BYTES));
    if (!this.#isFull) this.#layers.push(this.#newTable(keys, keys * KEY_BYTES));
    return !this.#isFull;
  }

  /** A table that has the keys, at no offset. */
  #tableOf(keys: readonly Uint8Array[]): KeyOffsets {
    const table = this.#newTable(keys.length, 33 * keys.length);
    for (const key of keys) table.put(key, -1);
    return table;
  }

  #newTable(keys: number, keyBytes: number): KeyOffsets {
    const { random } = this.#parts;
    const word = () => Math.floor(random.float() * 2 ** 32) | 0;
    return new KeyOffsets({ keys, keyBytes, secret: [word(), word()] });
  }

  #expectTime(deadline: Deadline, offset: number, end: number): void {
    if (timeLeftMs(this.#parts.clock, deadline) > RESERVE_MS) return;
    const kept = this.#isFull ? 'there are more keys than are remembered' : 'what is read is kept';
    throw new MillraceError(
      'STORE_UNAVAILABLE',
      `the keys of the log are read up to offset ${offset} of ${end}, and time is up; ${kept}: try again`,
    );
  }
}
