import { describe, expect, it } from 'vitest';
import { halfSipHash } from '../../lib/record/half-sip-hash.ts';

/** Of the Linux kernel's self-test for `hsiphash` where words have 32 bits: of the bytes 0, 1, 2, … up to each length. */
const KERNEL_VECTORS = [
  0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6, 0x88e3d89b, 0xa0080b65, 0x9d38d9d6,
] as const;

describe('HalfSipHash', () => {
  it('is what the Linux kernel computes', () => {
    const bytes = Uint8Array.from({ length: KERNEL_VECTORS.length }, (_, index) => index);
    const hashes = KERNEL_VECTORS.map((_, length) => {
      return halfSipHash(bytes.subarray(0, length), [0x03020100, 0x07060504]) >>> 0;
    });
    expect(hashes).toEqual(KERNEL_VECTORS);
  });

  it('is another with another secret', () => {
    const bytes = new TextEncoder().encode('alice');
    const hashes = [1, 2, 3].map(word => halfSipHash(bytes, [word, 0]));
    expect(new Set(hashes).size).toBe(3);
  });
});
