/**
 * HalfSipHash-1-3, 32 bits: SipHash on words of 32 bits, for tables whose keys strangers choose. Without its secret nobody can
 * choose keys that fall on one slot. One round a block and three at the end is what the Linux kernel uses for its tables.
 *
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), and the reference `halfsiphash.c`.
 */

/** Two random words. */
export type HashSecret = readonly [number, number];

/** The hash of `bytes`, as a signed 32-bit number. */
export function halfSipHash(bytes: Uint8Array, [key0, key1]: HashSecret): number {
  let v0 = key0;
  let v1 = key1;
  let v2 = 0x6c796765 ^ key0;
  let v3 = 0x74656462 ^ key1;
  const { length } = bytes;
  const blocksEnd = length & ~3;
  for (let at = 0; at <= blocksEnd; at += 4) {
    const block = at < blocksEnd ? wordAt(bytes, at) : lastWord(bytes, blocksEnd);
    v3 ^= block;
    v0 = (v0 + v1) | 0;
    v1 = rotate(v1, 5) ^ v0;
    v0 = rotate(v0, 16);
    v2 = (v2 + v3) | 0;
    v3 = rotate(v3, 8) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = rotate(v3, 7) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = rotate(v1, 13) ^ v2;
    v2 = rotate(v2, 16);
    v0 ^= block;
  }
  // the same round once more: as a function of four words it would have to return them, of every block of every key
  v2 ^= 0xff;
  for (let round = 0; round < 3; round++) {
    v0 = (v0 + v1) | 0;
    v1 = rotate(v1, 5) ^ v0;
    v0 = rotate(v0, 16);
    v2 = (v2 + v3) | 0;
    v3 = rotate(v3, 8) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = rotate(v3, 7) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = rotate(v1, 13) ^ v2;
    v2 = rotate(v2, 16);
  }
  return v1 ^ v3;
}

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

const wordAt = (bytes: Uint8Array, at: number): number =>
  byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);

/** The bytes that are left, and the length in the highest. */
function lastWord(bytes: Uint8Array, from: number): number {
  let word = bytes.length << 24;
  for (let at = from; at < bytes.length; at++) word |= byteAt(bytes, at) << (8 * (at - from));
  return word;
}
