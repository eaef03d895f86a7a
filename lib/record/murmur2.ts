/** MurmurHash2, 32 bits, as Kafka's Java client computes it: little-endian blocks of four bytes and Kafka's own seed. */

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
const SHIFT = 24;

/** The hash of `bytes`, as a signed 32-bit number. */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocksEnd = bytes.length & ~3;
  let hash = SEED ^ bytes.length;
  for (let at = 0; at < blocksEnd; at += 4) {
    let block = Math.imul(view.getInt32(at, true), MULTIPLIER);
    block = Math.imul(block ^ (block >>> SHIFT), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ block;
  }
  if (blocksEnd < bytes.length) {
    for (let at = bytes.length - 1; at >= blocksEnd; at--) hash ^= view.getUint8(at) << (8 * (at - blocksEnd));
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}
