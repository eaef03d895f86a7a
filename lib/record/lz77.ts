/**
 * What snappy and lz4 have in common: both write a block as runs of literal bytes and copies of what came before.
 *
 * The search is greedy: it looks up the next four bytes in a hash table of where four bytes were last seen, and steps ever
 * faster over what does not compress. Blocks are at most 64 KiB, so that every distance fits in 16 bits.
 */

export const MAX_BLOCK_BYTES = 64 * 1024;

/** The shortest copy. */
export const MIN_MATCH = 4;

/** lz4's rules: a block's last copy begins 12 bytes before its end at the latest, and its last 5 bytes are literals. */
const LAST_MATCH_MARGIN = 12;
const LAST_LITERALS = 5;

const MAX_HASH_BITS = 14;
const HASH_MULTIPLIER = 0x9e3779b1;
/** The search begins to skip bytes after 2^5 misses in a row. */
const SKIP_SHIFT = 5;

const NOT_SEEN = -1;
/** Cleared for every block; one for all of them, for it costs more to make than to clear. */
const lastSeen = new Int32Array(1 << MAX_HASH_BITS);

/** Called in order for each copy: at `at`, the next `length` bytes are those from `distance` bytes before. */
export type OnMatch = (at: number, distance: number, length: number) => void;

/** Finds the copies of the block from `start` to before `end`. What lies between them is literals. */
export function findMatches(input: Uint8Array, start: number, end: number, onMatch: OnMatch): void {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const shift = Math.max(32 - MAX_HASH_BITS, Math.clz32(end - start));
  lastSeen.fill(NOT_SEEN, 0, 2 ** (32 - shift));
  let misses = 0;
  for (let at = start; at <= end - LAST_MATCH_MARGIN; ) {
    const bits = view.getInt32(at, true);
    const slot = Math.imul(bits, HASH_MULTIPLIER) >>> shift;
    const candidate = lastSeen[slot] as number;
    lastSeen[slot] = at;
    if (candidate === NOT_SEEN || view.getInt32(candidate, true) !== bits) {
      at += 1 + (misses++ >> SKIP_SHIFT);
      continue;
    }
    const length = MIN_MATCH + commonLength(view, candidate + MIN_MATCH, at + MIN_MATCH, end - LAST_LITERALS);
    onMatch(at, at - candidate, length);
    at += length;
    misses = 0;
  }
}

/** How many of the bytes from `at` to before `end` are those from `earlier`. */
function commonLength(view: DataView, earlier: number, at: number, end: number): number {
  const back = at - earlier;
  let next = at;
  for (; next <= end - 4; next += 4) {
    const difference = view.getInt32(next - back, true) ^ view.getInt32(next, true);
    // The lowest bit that differs tells the first byte that does.
    if (difference !== 0) return next - at + ((31 - Math.clz32(difference & -difference)) >> 3);
  }
  while (next < end && view.getUint8(next - back) === view.getUint8(next)) next++;
  return next - at;
}
