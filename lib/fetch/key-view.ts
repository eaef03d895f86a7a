/**
 * Where every key of one partition stands last, as one process knows it: read forward like a follower, from the log start to
 * the end as of each request, and kept for the next.
 *
 * Invariant: of a key that is in the view, no record of [from, to) stands further on than the view has it; the records of a key
 * that is not stand at `missedFrom` or beyond. What compaction has removed was superseded further on, or was a tombstone of which
 * nothing is left: a view that still has it leads to an offset at which there is nothing.
 *
 * Where no memory is left, the keys that are in stay right, and the log is gone through from `missedFrom` for others that are
 * asked for: slower, and never wrong.
 */
import { type Deadline, timeLeftMs } from '../log/deadline.ts';
import { KeyOffsets, MOST_KEY_BYTES, newSecret } from '../log/key-offsets.ts';
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
  /** The end of the log as it was when the view was begun, and as it was last told. */
  #firstEnd = 0;
  #end = 0;
  /** Where the first record stands whose key had no room. */
  #missedFrom: number | undefined;
  /** Whether there was no memory when it was last asked for, in this catching up. */
  #isRefused = false;
  #step: Promise<void> | undefined;

  constructor(parts: KeyViewParts) {
    this.#parts = parts;
  }

  /** All that is read beside a view has to be read by its reader: another one may believe in older boundaries. */
  get reader(): LogReader {
    return this.#parts.reader;
  }

  /** Whether it has still to read what was in the log when it was last asked. */
  get isBehind(): boolean {
    return this.#to < this.#end;
  }

  /** Whether it had no room for some keys. */
  get isFull(): boolean {
    return this.#missedFrom !== undefined;
  }

  /** Bytes that it would take with its next growth. */
  get nextLayerBytes(): number {
    return this.#nextLayerKeys() * (ENTRY_BYTES + KEY_BYTES);
  }

  /** Whether the log has doubled since it was begun: most of its keys may be long deleted. */
  get isOutgrown(): boolean {
    return this.#end - this.#firstEnd >= this.#firstEnd - (this.#from ?? 0);
  }

  /**
   * Reads on to the end of the log.
   *
   * @returns where the log ended at some moment after the call
   * @throws MillraceError STORE_UNAVAILABLE where time is up; what was covered stays
   */
  async catchUp(deadline: Deadline): Promise<number> {
    const { logStartOffset, highWatermark } = await this.reader.bounds();
    this.#begin(logStartOffset, highWatermark);
    while (this.#to < highWatermark) {
      this.#step ??= this.#advance().finally(() => {
        this.#step = undefined;
      });
      await this.#step;
      if (this.#to < highWatermark && !this.#hasTime(deadline)) {
        const detail = `the keys of the log are read up to offset ${this.#to} of ${highWatermark}, and time is up`;
        throw new MillraceError('STORE_UNAVAILABLE', `${detail}; what is read is kept: try again`);
      }
    }
    return highWatermark;
  }

  /** Where the key stands last, of those that are in the view; -1 of others. */
  known(key: Uint8Array): number {
    for (const layer of this.#layers) {
      const offset = layer.get(key);
      if (offset !== undefined) return offset;
    }
    return -1;
  }

  /**
   * Where each of these keys stands last below `end`, or further on.
   *
   * @param end to which the view caught up
   * @throws MillraceError STORE_UNAVAILABLE where some of them are not in the view, and the rest of the log is too long to go through
   */
  async newestOf(keys: readonly Uint8Array[], end: number, deadline: Deadline): Promise<NewestOffset> {
    const missedFrom = this.#missedFrom;
    const unknown = missedFrom === undefined ? [] : keys.filter(key => this.known(key) < 0);
    if (missedFrom === undefined || unknown.length === 0) return key => this.known(key);
    const beyond = this.#tableOf(unknown);
    for (let offset = missedFrom; offset < end; ) {
      if (!this.#hasTime(deadline)) throw tooManyKeys(missedFrom, end);
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
    this.#end = Math.max(this.#end, highWatermark);
    // others may have gone
    this.#isRefused = false;
  }

  async #advance(): Promise<void> {
    const next = await scanPage(this.reader, { offset: this.#to }, (offset, cursor) => {
      const key = cursor.key();
      if (key && !this.#put(key, offset)) this.#missedFrom ??= offset;
      return true;
    });
    // the log start may have moved further meanwhile
    this.#to = Math.max(this.#to, next);
  }

  /** Whether there was room. */
  #put(key: Uint8Array, offset: number): boolean {
    return this.#layers.some(layer => layer.put(key, offset)) || (this.#grow() && this.#put(key, offset));
  }

  #grow(): boolean {
    if (this.#isRefused) return false;
    const keys = this.#nextLayerKeys();
    this.#isRefused = !this.#parts.mayGrow(this.nextLayerBytes);
    if (!this.#isRefused) this.#layers.push(this.#newTable(keys, keys * KEY_BYTES));
    return !this.#isRefused;
  }

  #nextLayerKeys(): number {
    return FIRST_LAYER_KEYS * 2 ** this.#layers.length;
  }

  /** A table that has the keys, at no offset. */
  #tableOf(keys: readonly Uint8Array[]): KeyOffsets {
    const table = this.#newTable(keys.length, MOST_KEY_BYTES * keys.length);
    for (const key of keys) table.put(key, -1);
    return table;
  }

  #newTable(keys: number, keyBytes: number): KeyOffsets {
    return new KeyOffsets({ keys, keyBytes, secret: newSecret(this.#parts.random) });
  }

  #hasTime(deadline: Deadline): boolean {
    return timeLeftMs(this.#parts.clock, deadline) > RESERVE_MS;
  }
}

const tooManyKeys = (missedFrom: number, end: number) =>
  new MillraceError(
    'STORE_UNAVAILABLE',
    `the log has more keys than a worker remembers, and to go through it from offset ${missedFrom} to ${end} takes too long; compact it, or spread its keys over more partitions`,
  );
