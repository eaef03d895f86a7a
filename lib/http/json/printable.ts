/** Looking through bytes for what JSON must not have in a string, sixteen at a time: many times as fast as through a text. */

const STEP = 16;
const SPACES = 0x20_20_20_20;
const HIGH_BITS = 0x80_80_80_80;

/** Whether no byte is below the space; those of other characters than ASCII's are all above it. */
export function isPrintable(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let found = 0;
  let at = 0;
  for (const last = bytes.byteLength - STEP; at <= last; at += STEP) {
    found |= below(view.getInt32(at)) | below(view.getInt32(at + 4)) | below(view.getInt32(at + 8));
    found |= below(view.getInt32(at + 12));
  }
  if ((found & HIGH_BITS) !== 0) return false;
  for (; at < bytes.byteLength; at++) if (view.getUint8(at) < 0x20) return false;
  return true;
}

/**
 * A byte below the space has its high bit set once the space is taken from it, and had not before. It borrows from the byte
 * above, which may then look the same; but without one of them nothing borrows.
 */
const below = (word: number): number => (word - SPACES) & ~word;
