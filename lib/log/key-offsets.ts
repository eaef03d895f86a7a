/**
 * The newest offset of every key that was put in, in memory of a size that is set beforehand: Kafka's `OffsetMap`.
 *
 * No two keys are taken for one. Keys up to 32 bytes are kept as they are; a longer one by its SHA-256, of which no two have ever
 * been found equal: among 2^21 keys they would be with a chance of 2^-215. Where Kafka holds 24 bytes a key, of which 16 are
 * its MD5, this holds 33 and the key.
 *
 * A table of slots with linear probing, at most half of them taken, over arrays that hold offset, hash and key of each entry.
 */
import { hash } from 'node:crypto';
import type { Random } from '../ports/random.ts';
import { type HashSecret, halfSipHash } from '../record/half-sip-hash.ts';

/** A longer key is kept by its digest, which takes as many bytes. */
const LONGEST_KEPT = 32;

/** What a key takes at most. */
export const MOST_KEY_BYTES = LONGEST_KEPT + 1;

/** Stands before a key, in place of its length, where what follows is a digest. */
const IS_DIGEST = 0xff;

export const newSecret = (random: Random): HashSecret => [randomWord(random), randomWord(random)];

const randomWord = (random: Random): number => Math.floor(random.float() * 2 ** 32) | 0;

export interface KeyOffsetsOptions {
  /** Keys that fit, at most. */
  readonly keys: number;
  /** Bytes of keys that fit, each with one more; no key takes more than 33. */
  readonly keyBytes: number;
  /** Random: without it, whoever chooses the keys could make every search a long one. */
  readonly secret: HashSecret;
}

/** @example const newest = new KeyOffsets({ keys: 1_000, keyBytes: 33_000, secret }); newest.put(key, offset); */
export class KeyOffsets {
  readonly #secret: HashSecret;
  /** The number of an entry, counted from 1; 0 in a free slot. */
  readonly #slots: Uint32Array;
  readonly #hashes: Int32Array;
  readonly #offsets: Float64Array;
  readonly #positions: Uint32Array;
  readonly #keyBytes: Uint8Array;
  #size = 0;
  #used = 0;

  constructor({ keys, keyBytes, secret }: KeyOffsetsOptions) {
    this.#secret = secret;
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * Math.max(1, keys))));
    this.#hashes = new Int32Array(keys);
    this.#offsets = new Float64Array(keys);
    this.#positions = new Uint32Array(keys);
    this.#keyBytes = new Uint8Array(keyBytes);
  }

  /** Keys that are in. */
  get size(): number {
    return this.#size;
  }

  /** Notes that the key stands at `offset`, unless it is known to stand further on; `false` where it is new and has no room. */
  put(key: Uint8Array, offset: number): boolean {
    const kept = keptOf(key);
    const hashed = halfSipHash(key, this.#secret);
    const slot = this.#slotOf(key, kept, hashed);
    const entry = (this.#slots[slot] as number) - 1;
    if (entry >= 0) {
      if (offset > (this.#offsets[entry] as number)) this.#offsets[entry] = offset;
      return true;
    }
    if (this.#size === this.#offsets.length || this.#used + kept.length + 1 > this.#keyBytes.length) return false;
    this.#hashes[this.#size] = hashed;
    this.#offsets[this.#size] = offset;
    this.#positions[this.#size] = this.#used;
    this.#keyBytes[this.#used] = tagOf(key);
    this.#keyBytes.set(kept, this.#used + 1);
    this.#used += kept.length + 1;
    this.#slots[slot] = ++this.#size;
    return true;
  }

  /** The largest offset that was put for the key. */
  get(key: Uint8Array): number | undefined {
    const entry = (this.#slots[this.#slotOf(key, keptOf(key), halfSipHash(key, this.#secret))] as number) - 1;
    return entry < 0 ? undefined : this.#offsets[entry];
  }

  /** Forgets all keys. */
  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
    this.#used = 0;
  }

  /** The slot that has the key, or the free one where it belongs. */
  #slotOf(key: Uint8Array, kept: Uint8Array, hashed: number): number {
    const mask = this.#slots.length - 1;
    const tag = tagOf(key);
    for (let slot = hashed & mask; ; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] as number) - 1;
      if (entry < 0 || (this.#hashes[entry] === hashed && this.#isAt(this.#positions[entry] as number, tag, kept))) {
        return slot;
      }
    }
  }

  #isAt(position: number, tag: number, kept: Uint8Array): boolean {
    if (this.#keyBytes[position] !== tag) return false;
    for (let at = 0; at < kept.length; at++) if (this.#keyBytes[position + 1 + at] !== kept[at]) return false;
    return true;
  }
}

const tagOf = ({ length }: Uint8Array): number => (length <= LONGEST_KEPT ? length : IS_DIGEST);

const keptOf = (key: Uint8Array): Uint8Array => (key.length <= LONGEST_KEPT ? key : hash('sha256', key, 'buffer'));
